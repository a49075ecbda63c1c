"""Secrets that are left out of the settings because they are kept: an empty one takes the place of each.

Without BACKHAUL_CREDENTIALS__KEYS nothing is kept, and each secret that is missing is complained about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Given = Mapping[str, Any]


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
