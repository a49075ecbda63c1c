"""Records the golden histories anew: `python -m tests.replay.record [story ...]`.

Only when a change of the workflow is meant to end support for returns that are under way: whoever replaces a history
says that no such return is running any more.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from runtime.leaving import leave
from tests.replay.stories import STORIES
from tests.workflows.harness import rigged
from tests.workflows.server import connected, start_skipping

HISTORIES = Path(__file__).parent / "histories"


async def record(names: list[str]) -> None:
    env = await start_skipping()
    try:
        client = await connected(env)
        for name in names:
            async with rigged(env, client) as rig:
                rig.suffix = name.upper().replace("_", "-")
                talk = await STORIES[name](rig)
                await talk.end()
                history = await talk.handle.fetch_history()
            (HISTORIES / f"{name}.json").write_text(history.to_json(), encoding="utf-8")
            sys.stdout.write(f"{name}: {len(history.events)} events\n")
    finally:
        await env.shutdown()


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(STORIES)))
    leave(0)
