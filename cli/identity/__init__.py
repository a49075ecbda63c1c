"""Commands about who is the same party."""

from __future__ import annotations

import typer

from cli.identity.deciding import accept, links, merge, reject, review, unmerge
from cli.identity.evaluate import evaluate
from cli.identity.forgetting import forget
from cli.identity.learning import activate, duplicates, train, weights


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who is the same party.", no_args_is_help=True)
    for command in (
        evaluate, review, accept, reject, merge, unmerge, links, forget, duplicates, train, weights, activate,
    ):  # fmt: skip
        group.command(command.__name__)(command)
    app.add_typer(group, name="identity")
