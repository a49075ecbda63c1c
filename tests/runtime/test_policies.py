"""The policy file: what an order's channel gets, and how a wrong line is told."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from domain.policy import (
    DAY,
    BundlePrice,
    ConsentDefault,
    Fee,
    LateArrival,
    OnClosedPeriod,
    OnDifference,
    Policy,
    Promotion,
    Shipping,
)
from runtime.policies import BadPolicy, policies, read
from stories import playbill
from tests.doubles.world import mug_order

EVERYTHING = """
[default]
window = "14d"
quote_ttl = "12h"
quote_reminder = 3600
late_arrival = "hold"
shipping = "never"
on_difference = "accept_erp"
consent_default = "send_back"
tender_order = ["gift_card", "card"]

[channel.outlet]
window = "5m"
retry_at_most = "20s"

[channel.b2b]
on_difference = "hold"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policies.toml"


def test_without_a_file_every_order_has_the_default() -> None:
    assert policies(None)(mug_order()) == Policy()


def test_a_channel_has_its_own_words_and_the_default_for_the_rest(file: Path) -> None:
    file.write_text(EVERYTHING)
    policy_for = policies(file)
    web, outlet = policy_for(mug_order(channel="web")), policy_for(mug_order(channel="outlet"))
    assert web == Policy(
        window=14 * DAY, quote_ttl=12 * 3600, quote_reminder=3600, late_arrival=LateArrival.HOLD,
        shipping=Shipping.NEVER, on_difference=OnDifference.ACCEPT_ERP, consent_default=ConsentDefault.SEND_BACK,
        tender_order=("gift_card", "card"),
    )  # fmt: skip
    assert (outlet.name, outlet.window, outlet.retry_at_most, outlet.quote_ttl) == ("outlet", 300, 20, 12 * 3600)
    assert policy_for(mug_order(channel="b2b")).on_difference is OnDifference.HOLD


def test_every_field_of_a_policy_can_be_set(file: Path) -> None:
    for field in fields(Policy):
        if field.name != "name":
            file.write_text(f"[default]\n{field.name} = {shown(getattr(Policy(), field.name))}\n")
            assert read(file)[0] == Policy(), field.name


def shown(value: object) -> str:
    """As the file has it."""
    if value is None:
        return '"none"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f'{key} = "{one}"' for key, one in value.items()) + " }"
    return f'"{value}"' if isinstance(value, str) else str(list(value) if isinstance(value, tuple) else value)


MONEY = """
[default]
bundle = "forfeit"
promotion = "claw_back"
on_closed_period = "next_open"
minimum_spend = { EUR = "80", JPY = "12000" }
keep_item_below = { EUR = "5.5" }

[default.restocking_fee]
percent = "12.5"
reasons = ["changed_mind"]
groups = ["marketplace"]

[channel.b2b]
restocking_fee = "none"

[channel.b2b.return_shipping_fee]
flat = { EUR = "9.00" }
taxed = false
"""


def test_amounts_are_by_currency_and_fees_are_tables_that_a_channel_may_lift(file: Path) -> None:
    file.write_text(MONEY)
    default, channels = read(file)
    fee = Fee(percent="12.5", reasons=("changed_mind",), groups=("marketplace",))
    assert default == Policy(
        bundle=BundlePrice.FORFEIT, promotion=Promotion.CLAW_BACK, on_closed_period=OnClosedPeriod.NEXT_OPEN,
        minimum_spend={"EUR": "80.00", "JPY": "12000"}, keep_item_below={"EUR": "5.50"}, restocking_fee=fee,
    )  # fmt: skip
    b2b = channels["b2b"]
    assert (b2b.restocking_fee, b2b.return_shipping_fee) == (None, Fee(flat={"EUR": "9.00"}, taxed=False))
    assert b2b.minimum_spend == default.minimum_spend


