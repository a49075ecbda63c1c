"""Commands about the CRMs, one file per noun: `starter.py crm ...`."""

from __future__ import annotations

import typer

from cli.crm import backfill, coverage, inbound, items, letters, quota, reconcile, state


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What the CRMs show of returns.", no_args_is_help=True)
    for noun in (state, coverage, letters, backfill, reconcile, inbound, items, quota):
        noun.register(group)
    app.add_typer(group, name="crm")
