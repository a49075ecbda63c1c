"""Mappings: which field of a CRM shows what, whether an org fits, and what would be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from client.calls import Calls, at
from client.shapes import Findings, Mapping, MappingHead, OrgMapping, RehearsedReturn


class Mappings:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def of_orgs(self) -> list[OrgMapping]:
        return cast("list[OrgMapping]", self._calls.get("/mappings")["orgs"])

    def shipped(self) -> list[MappingHead]:
        return cast("list[MappingHead]", self._calls.get("/mappings")["shipped"])

    def one(self, name: str) -> Mapping:
        """An org's by the org's name, or one that comes with the program by its own."""
        return cast("Mapping", self._calls.get(at("mappings", name)))

    def check(self, org: str) -> Findings:
        """Against what the org says of its objects now."""
        return cast("Findings", self._calls.say(at("mappings", org, "check"), {}))

    def rehearse(self, org: str, return_ids: Sequence[str] = (), limit: int = 20) -> list[RehearsedReturn]:
        """What it would change in the org's records of these returns, or of the newest. Writes nothing."""
        told = {"return_ids": list(return_ids), "limit": limit}
        return cast("list[RehearsedReturn]", self._calls.say(at("mappings", org, "rehearsal"), told)["returns"])
