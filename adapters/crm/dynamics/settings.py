"""What the Dynamics adapter must be told about an environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.crm.mapping import Compiled
from adapters.secrets import Given

Profile = Literal["rma", "case", "custom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicsSettings:
    """`profile` says which tables show a return: `rma` needs Field Service, `case` uses incidents, `custom` the table
    new_return. Each needs the columns of its mapping, and alternate keys on the four ...ref columns. `mapping` is the
    environment's own; None means the profile's."""

    url: str
    tenant: str
    client_id: str
    client_secret: Given = field(repr=False)
    authority: str = "https://login.microsoftonline.com"
    profile: Profile = "rma"
    ca_file: str | None = None
    mapping: Compiled | None = field(default=None, repr=False)
    webhook: str = ""
    """The path at which our own API takes the environment's webhooks; empty when none are expected."""
    tag: str = "backhaul"
    """Reaches the environment's plug-ins as a shared variable, so that the echo of our own writes can be told."""
