"""Nothing a return can come to is without words on the console."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.console import forms, wording
from api.console.wording import holds as words
from domain.inventory import Disposition
from domain.returns import Owner, Stage
from security.roles import Role
from store.port import ItemKind, TimelineEvent
from tests.docs import holds

HOLDS = holds.of(Path(__file__).parents[2] / "workflows")


def test_every_hold_and_every_choice_of_it_has_words() -> None:
    for held in HOLDS:
        assert wording.hold(held.reason).title != wording.spoken(held.reason), held
        for choice in held.choices:
            says, then = wording.choice(held.reason, choice)
            assert then, (held, choice)
            assert says != wording.spoken(choice), (held, choice)


def test_no_hold_that_is_told_of_has_gone() -> None:
    known = {held.reason for held in HOLDS}
    assert set(words.HOLDS) == known
    for reason in known:
        offered = {choice for held in HOLDS if held.reason == reason for choice in held.choices}
        assert set(wording.hold(reason).choices) == offered - {"retry"}


def test_every_stage_owner_and_role_has_words() -> None:
    assert all(wording.stage(stage).means and wording.stage(stage).tone for stage in Stage)
    assert {wording.owner(owner) for owner in Owner} == {"Support", "Finance", "Warehouse", "IT"}
    assert len({wording.role(role) for role in Role}) == len(Role)


def test_a_hold_is_told_in_words_in_the_story_too() -> None:
    event = TimelineEvent("held", "on hold for support: parcel_lost", datetime.now(UTC))
    assert wording.told(event) == "On hold for Support: The parcel is reported lost."
    assert wording.told(replace(event, kind="paid", text="paid 1.00 EUR")) == "Paid 1.00 EUR."


def test_a_newer_workers_hold_is_told_by_its_own_words() -> None:
    assert wording.hold("moon_is_full").title == "Moon is full"
    assert wording.choice("moon_is_full", "howl") == ("Howl", "")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/", "//evil.test", "/console//evil.test\\x", "/returns", "", "/consolex", "/console/a\nb"],
)
def test_a_form_leads_nowhere_but_the_console(elsewhere: str) -> None:
    assert forms.within(elsewhere) == "/console"
    assert forms.within("/console/returns?text=a") == "/console/returns?text=a"


def test_everything_that_is_left_to_people_has_words() -> None:
    assert set(wording.ITEMS) == set(ItemKind)


def test_everything_that_may_become_of_a_unit_has_a_button() -> None:
    assert set(wording.VERDICTS) == set(Disposition) - {Disposition.KEPT}
