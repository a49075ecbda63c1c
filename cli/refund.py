"""The refund calculator on the command line: a document in, what each return is worth out. No server is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.desk import document
from cli.output import Json, show
from domain.errors import BadInput
from runtime.calculator import BadDocument, calculate

Document = Annotated[
    str, typer.Argument(metavar="FILE", help="The document as JSON: a file, - for standard input, or itself.")
]


def register(app: typer.Typer) -> None:
    app.command()(refund)


def refund(body: Document, as_json: Json = False) -> None:
    """Work out refunds of an invoice, from a document alone: see docs/refund-calculator.md."""
    try:
        found = calculate(document(body))
    except BadDocument as bad:
        _refuse(bad.problems, as_json)
    except BadInput as unreadable:
        _refuse((("$", str(unreadable)),), as_json)
    if as_json:
        show(found, (), as_json)
    else:
        _print(found)


def _refuse(problems: tuple[tuple[str, str], ...], as_json: bool) -> None:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the document"
    if as_json:
        told = [{"path": path, "problem": words} for path, words in problems]
        print(json.dumps({"error": count, "problems": told}, ensure_ascii=False), file=sys.stderr)
    else:
        print("\n".join([f"{count}:", *(f"  {path}: {words}" for path, words in problems)]), file=sys.stderr)
    raise typer.Exit(2)


def _print(found: dict[str, Any]) -> None:
    console = Console(highlight=False)
    currency = found["currency"]
    for one in found["returns"]:
        table = Table(title=Text(f"Return {one['id']}, {currency}"), title_justify="left")
        table.add_column("what")
        for name in ("units", "net", "taxes", "total"):
            table.add_column(name, justify="right")
        for row in _rows(one):
            table.add_row(*map(Text, row))
        table.add_section()
        table.add_row("total", "", "", "", one["total"])
        console.print(table)
        for line in _notes(one):
            console.print(line, markup=False, soft_wrap=True)
        console.print()
    remaining = found["remaining"]
    console.print(f"Posted {found['invoice']['total']} {currency}, remaining {remaining['total']}", markup=False)


def _rows(one: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    for line in one["lines"]:
        yield line["line"], str(line["quantity"]), *_amounts(line, "")
    if one["shipping"]:
        yield "shipping", "", *_amounts(one["shipping"], "")
    for fee in one["fees"]:
        yield fee["name"].replace("_", " "), "", *_amounts(fee, "-")


def _amounts(of: dict[str, Any], sign: str) -> tuple[str, str, str]:
    taxes = ", ".join(f"{code} {_signed(sign, amount)}" for code, amount in of["taxes"].items())
    return _signed(sign, of["net"]), taxes, _signed(sign, of["total"])


def _signed(sign: str, amount: str) -> str:
    return amount.removeprefix("-") if sign and amount.startswith("-") else f"{sign}{amount}"


def _notes(one: dict[str, Any]) -> Iterator[str]:
    for name, amount in one["tenders"].items():
        yield f"  pays {amount} to {name}"
    if one["on_account"].strip("0."):
        yield f"  leaves {one['on_account']} on account: no tender can take it"
    if "base_total" in one:
        yield f"  books {one['base_total']} in the base currency"
    for note in one["policies"]:
        yield f"  {note['name'].replace('_', ' ')}: {note['reason']}"