def test_the_demos_own_file_is_good() -> None:
    default, channels = read(Path(playbill.__file__).with_name("policies.toml"))
    assert default.retry_at_most == 2
    assert set(channels) == {"outlet", "express", "keep", "terms", "strict", "archive"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[default]\nwindow = '30 days'", "[default] window = '30 days': write whole seconds or a span"),
        ("[default]\nsecond_person_above = '100.00'", "second_person_above = '100.00': write amounts by currency"),
        ("[default]\nsecond_person_above = { EURO = '1.00' }", "'EURO' is not an ISO 4217 code"),
        ("[default]\nsecond_person_above = { EUR = '-1.00' }", "EUR: '-1.00' is less than nothing"),
        ("[default]\nwindow = '1.5d'", "write whole seconds or a span"),
        ("[default]\nwindow = '-1d'", "write whole seconds or a span"),
        ('[default]\nwindow = "1d\\n"', "write whole seconds or a span"),
        ('[default]\nwindow = "٣d"', "write whole seconds or a span"),
        ("[default]\nwindow = -1", "write whole seconds or a span"),
        ("[default]\nwindow = 1.5", "write whole seconds or a span"),
        ("[default]\nwindow = true", "write whole seconds or a span"),
        ("[default]\nwindow = 2026-11-21", "write whole seconds or a span"),
        ("[default]\nwindow = 99999999999999", "at most 36500d"),
        ('[default]\nwindow = "99999999999d"', "at most 36500d"),
        ("[default]\nretry_at_most = 0", "write at least one second"),
        ("[default]\nvendor_patience = '0d'", "write at least one second"),
        ("[default]\ncrm_patience = '0s'", "write at least one second"),
        ("[default]\nshipping = 'sometimes'", "write one of when_all_returned, always, never, statutory"),
        ("[default]\nshipping = 1", "write one of when_all_returned"),
        ("[default]\nshipping = []", "write one of when_all_returned"),
        ("[default]\nminimum_spend = '80'", "write amounts by currency"),
        ("[default]\nminimum_spend = { EUR = 80 }", "EUR: 80 is not an amount"),
        ("[default]\nminimum_spend = { EUR = '80.005' }", "EUR: '80.005' has more decimals than EUR allows (2)"),
        ("[default]\nminimum_spend = { JPY = '1.5' }", "more decimals than JPY allows (0)"),
        ("[default]\nminimum_spend = { euro = '80' }", "is not an ISO 4217 code"),
        ("[default]\nkeep_item_below = { EUR = '-1' }", "is less than nothing"),
        ("[default]\nrestocking_fee = 15", "write a table with percent or flat"),
        ("[default]\nrestocking_fee = {}", "write either percent or flat"),
        ("[default]\nrestocking_fee = { percent = '5', flat = { EUR = '1' } }", "write either percent or flat"),
        ("[default]\nrestocking_fee = { percent = 15 }", "percent: write a percentage up to 100 as text"),
        ("[default]\nrestocking_fee = { percent = '0' }", "percent: write a percentage"),
        ("[default]\nrestocking_fee = { percent = '100.1' }", "percent: write a percentage"),
        ("[default]\nrestocking_fee = { flat = { EUR = 'x' } }", "flat: EUR: 'x' is not an amount"),
        ("[default]\nrestocking_fee = { percent = '5', taxed = 'no' }", "taxed: write true or false"),
        ("[default]\nrestocking_fee = { percent = '5', reasons = 'style' }", "reasons: write a list of words"),
        ("[default]\nrestocking_fee = { percent = '5', reasons = ['bored'] }", "'bored' is no reason; they are"),
        ("[default]\nrestocking_fee = { percent = '5', tax = true }", "tax is not a field of a fee"),
        ("[default]\ntender_order = 'card'", "write a list of words"),
        ("[default]\ntender_order = [1]", "write a list of words"),
        ("[default]\nname = 'x'", "name is not a policy field; known are window"),
        ("[default]\nwindows = 1", "windows is not a policy field"),
        ("[channel.web]\nwindows = 1", "[channel.web] windows is not a policy field"),
        ("[defaults]\nwindow = 1", "[defaults] is not known"),
        ("default = 1", "[default] is not a table"),
        ("channel = 1", "[channel] is not a table"),
        ("[channel]\nweb = 1", "[channel.web] is not a table"),
        ("window = ", "cannot be read as TOML"),
        ("\0", "cannot be read as TOML"),
    ],
)
def test_a_wrong_line_is_told_by_file_table_and_field(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(BadPolicy) as caught:
        policies(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert says in str(caught.value)


def test_a_file_that_is_none_is_told(tmp_path: Path, file: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        with pytest.raises(BadPolicy, match="cannot be read as TOML"):
            policies(path)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadPolicy, match="cannot be read as TOML"):
        policies(file)
