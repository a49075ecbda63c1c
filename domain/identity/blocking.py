"""Which pairs are worth comparing: those that share two marks of different kinds, or one that is rare.

The rarest meeting points come first, so that a budget of pairs is spent where matches are; what a hundred parties have
in common tells nobody apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from domain.identity.likeness import sound
from domain.identity.party import PLACES, Party
from domain.identity.words import STREET_KINDS

# More pairs than this of one block are never compared.
_MOST_OF_BLOCK = 1800
# Of a block whose parties share one mark only.
_MOST_ALONE = 72
_PAIRS_PER_PARTY = 60
_FEWEST_PAIRS = 50_000
_STREET_WORDS = 3
_NAME_WORDS = 4
_PREFIX = 5
_PHONE_DIGITS = 7
# Kinds of marks of which one follows from another: two of them are no more than one.
_ONE_FACT = frozenset("bne")
_PLACED = tuple(
    PLACES[field]
    for field in (
        "name", "given_name", "surname", "email", "phone", "birth_date", "street", "suburb", "postcode", "national_id",
    )
)  # fmt: skip

Block = tuple[int, list[int], list[int]]


def candidates(left: Sequence[Party], right: Sequence[Party] | None) -> set[int]:
    """Pairs as `place in left * len(right) + place in right`; without `right`, both places are in `left`, the lower
    one first."""
    width = len(left) if right is None else len(right)
    budget = max(_FEWEST_PAIRS, _PAIRS_PER_PARTY * max(len(left), width))
    pairs: set[int] = set()
    for _, ours, theirs in sorted(_blocks(left, right), key=lambda block: block[0]):
        if len(pairs) >= budget:
            break
        if ours is theirs:
            for at, one in enumerate(ours):
                start = one * width
                pairs.update([start + other for other in ours[at + 1 :]])
        else:
            for one in ours:
                start = one * width
                pairs.update([start + other for other in theirs])
    return pairs


def _blocks(left: Sequence[Party], right: Sequence[Party] | None) -> Iterator[Block]:
    ours = _index(left)
    theirs = ours if right is None else _index(right)
    for key, places in ours.items():
        others = theirs.get(key)
        if others is None:
            continue
        count = len(places) * (len(places) - 1) // 2 if others is places else len(places) * len(others)
        if 0 < count <= (_MOST_OF_BLOCK if "|" in key else _MOST_ALONE):
            yield count, places, others


def _index(parties: Sequence[Party]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, party in enumerate(parties):
        known = sorted(set(marks(party)))
        for mark in known:
            index.setdefault(mark, []).append(place)
        for one, other in combinations(known, 2):
            if one[0] != other[0] or one[0] not in _ONE_FACT:
                index.setdefault(f"{one}|{other}", []).append(place)
    return index


def marks(party: Party) -> Iterator[str]:
    """What of a party stays the same when somebody writes it down anew; the first letter is the kind."""
    name, given, surname, email, phone, birth, street, suburb, postcode, national = (party[place] for place in _PLACED)
    if name is not None:
        for word in sorted(name.words, key=len, reverse=True)[:_NAME_WORDS]:
            yield f"w{sound(word)}"
    # Given name and surname may have changed places, so they leave the same kind of mark.
    for value in (given, surname):
        if value is not None:
            yield f"w{sound(value.text.replace(' ', ''))}"
    if birth is not None:
        yield f"b{birth.text}"
        yield f"b{birth.text[:6]}-"
        yield f"b-{birth.text[4:]}"
    if national is not None:
        half = len(national.text) // 2
        yield f"n{national.text}"
        yield f"n{national.text[:half]}-"
        yield f"n-{national.text[half:]}"
    if email is not None:
        yield f"e{email.text}"
        yield f"e{email.text.partition('@')[0]}"
    if phone is not None:
        yield f"p{phone.text[-_PHONE_DIGITS:]}"
    if postcode is not None:
        yield f"z{postcode.text}"
    if suburb is not None:
        yield f"u{suburb.text[:_PREFIX]}"
    if street is not None:
        for number in sorted(street.numbers)[:1]:
            yield f"h{number}"
        words = [word for word in street.words if word not in STREET_KINDS and word not in street.numbers]
        for word in sorted(words, key=len, reverse=True)[:_STREET_WORDS]:
            yield f"s{word[:_PREFIX]}"
