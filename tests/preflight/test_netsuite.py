"""The NetSuite preflight against the sandbox's account: nothing wrong with it, then one thing after another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.erp.netsuite import AccessToken, Certificate, Names
from adapters.erp.netsuite.preflight import NetSuitePreflight, certificate
from domain.preflight import State
from tests.adapters.netsuite_case import settings
from tests.preflight.looking import Broken, findings, named, wrong
from tests.stack.netsuite import Account
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ROLE, PREFERENCES = "/netsuite/role", "/netsuite/preferences"
WHOLE: dict[str, Any] = {"levels": {}, "hidden_fields": []}
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MONTH = datetime.now(UTC).strftime("%Y-%m")


def role(about: str, seen: str, mend: str, **wish: Any) -> Broken:
    state = State.WARNING if about == "custcol_warranty_until" else State.FAILED
    return Broken(about, seen, mend, ROLE, wish, WHOLE, state=state)


BROKEN = [
    role("creditMemo", "refused", "permission to view", levels={"creditMemo": "none"}),
    role("binTransfer", "refused", "permission to create", levels={"binTransfer": "view"}),
    role("custbody_storefront_order", "cannot be read", "create it", hidden_fields=["custbody_storefront_order"]),
    role("custcol_storefront_line", "cannot be read", "create it", hidden_fields=["custcol_storefront_line"]),
    role("custcol_warranty_until", "cannot be read", "do not matter", hidden_fields=["custcol_warranty_until"]),
    Broken("Inspected", "no inventory status", "create it", settings={"inspection_status": "Inspected"}),
    Broken("location 999", "no location", "change it", settings={"location": "999"}),
    Broken("account 999", "no account", "change it", settings={"adjustment_account": "999"}),
    Broken("item-NONE", "no item", "BACKHAUL_ERP__SHIPPING_ITEM", settings={"shipping_item": "item-NONE"}),
    Broken("item-MUG-6280001", "inventory item", "BACKHAUL_ERP__FEE_ITEM", settings={"fee_item": "item-MUG-6280001"}),
    Broken("CHF", "base currency is not CHF", "change it", settings={"base_currency": "CHF"}),
    Broken(
        "limit", "15 calls at once", "BACKHAUL_WORKER__ERP",
        "/netsuite/pace", {"limit": 10}, {}, settings={"concurrency": 15},
    ),
    Broken(
        "limit", "takes 10", "a second worker",
        "/netsuite/pace", {"limit": 10}, {}, settings={"concurrency": 10}, state=State.WARNING,
    ),
    Broken("SuiteTax", "no tax details", "SuiteTax on", PREFERENCES, {"suite_tax": False}, {"suite_tax": True}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _whole(sandbox: Sandbox) -> None:
    sandbox.heal()


@pytest.fixture(scope="module", autouse=True)
def _invoiced(sandbox: Sandbox) -> None:
    """An invoice to look at, and an article that is none of the services."""
    sandbox.seed(order(6_280_001))


def looked_at(sandbox: Sandbox, *, concurrency: int = 5, **names: Any) -> NetSuitePreflight:
    mine = settings(sandbox, concurrency=concurrency)
    return NetSuitePreflight(replace(mine, names=replace(Names(), **names)))


@pytest.fixture
def struck(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Broken]:
    broken: Broken = request.param
    broken.strike(sandbox)
    yield broken
    broken.mended(sandbox)


async def test_nothing_is_wrong_with_the_sandboxs_account(sandbox: Sandbox) -> None:
    found = await findings(looked_at(sandbox))

    assert {each.state for each in found} == {State.OK, State.SKIPPED}
    unseen = {each.about for each in found if each.state is State.SKIPPED}
    assert unseen - {"creation"} == {"certificate", "Refund in Advance of Return", "Advanced Receiving"}


@pytest.mark.parametrize("struck", BROKEN, indirect=True, ids=lambda each: f"{each.about} {each.seen}")
async def test_what_is_broken_is_named_with_its_mend(sandbox: Sandbox, struck: Broken) -> None:
    found = await wrong(looked_at(sandbox, **struck.settings))

    assert len(found) == 1, found
    named(found, struck)


async def test_a_closed_period_is_named(sandbox: Sandbox) -> None:
    sandbox.control.post("/netsuite/periods", json={"period": MONTH, "closed": True}).raise_for_status()
    try:
        [found] = await wrong(looked_at(sandbox))
    finally:
        sandbox.control.post("/netsuite/periods", json={"period": MONTH, "closed": False}).raise_for_status()

    assert "closed" in found.seen
    assert "finance" in found.mend


async def test_goods_for_sale_before_they_are_inspected_are_named(sandbox: Sandbox) -> None:
    account = Account(sandbox)
    account.login()

    def set_available(value: bool) -> None:
        answer = account.http.patch("/services/rest/record/v1/inventoryStatus/2", json={"inventoryAvailable": value})
        assert answer.status_code == 204, answer.text

    set_available(True)
    try:
        [found] = await wrong(looked_at(sandbox))
    finally:
        set_available(False)
        account.http.close()

    assert found.about == "Inspection"
    assert "is for sale" in found.seen
    assert "off for it" in found.mend


@pytest.mark.parametrize("change", ["client_id", "certificate_id"])
async def test_a_refused_certificate_names_what_to_compare(sandbox: Sandbox, change: str) -> None:
    mine = settings(sandbox)
    assert isinstance(mine.login, Certificate)
    [found] = await wrong(NetSuitePreflight(replace(mine, login=replace(mine.login, **{change: "another"}))))

    assert found.about == "sign-in"
    assert "certificate id" in found.mend


async def test_a_refused_token_names_what_to_compare(sandbox: Sandbox) -> None:
    login = AccessToken("key", "secret", "id", "token-secret")
    [found] = await wrong(NetSuitePreflight(replace(settings(sandbox), login=login)))

    assert found.about == "sign-in"
    assert "four token settings" in found.mend


def key_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA_KEY = rsa.generate_private_key(65537, 3072)


def with_certificate(end: datetime) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA_KEY.public_key())
    made = made.serial_number(1).not_valid_before(end - timedelta(days=700)).not_valid_after(end)
    return key_pem(RSA_KEY) + made.sign(RSA_KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("pem", "state", "seen"),
    [
        ("no key at all", State.FAILED, "no private key"),
        (key_pem(ec.generate_private_key(ec.SECP256R1())), State.FAILED, "no RSA key"),
        (key_pem(rsa.generate_private_key(65537, 1024)), State.FAILED, "1024 bits"),
        (key_pem(RSA_KEY), State.SKIPPED, "end is not known"),
        (with_certificate(NOW - timedelta(days=1)), State.FAILED, "ended on 2026-11-21"),
        (with_certificate(NOW + timedelta(days=20)), State.WARNING, "in 20 days"),
        (with_certificate(NOW + timedelta(days=300)), State.OK, "good until 2027-09-18"),
    ],
)
def test_the_key_file_tells_of_its_key_and_certificate(pem: str, state: State, seen: str) -> None:
    found = list(certificate.findings(pem, NOW))[-1]

    assert found.state is state
    assert seen in found.seen


async def test_a_key_that_cannot_sign_keeps_everything_else_from_being_asked(sandbox: Sandbox) -> None:
    mine = settings(sandbox)
    assert isinstance(mine.login, Certificate)
    found = await findings(NetSuitePreflight(replace(mine, login=replace(mine.login, private_key_pem="none"))))

    assert [each.state for each in found].count(State.FAILED) == 1
    assert "comes first" in next(each.seen for each in found if each.about == "sign-in")
