"""What a credential is called: whose it is, of which org where there are several, and which of theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import BadInput

_FORM = re.compile(r"([a-z]+)\.(?:(.{1,64})\.)?([a-z_]+)")


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """`shopify.client_secret`; `salesforce.main.private_key` is that of the CRM org which the settings call main."""

    vendor: str
    org: str
    name: str

    def __str__(self) -> str:
        return ".".join(part for part in (self.vendor, self.org, self.name) if part)

    def sealed_for(self, version: int, use: str) -> str:
        """What a sealed value is bound to: this very place. Moved to another row, or given out as another version or
        for another use, it does not open."""
        return f"credential\n{self}\n{version}\n{use}"


def credential(text: str) -> Credential:
    """The inverse of `str`. Raises BadInput."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadInput(
            "credential", "is no name such as shopify.client_secret; `credentials list` shows those there are"
        )
    return Credential(found[1], found[2] or "", found[3])
