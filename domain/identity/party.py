"""A party as it is compared: one prepared value per field, each value prepared once however many parties have it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from domain.identity import normal
from domain.identity.likeness import letter_pairs
from domain.identity.words import short_forms

FIELDS = (
    "name", "given_name", "surname", "email", "phone", "birth_date", "street", "suburb", "postcode", "state",
    "national_id",
)  # fmt: skip
PLACES = {field: place for place, field in enumerate(FIELDS)}


class Value:
    """One value of one field in its compared form. Two parties with the same value share one object."""

    __slots__ = ("count", "formal", "number", "numbers", "pairs", "text", "words")

    def __init__(self, text: str, number: int, words: tuple[str, ...], formal: Mapping[str, frozenset[str]]) -> None:
        self.text, self.number, self.words = text, number, words
        # How many parties have it.
        self.count = 0
        self.pairs = letter_pairs(" ".join(words))
        self.formal = [formal.get(word) for word in words] if formal else []
        # House numbers, of an address.
        self.numbers = frozenset(word for word in words if word[0].isdigit())


# One value per field of FIELDS, None where there is none.
Party = tuple[Value | None, ...]

_FORMS: dict[str, Callable[[str], str]] = {
    "given_name": normal.given_name, "surname": normal.surname, "email": normal.email, "phone": normal.phone,
    "street": normal.street, "suburb": normal.place, "postcode": normal.postcode, "state": normal.plain,
    "national_id": normal.national_id,
}  # fmt: skip


class Vocabulary:
    """Every value seen, by field."""

    def __init__(self, fields: Collection[str]) -> None:
        self.fields = tuple(field for field in FIELDS if field in fields)
        self._formal = short_forms()
        self._known: dict[str, dict[str, Value]] = {field: {} for field in FIELDS}
        self.parties = 0

    def values(self, field: str) -> Iterable[Value]:
        return self._known[field].values()

    def prepare(self, records: Sequence[Mapping[str, str]]) -> list[Party]:
        """The parties of one source; its dates are read day first or month first as its own column tells."""
        forms = dict(_FORMS)
        if "birth_date" in self.fields:
            told = normal.day_first(record.get("birth_date", "") for record in records)
            forms["birth_date"] = partial(normal.birth_date, days_first=told is not False)
        self.parties += len(records)
        return [self._party(record, forms) for record in records]

    def _party(self, record: Mapping[str, str], forms: Mapping[str, Callable[[str], str]]) -> Party:
        values: list[Value | None] = [None] * len(FIELDS)
        for field in self.fields:
            raw = record.get(field)
            if not raw:
                continue
            if field == "name":
                words = normal.name_words(raw)
                text = " ".join(words)
            else:
                text = forms[field](raw)
                words = tuple(text.split())
            if text:
                values[PLACES[field]] = self._value(field, text, words)
        return tuple(values)

    def _value(self, field: str, text: str, words: tuple[str, ...]) -> Value:
        known = self._known[field]
        value = known.get(text)
        if value is None:
            formal = self._formal if field in ("name", "given_name") else {}
            value = known[text] = Value(text, len(known), words, formal)
        value.count += 1
        return value
