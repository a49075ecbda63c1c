"""A mapping made ready: what to write of a projection, what a CRM's value means to us, and the matrix of an org."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.crm.mapping.document import Document
from adapters.crm.mapping.errors import BadMapping, Unfit, Unmappable
from adapters.crm.mapping.fields import LEFT, Field
from adapters.crm.port import Scalar
from domain.mapping import Matrix, Mode, ObjectRules


@dataclass(frozen=True, slots=True)
class Object:
    concept: str
    object: str
    key: str
    mode: Mode
    record_type: str | None
    fields: tuple[Field, ...]
    pushed: tuple[Field, ...]
    place: str
    """File and line, for complaints."""

    def record(self, document: Document) -> dict[str, Any]:
        """The mapped fields as they are to be written. Raises Unmappable."""
        written: dict[str, Any] = {}
        for field in self.pushed:
            try:
                value = field.of(document)
            except Unfit as error:
                raise Unmappable(f"{self.object}.{field.name}", str(error)) from None
            if value is not LEFT:
                written[field.name] = value
        return written

    def field(self, name: str) -> Field | None:
        return next((each for each in self.fields if each.name == name), None)

    def told(self, name: str, value: Scalar) -> Scalar:
        """What the CRM's value of a field means to us: the steps the other way round. Raises Unmappable."""
        field = self.field(name)
        if field is None or field.back is None:
            raise Unmappable(f"{self.object}.{name}", "the mapping does not say how it is read")
        try:
            meant: Scalar = field.back(value)
        except Unfit as error:
            raise Unmappable(f"{self.object}.{name}", str(error)) from None
        return meant


@dataclass(frozen=True, slots=True)
class Compiled:
    """`concepts` by name: return always, line where the profile has lines, contact, account and product."""

    name: str
    version: str
    vendor: str
    profile: str
    file: str
    regions: Mapping[str, Mode]
    concepts: Mapping[str, Object]

    @property
    def own(self) -> Object:
        return self.concepts["return"]

    def to_clear(self, concept: str) -> tuple[str, ...]:
        """What is emptied when a person is erased, in the records of a concept."""
        found = self.matrix("").concept(concept)
        return found.to_clear if found is not None else ()

    def matrix(self, org: str) -> Matrix:
        objects = tuple(
            ObjectRules(each.concept, each.object, each.key, tuple(field.rule for field in each.fields), each.mode)
            for each in self.concepts.values()
        )
        return Matrix(org, self.version, objects, dict(self.regions))

    def require(self, vendor: str, profile: str) -> None:
        """Raises BadMapping when the file is made for another kind of org."""
        if (self.vendor, self.profile) != (vendor, profile):
            made = f"{self.vendor} with profile {self.profile}"
            raise BadMapping((
                f"{self.file}: is made for {made}, this org is {vendor} with profile {profile}: "
                "give another file, or change the org's profile",
            ))  # fmt: skip

    def fits(self, shape: Mapping[str, tuple[str, str]], reserved: Mapping[str, Collection[str]]) -> None:
        """Raises BadMapping unless every concept stands in the (object, key) the adapter writes, and leaves the fields
        alone that the adapter fills itself."""
        wrong = [f"{self.file}: lacks the object {name}: add it" for name in shape if name not in self.concepts]
        for name, each in self.concepts.items():
            if name not in shape:
                wrong.append(f"{each.place}: this profile has no {name}: remove it")
                continue
            if (each.object, each.key) != shape[name]:
                of, key = shape[name]
                wrong.append(f"{each.place}: {name} is shown as {of} under {key}: write object and key so")
            wrong += [
                f"{each.place}: {each.object}.{field.name} is filled by the hub itself: remove it from the fields"
                for field in each.fields
                if field.name in {each.key, *reserved.get(name, ())}
            ]
        if wrong:
            raise BadMapping(tuple(wrong))
