"""`python -m tryton_lab`: bring a Tryton up in a folder, put orders into it, take it down."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from runtime.embedded.cluster import PostgresFailed
from runtime.embedded.part import StackError
from tryton_lab.lab import Lab
from tryton_lab.rpc import Refused
from tryton_lab.seed import seed


def main() -> None:
    options = _options()
    try:
        options.run(options)
    except (StackError, PostgresFailed, Refused, OSError, ValueError, LookupError) as error:
        sys.exit(f"tryton_lab: {error}")


def _up(options: argparse.Namespace) -> None:
    address = Lab.at(options.data).up()
    options.ports_file.touch(mode=0o600)
    unfinished = options.ports_file.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(address), indent=2) + "\n")
    unfinished.replace(options.ports_file)
    print(f"Tryton answers at {address.url}, database {address.database}; sign-in in {options.ports_file}")


def _down(options: argparse.Namespace) -> None:
    Lab.at(options.data).down()


def _seed(options: argparse.Namespace) -> None:
    documents = json.load(options.orders)
    with Lab.at(options.data).up().admin() as tryton:
        for order in seed(tryton, documents if isinstance(documents, list) else [documents]):
            print(json.dumps(asdict(order), default=str))


COMMANDS = {
    "up": (_up, "start what does not run; the first time takes some minutes"),
    "down": (_down, "end what `up` started; the books stay"),
    "seed": (_seed, "put neutral order documents into the books"),
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tryton_lab", description=__doc__)
    commands = parser.add_subparsers(required=True)
    made = {name: commands.add_parser(name, help=says) for name, (_, says) in COMMANDS.items()}
    for name, (run, _) in COMMANDS.items():
        made[name].add_argument("--data", type=Path, required=True, help="the lab's folder")
        made[name].set_defaults(run=run)
    made["up"].add_argument("--ports-file", type=Path, required=True, help="written: address, database, users")
    made["seed"].add_argument(
        "orders", type=argparse.FileType(), help="a JSON document or a list of them; - reads it here"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
