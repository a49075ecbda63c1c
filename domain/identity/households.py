"""How often two people of one source share a home, counted where a party is meant to be once: so it is no match."""

from __future__ import annotations

from collections.abc import Sequence

from domain.identity.party import PLACES, Party

_HOME = tuple(PLACES[field] for field in ("street", "postcode", "suburb", "phone", "surname"))
_PERSONAL = tuple(PLACES[field] for field in ("name", "given_name", "birth_date", "email", "national_id"))
# What is seen of a source that has none: half a pair, as is usual for a count of nothing.
_UNSEEN = 0.5
# In a group of more, the place is no home: a block of flats, a switchboard.
_MOST_IN_HOME = 20


def share(sources: Sequence[Sequence[Party]]) -> float:
    """Of all pairs within the sources, those at one address or telephone whose persons differ."""
    found, pairs = _UNSEEN, 1
    for parties in sources:
        pairs += len(parties) * (len(parties) - 1) // 2
        homes: dict[object, list[Party]] = {}
        for party in parties:
            if (key := _home(party)) is not None:
                homes.setdefault(key, []).append(party)
        found += sum(_others(members) for members in homes.values() if len(members) <= _MOST_IN_HOME)
    return found / pairs


def _home(party: Party) -> object:
    """The address; the telephone where nobody says one; where there is neither, surname and place."""
    street, postcode, suburb, phone, surname = (
        value.text if (value := party[place]) is not None else "" for place in _HOME
    )
    if street:
        return (street, postcode, suburb) if " " in street and (postcode or suburb) else None
    if phone:
        return phone
    return (surname, postcode, suburb) if surname and (postcode or suburb) else None


def _others(members: Sequence[Party]) -> int:
    return sum(_differ(one, other) for at, one in enumerate(members) for other in members[at + 1 :])


def _differ(one: Party, other: Party) -> bool:
    """Whether anything personal is said otherwise by both."""
    return any(
        one[place] is not None and other[place] is not None and one[place] is not other[place] for place in _PERSONAL
    )
