"""Our errors as Temporal's failures: what is tried again, after how long, and what opens which hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.errors import CLOSED_PERIOD, NO_SUCH_RECORD, PERMANENT, TENDERS_CHANGED, speaks_temporal
from adapters.errors import (
    ClosedPeriod,
    Gone,
    NoSuchRecord,
    Permanent,
    Retryable,
    SignInRefused,
    TendersChanged,
    Undeliverable,
    UnknownOutcome,
    VendorError,
)
from domain.errors import BadInput, Forbidden, KeyReused, NotRemaining, Refusal, WrongStage
from store.port import StoreUnavailable

TABLE: list[tuple[Exception, str, bool, str]] = [
    # (error, type, tried again, sentence)
    (Retryable("erp", "quote", "busy", "429"), "Retryable", True, "erp quote: busy [429]"),
    (UnknownOutcome("erp", "post", "answer lost"), "UnknownOutcome", True, "erp post: answer lost"),
    (StoreUnavailable("away"), "StoreUnavailable", True, "away"),
    (Permanent("erp", "quote", "no such item"), PERMANENT, False, "erp quote: no such item"),
    (SignInRefused("erp", "token", "login refused"), PERMANENT, False, "erp token: login refused"),
    (NoSuchRecord("shop", "order", "no order 7"), NO_SUCH_RECORD, False, "shop order: no order 7"),
    (Gone("webhook", "deliver", "HTTP 410", "410"), PERMANENT, False, "webhook deliver: HTTP 410 [410]"),
    (Undeliverable("smtp", "send", "nobody", "550"), PERMANENT, False, "smtp send: nobody [550]"),
    (ClosedPeriod("erp", "post", "period is closed"), CLOSED_PERIOD, False, "erp post: period is closed"),
    (TendersChanged("shop", "pay", "others refunded"), TENDERS_CHANGED, False, "shop pay: others refunded"),
    (BadInput("amount", "too many decimals"), "bad_input", False, "amount: too many decimals"),
    (
        KeyReused("Idempotency-Key", "was another message's"),
        "key_reused",
        False,
        "Idempotency-Key: was another message's",
    ),
    (Forbidden("another must"), "forbidden", False, "another must"),
    (WrongStage("too late"), "wrong_stage", False, "too late"),
    (NotRemaining("nothing left"), "not_remaining", False, "nothing left"),
    (Refusal("no"), "refused", False, "no"),
]


async def failure_of(error: Exception) -> ApplicationError:
    @speaks_temporal
    async def act() -> None:
        raise error

    with pytest.raises(ApplicationError) as caught:
        await act()
    return caught.value


def test_the_table_has_every_error_of_ours() -> None:
    def tree(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*map(tree, kind.__subclasses__()))

    modules = ("adapters.errors", "domain.errors")
    ours = {kind for kind in tree(VendorError) | tree(Refusal) if kind.__module__ in modules}
    assert {type(error) for error, *_ in TABLE} >= ours - {VendorError}


@pytest.mark.parametrize(("error", "kind", "again", "sentence"), TABLE, ids=lambda value: type(value).__name__)
async def test_each_error_becomes_one_failure(error: Exception, kind: str, again: bool, sentence: str) -> None:
    failure = await failure_of(error)
    assert (failure.type, failure.non_retryable, failure.message) == (kind, not again, sentence)
    assert failure.__cause__ is error


async def test_the_vendors_own_patience_is_kept() -> None:
    failure = await failure_of(Retryable("erp", "quote", "busy", retry_after=7.5))
    assert failure.next_retry_delay == timedelta(seconds=7.5)
    assert failure.category is ApplicationErrorCategory.BENIGN
    for silent in (None, 0.0):
        assert (await failure_of(Retryable("erp", "quote", "busy", retry_after=silent))).next_retry_delay is None


async def test_what_is_nobodys_error_stays_as_it_is() -> None:
    @speaks_temporal
    async def act() -> None:
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError):
        await act()


async def test_an_activity_keeps_its_name_and_answer() -> None:
    @speaks_temporal
    async def quote(number: int) -> int:
        return number + 1

    assert quote.__name__ == "quote"
    assert await quote(1) == 2
