"""The only place where our errors become Temporal failures.

Retryable, StoreUnavailable -> retried by Temporal, after the vendor's own retry-after when it gave one
UnknownOutcome              -> retried: every door looks before it writes again
Permanent and its kinds     -> not retried; `type` tells the workflow which hold to open, or to plan anew
Refusal (domain)            -> not retried; `type` is the refusal's code
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from adapters.errors import ClosedPeriod, NoSuchRecord, Permanent, Retryable, TendersChanged, UnknownOutcome
from domain.errors import Refusal
from store.port import StoreUnavailable

PERMANENT = "Permanent"
CLOSED_PERIOD = "ClosedPeriod"
NO_SUCH_RECORD = "NoSuchRecord"
TENDERS_CHANGED = "TendersChanged"

P = ParamSpec("P")
R = TypeVar("R")


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    try:
        yield
    except Retryable as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else None
        raise ApplicationError(
            str(error), type="Retryable", next_retry_delay=delay, category=ApplicationErrorCategory.BENIGN
        ) from error
    except UnknownOutcome as error:
        raise ApplicationError(str(error), type="UnknownOutcome") from error
    except ClosedPeriod as error:
        raise ApplicationError(str(error), type=CLOSED_PERIOD, non_retryable=True) from error
    except TendersChanged as error:
        raise ApplicationError(str(error), error.code, type=TENDERS_CHANGED, non_retryable=True) from error
    except NoSuchRecord as error:
        raise ApplicationError(str(error), error.code, type=NO_SUCH_RECORD, non_retryable=True) from error
    except Permanent as error:
        raise ApplicationError(str(error), error.code, type=PERMANENT, non_retryable=True) from error
    except Refusal as error:
        raise ApplicationError(str(error), type=error.code, non_retryable=True) from error
    except StoreUnavailable as error:
        raise ApplicationError(str(error), type="StoreUnavailable") from error


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """Heartbeat while the call is under way, so that a killed worker's calls are tried again within seconds.

    The first beat comes after a third of the timeout: a call that ends before it costs no heartbeat."""
    limit = activity.info().heartbeat_timeout if activity.in_activity() else None
    if limit is None:
        yield
        return

    loop, every = asyncio.get_running_loop(), limit.total_seconds() / 3
    next_beat: asyncio.TimerHandle

    def beat() -> None:
        nonlocal next_beat
        activity.heartbeat()
        next_beat = loop.call_later(every, beat)

    # Not a task: nearly every call ends before the first beat, and a handle costs a tenth of one.
    next_beat = loop.call_later(every, beat)
    try:
        yield
    finally:
        next_beat.cancel()


def speaks_temporal(act: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Decorates an activity method, below @activity.defn: it shows that it is alive, and our errors leave it as
    Temporal failures."""

    @wraps(act)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        async with translated(), alive():
            return await act(*args, **kwargs)

    return run
