"""What a command prints: lines for people or, with --json, one document for programs. Errors go to standard error."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


def show(document: Any, lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False, default=str))
    else:
        print("\n".join(lines))


def show_error(sentence: str, as_json: bool) -> None:
    print(json.dumps({"error": sentence}, ensure_ascii=False) if as_json else sentence, file=sys.stderr)


def table(rows: Iterable[Iterable[object]]) -> list[str]:
    """Rows as aligned columns."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
