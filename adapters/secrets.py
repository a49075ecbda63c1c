"""A secret as an adapter is given it: it may be another one a moment later, and nobody starts anew for that.

Where secrets are kept, and who may write them, is no adapter's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Secret(Protocol):
    @property
    def version(self) -> int:
        """Another number when it may be another secret; it tells nothing of it. What was bought with one is no good
        under another."""
        ...

    async def text(self) -> str:
        """The one in force. Raises Retryable when that cannot be known now, SignInRefused when there is none that
        could be used; both say what to do."""
        ...

    async def renewed(self, since: int) -> bool:
        """After a refusal: look whether it was changed, and say whether it is another one than version `since`."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One that stays as it is."""

    given: str = field(repr=False)
    version: int = 0

    async def text(self) -> str:
        return self.given

    async def renewed(self, since: int) -> bool:
        return False


# A text is a secret that stays as it is.
Given = str | Secret


def held(given: Given) -> Secret:
    return Fixed(given) if isinstance(given, str) else given
