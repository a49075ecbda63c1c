"""CSV files of people or firms as records of the fields we know; a refusal names file, line, column and mend."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.identity import normal
from domain.identity.party import FIELDS
from domain.identity.words import EMPTY

_DELIMITERS = ",;\t|"
_DATES = "1980-03-31, 31.03.1980, 31/03/1980, 31 Mar 1980 or 19800331"
# Which columns of a file make up a field.
Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rows:
    """A file's cells below its header, each row with the number of the line it ends on."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, name: str, mend: str) -> int:
        """Where a column is; blanks, underscores and case do not matter when no name is the very same."""
        if self.header.count(name) == 1:
            return self.header.index(name)
        alike = [place for place, cell in enumerate(self.header) if _folded(cell) == _folded(name)]
        if len(alike) == 1:
            return alike[0]
        found = "is there more than once" if alike else f"is not there; there are {', '.join(self.header)}"
        raise BadInput(f"{self.name} line 1, column {name}", f"{found}; {mend}")


@dataclass(frozen=True, slots=True)
class Source:
    """Records in the order of the file, their ids, and what a person should know about them."""

    name: str
    ids: Mapping[str, int]
    records: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...]


def read_rows(path: str) -> Rows:
    """Comma, semicolon, tab or bar separated, UTF-8, with a header. Raises BadInput."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise BadInput(path, f"cannot be read: {error.strerror}; give the path of a CSV file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(f"{path} line {line}", "is not UTF-8 text; save the file as UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        rows.extend((reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader if any(cells))
    except csv.Error as error:
        raise BadInput(f"{path} line {reader.line_num}", f'is no CSV: {error}; quote cells with "…"') from None
    if not rows:
        raise BadInput(path, "is empty; it must have a header and rows")
    width = len(rows[0][1])
    for line, row in rows:
        if len(row) != width:
            told = f"has {len(row)} cells where line {rows[0][0]} has {width}"
            raise BadInput(f"{path} line {line}", f"{told}; quote cells that contain {_named(delimiter)}")
    return Rows(path, rows[0][1], tuple(rows[1:]))


def read_source(path: str, id_column: str, fields: Sequence[str], columns: Columns) -> Source:
    """The records of one file, `fields` taken from the columns that the map names or that are called so."""
    table = read_rows(path)
    if not table.rows:
        raise BadInput(path, "has a header and no rows")
    id_place = table.column(id_column, "name the column of the ids with --id")
    mend = "name another column with --map, or leave the field out of --fields"
    places = {
        field: [table.column(column, mend) for column in columns.get(field, (field,))]
        for field in fields
    }  # fmt: skip
    ids: dict[str, int] = {}
    lines: dict[str, int] = {}
    records: list[Mapping[str, str]] = []
    for line, cells in table.rows:
        key = cells[id_place]
        where = f"{path} line {line}, column {table.header[id_place]}"
        if not key:
            raise BadInput(where, "is empty; every record needs an id")
        if key in ids:
            raise BadInput(where, f"{key!r} is the id of line {lines[key]} too; give every record an id of its own")
        lines[key], ids[key] = line, len(records)
        records.append(
            {
                field: value
                for field, at in places.items()
                if (value := " ".join(filter(None, (cells[place] for place in at))))
            }
        )
    notes = [f"{path}: nobody has a {field}" for field in fields if not any(field in record for record in records)]
    if "birth_date" in fields:
        notes += _unread_dates(path, table, places["birth_date"], records)
    return Source(path, ids, tuple(records), tuple(notes))


def known_fields(path: str, columns: Columns) -> tuple[str, ...]:
    """What may be compared when nobody says: what the map names, and columns that are called like a field."""
    header = {_folded(cell) for cell in read_rows(path).header}
    return tuple(field for field in FIELDS if field in columns or _folded(field) in header)


def read_truth(path: str, left: Source, right: Source | None) -> list[tuple[int, int]]:
    """Pairs of places. The columns are left and right, or both of the one source; a header is not needed."""
    table = read_rows(path)
    other = left if right is None else right
    if len(table.header) < 2:
        raise BadInput(path, "has one column; it must have two, the ids of a pair that is one party")
    first, second = table.header[:2]
    rows = table.rows
    if {first, second} & (left.ids.keys() | other.ids.keys()):
        rows = ((1, table.header), *rows)
    return [_pair(table, line, cells, left, other) for line, cells in rows]


def _pair(table: Rows, line: int, cells: tuple[str, ...], left: Source, right: Source) -> tuple[int, int]:
    one, other = cells[:2]
    if not (one in left.ids and other in right.ids) and one in right.ids and other in left.ids:
        one, other = other, one
    for column, key, source in ((0, one, left), (1, other, right)):
        if key not in source.ids:
            where = f"{table.name} line {line}, column {table.header[column]}"
            raise BadInput(where, f"{key!r} is no id of {source.name}; take the line out, or mend the id")
    if left is right and one == other:
        raise BadInput(f"{table.name} line {line}", f"{one!r} is paired with itself; a pair has two different records")
    pair = left.ids[one], right.ids[other]
    return (min(pair), max(pair)) if left is right else pair


def read_map(path: str) -> tuple[Columns, Columns]:
    """For left and right: {"surname": "last_name", "street": ["house", "road"]}, or {"left": {…}, "right": {…}}.

    `id` may be named there too. Raises BadInput."""
    try:
        told = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(path, f"cannot be read: {error.strerror}; give the path of a JSON file") from None
    except ValueError as error:
        raise BadInput(path, f"is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise BadInput(path, 'must be a JSON object such as {"surname": "last_name"}')
    if told.keys() & {"left", "right"}:
        if wrong := told.keys() - {"left", "right"}:
            raise BadInput(path, f"has {', '.join(sorted(wrong))} beside left and right; put it into them")
        return _columns(path, told.get("left", {})), _columns(path, told.get("right", {}))
    columns = _columns(path, told)
    return columns, columns


def _columns(path: str, told: Any) -> Columns:
    if not isinstance(told, dict):
        raise BadInput(path, 'must map fields to columns, such as {"surname": "last_name"}')
    columns = {}
    for field, names in told.items():
        if field not in (*FIELDS, "id"):
            raise BadInput(f"{path}, {field}", f"is no field; write the field first, then its column; {_fields()}")
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list) or not listed or not all(isinstance(name, str) and name for name in listed):
            raise BadInput(f"{path}, {field}", "must be the name of a column, or a list of names")
        columns[field] = tuple(listed)
    return columns


def check_fields(fields: Collection[str]) -> None:
    for field in fields:
        if field not in FIELDS:
            raise BadInput("--fields", f"{field!r} is no field; {_fields()}")
    if not fields:
        raise BadInput("--fields", f"names no field; {_fields()}")


def _unread_dates(path: str, table: Rows, places: Sequence[int], records: Sequence[Mapping[str, str]]) -> list[str]:
    wrong = [
        (line, text)
        for (line, _), record in zip(table.rows, records, strict=True)
        if (text := record.get("birth_date", "")).casefold() not in EMPTY and not normal.birth_date(text)
    ]
    if not wrong:
        return []
    where = f"{path} line {wrong[0][0]}, column {' + '.join(table.header[place] for place in places)}"
    if len(wrong) == sum("birth_date" in record for record in records):
        raise BadInput(where, f"is no date, nor is any other of this column; write {_DATES}")
    return [f"{where}: is no date, and is taken for empty, as in {len(wrong)} rows; write {_DATES}"]


def _fields() -> str:
    return f"there are {', '.join(FIELDS)}"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace(" ", "").replace("-", "")


def _named(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}[delimiter]
