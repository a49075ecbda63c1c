"""The cost of a document and the bucket it is taken from. Only a plan set by the control server is enforced."""

import math
import time
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

MOST_FOR_ONE = 1000
_MUTATION = 10
_SIZED = ("first", "last")


@dataclass(frozen=True)
class Plan:
    maximum: float = 20_000
    restore: float = 1_000


class Bucket:
    """A leaky bucket in real time; without a plan it is always full."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self._level, self._at = Plan().maximum, time.monotonic()

    def set(self, plan: Plan | None) -> None:
        self.plan, self._at = plan, time.monotonic()
        self._level = (plan or Plan()).maximum

    def available(self) -> float:
        plan = self.plan or Plan()
        now = time.monotonic()
        self._level = min(plan.maximum, self._level + (now - self._at) * plan.restore)
        self._at = now
        return self._level

    def take(self, cost: float) -> bool:
        """False when the bucket does not hold the cost: then nothing may be executed."""
        if self.available() < cost:
            return False
        if self.plan is not None:
            self._level -= cost
        return True

    def status(self, available: float | None = None) -> dict[str, Any]:
        plan = self.plan or Plan()
        left = self.available() if available is None else available
        return {
            "maximumAvailable": float(plan.maximum),
            "currentlyAvailable": math.floor(left),
            "restoreRate": float(plan.restore),
        }


def requested(document: DocumentNode, variables: dict[str, Any]) -> int:
    """10 for a mutation, 1 for an object, a connection as many times its content as it may have nodes."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    total = 0
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            total += _MUTATION if one.operation.value == "mutation" else 0
            total += _of(one.selection_set, fragments, variables)
    return total


def _of(chosen: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]) -> int:
    total = 0
    for node in chosen.selections:
        if isinstance(node, FieldNode) and node.selection_set is not None:
            wrapper = node.name.value in ("nodes", "edges", "node", "pageInfo", "userErrors")
            total += _size(node, variables) * ((0 if wrapper else 1) + _of(node.selection_set, fragments, variables))
        elif isinstance(node, InlineFragmentNode):
            total += _of(node.selection_set, fragments, variables)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            total += _of(fragments[node.name.value].selection_set, fragments, variables)
    return total


def _size(node: FieldNode, variables: dict[str, Any]) -> int:
    for argument in node.arguments:
        if argument.name.value in _SIZED:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(variables.get(argument.value.name.value) or 1)
    return 1
