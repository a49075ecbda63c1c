"""An ingest job worked off: every row by itself, its result in the table of successes or of failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.salesforce import bulk_csv
from sandbox.salesforce.errors import ManyMatches, Refusal
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.schema import Field, Record, SObject

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
Table = tuple[list[str], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    tables: dict[str, Table]
    figures: dict[str, Any]


def work_off(records: Records, job: dict[str, Any], text: str) -> Outcome:
    """A file that cannot be read, or names a column that is no field, fails the job; a bad row fails alone."""
    of = known_type(records, job["object"])
    try:
        header, rows = bulk_csv.read(job, text)
        columns = [_column(records, of, name) for name in header]
    except ValueError as error:
        return Outcome({}, {"state": "Failed", "errorMessage": str(error)})
    good, bad = list[list[str]](), list[list[str]]()
    for row in rows:
        try:
            if len(row) != len(header):
                message = f"number of fields in the row is {len(row)}, in the header {len(header)}"
                raise Refusal("InvalidBatch", message)
            ident, created = _one(records, of, job, dict(zip(columns, row, strict=True)))
            good.append([ident, "true" if created else "false", *row])
        except ManyMatches:
            bad.append(["", "DUPLICATE_EXTERNAL_ID:more than one match:--", *row])
        except Refusal as refusal:
            named = ",".join(refusal.fields) or "--"
            bad.append(["", f"{refusal.code}:{refusal.message}:{named}", *row])
    tables: dict[str, Table] = {
        "successful": (["sf__Id", "sf__Created", *header], good),
        "failed": (["sf__Id", "sf__Error", *header], bad),
        "unprocessed": (header, []),
    }
    figures = {"state": "JobComplete", "numberRecordsProcessed": len(rows), "numberRecordsFailed": len(bad)}
    return Outcome(tables, figures)


_Column = tuple[Field, Field | None]


def _column(records: Records, of: SObject, name: str) -> _Column:
    """(field, None), or for `Account.Shop_Customer_Ref__c` (the lookup, the parent's key)."""
    step, _, last = name.rpartition(".")
    field = of.lookup(step) if step else of.field(last)
    if field is None:
        raise ValueError(f"InvalidBatch : Field name not found : {name}")
    if not step:
        return field, None
    parent = records.type_of(field.parent)
    key = parent.field(last) if parent is not None else None
    if key is None:
        raise ValueError(f"InvalidBatch : Field name not found : {name}")
    return field, key


def _one(records: Records, of: SObject, job: dict[str, Any], row: dict[_Column, str]) -> tuple[str, bool]:
    body = _body(row)
    if job["operation"] == "insert":
        return str(records.create(of, body)["Id"]), True
    if job["operation"] == "upsert":
        key = job["externalIdFieldName"]
        value = body.pop(key, None)
        if not value:
            raise Refusal("MISSING_ARGUMENT", f"{key} not specified")
        record, created = records.upsert(of, key, str(value), body)
        return str(record["Id"]), created
    record = records.by_id(of, str(body.pop("Id", None) or ""))
    if job["operation"] == "update":
        records.update(of, record, body)
    elif job["operation"] == "delete":
        records.delete(of, record)
    else:
        records.purge(of, record)
    return str(record["Id"]), False


def _body(row: dict[_Column, str]) -> Record:
    """A blank cell leaves the field as it is, `#N/A` empties it."""
    body: Record = {}
    for (field, key), text in row.items():
        if text == "":
            continue
        value = None if text == "#N/A" else _typed(field, text)
        if key is None:
            body[field.name] = value
        else:
            body[field.relationship] = {key.name: text}
    return body


def _typed(field: Field, text: str) -> Any:
    if field.kind == "boolean" and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    return text
