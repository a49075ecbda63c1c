"""`python -m api --port N`: serve until told to stop."""

import argparse
import sys

import uvicorn

from api.app import build
from runtime.complaints import BadSettings
from runtime.leaving import leave
from runtime.settings import read


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    try:
        app = build(read())
    except BadSettings as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    # Our own log settings, not uvicorn's. And asyncio's loop, whatever else is installed: asyncpg under uvloop has
    # ended processes by a signal (MagicStack/asyncpg#1292).
    uvicorn.run(app, host=given.host, port=given.port, log_config=None, access_log=False, loop="asyncio")
    leave(0)


if __name__ == "__main__":
    main()
