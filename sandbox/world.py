"""The world the vendors share: books, faults, a clock that can be moved, the log of calls, credentials, addresses."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.books import Books
from sandbox.chance import Chance
from sandbox.credentials import Credentials, changed
from sandbox.faults import Faults

_CALLS_KEPT = 5000
_SECRETS = "world.secrets"


class Clock:
    """Real time plus an offset that tests move, or a moment at which it stands still; kept in the books."""

    def __init__(self, books: Books, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._books = books
        self._source = source

    def now(self) -> datetime:
        frozen = self._row().get("frozen_at")
        return datetime.fromisoformat(frozen) if frozen else self._source() + timedelta(seconds=self.offset_seconds)

    @property
    def offset_seconds(self) -> float:
        """How far it is ahead of real time, as long as it does not stand still."""
        return float(self._row().get("seconds", 0.0))

    @property
    def frozen(self) -> bool:
        return bool(self._row().get("frozen_at"))

    def advance(self, seconds: float) -> None:
        moved = self._row() | {"seconds": self.offset_seconds + seconds}
        if self.frozen:
            moved["frozen_at"] = (self.now() + timedelta(seconds=seconds)).isoformat()
        self._books.put("world.clock", "offset", moved)

    def set(self, moment: datetime) -> None:
        """Go on from that moment; a clock that stands still stands there."""
        self._books.put(
            "world.clock",
            "offset",
            {
                "seconds": (moment - self._source()).total_seconds(),
                "frozen_at": moment.isoformat() if self.frozen else None,
            },
        )

    def freeze(self, frozen: bool) -> None:
        """Stand still at this moment, or go on from where it stands."""
        now = self.now()
        seconds = (now - self._source()).total_seconds() if self.frozen else self.offset_seconds
        held = now.isoformat() if frozen else None
        self._books.put("world.clock", "offset", {"seconds": seconds, "frozen_at": held})

    def reset(self) -> None:
        """Back to real time."""
        self._books.delete("world.clock", "offset")

    def _row(self) -> dict[str, Any]:
        return self._books.get("world.clock", "offset") or {}


@dataclass(frozen=True)
class Call:
    vendor: str
    operation: str
    status: int
    """The HTTP status answered; 0 when the connection was broken on purpose."""
    at: str
    ms: float
    fault: str | None = None
    plan: str | None = None
    """The fault plan it met, by id."""
    quota: dict[str, float] = field(default_factory=dict)
    """What the answer told about the vendor's limits: how much is left or used, in the vendor's own terms."""


class CallLog:
    """The last requests served, and totals per vendor and operation since the start of this process."""

    def __init__(self) -> None:
        self.recent: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self._totals: Counter[tuple[str, str]] = Counter()

    def add(self, call: Call) -> None:
        self.recent.append(call)
        self._totals[(call.vendor, call.operation)] += 1

    def clear(self) -> None:
        self.recent.clear()
        self._totals.clear()

    def totals(self) -> dict[str, dict[str, int]]:
        answer: dict[str, dict[str, int]] = {}
        for (vendor, operation), count in sorted(self._totals.items()):
            answer.setdefault(vendor, {})[operation] = count
        return answer


@dataclass
class World:
    books: Books
    issued: Credentials
    """As they were made; `credentials` are those that count now."""
    webhook_url: str | None = None
    seed: int = 1
    host: str = "localhost"
    ports: dict[str, int] = field(default_factory=dict)
    """Filled in before the servers start, so a vendor can tell its own address (`url`)."""
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(init=False)
    clock: Clock = field(init=False)
    chance: Chance = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(self.books)
        self.clock = Clock(self.books)
        self.chance = Chance(self.books, self.seed)

    @property
    def credentials(self) -> Credentials:
        secrets = self.books.get(_SECRETS, "changed")
        return changed(self.issued, secrets) if secrets else self.issued

    def change_secrets(self, secrets: dict[str, dict[str, str]]) -> None:
        """From now on these are right and those before them wrong; what was signed in with those goes on."""
        known = self.books.get(_SECRETS, "changed") or {}
        merged = {vendor: known.get(vendor, {}) | changes for vendor, changes in secrets.items()}
        self.books.put(_SECRETS, "changed", known | merged)

    def issue_again(self) -> None:
        """The secrets are as they were made."""
        self.books.delete(_SECRETS, "changed")

    def url(self, vendor: str) -> str:
        """The vendor's base address, without a trailing slash."""
        return f"https://{self.host}:{self.ports[vendor]}"
