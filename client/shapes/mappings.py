"""Mappings: which field of a CRM shows what."""

from __future__ import annotations

from typing import TypedDict


class MappedField(TypedDict):
    """One field of the CRM and what is decided about it; docs/crm/mapping.md says what the words mean."""

    field: str
    shows: str
    direction: str
    owner: str
    rule: str
    asks: str | None
    nulls: str
    mask: str
    kind: str
    about: str


class MappedObject(TypedDict):
    """`concept` is ours: return, line, contact, account or product; `key` is the field with our reference."""

    concept: str
    object: str
    key: str
    mode: str
    record_type: str | None
    fields: list[MappedField]


class Mapping(TypedDict):
    """`regions` that are switched; every other one is live."""

    name: str
    version: str
    vendor: str
    profile: str
    regions: dict[str, str]
    objects: list[MappedObject]


class MappingHead(TypedDict):
    """A mapping that comes with the program."""

    name: str
    version: str
    vendor: str
    profile: str


class OrgMapping(MappingHead):
    """The mapping of a CRM org of the settings."""

    org: str


class Finding(TypedDict):
    """`about` is the one thing meant; `mend` is empty when nothing needs doing."""

    vendor: str
    name: str
    check: str
    state: str
    about: str
    seen: str
    mend: str


class Findings(TypedDict):
    """`ok`: nothing failed."""

    ok: bool
    findings: list[Finding]


class RehearsedChange(TypedDict):
    """A field that would change. A personal one tells only how long its values are."""

    field: str
    now: str | int | float | bool | None
    then: str | int | float | bool | None


class RehearsedReturn(TypedDict):
    """`there`: the CRM has a record of the return. `problem`: why nothing can be written, else empty. Of a personal
    field a change tells only how long its values are."""

    return_id: str
    there: bool
    mode: str
    problem: str
    changes: list[RehearsedChange]
