"""The env files: .env.example names exactly the settings there are, and both files make settings that are accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.admission import Login
from runtime.complaints import variables
from runtime.sections import NetSuite, Tryton
from runtime.settings import PREFIX, Settings, read
from sandbox.credentials import (
    DynamicsCredentials,
    NetSuiteCredentials,
    SalesforceCredentials,
    ShopifyCredentials,
)
from tests.deploy import compose

# Not the operator's to set: the embedded stack's mark and its people, and TEMPORAL_*, which has names of its own.
_NOT_OFFERED = {"BACKHAUL_STACK", "BACKHAUL_TEMPORAL"} | {
    f"BACKHAUL_LOGINS__*__{name.upper()}" for name in Login.model_fields
}
# Names that others read: Temporal's client, OpenTelemetry.
_OTHERS = ("TEMPORAL_", "OTEL_")
_ORGS = ("SALESFORCE", "DYNAMICS")
# Optional and without a default: the example shows one that might be meant.
_WITHOUT_DEFAULT = {
    "BACKHAUL_URL",
    "BACKHAUL_CREDENTIALS__KEYS",
    "BACKHAUL_ERP__BASE_URL",
    "BACKHAUL_ERP__PRIVATE_KEY_FILE",
    "BACKHAUL_CRM__SALESFORCE__USERNAME",
    "BACKHAUL_CRM__SALESFORCE__PRIVATE_KEY_FILE",
    "BACKHAUL_CRM__SALESFORCE__MAPPING",
    "BACKHAUL_CRM__DYNAMICS__MAPPING",
    "BACKHAUL_CRM__SALESFORCE__CALLS_PER_DAY",
    "BACKHAUL_CRM__DYNAMICS__WEBHOOK_KEY",
    "BACKHAUL_CRM__SALESFORCE__PUBSUB",
    "BACKHAUL_API_KEYS__WEBSHOP__DIGEST",
    "BACKHAUL_API_KEYS__WEBSHOP__ROLES",
    "BACKHAUL_API_KEYS__WEBSHOP__REGIONS",
    "BACKHAUL_API_KEYS__WEBSHOP__SHOPS",
    "BACKHAUL_NOTIFY__TEMPLATES",
    "BACKHAUL_LETTERHEADS__OUTLET__SHOP",
    "BACKHAUL_API__URL",
    "BACKHAUL_OIDC__ISSUER",
    "BACKHAUL_OIDC__AUDIENCE",
    "BACKHAUL_OIDC__CLIENT_ID",
    "BACKHAUL_OIDC__CLIENT_SECRET",
    "BACKHAUL_OIDC__ROLES",
    "BACKHAUL_OIDC__REGIONS_CLAIM",
    "BACKHAUL_OIDC__REGIONS",
    "BACKHAUL_OIDC__SHOPS_CLAIM",
    "BACKHAUL_OIDC__SHOPS",
    "BACKHAUL_TELEMETRY__METRICS_PORT",
    "BACKHAUL_CODEC__KEYS",
    "BACKHAUL_IDENTITY__KEY",
    "BACKHAUL_AUDIT__KEY",
    "BACKHAUL_AUDIT__KNOWN_KEYS",
    "BACKHAUL_AUDIT__KEEP",
    "BACKHAUL_FILES__CA",
    "BACKHAUL_FILES__POLICIES",
}

_GIVEN = compose.env_file(compose.EXAMPLE)
_OPTIONAL = compose.commented(compose.EXAMPLE)

# The other ERP, by the lines that are commented out: its settings cannot stand beside NetSuite's.
_TRYTON = {f"BACKHAUL_ERP__{name.upper()}" for name in Tryton.model_fields if name != "kind"}
_ON_TRYTON = (
    {name: value for name, value in _GIVEN.items() if not name.startswith("BACKHAUL_ERP__")}
    | {name: value for name, value in _OPTIONAL.items() if name in _TRYTON}
    | {"BACKHAUL_ERP__KIND": "tryton"}
)


def test_names_exactly_the_settings_there_are() -> None:
    named = {_pattern(name) for name in _GIVEN.keys() | _OPTIONAL.keys() if name.startswith(PREFIX)}
    assert named == {name for name, _ in variables(Settings, PREFIX)} - _NOT_OFFERED


def _pattern(name: str) -> str:
    for org in _ORGS:
        name = name.replace(f"{PREFIX}CRM__{org}__", f"{PREFIX}CRM__*__")
    name = name.replace(f"{PREFIX}LETTERHEADS__OUTLET__", f"{PREFIX}LETTERHEADS__*__")
    return name.replace(f"{PREFIX}API_KEYS__WEBSHOP__", f"{PREFIX}API_KEYS__*__")


def test_names_nothing_twice() -> None:
    lines = compose.EXAMPLE.read_text().splitlines()
    names = [line.removeprefix("#").split("=")[0] for line in lines if "=" in line and not line.startswith("# ")]
    assert sorted(names) == sorted(set(names))


def test_names_exactly_what_the_compose_file_reads() -> None:
    named = {name for name in _GIVEN.keys() | _OPTIONAL.keys() if not name.startswith((PREFIX, *_OTHERS))}
    read_there = compose.variables() - {"ENV_FILE", "TEMPORAL_NAMESPACE"}
    assert named == read_there


def test_is_a_set_of_settings_that_is_accepted() -> None:
    assert set(read({}, compose.EXAMPLE).crm) == {org.lower() for org in _ORGS}


@pytest.mark.parametrize("name", [name for name in _OPTIONAL if name.startswith(PREFIX) and _OPTIONAL[name]])
def test_shows_the_true_default(name: str) -> None:
    if name in _WITHOUT_DEFAULT:
        assert name not in _GIVEN
        return
    given = _ON_TRYTON if name in _TRYTON else _GIVEN
    if name.startswith("BACKHAUL_OIDC__"):
        given = given | {one: _OPTIONAL[one] for one in ("BACKHAUL_OIDC__ISSUER", "BACKHAUL_OIDC__AUDIENCE")}
    assert read(given | {name: _OPTIONAL[name]}, None) == read(given, None)


def test_the_lines_for_tryton_make_settings_that_are_accepted() -> None:
    assert isinstance(read(_ON_TRYTON, None).erp, Tryton)


def test_the_sandboxs_settings_are_accepted_and_carry_its_credentials(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    settings = read(
        {"BACKHAUL_FILES__CA": str(ca), "BACKHAUL_DATABASE__URL": "postgresql://set-by-compose"}, compose.SANDBOX
    )
    shop, erp = ShopifyCredentials(), NetSuiteCredentials(private_key_pem="")
    sales, field = SalesforceCredentials(private_key_pem=""), DynamicsCredentials("", "")
    given = compose.env_file(compose.SANDBOX)
    assert settings.storefront.client_secret.get_secret_value() == shop.client_secret
    assert isinstance(settings.erp, NetSuite)
    assert settings.erp.account == erp.account
    assert {
        f"BACKHAUL_ERP__{name.upper()}": getattr(erp, name)
        for name in ("consumer_key", "consumer_secret", "token_id", "token_secret")
    }.items() <= given.items()
    assert {
        "BACKHAUL_STOREFRONT__CLIENT_ID": shop.client_id,
        "BACKHAUL_CRM__SALESFORCE__CLIENT_ID": sales.consumer_key,
        "BACKHAUL_CRM__SALESFORCE__CLIENT_SECRET": sales.consumer_secret,
        "BACKHAUL_CRM__DYNAMICS__TENANT": field.tenant,
        "BACKHAUL_CRM__DYNAMICS__CLIENT_ID": field.client_id,
        "BACKHAUL_CRM__DYNAMICS__CLIENT_SECRET": field.client_secret,
    }.items() <= given.items()
