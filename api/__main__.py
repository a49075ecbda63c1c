"""`python -m api --port N`: serve until told to stop."""

import argparse
import sys

from api import serving
from api.app import build
from runtime.complaints import BadSettings
from runtime.leaving import leave
from runtime.settings import read

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    try:
        settings = read()
        if settings.logins and given.host not in _LOOPBACK:
            raise BadSettings((f"--host {given.host} is for others; BACKHAUL_LOGINS are for this machine alone.",))
        app = build(settings)
    except BadSettings as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    serving.server(app, given.host, given.port).run()
    leave(0)


if __name__ == "__main__":
    main()
