"""Record ids in their long form: fifteen characters tell cases apart, and three more say which are capitals."""

from __future__ import annotations

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def widened(given: str) -> str:
    """Eighteen characters of an id of fifteen; anything else as it is."""
    if len(given) != 15:
        return given
    groups = (given[0:5], given[5:10], given[10:15])
    return given + "".join(
        _LETTERS[sum(1 << at for at, letter in enumerate(group) if "A" <= letter <= "Z")] for group in groups
    )
