"""A field that both sides may change: every way it can differ, and that both sides come to rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreement import Agreement, Sent
from domain.change_request import RequestKind
from domain.conflict import SWINGS, Ours, Outcome, Told, Verdict, compare
from domain.likeness import Value, made_of, same
from domain.mapping import Direction, FieldRule, Nulls, Rule, Side
from domain.mapping import ObjectRules as Rules
from domain.showing import after_writing, plan, unheard

T0 = datetime(2026, 11, 21, 10, tzinfo=UTC)
STAGE = FieldRule("Stage", Direction.BOTH)
REASON = FieldRule("Reason", Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON)
REFUND = FieldRule("Refund", Direction.PULL, Side.CRM, Rule.REQUEST_ONLY, asks=RequestKind.PARTIAL_REFUND)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def told(value: Value, seconds: float = 10, own: bool | None = None, certain: bool = True) -> Told:
    return Told(value, at(seconds), at(seconds + 1), certain, own)


def agreed(*sent: Value, met: int | None = None, **more: object) -> Agreement:
    """Versions count from 1; the newest has arrived unless `met` says otherwise."""
    ring = tuple(Sent(value, version, at(version)) for version, value in enumerate(sent, start=1))
    known = Agreement(sent[-1] if sent else None, bool(sent), sent=ring, met=len(sent) if met is None else met)
    return replace(known, **more)  # type: ignore[arg-type]


def test_what_is_agreed_already_is_nothing_new() -> None:
    assert compare(STAGE, agreed("quoted"), told("quoted"), Ours("quoted")).outcome is Outcome.NOOP


@pytest.mark.parametrize(("sent", "stored"), [
    ("  with spaces ", "with spaces"), ("two\r\nlines", "two\nlines"), ("w" * 300, "w" * 255), (12.345, 12.35),
    ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000+0000"), (12, 12.0), ("", None), (False, None),
])  # fmt: skip
def test_a_value_in_the_crms_own_form_is_our_own_echo_and_becomes_the_base(sent: Value, stored: Value) -> None:
    """The CRM says nothing of who wrote it: the value alone must tell."""
    first = compare(STAGE, agreed("before", sent, met=1, base="before"), told(stored), Ours(sent))
    assert (first.outcome, first.agreed.drifted) == (Outcome.ECHO, False)
    assert same(first.agreed.base, stored)
    assert compare(STAGE, first.agreed, told(stored, 20), Ours(sent)).outcome is Outcome.NOOP
    assert first.agreed.may_be_left_out(sent)


@pytest.mark.parametrize(("sent", "other"), [
    ("damaged", "dam"), ("damaged", "Damaged"), (12.34, 12.4), (1, True), ("12", 12), ("a", None), (0, None),
])  # fmt: skip
def test_another_value_is_no_form_of_ours(sent: Value, other: Value) -> None:
    assert not made_of(sent, other)


def test_what_we_wrote_ourselves_is_an_echo_by_its_mark_whatever_the_crm_made_of_it() -> None:
    verdict = compare(STAGE, agreed("quoted"), told("QUOTED", own=True), Ours("quoted"))
    assert (verdict.outcome, verdict.agreed.base, verdict.agreed.drifted) == (Outcome.ECHO, "QUOTED", False)


def test_an_older_value_of_ours_that_comes_back_late_does_not_undo_the_newer_one() -> None:
    """The flip-flop: v1 and v2 are written quickly, and v1 is read back after v2 was sent."""
    verdict = compare(STAGE, agreed("v1", "v2", met=-1), told("v1"), Ours("v2"))
    assert (verdict.outcome, verdict.agreed.base, verdict.put_back) == (Outcome.ECHO, "v2", False)


def test_an_older_value_of_ours_that_somebody_set_again_is_a_genuine_change() -> None:
    """The legitimate write-back, which a guard by time or by value alone would swallow."""
    by_name = compare(REASON, agreed("damaged", "other", met=-1), told("damaged", own=False), Ours("other"))
    arrived = compare(REASON, agreed("damaged", "other"), told("damaged"), Ours("other"))
    assert by_name.outcome is arrived.outcome is Outcome.REQUEST


def test_our_newest_value_that_arrived_and_was_edited_away_is_a_wish_when_somebody_sets_it_again() -> None:
    """What they asked for was accepted and is not written yet; now they want what was before."""
    for met, own in ((1, None), (-1, False)):
        away = compare(REASON, agreed("damaged", met=met), told("style", 10, own), Ours("damaged"))
        back = compare(REASON, away.agreed, told("damaged", 20, own), Ours("style"))
        assert away.outcome is back.outcome is Outcome.REQUEST


def test_what_neither_side_agreed_on_nor_we_sent_is_an_edit_that_is_not_told_yet() -> None:
    known, under_way = {"Reason": agreed("damaged")}, {"Reason": (Sent("style", 2, at(5)),)}
    for stored, edited in (("damaged ", False), ("style", False), ("too_small", True)):
        found = unheard(known, ["Reason"], {"Reason": stored.strip()}, under_way)
        assert ("Reason" in found) is edited, stored


def test_ours_is_put_back_over_an_edit_of_what_we_own() -> None:
    verdict = compare(STAGE, agreed("quoted"), told("closed", own=False), Ours("quoted"))
    assert (verdict.outcome, verdict.value, verdict.put_back) == (Outcome.OVERWRITE, "quoted", True)
    assert (verdict.agreed.base, verdict.agreed.drifted) == ("closed", True)


def test_the_crms_own_field_is_taken_over() -> None:
    rule = FieldRule("Agent", Direction.BOTH, Side.CRM)
    verdict = compare(rule, agreed("anna"), told("ben", own=False), Ours("anna"))
    assert (verdict.outcome, verdict.agreed.standing, verdict.agreed.drifted) == (Outcome.ADOPT, "ben", False)
    emptied = compare(replace(rule, nulls=Nulls.IGNORE), agreed("anna"), told(None, own=False), Ours("anna"))
    assert (emptied.outcome, emptied.agreed.won) == (Outcome.NOOP, False)


def test_the_later_change_wins_only_when_it_is_certain_when_each_was_made() -> None:
    rule = FieldRule("Priority", Direction.BOTH, rule=Rule.LATEST_CERTAIN)
    later = compare(rule, agreed("low"), told("high", 60, own=False), Ours("low", at(1)))
    earlier = compare(rule, agreed("low"), told("high", 60, own=False), Ours("low", at(90)))
    unsure = compare(rule, agreed("low"), told("high", 60, own=False, certain=False), Ours("low", at(1)))
    assert [one.outcome for one in (later, earlier, unsure)] == [Outcome.ADOPT, Outcome.OVERWRITE, Outcome.OVERWRITE]


def test_choices_are_added_and_the_crms_order_of_them_is_no_change() -> None:
    rule = FieldRule("Tags", Direction.BOTH, rule=Rule.UNION)
    verdict = compare(rule, agreed("a;b"), told("b;c", own=False), Ours("a;b"))
    assert (verdict.outcome, verdict.value, verdict.put_back) == (Outcome.UNION, "b;c;a", True)
    stored = compare(rule, verdict.agreed, told("a;b;c", 20, own=False), Ours("a;b"))
    assert (stored.put_back, stored.agreed.drifted) == (False, False)


def test_a_person_decides_and_until_then_ours_stands() -> None:
    verdict = compare(FieldRule("Note", Direction.BOTH, rule=Rule.MANUAL), agreed("a"), told("b"), Ours("a"))
    assert (verdict.outcome, verdict.value, verdict.put_back) == (Outcome.MANUAL, "a", True)


def test_a_status_of_ours_is_moved_by_nobody_else() -> None:
    rule = FieldRule("Stage", Direction.BOTH, Side.CRM, Rule.MONOTONIC_STATE)
    assert compare(rule, agreed("paid"), told("quoted", own=False), Ours("paid")).outcome is Outcome.OVERWRITE


def test_an_edge_is_one_request_however_often_it_is_told() -> None:
    first = compare(REFUND, Agreement(), told(12.5), None)
    again = compare(REFUND, first.agreed, told(12.5, 20), None)
    replayed = compare(REFUND, replace(first.agreed, base=None), told(12.5), None)
    assert [one.outcome for one in (first, again, replayed)] == [Outcome.REQUEST, Outcome.NOOP, Outcome.NOOP]


@pytest.mark.parametrize("nothing", [None, "", 0, False])
def test_an_emptied_field_asks_for_nothing_and_may_be_filled_again(nothing: Value) -> None:
    first = compare(REFUND, Agreement(), told(12.5), None)
    emptied = compare(REFUND, first.agreed, told(nothing, 20), None)
    again = compare(REFUND, emptied.agreed, told(12.5, 30), None)
    assert (emptied.outcome, again.outcome) == (Outcome.NOOP, Outcome.REQUEST)


def test_a_request_that_our_own_writing_overtook_is_asked_all_the_same() -> None:
    """The edit was made, our publication overwrote it, and its echo is told before it."""
    echo = compare(REASON, agreed("damaged", met=-1), told("damaged", 20, own=True), Ours("damaged"))
    late = compare(REASON, echo.agreed, told("other", 15, own=False), Ours("damaged"))
    assert (late.outcome, late.agreed.base, late.agreed.drifted) == (Outcome.REQUEST, "damaged", False)


def test_of_two_edits_told_the_wrong_way_round_the_later_one_counts() -> None:
    later = compare(REASON, agreed("damaged"), told("defective", 20, own=False), Ours("damaged"))
    earlier = compare(REASON, later.agreed, told("other", 15, own=False), Ours("damaged"))
    assert (later.outcome, earlier.outcome, earlier.agreed.base) == (Outcome.REQUEST, Outcome.NOOP, "defective")


def test_a_field_that_swings_is_frozen_to_the_owners_value_and_written_once_more_only() -> None:
    known, seen = agreed("quoted"), []
    for turn in range(SWINGS + 3):
        verdict = compare(STAGE, known, told("wrong", 10 + 20 * turn, own=False), Ours("quoted"))
        seen.append((verdict.put_back, verdict.tripped))
        # ... and each time it is put back, as far as it is.
        known = compare(STAGE, verdict.agreed, told("quoted", 20 + 20 * turn, own=True), Ours("quoted")).agreed
    assert seen == [*[(True, False)] * SWINGS, (True, True), (False, False), (False, False)]
    assert known.frozen


def test_what_comes_back_once_in_a_while_is_no_swinging() -> None:
    known = agreed("quoted")
    for turn in range(2 * SWINGS):
        verdict = compare(STAGE, known, told("wrong", 10 + 1000 * turn, own=False), Ours("quoted"))
        assert not verdict.tripped
        known = compare(STAGE, verdict.agreed, told("quoted", 20 + 1000 * turn, own=True), Ours("quoted")).agreed


def test_a_field_somebody_may_have_edited_is_left_out_of_what_is_about_something_else() -> None:
    rules = Rules("return", "R", "Ref", (REASON, FieldRule("Stage", Direction.PUSH)))
    ours = {"Reason": "damaged", "Stage": "paid"}
    assert plan(rules, {"Reason": agreed("damaged")}, ours).leave == frozenset({"Reason"})
    assert plan(rules, {"Reason": agreed("other")}, ours).leave == frozenset()
    refused = plan(rules, {"Reason": agreed("damaged", drifted=True)}, ours)
    assert (refused.leave, refused.must) == (frozenset(), True)


@dataclass
class Crm:
    """A field of a record in a CRM that trims and cuts, and tells every change of it some time."""

    value: Value = None
    told: list[Told] = field(default_factory=list)
    clock: int = 0

    def write(self, value: Value, own: bool, says: bool) -> None:
        stored = value.strip()[:50] if isinstance(value, str) else value
        self.clock += 10
        if stored == self.value:
            return
        self.value = stored
        self.told.append(Told(stored, at(self.clock), at(self.clock), True, own if says else (None if own else False)))


WORDS = st.sampled_from(["a", "b ", " c", "d" * 60, ""])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hub"), WORDS), st.tuples(st.just("edit"), WORDS), st.tuples(st.just("publish"), st.just("")),
        st.tuples(st.just("tell"), st.integers(0, 30)), st.tuples(st.just("repeat"), st.integers(0, 30)),
    ),
    max_size=40,
)  # fmt: skip


@given(STEPS, st.sampled_from(list(Rule)), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_both_sides_come_to_rest_and_the_owners_value_stands(
    steps: list[tuple[str, object]], rule: Rule, asks: bool, says: bool
) -> None:
    """However changes are delayed, repeated and mixed: after all was told, few writes later nothing is owed any more,
    what is agreed is what the CRM holds, and that is ours where we own the field."""
    judged = FieldRule("F", Direction.BOTH, Side.HUB, rule, asks=RequestKind.REASON if asks else None)
    rules, crm = Rules("return", "R", "Ref", (judged,)), Crm()
    hub, version, known, past = "start", 1, Agreement(), list[Told]()
    requests: set[tuple[str, datetime]] = set()

    def publish() -> None:
        nonlocal known, version
        wanted = plan(rules, {"F": known}, {"F": hub})
        if "F" in wanted.leave:
            return
        written = wanted.stands.get("F", hub)
        crm.write(written, own=True, says=says)
        known = after_writing(rules, {"F": known}, {"F": known}, {"F": written}, {}, version, at(crm.clock), {})["F"]
        version += 1

    def hear(one: Told) -> Verdict:
        nonlocal known
        verdict = compare(judged, known, one, Ours(hub))
        known = verdict.agreed
        if verdict.outcome is Outcome.REQUEST:
            assert (str(one.value), one.at) not in requests, "asked twice"
            requests.add((str(one.value), one.at))
        return verdict

    publish()
    for what, given_ in steps:
        if what == "hub":
            hub = str(given_)
            publish()
        elif what == "edit":
            crm.write(str(given_), own=False, says=True)
        elif what == "publish":
            publish()
        elif what == "tell" and crm.told:
            past.append(crm.told.pop(int(str(given_)) % len(crm.told)))
            hear(past[-1])
        elif what == "repeat" and past:
            hear(past[int(str(given_)) % len(past)])
    writes, before = 0, crm.clock
    for _ in range(12):
        while crm.told:
            hear(crm.told.pop(0))
        # A compare of everything, and what is owed after it.
        hear(Told(crm.value, at(crm.clock), at(crm.clock), False, None))
        if not known.drifted and not crm.told:
            break
        publish()
        writes, before = writes + (crm.clock > before), crm.clock
    assert not known.drifted
    assert same(known.base, crm.value)
    assert writes <= 3, "it swings"
    if rule in (Rule.OWNER_WINS, Rule.MONOTONIC_STATE, Rule.REQUEST_ONLY, Rule.MANUAL) or asks:
        assert made_of(hub, crm.value), "the owner's value stands"
