"""How a process of ours ends: with its exit code, and without taking the interpreter apart.

The engine's client has threads of its own that may still hand over an answer when the interpreter is being taken apart,
which ends the process by a signal instead (temporalio/sdk-python#300; seen in four ends of twenty): an orchestrator
would be told of a crash that was none, a script of a command that failed.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Everything of ours is finished: what was said goes out, and the process is gone."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # Whoever read it has gone (`… | head`); the code still says how it ended.
            continue
    os._exit(code)
