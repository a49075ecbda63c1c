"""When so many records of a CRM are gone at once that it is rather a mistake than the truth: nothing is concluded then.

A permission taken away, a filter, an enumeration that broke off: all look like records deleted by the thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Guard:
    """More than `share` of the known records and more than `least` of them, within one compare or one `window`."""

    share: float = 0.1
    least: int = 20
    window: timedelta = timedelta(hours=1)

    def stops(self, gone: int, known: int) -> bool:
        """`known` counts those that are gone among them."""
        return gone > self.least and gone > self.share * known
