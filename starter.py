"""FRONT DOOR: the command line. Everything it can do is in cli/."""

from cli.app import main

if __name__ == "__main__":
    main()
