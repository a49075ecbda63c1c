"""Schedules in the engine that the settings ask for. Each remembers in its note which setting it was made under: a
worker that starts changes it only when the setting is another one by now, so what a person said since lasts until then.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client, Schedule, ScheduleAlreadyRunningError, ScheduleUpdate, ScheduleUpdateInput
from temporalio.service import RPCError, RPCStatusCode

from runtime.refusals import RetryLater


def note(pause: timedelta | None) -> str:
    return f"made under the setting {pause or 'off'}"


async def as_set(client: Client, name: str, schedule: Schedule, pause: timedelta | None) -> None:
    """`schedule` has the note of `pause`; None: it is to be gone. A repeat changes nothing."""
    handle = client.get_schedule_handle(name)
    try:
        known = (await handle.describe()).schedule.state.note
        if known == note(pause):
            return
        if pause is None:
            await handle.delete()
        else:
            await put(client, name, schedule)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise RetryLater(f"the engine did not answer ({error}); start again") from error
        if pause is not None:
            await put(client, name, schedule)


async def put(client: Client, name: str, schedule: Schedule) -> None:
    """There is one of this name, and it is this one."""
    try:
        try:
            await client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:

            def anew(_: ScheduleUpdateInput) -> ScheduleUpdate:
                return ScheduleUpdate(schedule)

            await client.get_schedule_handle(name).update(anew)
    except RPCError as error:
        raise RetryLater(f"the engine did not answer ({error}); ask again") from error
