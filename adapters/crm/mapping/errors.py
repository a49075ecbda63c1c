"""What is wrong with a mapping file, or with a value it should move; each sentence names the place and the mend."""

from __future__ import annotations


class BadMapping(Exception):
    """A mapping file cannot be used; one sentence per complaint, each with file, line and mend."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


class Unfit(ValueError):
    """A value a step cannot move. Says the kind of value, never the value itself, which may be a person's."""


class Unmappable(Exception):
    """A projection that cannot be shown by a mapping: `field` of which object, and why. Holds no value."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place} cannot be filled: {reason}; mend the mapping file")
