"""`status`: where a return stands, or how the embedded stack fares."""

from typing import Annotated

import typer

from cli import finding, stack
from cli.desk import Url
from cli.output import Json


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    return_id: Annotated[str | None, typer.Argument(metavar="[RETURN]", help="The return; none: the stack.")] = None,
    of_stack: Annotated[bool, typer.Option("--stack", help="The parts of the embedded stack.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Where a return stands; without one, or with --stack, what runs here."""
    if return_id is None or of_stack:
        stack.show_status(as_json)
    else:
        finding.show_return(return_id, url, as_json)
