"""docker-compose.yml as the tests read it: the document, and the document with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic_settings import BaseSettings, DotEnvSettingsSource

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
SANDBOX = ROOT / "deploy" / "sandbox.env"

# ${NAME:-default} and ${NAME:?message}: the two forms the file uses.
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}")


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def services(values: Mapping[str, str]) -> dict[str, Any]:
    """The services, with `${...}` replaced by these values or the file's defaults."""
    filled: dict[str, Any] = _filled(document()["services"], values)
    return filled


def variables() -> set[str]:
    """Every name the file takes from the environment."""
    text = "\n".join(line for line in COMPOSE.read_text().splitlines() if not line.lstrip().startswith("#"))
    return {match["name"] for match in _VARIABLE.finditer(text)}


def env_file(path: Path) -> dict[str, str]:
    """All lines of a dotenv file, ours and compose's."""
    values = DotEnvSettingsSource(_Anything, env_file=path, case_sensitive=True).env_vars
    return {name: value or "" for name, value in values.items()}


def commented(path: Path) -> dict[str, str]:
    """The optional lines, `#NAME=value`."""
    return dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", path.read_text(), re.MULTILINE))


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, values) for value in part]
    if isinstance(part, str):
        return _VARIABLE.sub(lambda match: values.get(match["name"]) or match["default"] or "", part)
    return part


class _Anything(BaseSettings):
    """For pydantic-settings' dotenv reader, which wants a class to read for."""
