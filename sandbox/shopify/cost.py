"""The cost of a document and the bucket it is taken from. Only a plan set by the control server is enforced.

What a query costs follows the published calculation (an object 1, a mutation 10, a union or interface the dearest of
its choices) and, for connections, costs that live shops were recorded to answer: they grow with the square root of the
page, and amounts of money are free. The recordings are met to within a tenth; the formula itself is not published.
"""

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
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.type import GraphQLField, get_named_type

from sandbox.shopify.schema import SCHEMA

MOST_FOR_ONE = 1000
_MUTATION = 10
_CONNECTION = 2
_SIZED = ("first", "last")
_FREE = ("MoneyBag", "MoneyV2", "PageInfo", "Attribute")


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

    def give_back(self, cost: float) -> None:
        """What a query was found not to need after all."""
        if self.plan is not None:
            self._level = min(self.plan.maximum, self._level + cost)

    def status(self, available: float | None = None) -> dict[str, Any]:
        plan = self.plan or Plan()
        left = self.available() if available is None else available
        return {
            "maximumAvailable": float(plan.maximum),
            "currentlyAvailable": math.floor(left),
            "restoreRate": float(plan.restore),
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A field that costs something or holds others that do. `choices` are what it asks of single types."""

    name: str
    own: int
    paged: bool
    size: int | str
    """The page: a number, or the variable that says it."""
    inner: "tuple[Part, ...]"
    choices: "tuple[tuple[Part, ...], ...]"


class Price:
    """What one operation of a document costs: before it runs by its page sizes, afterwards by what it found."""

    def __init__(self, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        mutates = operation.operation.value == "mutation"
        root = SCHEMA.mutation_type if mutates else SCHEMA.query_type
        self._base = _MUTATION * len(operation.selection_set.selections) if mutates else 0
        self._parts, self._choices = self._read(operation.selection_set, root)

    def requested(self, variables: dict[str, Any]) -> int:
        return math.ceil(self._base + _asked(self._parts, self._choices, variables))

    def actual(self, data: Any) -> int:
        return math.ceil(self._base + _found((self._parts, *self._choices), data))

    def _read(self, chosen: SelectionSetNode, parent: Any) -> tuple[tuple[Part, ...], tuple[tuple[Part, ...], ...]]:
        parts: list[Part] = []
        choices: list[tuple[Part, ...]] = []
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                parts += self._part(node, parent)
                continue
            inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(inner, FragmentDefinitionNode | InlineFragmentNode)
            named = inner.type_condition
            other = SCHEMA.type_map[named.name.value] if named else parent
            below, deeper = self._read(inner.selection_set, other)
            if other is parent:
                parts += below
            elif below:
                choices.append(below)
            choices += deeper
        return tuple(parts), tuple(choices)

    def _part(self, node: FieldNode, parent: Any) -> list[Part]:
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None or node.selection_set is None:
            return []
        kind = get_named_type(field.type)
        if kind.name in _FREE or kind.name.endswith("UserError"):
            return []
        paged = kind.name.endswith("Connection")
        own = 0 if paged or kind.name.endswith(("Edge", "Payload")) else 1
        inner, choices = self._read(node.selection_set, kind)
        name = node.alias.value if node.alias else node.name.value
        return [Part(name, own, paged, _size(node), inner, choices)] if own or paged or inner or choices else []


def _asked(parts: tuple[Part, ...], choices: tuple[tuple[Part, ...], ...], variables: dict[str, Any]) -> float:
    total = 0.0
    for one in parts:
        inner = _asked(one.inner, one.choices, variables)
        if not one.paged:
            total += one.own + inner
            continue
        size = one.size if isinstance(one.size, int) else int(variables.get(one.size) or 1)
        total += _CONNECTION + math.sqrt(size) * inner
    return total + max((_asked(one, (), variables) for one in choices), default=0.0)


def _found(groups: tuple[tuple[Part, ...], ...], data: Any) -> int:
    if not isinstance(data, dict):
        return 0
    total = 0
    for parts in groups:
        for one in parts:
            found = data.get(one.name)
            if found is None:
                continue
            below = (one.inner, *one.choices)
            items = found if isinstance(found, list) else (found,)
            total += _CONNECTION if one.paged else 0
            for item in items:
                total += one.own + _found(below, item)
    return total


def _size(node: FieldNode) -> int | str:
    for argument in node.arguments:
        if argument.name.value in _SIZED:
            value: Node = argument.value
            if isinstance(value, IntValueNode):
                return int(value.value)
            if isinstance(value, VariableNode):
                return value.name.value
    return 1
