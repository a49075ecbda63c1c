"""CSV as Bulk API 2.0 reads and writes it: the job's delimiter and line ending, every written cell in quotes."""

from __future__ import annotations

import csv
import io
from typing import Any

from sandbox.salesforce.errors import Refusal

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


def known(table: dict[str, str], given: Any, default: str) -> str:
    name = str(given or default)
    if name not in table:
        raise Refusal("INVALIDJOB", f"Unknown value {name}; known are {', '.join(table)}")
    return name


def read(job: dict[str, Any], text: str) -> tuple[list[str], list[list[str]]]:
    """(header, rows). ValueError with the reason when the file as a whole cannot be read."""
    ending = LINE_ENDINGS[job["lineEnding"]]
    first = text.partition("\n")[0]
    if "\n" in text and (ending == "\r\n") != first.endswith("\r"):
        wanted = job["lineEnding"]
        raise ValueError(f"InvalidBatch : LineEnding is invalid on user data. Current LineEnding is {wanted}")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job["columnDelimiter"]]))
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError("InvalidBatch : The file is empty")
    # A byte order mark stays glued to the first name, which then is no field: the platform reads it no better.
    return lines[0], lines[1:]


def written(job: dict[str, Any], header: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=DELIMITERS[job["columnDelimiter"]],
        lineterminator=LINE_ENDINGS[job["lineEnding"]],
        quoting=csv.QUOTE_ALL,
    )
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("+0000", "Z") if isinstance(value, str) and value.endswith("+0000") else str(value)
