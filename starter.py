"""FRONT DOOR: the command line. Everything it can do is in cli/."""

from cli import app
from runtime.leaving import leave


def main() -> None:
    try:
        app.main()
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else 1)


if __name__ == "__main__":
    main()
