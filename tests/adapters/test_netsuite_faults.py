"""The ERP's door on NetSuite when things break: lost and broken answers, limits, ended and wrong logins."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from adapters.erp.netsuite import AccessToken, Certificate, NetSuite
from adapters.erp.port import Erp
from adapters.errors import Permanent, Retryable, UnknownOutcome
from tests.adapters.netsuite_case import Case, settings
from tests.stack.sandbox import Sandbox

CREDIT = "TRANSFORM returnAuthorization->creditMemo"


@pytest.fixture
async def erp(sandbox: Sandbox) -> AsyncIterator[Erp]:
    erp = NetSuite(settings(sandbox))
    yield erp
    await erp.close()


@pytest.fixture(autouse=True)
def healed(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.heal()


async def test_a_lost_answer_never_posts_two_memos(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    sandbox.fault("netsuite", CREDIT, "drop_after")
    memo = await erp.post_credit(case.credit)
    assert await erp.post_credit(case.credit) == memo
    assert [doc["total"] for doc in case.booked("creditMemo")] == [memo.total.decimal()]


async def test_an_outcome_that_cannot_be_looked_up_stays_unknown(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    assert await erp.preview_credit(case.credit)
    sandbox.fault("netsuite", CREDIT, "drop_before")
    with pytest.raises(UnknownOutcome):
        await erp.post_credit(case.credit)
    sandbox.fault("netsuite", CREDIT, "error", status=500)
    with pytest.raises(UnknownOutcome):
        await erp.post_credit(case.credit)
    assert case.booked("creditMemo") == []
    await erp.post_credit(case.credit)
    assert len(case.booked("creditMemo")) == 1


@pytest.mark.parametrize("kind", ["drop_after", "html", "truncate", "error"])
@pytest.mark.parametrize(
    "operation",
    [
        "TRANSFORM invoice->returnAuthorization",
        "PATCH returnAuthorization",
        "TRANSFORM returnAuthorization->itemReceipt",
        CREDIT,
        "TRANSFORM creditMemo->customerRefund",
        "POST binTransfer",
        "GET returnAuthorization",
        "SUITEQL",
    ],
)
async def test_every_broken_answer_leaves_each_document_once(
    sandbox: Sandbox, erp: Erp, operation: str, kind: str
) -> None:
    case = Case(sandbox, erp)
    sandbox.fault("netsuite", operation, kind)
    await _insisting(case.received)
    memo = await _insisting(lambda: erp.post_credit(case.credit))
    await _insisting(lambda: erp.settle(case.settlement(memo)))
    kinds = ("returnAuthorization", "itemReceipt", "creditMemo", "customerRefund")
    assert [len(case.booked(each)) for each in kinds] == [1, 1, 1, 1]
    assert case.booked("returnAuthorization")[0]["status"] == "Refunded"
    assert case.stock() == {"Good": 1}


async def test_two_at_once_make_one_document(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    memos = await asyncio.gather(*(erp.post_credit(case.credit) for _ in range(4)))
    assert len({memo.document for memo in memos}) == 1
    assert len(case.booked("creditMemo")) == 1


async def test_the_concurrency_limit_is_retryable(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    sandbox.fault("netsuite", "SUITEQL", "throttle")
    with pytest.raises(Retryable) as refused:
        await erp.invoice(str(case.number))
    assert refused.value.code == "CONCURRENCY_LIMIT_EXCEEDED"


async def test_our_share_of_the_concurrency_limit_is_not_exceeded(sandbox: Sandbox) -> None:
    erp = NetSuite(settings(sandbox, concurrency=4))
    sandbox.control.post("/netsuite/pace", json={"latency_ms": 20, "limit": 4})
    try:
        cases = [Case(sandbox, erp) for _ in range(8)]
        found = await asyncio.gather(*(erp.invoice(str(case.number)) for case in cases))
        assert [invoice.order_id for invoice in found] == [str(case.number) for case in cases]
    finally:
        sandbox.control.post("/netsuite/pace", json={})
        await erp.close()


@pytest.mark.parametrize("kind", ["html", "truncate", "down", "drop_before", "drop_after", "error"])
@pytest.mark.parametrize("operation", ["SUITEQL", "GET invoice", "TOKEN"])
async def test_a_read_that_breaks_is_retryable(sandbox: Sandbox, erp: Erp, operation: str, kind: str) -> None:
    case = Case(sandbox, erp)
    sandbox.fault("netsuite", operation, kind)
    with pytest.raises(Retryable):
        await erp.invoice(str(case.number))
    assert await erp.invoice(str(case.number))


async def test_an_ended_token_is_renewed_without_anybody_noticing(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    before = await erp.invoice(str(case.number))
    sandbox.control.post("/clock", json={"advance_seconds": 7200})
    try:
        assert await erp.invoice(str(case.number)) == before
    finally:
        sandbox.control.post("/clock", json={"advance_seconds": -7200})


async def test_signed_requests_work_as_well(sandbox: Sandbox) -> None:
    erp = NetSuite(settings(sandbox, login=_token(sandbox)))
    try:
        case = Case(sandbox, erp)
        await case.received()
        await erp.settle(case.settlement(await erp.post_credit(case.credit)))
        assert case.booked("returnAuthorization")[0]["status"] == "Refunded"
    finally:
        await erp.close()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: _token(s, token_secret="x"),
        lambda s: _token(s, consumer_key="x"),
        lambda s: Certificate("x", "y", s.credentials["netsuite"]["private_key_pem"]),
    ],
)
async def test_wrong_credentials_are_permanent_and_say_what_to_check(
    sandbox: Sandbox, wrong: Callable[[Sandbox], AccessToken | Certificate]
) -> None:
    erp = NetSuite(settings(sandbox, login=wrong(sandbox)))
    try:
        with pytest.raises(Permanent, match="login refused: check"):
            await erp.invoice("1")
    finally:
        await erp.close()


def test_settings_never_show_their_secrets(sandbox: Sandbox) -> None:
    shown = repr(settings(sandbox)) + repr(settings(sandbox, login=_token(sandbox)))
    assert "PRIVATE KEY" not in shown
    assert sandbox.credentials["netsuite"]["token_secret"] not in shown


def _token(sandbox: Sandbox, **changes: str) -> AccessToken:
    known = sandbox.credentials["netsuite"] | changes
    return AccessToken(known["consumer_key"], known["consumer_secret"], known["token_id"], known["token_secret"])


async def _insisting(act: Callable[[], Any]) -> Any:
    """As the engine does: again after Retryable, and after UnknownOutcome too, because every step looks first."""
    for _ in range(4):
        try:
            return await act()
        except (Retryable, UnknownOutcome):
            continue
    raise AssertionError("still failing after four attempts")
