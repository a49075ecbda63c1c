"""Business keys and their inverses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import ids
from domain.errors import BadInput

ORDERS = st.integers(1, 10**12).map(str)
KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128)


@given(ORDERS, KEYS)
def test_a_return_id_is_the_same_for_the_same_request_and_is_well_formed(order_id: str, key: str) -> None:
    first = ids.return_id(order_id, key)
    assert first == ids.return_id(order_id, key) == ids.check_return_id(first)
    assert first != ids.return_id(order_id, key + "x")


@given(ORDERS, KEYS)
def test_a_workflow_id_leads_back_to_its_return(order_id: str, key: str) -> None:
    of_return = ids.return_id(order_id, key)
    assert ids.return_of_workflow(ids.workflow_id(of_return)) == of_return


@given(KEYS)
def test_a_good_key_is_taken_as_it_is(key: str) -> None:
    assert ids.check_key(key) == key


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 129, "tab\t", "line\n"])
def test_a_bad_key_is_refused_with_its_field(key: str) -> None:
    with pytest.raises(BadInput, match=r"^idempotency_key: must be 1 to 128 printable"):
        ids.check_key(key)


@pytest.mark.parametrize("text", ["", "r-1", "R", "R-5001 9F", "R-5001-9F2C41AB\n", "../etc"])
def test_what_is_no_return_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not a return id"):
        ids.check_return_id(text)


def test_another_workflow_is_nobodys_return() -> None:
    with pytest.raises(BadInput):
        ids.return_of_workflow("reconcile:2026-11-20")


def test_no_two_things_of_a_return_share_a_key() -> None:
    keys = [
        ids.workflow_id("R-1"),
        ids.authorization_key("R-1"),
        ids.receipt_key("R-1", "P1"),
        ids.credit_key("R-1"),
        ids.payout_key("R-1"),
        ids.stock_key("R-1", "release"),
        ids.stock_key("R-1", "withdrawn"),
    ]
    assert len(set(keys)) == len(keys)


def test_a_credit_memo_is_known_by_its_key_and_others_by_their_document() -> None:
    assert ids.return_of_credit(ids.credit_key("R-5001-9F2C41AB")) == "R-5001-9F2C41AB"
    for key in ("", "credit:", "R-5001-9F2C41AB", "rma:R-5001-9F2C41AB", "credit:not a return"):
        assert ids.return_of_credit(key) is None
    with pytest.raises(BadInput):
        ids.check_return_id(ids.foreign_credit("1017"))
