"""A table as the environment describes it, read in one batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.crm.dynamics.environment import Environment
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.refusals import refusal

_TYPE = "Attributes/Microsoft.Dynamics.CRM."
_OPTIONS = "?$select=LogicalName&$expand=OptionSet($select=Options)"
_GLOBAL = _OPTIONS + ",GlobalOptionSet($select=Options)"
_INSISTS = ("ApplicationRequired", "SystemRequired")
_CALL = "describe"
_ABSENT = 404


@dataclass(frozen=True, slots=True)
class Described:
    """`kinds`, `lengths`, `options` by column; `keys` by their only one; `privileges` by type: (name, id). `fixed` are
    the columns nobody may write, `required` those a new row must have, with how much the environment insists."""

    kinds: dict[str, str]
    lengths: dict[str, int]
    options: dict[str, set[int]]
    keys: dict[str, str]
    binds: set[str]
    privileges: dict[str, tuple[str, str]]
    fixed: frozenset[str]
    required: dict[str, str]


async def describe(environment: Environment, table: str) -> Described | None:
    """None when there is no such table, or none without its licence."""
    at = f"EntityDefinitions(LogicalName='{table}')"
    asked = (
        f"{at}?$select=LogicalName,Privileges",
        f"{at}/Attributes?$select=LogicalName,AttributeType,IsValidForCreate,IsValidForUpdate,RequiredLevel",
        f"{at}/Keys?$select=LogicalName,KeyAttributes,EntityKeyIndexStatus",
        f"{at}/ManyToOneRelationships?$select=ReferencingEntityNavigationPropertyName",
        f"{at}/{_TYPE}StringAttributeMetadata?$select=LogicalName,MaxLength",
        f"{at}/{_TYPE}MemoAttributeMetadata?$select=LogicalName,MaxLength",
        f"{at}/{_TYPE}PicklistAttributeMetadata{_GLOBAL}",
        f"{at}/{_TYPE}StatusAttributeMetadata{_OPTIONS}",
    )
    outcomes = [each[0] for each in await environment.run(_CALL, [[Operation("GET", path)] for path in asked])]
    if outcomes[0].status == _ABSENT:
        return None
    for outcome in outcomes:
        if outcome.status != 200:
            raise refusal(f"{_CALL} {table}", outcome.status, outcome.body)
    own, columns, keys, links, texts, memos, choices, states = (outcome.body for outcome in outcomes)
    return Described(
        kinds={each["LogicalName"]: each["AttributeType"] for each in columns["value"]},
        lengths={each["LogicalName"]: each["MaxLength"] for each in (*texts["value"], *memos["value"])},
        options={each["LogicalName"]: _values(each) for each in (*choices["value"], *states["value"])},
        keys={
            each["KeyAttributes"][0]: each["EntityKeyIndexStatus"]
            for each in keys["value"]
            if len(each["KeyAttributes"]) == 1
        },
        binds={each["ReferencingEntityNavigationPropertyName"] for each in links["value"]},
        privileges={each["PrivilegeType"]: (each["Name"], each["PrivilegeId"]) for each in own["Privileges"]},
        fixed=frozenset(
            each["LogicalName"]
            for each in columns["value"]
            if not each["IsValidForCreate"] and not each["IsValidForUpdate"]
        ),
        required={
            each["LogicalName"]: each["RequiredLevel"]["Value"]
            for each in columns["value"]
            if each["IsValidForCreate"] and each["RequiredLevel"]["Value"] in _INSISTS
        },
    )


def _values(column: dict[str, Any]) -> set[int]:
    """A column's own options, or those of the choice it shares with others."""
    found = column.get("OptionSet") or column.get("GlobalOptionSet") or {"Options": ()}
    return {int(each["Value"]) for each in found["Options"]}
