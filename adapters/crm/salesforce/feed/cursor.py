"""Where the feed of one object goes on, as one text nobody else reads."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.crm.salesforce.feed.moments import moment, written


@dataclass(frozen=True, slots=True)
class Cursor:
    """`replay` is the event told last, None when the bus has not been heard since it was last polled. Everything
    stamped up to `mark` was told, but for what becomes visible late. `after` is (stamp, id) in the middle of a sweep.
    `looked` is when the org was last asked, by our own clock. `serial` names the page this cursor stands behind: a
    process that handed it out remembers what it told so far, any other tells a little again."""

    serial: str
    mark: datetime
    looked: datetime
    replay: bytes | None = None
    after: tuple[str, str] | None = None

    def __str__(self) -> str:
        content = {
            "serial": self.serial,
            "mark": written(self.mark),
            "looked": written(self.looked),
            "replay": None if self.replay is None else base64.b64encode(self.replay).decode(),
            "after": self.after,
        }
        return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def read(text: str) -> Cursor:
    """Raises ValueError for what no feed has made."""
    try:
        content = json.loads(base64.urlsafe_b64decode(text.encode()))
        replay, after = content["replay"], content["after"]
        return Cursor(
            serial=str(content["serial"]),
            mark=moment(content["mark"]),
            looked=moment(content["looked"]),
            replay=None if replay is None else base64.b64decode(replay, validate=True),
            after=None if after is None else (str(after[0]), str(after[1])),
        )
    except (binascii.Error, UnicodeError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("this is no cursor of a Salesforce feed") from error


def now() -> datetime:
    return datetime.now(UTC)
