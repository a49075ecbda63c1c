"""The mapping of a CRM org: its own file where the settings name one, else its profile's. The rules in it, and what a
value of the CRM means to us."""

from __future__ import annotations

from adapters.crm.mapping import Compiled, Unmappable, load, shipped
from adapters.crm.mapping.loading import FOLDER
from adapters.crm.mapping.normal import normal as normal_form
from adapters.crm.port import Scalar
from domain.mapping import Matrix
from runtime import sections


def mapping(section: sections.Salesforce | sections.Dynamics) -> Compiled:
    """Read it once: a file that changes meanwhile must not split one process in two opinions. Raises BadMapping."""
    if section.mapping is None:
        return shipped(section.kind, section.profile)
    found = load(section.mapping)
    found.require(section.kind, section.profile)
    return found


def matrix(org: str, section: sections.Salesforce | sections.Dynamics) -> Matrix:
    """Who owns which field, which way it goes and by which rule. Raises BadMapping."""
    return mapping(section).matrix(org)


def told(mapped: Compiled, concept: str, field: str, value: Scalar) -> Scalar:
    """What a CRM's value of a field means in our words: a picklist's value as our reason, a number as a decimal text.
    Raises Unmappable for a value the mapping has no word for."""
    return mapped.concepts[concept].told(field, value)


def asked(mapped: Compiled, concept: str, field: str, value: Scalar) -> Scalar:
    """The same of what is asked of a return. What the mapping has no word for is asked as it stands, so that the
    return refuses it and says so where it was asked."""
    try:
        return told(mapped, concept, field, value)
    except Unmappable:
        return value


def normal(mapped: Compiled, concept: str, field: str, value: Scalar) -> Scalar:
    """A CRM's value of a field in the one form in which it may be compared, whether it was sent, answered or told."""
    found = mapped.concepts[concept].field(field)
    return normal_form(found.kind, value) if found is not None else value


def every() -> tuple[Compiled, ...]:
    """All mappings that come with the program, by their names."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.yaml")))
