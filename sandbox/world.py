"""The world the vendors share: books, faults, a clock that can be moved, the log of calls, credentials, addresses."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.books import Books
from sandbox.credentials import Credentials
from sandbox.faults import Faults

_CALLS_KEPT = 5000


class Clock:
    """Real time plus an offset that tests move forward; the offset is kept in the books."""

    def __init__(self, books: Books, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._books = books
        self._source = source

    def now(self) -> datetime:
        return self._source() + timedelta(seconds=self.offset_seconds)

    @property
    def offset_seconds(self) -> float:
        row = self._books.get("world.clock", "offset")
        return 0.0 if row is None else float(row["seconds"])

    def advance(self, seconds: float) -> None:
        self._books.put("world.clock", "offset", {"seconds": self.offset_seconds + seconds})


@dataclass(frozen=True)
class Call:
    vendor: str
    operation: str
    status: int
    """The HTTP status answered; 0 when the connection was broken on purpose."""
    at: str
    ms: float
    fault: str | None = None


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
    credentials: Credentials
    webhook_url: str | None = None
    seed: int = 1
    host: str = "localhost"
    ports: dict[str, int] = field(default_factory=dict)
    """Filled in before the servers start, so a vendor can tell its own address (`url`)."""
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(self.books)
        self.clock = Clock(self.books)

    def url(self, vendor: str) -> str:
        """The vendor's base address, without a trailing slash."""
        return f"https://{self.host}:{self.ports[vendor]}"
