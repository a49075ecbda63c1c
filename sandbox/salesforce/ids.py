"""Record ids of the pretended org: fifteen characters that tell cases apart, eighteen for tools that do not."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def make(prefix: str, number: int) -> str:
    """The eighteen-character id of the `number`-th record of the object with this three-character prefix."""
    digits = ""
    while number:
        number, rest = divmod(number, len(ALPHABET))
        digits = ALPHABET[rest] + digits
    return long_form(f"{prefix}BH0{digits.rjust(9, '0')}")


def long_form(short: str) -> str:
    """Add the three check characters: each says which letters of one group of five are capitals."""
    groups = (short[0:5], short[5:10], short[10:15])
    return short + "".join(
        CHECK[sum(1 << at for at, letter in enumerate(group) if letter.isupper())] for group in groups
    )


def canonical(given: str) -> str | None:
    """The eighteen-character form of a fifteen or eighteen character id; None when it is no id at all."""
    if not given.isalnum() or not given.isascii():
        return None
    if len(given) == 15:
        return long_form(given)
    if len(given) == 18:
        return _recased(given)
    return None


def _recased(given: str) -> str | None:
    """Eighteen characters name a record also when a tool changed their case: the last three tell the true one."""
    letters = list(given[:15])
    for group, check in enumerate(given[15:].upper()):
        if check not in CHECK:
            return None
        bits = CHECK.index(check)
        for at in range(5):
            position = group * 5 + at
            letters[position] = letters[position].upper() if bits >> at & 1 else letters[position].lower()
    return "".join(letters) + given[15:].upper()


ORG_ID = make("00D", 1)
USER_ID = make("005", 1)
