"""Two parties side by side: per comparison how far they agree, from 1 (differs) up; 0 where one says nothing."""

from __future__ import annotations

from collections.abc import Callable

from domain.identity.likeness import jaro_winkler, one_slip, shared
from domain.identity.party import PLACES, Party, Value

# What the levels of each comparison are called, from 1 on. The last one is the same value on both sides.
LEVELS: dict[str, tuple[str, ...]] = {
    "name": ("differs", "alike", "part", "close", "same"),
    # One of two people's names where the other has it, or both: the surname then says nothing more.
    "given_name": ("differs", "crossed", "swapped", "alike", "part", "close", "same"),
    "surname": ("differs", "alike", "part", "close", "same"),
    "email": ("differs", "alike", "slip", "same"),
    "phone": ("differs", "slip", "same"),
    "birth_date": ("differs", "near", "slip", "same"),
    "street": ("differs", "some", "other_number", "close", "same"),
    "postcode": ("differs", "slip", "same"),
    "suburb": ("differs", "alike", "same"),
    # A suburb says little more once the postcode agrees, a state nothing once either does: each is asked apart.
    "suburb_of_postcode": ("differs", "alike", "same"),
    "state": ("differs", "same"),
    "national_id": ("differs", "slip", "same"),
}  # fmt: skip
COMPARISONS = tuple(LEVELS)
SAME = {name: len(levels) for name, levels in LEVELS.items()}
# One level per comparison.
Pattern = tuple[int, ...]

_DIFFERS, _CROSSED, _SWAPPED = 1, 2, 3
# Words that share less of their letter pairs than this are no slip of each other: it spares the dearer look.
_FAINT = 0.25
_SHORTEST_PHONE = 7
_SHORTEST_ID = 5
(_NAME, _GIVEN, _SURNAME, _EMAIL, _PHONE, _BIRTH, _STREET, _SUBURB, _POSTCODE, _STATE, _NATIONAL) = (
    PLACES[field]
    for field in (
        "name", "given_name", "surname", "email", "phone", "birth_date", "street", "suburb", "postcode", "state",
        "national_id",
    )
)  # fmt: skip


