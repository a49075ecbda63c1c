"""The settings: read once, from the environment and `.env`, every variable beginning with BACKHAUL_.

`BACKHAUL_ERP__ACCOUNT` is field `account` of section `erp`; CRM orgs have a name in between, `BACKHAUL_CRM__MAIN__URL`.
The connection to Temporal is Temporal's own: TEMPORAL_ADDRESS, TEMPORAL_PROFILE and the rest, kept here as given.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from runtime import admission, sections
from runtime.complaints import BadSettings, explain
from runtime.left_out import left_out
from security.api_keys import SPEAKERS

PREFIX = "BACKHAUL_"
_TEMPORAL = "TEMPORAL_"
_STACK_FILE = "stack.env"
# Set by the embedded stack in its own file, so that a process knows its settings are the stack's.
_STACK_MARK = "BACKHAUL_STACK"


class Settings(BaseSettings):
    """Everything an operator may set. Sections without a default must be given."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database: sections.Database
    storefront: sections.Shopify
    erp: sections.Erp
    notify: sections.Smtp
    letterheads: dict[str, sections.Letterhead] = Field(default_factory=dict)
    crm: dict[str, sections.Crm] = Field(default_factory=dict)
    api: admission.Api = Field(default_factory=admission.Api)
    api_keys: dict[str, admission.ApiKey] = Field(default_factory=dict)
    oidc: admission.Oidc | None = None
    webhooks: sections.Webhooks = Field(default_factory=sections.Webhooks)
    worker: sections.Worker = Field(default_factory=sections.Worker)
    telemetry: sections.Telemetry = Field(default_factory=sections.Telemetry)
    codec: sections.Codec = Field(default_factory=sections.Codec)
    credentials: sections.Credentials = Field(default_factory=sections.Credentials)
    identity: sections.Identity = Field(default_factory=sections.Identity)
    audit: sections.Audit = Field(default_factory=sections.Audit)
    files: sections.Files = Field(default_factory=sections.Files)
    url: sections.Address | None = Field(
        default=None, description="the API that commands about returns ask, instead of the engine and the database"
    )
    api_key: SecretStr | None = Field(default=None, description="the key with which they ask it")
    stack: Path | None = Field(default=None, description="set by the embedded stack for its own processes")
    logins: dict[str, admission.Login] = Field(default_factory=dict)
    temporal: dict[str, str] = Field(default_factory=dict, description="TEMPORAL_* as given")

    @model_validator(mode="before")
    @classmethod
    def _open_missing_sections(cls, given: Any) -> Any:
        """An absent section becomes an empty one, so that each of its variables is complained about by name."""
        opened = {name: {} for name in ("database", "storefront", "erp", "notify")} | given
        if isinstance(opened["erp"], dict):
            opened["erp"] = {"kind": sections.DEFAULT_ERP} | opened["erp"]
        return left_out(opened)

    @field_validator("api_keys")
    @classmethod
    def _nobody_of_ours(cls, given: dict[str, admission.ApiKey]) -> dict[str, admission.ApiKey]:
        for name in given:
            if name in SPEAKERS:
                raise ValueError(f"{name} is who speaks without a key; give this one another name")
        return given

    @field_validator("oidc")
    @classmethod
    def _an_address_to_come_back_to(cls, given: admission.Oidc | None, known: ValidationInfo) -> admission.Oidc | None:
        api = known.data.get("api")
        if given is not None and given.client_id and api is not None and api.url is None:
            raise ValueError("with a client id, set BACKHAUL_API__URL too: people come back there when they signed in")
        return given

    @field_validator("logins")
    @classmethod
    def _in_the_stack_only(cls, given: dict[str, admission.Login], known: ValidationInfo) -> dict[str, admission.Login]:
        if given and not known.data.get("stack"):
            raise ValueError("they are for the embedded stack alone; people sign in by BACKHAUL_OIDC__ISSUER")
        return given

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def read(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """The settings of this process. Raises BadSettings with one sentence for everything that is missing or wrong."""
    values = variables(os.environ if environ is None else environ, env_file)
    try:
        return Settings(**_nested(values))
    except ValidationError as error:
        raise BadSettings(explain(error, Settings, PREFIX)) from None


def variables(environ: Mapping[str, str], env_file: Path | None = Path(".env")) -> dict[str, str]:
    """The variables that count: the environment over `.env`; where neither names a database, the running stack's own.

    The stack's file is taken whole and alone: half of one installation and half of another would be
    worse than either. A process of the stack carries its mark and reads no file at all."""
    if _STACK_MARK in environ:
        return _ours(environ)
    values = given(environ, env_file)
    if f"{PREFIX}DATABASE__URL" in values:
        return values
    return from_file(stack_file(data_folder(values))) or values


def given(environ: Mapping[str, str], env_file: Path | None = Path(".env")) -> dict[str, str]:
    """What the operator set: the environment over `.env`."""
    return from_file(env_file) | _ours(environ)


def data_folder(values: Mapping[str, str]) -> Path:
    """The folder of the embedded stack, known before any other setting is."""
    return Path(values.get(f"{PREFIX}FILES__DATA", ".backhaul"))


def stack_file(folder: Path) -> Path:
    """Where the embedded stack writes the variables that point at it."""
    return folder / _STACK_FILE


def from_file(path: Path | None) -> dict[str, str]:
    """The BACKHAUL_* and TEMPORAL_* lines of a dotenv file; none when there is no such file."""
    if path is None or not path.is_file():
        return {}
    return _ours(DotEnvSettingsSource(_Anything, env_file=path, case_sensitive=True).env_vars)


def _ours(values: Mapping[str, str | None]) -> dict[str, str]:
    # An empty variable is an unset one, as compose files and CI systems write it.
    return {name: value for name, value in values.items() if name.startswith((PREFIX, _TEMPORAL)) and value}


class _Anything(BaseSettings):
    """For pydantic-settings' dotenv reader, which wants a class to read for."""


def _nested(values: Mapping[str, str]) -> dict[str, Any]:
    """A variable's double underscores are the levels. Values stay text; the fields say what they become."""
    tree: dict[str, Any] = {"temporal": {name: value for name, value in values.items() if name.startswith(_TEMPORAL)}}
    for name in sorted(values):
        if not name.startswith(PREFIX):
            continue
        *path, last = name.removeprefix(PREFIX).lower().split("__")
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
            if not isinstance(branch, dict):
                raise BadSettings(
                    (f"{name} has a level too many; there is no setting below {'__'.join(path).upper()}.",)
                )
        branch[last] = values[name]
    return tree
