"""What the Salesforce adapter must be told about an org."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.crm.mapping import Compiled
from adapters.secrets import Given

Profile = Literal["return_order", "case", "custom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSettings:
    """Sign in by certificate (`username` and `private_key`, a PEM text) or by `client_secret`.

    `profile` says which records show a return: `return_order` needs a Field Service or Order Management licence,
    `case` needs none, `custom` needs the object Return__c. Each needs the custom fields of its mapping, and the
    validation rule on Return_Version__c that refuses a smaller number than the one stored. `mapping` is the org's own;
    None means the profile's.
    """

    url: str
    client_id: str
    username: str | None = None
    private_key: Given | None = field(default=None, repr=False)
    client_secret: Given | None = field(default=None, repr=False)
    profile: Profile = "return_order"
    api_version: str = "67.0"
    audience: Literal["login", "test"] = "login"
    ca_file: str | None = None
    pubsub: str | None = None
    """Where the Pub/Sub API answers, host:port; None to poll for changes only."""
    multi_currency: bool = True
    mapping: Compiled | None = field(default=None, repr=False)
    client_name: str = "backhaul"
    """Stands in the change events of our own writes (Sforce-Call-Options), so that their echo can be told."""