class Comparer:
    """Compares pairs of parties of one vocabulary. Names and places are few, so what two of them gave is kept."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int], int] = {}

    def compare(self, a: Party, b: Party) -> Pattern:
        name = self._level("name", _name, a[_NAME], b[_NAME])
        given = self._level("given_name", _given_name, a[_GIVEN], b[_GIVEN])
        surname = self._level("surname", _person, a[_SURNAME], b[_SURNAME])
        if given <= _DIFFERS and surname <= _DIFFERS and (crossed := self._crossed(a, b)):
            given, surname = crossed, 0
        x, y = a[_POSTCODE], b[_POSTCODE]
        postcode = _number(x, y, 3)
        suburb = self._level("suburb", _suburb, a[_SUBURB], b[_SUBURB])
        state = 0
        if postcode < 3 and suburb < 3:
            x, y = a[_STATE], b[_STATE]
            state = 0 if x is None or y is None else 2 if x is y else 1
        x, y = a[_STREET], b[_STREET]
        street = 0 if x is None or y is None else 5 if x is y else _street(x, y)
        x, y = a[_BIRTH], b[_BIRTH]
        birth = 0 if x is None or y is None else 4 if x is y else _birth_date(x.text, y.text)
        x, y = a[_EMAIL], b[_EMAIL]
        email = 0 if x is None or y is None else 4 if x is y else _email(x.text, y.text)
        if email == 2 and (name >= 4 or (given >= 6 and surname >= 4)):
            # Mailboxes are called like their owners: once the names agree, a mailbox like the other says nothing.
            email = 0
        x, y = a[_PHONE], b[_PHONE]
        phone = 0 if x is None or y is None else 3 if x is y else _phone(x.text, y.text)
        national = _number(a[_NATIONAL], b[_NATIONAL], _SHORTEST_ID)
        apart, inside = (0, suburb) if postcode == 3 else (suburb, 0)
        return (name, given, surname, email, phone, birth, street, postcode, apart, inside, state, national)

    def _level(self, field: str, judge: Callable[[Value, Value], int], x: Value | None, y: Value | None) -> int:
        if x is None or y is None:
            return 0
        if x is y:
            return SAME[field]
        pair = (field, x.number, y.number) if x.number < y.number else (field, y.number, x.number)
        level = self._kept.get(pair)
        if level is None:
            level = self._kept[pair] = judge(x, y)
        return level

    def _crossed(self, a: Party, b: Party) -> int:
        """Whether what one calls given name is what the other calls surname, and the other way round."""
        times = 0
        for x, y in ((a[_GIVEN], b[_SURNAME]), (b[_GIVEN], a[_SURNAME])):
            if x is not None and y is not None:
                pair = ("crossed", x.number, y.number)
                level = self._kept.get(pair)
                if level is None:
                    near = shared(x.pairs, y.pairs) >= _FAINT and _near(x.text, y.text)
                    level = self._kept[pair] = int(near or x.text == y.text)
                times += level
        return (0, _CROSSED, _SWAPPED)[times]


def _near(a: str, b: str) -> bool:
    return (len(a) > 3 and len(b) > 3 and one_slip(a, b)) or jaro_winkler(a, b) >= 0.92


def _person(x: Value, y: Value) -> int:
    """A given name or a surname."""
    a, b = x.text, y.text
    if " " in a or " " in b:
        if a.replace(" ", "") == b.replace(" ", ""):
            return 4
        if not set(x.words).isdisjoint(y.words):
            return 3
    if a[0] == b[0] and (len(a) == 1 or len(b) == 1):
        return 3
    likeness = shared(x.pairs, y.pairs)
    if likeness >= _FAINT and _near(a, b):
        return 4
    if _short_form(x, y):
        return 3
    return 2 if likeness >= _FAINT and jaro_winkler(a, b) >= 0.82 else _DIFFERS


def _given_name(x: Value, y: Value) -> int:
    level = _person(x, y)
    return level if level == _DIFFERS else level + _SWAPPED - _DIFFERS


def _short_form(x: Value, y: Value) -> bool:
    if not x.formal or not y.formal:
        return False
    ours, theirs = x.formal[0], y.formal[0]
    return bool(ours and theirs and not ours.isdisjoint(theirs))


def _name(x: Value, y: Value) -> int:
    """A whole name: every word of the shorter one must find its own in the longer one."""
    likeness = shared(x.pairs, y.pairs)
    if x.words == y.words or "".join(x.words) == "".join(y.words):
        return 5
    few, many = (x, y) if len(x.words) <= len(y.words) else (y, x)
    left = list(zip(many.words, many.formal, strict=True))
    whole = 0
    for word, formal in sorted(zip(few.words, few.formal, strict=True), key=lambda one: -len(one[0])):
        best = max(range(len(left)), key=lambda place: _word(word, formal, *left[place]))
        kind = _word(word, formal, *left[best])
        if not kind:
            return 2 if likeness >= 0.55 else _DIFFERS
        whole += kind > 1
        left.pop(best)
    if not whole:
        return 2
    return 3 if left else 4


def _word(a: str, formal_a: frozenset[str] | None, b: str, formal_b: frozenset[str] | None) -> int:
    """3 the same, 2 the same but for a slip or a short form, 1 an initial, 0 another word."""
    if a == b:
        return 3
    if len(a) == 1 or len(b) == 1:
        return int(a[0] == b[0])
    if formal_a and formal_b and not formal_a.isdisjoint(formal_b):
        return 2
    return 2 if _near(a, b) else 0


def _number(x: Value | None, y: Value | None, shortest: int) -> int:
    """A postcode or an identity number: the same, one slip, or another."""
    if x is None or y is None:
        return 0
    if x is y:
        return 3
    a, b = x.text, y.text
    return 2 if len(a) >= shortest and len(b) >= shortest and one_slip(a, b) else _DIFFERS


def _birth_date(a: str, b: str) -> int:
    if one_slip(a, b):
        return 3
    year, month, day = a[:4] == b[:4], a[4:6] == b[4:6], a[6:] == b[6:]
    if year and a[4:6] == b[6:] and a[6:] == b[4:6]:
        return 3
    unsaid = a[4:] == "0000" or b[4:] == "0000"
    return 2 if year + month + day == 2 or (year and unsaid) else _DIFFERS


def _email(a: str, b: str) -> int:
    """Numbers tell mailboxes of namesakes apart, so another number is another mailbox however alike the rest is."""
    ours, _, our_domain = a.rpartition("@")
    theirs, _, their_domain = b.rpartition("@")
    if _numbers(ours) != _numbers(theirs):
        return _DIFFERS
    if one_slip(a, b):
        return 3
    if ours == theirs:
        return 2
    return 2 if our_domain == their_domain and jaro_winkler(ours, theirs) >= 0.9 else _DIFFERS


def _numbers(text: str) -> list[str]:
    return [sign for sign in text if sign.isdigit()]


def _phone(a: str, b: str) -> int:
    if min(len(a), len(b)) >= _SHORTEST_PHONE and (a.endswith(b) or b.endswith(a)):
        return 3
    return 2 if one_slip(a, b) else _DIFFERS


def _street(x: Value, y: Value) -> int:
    likeness = shared(x.pairs, y.pairs)
    if likeness >= 0.6:
        apart = x.numbers and y.numbers and x.numbers.isdisjoint(y.numbers)
        return 3 if apart else 4
    # One of two lines of an address may be missing on one side.
    few = min(x.pairs.bit_count(), y.pairs.bit_count())
    if few >= 8 and (x.pairs & y.pairs).bit_count() >= 0.85 * few:
        return 4
    return 2 if likeness >= 0.4 else _DIFFERS


def _suburb(x: Value, y: Value) -> int:
    if x.text.replace(" ", "") == y.text.replace(" ", ""):
        return 3
    return 2 if shared(x.pairs, y.pairs) >= 0.6 or _near(x.text, y.text) else _DIFFERS
