"""The settings' part in vendors' credentials: the keys they are kept under, and which secrets may be left out for that.

Without keys nothing is kept, and each secret that is missing is complained about. With keys an empty one takes its
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from runtime.sections import Section
from security.keys import Keyring

Given = Mapping[str, Any]


def _keys(value: Any) -> Any:
    return Keyring.parse(value) if isinstance(value, str) else value


class Credentials(Section):
    """See docs/credentials.md. Without keys nothing is kept, and what the settings say is all there is."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Annotated[Keyring | None, BeforeValidator(_keys)] = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64, that vendors' credentials are kept under;"
        " the first seals, all open",
        repr=False,
    )


def left_out(given: dict[str, Any]) -> dict[str, Any]:
    """The settings as given, with an empty secret for each that a counterpart needs and that is not among them."""
    if not _section(given, "credentials").get("keys"):
        return given
    filled = dict(given)
    filled["storefront"] = _filled(_section(given, "storefront"), ("client_secret",))
    filled["erp"] = _erp(_section(given, "erp"))
    if isinstance(given.get("crm"), dict):
        filled["crm"] = {org: _crm(one) if isinstance(one, dict) else one for org, one in given["crm"].items()}
    return filled


def _section(given: Given, name: str) -> dict[str, Any]:
    found = given.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _filled(section: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(names, "") | section


def _erp(section: dict[str, Any]) -> dict[str, Any]:
    if section.get("kind") == "tryton":
        return _filled(section, ("password",))
    if "certificate_id" in section:
        return _filled(section, ("private_key_file",))
    if "token_id" in section:
        return _filled(section, ("consumer_secret", "token_secret"))
    return section


def _crm(section: dict[str, Any]) -> dict[str, Any]:
    """A Salesforce org signs in by certificate where a user is named."""
    by_certificate = section.get("kind") == "salesforce" and "username" in section
    return _filled(section, ("private_key_file" if by_certificate else "client_secret",))
