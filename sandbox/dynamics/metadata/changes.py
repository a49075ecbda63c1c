"""RetrieveMetadataChanges: definitions of tables and columns, with only the properties that were asked for."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import bad_request
from sandbox.dynamics.metadata.documents import Document, attributes, entity, keys, relationship

_ALWAYS = ("MetadataId", "LogicalName", "@odata.type")


def answer(catalogue: Catalogue, query: Any, client_stamp: str) -> Document:
    """Everything is told each time; a stamp that a client hands back is not followed, as if it had expired."""
    if client_stamp:
        raise bad_request("ClientVersionStamp is not covered here: ask for everything, without one.")
    if not isinstance(query, dict):
        raise bad_request("Query must be an EntityQueryExpression.")
    found = [(entity(table), table) for table in catalogue.tables()]
    told = []
    for document, table in found:
        if not _fits(document, query.get("Criteria")):
            continue
        wanted = _properties(query)
        shown = _narrowed(document, wanted)
        if wanted is None or "Attributes" in wanted:
            below = query.get("AttributeQuery") or {}
            columns = [each for each in attributes(table) if _fits(each, below.get("Criteria"))]
            shown["Attributes"] = [_narrowed(each, _properties(below)) for each in columns]
        if wanted is None or "Keys" in wanted:
            shown["Keys"] = keys(table)
        for name, leads in (("ManyToOneRelationships", "table"), ("OneToManyRelationships", "target")):
            if wanted is None or name in wanted:
                relations = [r for r in catalogue.relations() if getattr(r, leads).name == table.name]
                shown[name] = [relationship(each) for each in relations]
        told.append({**shown, "HasChanged": None})
    stamp = f"{len(found)}!{sum(len(table.columns) for _, table in found)}"
    return {"EntityMetadata": told, "ServerVersionStamp": stamp, "DeletedMetadata": None}


def _properties(query: dict[str, Any]) -> list[str] | None:
    """The names that are asked for; None is all of them."""
    given = query.get("Properties") or {}
    return None if given.get("AllProperties") else list(given.get("PropertyNames") or [])


def _narrowed(document: Document, wanted: list[str] | None) -> Document:
    return {name: value for name, value in document.items() if wanted is None or name in (*_ALWAYS, *wanted)}


def _fits(document: Document, criteria: Any) -> bool:
    if not criteria:
        return True
    verdicts = [_holds(document, each) for each in criteria.get("Conditions") or []]
    verdicts += [_fits(document, each) for each in criteria.get("Filters") or []]
    return any(verdicts) if criteria.get("FilterOperator") == "Or" and verdicts else all(verdicts)


def _holds(document: Document, condition: dict[str, Any]) -> bool:
    given = (condition.get("Value") or {}).get("Value")
    have = document.get(str(condition.get("PropertyName")))
    have = have["Value"] if isinstance(have, dict) and "Value" in have else have
    match condition.get("ConditionOperator", "Equals"):
        case "Equals":
            return _text(have) == _text(given)
        case "NotEquals":
            return _text(have) != _text(given)
        case "In" | "NotIn" as operator:
            among = given if isinstance(given, list) else str(given).strip("[]").replace('"', "").split(",")
            return bool((_text(have) in [_text(each).strip() for each in among]) == (operator == "In"))
    raise bad_request(f"The operator '{condition['ConditionOperator']}' is not covered here.")


def _text(value: Any) -> str:
    return str(value).lower()
