"""Whether a pooled connection still lives: asked before it is lent again, over the wire only when it lay idle for long.

SQLAlchemy's own check (pool_pre_ping) asks each time, in three round trips. A server that ends or is ended says so to
every connection, and the driver hears it at once; only a network that forgets connections does so in silence, and
that takes minutes. What is cut off in the midst of its work is StoreUnavailable either way.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

# Firewalls and load balancers forget idle connections after some minutes, none in less than one.
TRUSTED_SECONDS = 20.0
_SINCE = "idle_since"


def watch(engine: Engine, trusted_seconds: float = TRUSTED_SECONDS) -> None:
    """A dead connection is replaced by a new one, and the caller never sees it."""

    def put_back(connection: Any, record: Any) -> None:
        record.info[_SINCE] = time.monotonic()

    def check(connection: Any, record: Any, proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server closed the connection")
        if _SINCE in record.info and time.monotonic() - record.info[_SINCE] >= trusted_seconds:
            try:
                connection.ping()
            except Exception as error:
                raise DisconnectionError("the connection does not answer") from error

    event.listen(engine, "checkin", put_back)
    event.listen(engine, "checkout", check)
