"""`api-key`: a key for one machine that is to speak to the API."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.output import Json, show
from domain.errors import BadInput
from security import api_keys
from security.roles import Role

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def register(app: typer.Typer) -> None:
    app.command("api-key")(api_key)


def api_key(
    name: Annotated[str, typer.Argument(help="Whose key it is: small letters, digits and hyphens, such as web-shop.")],
    role: Annotated[list[Role], typer.Option("--role", help="What it may do; may be given several times.")],
    region: Annotated[
        list[str] | None, typer.Option("--region", help="Only returns of this country; may be given several times.")
    ] = None,
    shop: Annotated[
        list[str] | None, typer.Option("--shop", help="Only returns of this shop; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown this once; the API needs only the settings printed with it."""
    if not _NAME.fullmatch(name):
        raise BadInput("name", f"{name!r} must be small letters, digits and hyphens, beginning with a letter")
    if name in api_keys.SPEAKERS:
        raise BadInput("name", f"{name!r} is who speaks without a key; choose another")
    key = api_keys.new(name)
    section = f"BACKHAUL_API_KEYS__{name.upper().replace('-', '_')}"
    settings = {f"{section}__DIGEST": api_keys.digest(key), f"{section}__ROLES": ",".join(role)}
    if region:
        settings[f"{section}__REGIONS"] = ",".join(region)
    if shop:
        settings[f"{section}__SHOPS"] = ",".join(shop)
    lines = [f"the key, shown this once: {key}", "the API's settings for it:"]
    show(
        {"key": key, "settings": settings}, [*lines, *(f"{name}={value}" for name, value in settings.items())], as_json
    )
