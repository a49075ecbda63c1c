"""File columns: a file written whole or in blocks, read whole or in ranges, and deleted."""

from __future__ import annotations

import base64
import mimetypes
import re
from urllib.parse import parse_qs, quote, unquote

from sandbox.dynamics.errors import Fault, bad_request, no_such_resource
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import Rows, check_match
from sandbox.dynamics.schema import Column, Row, Table
from sandbox.world import World

_KIND, _SESSION = "dynamics.file", "dynamics.upload"
_BLOCK = 4 * 1024 * 1024
_LARGEST = 128 * 1024 * 1024
_RANGE = re.compile(r"^bytes[ =](\d+)-(\d+)(?:/(\d+))?$")


class Files:
    def __init__(self, world: World, rows: Rows, base: str) -> None:
        self._world, self._rows, self._base = world, rows, base

    def answer(self, table: Table, row: Row, column: Column, rest: list[str], ask: Ask) -> Reply:
        if ask.method == "GET" and rest in ([], ["$value"]):
            return self._read(row, column, ask)
        if ask.method == "DELETE" and not rest:
            return self._delete(table, row, column)
        if ask.method in ("PATCH", "PUT") and not rest:
            check_match(row, ask.if_match)
            query = parse_qs(ask.target.partition("?")[2])
            token = query.get("sessiontoken", [""])[0]
            if token:
                return self._block(table, row, column, token, ask)
            name = ask.headers.get("x-ms-file-name") or query.get("x-ms-file-name", [""])[0]
            if not name:
                raise bad_request("The header x-ms-file-name must say how the file is called.")
            if ask.headers.get("x-ms-transfer-mode", "").lower() == "chunked":
                return self._begin(table, row, column, unquote(name))
            if len(ask.raw) > _LARGEST:
                raise Fault(413, "0x80072553", "A file of more than 128 MB must be sent in blocks.")
            self._keep(table, row, column, unquote(name), ask.raw)
            return Reply(204)
        raise no_such_resource(rest[0] if rest else column.name)

    def _begin(self, table: Table, row: Row, column: Column, name: str) -> Reply:
        token = self._world.chance.hexadecimal("dynamics.upload", 16)
        session = {"token": token, "row": row[table.id], "column": column.name, "name": name, "octets": ""}
        self._world.books.put(_SESSION, token, session)
        place = f"{self._base}{table.entity_set}({row[table.id]})/{column.name}?sessiontoken={token}"
        return Reply(
            200,
            headers={
                "Location": place,
                "x-ms-chunk-size": str(_BLOCK),
                "Access-Control-Expose-Headers": "x-ms-chunk-size",
            },
        )

    def _block(self, table: Table, row: Row, column: Column, token: str, ask: Ask) -> Reply:
        """Blocks come one after the other; the last one, which the range tells, makes the file."""
        session = self._world.books.get(_SESSION, token)
        if session is None or (session["row"], session["column"]) != (row[table.id], column.name):
            raise bad_request("The session token of the upload is not known.")
        match = _RANGE.match(ask.headers.get("content-range", ""))
        so_far = base64.b64decode(session["octets"])
        if match is None or match[3] is None:
            raise bad_request("Content-Range must say which part of how much the block is.")
        first, last, total = int(match[1]), int(match[2]), int(match[3])
        if first != len(so_far) or last - first + 1 != len(ask.raw):
            raise Fault(416, "0x80072554", f"The block does not go on where the file stands, at {len(so_far)}.")
        octets = so_far + ask.raw
        if len(octets) < total:
            self._world.books.put(_SESSION, token, session | {"octets": base64.b64encode(octets).decode()})
            return Reply(206)
        self._world.books.delete(_SESSION, token)
        self._keep(table, row, column, session["name"], octets)
        return Reply(204)

    def _keep(self, table: Table, row: Row, column: Column, name: str, octets: bytes) -> None:
        key = self._world.chance.guid("dynamics.file")
        if row.get(column.name):
            self._world.books.delete(_KIND, row[column.name])
        self._world.books.put(_KIND, key, {"id": key, "name": name, "octets": base64.b64encode(octets).decode()})
        self._rows.put_read_only(table, row, {column.name: key, f"{column.name}_name": name})

    def _read(self, row: Row, column: Column, ask: Ask) -> Reply:
        kept = self._world.books.get(_KIND, str(row.get(column.name)))
        if kept is None:
            return Reply(204)
        octets = base64.b64decode(kept["octets"])
        kind = mimetypes.guess_type(kept["name"])[0] or "application/octet-stream"
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept['name'])}",
            "x-ms-file-name": quote(kept["name"]),
            "x-ms-file-size": str(len(octets)),
            "mimetype": kind,
            "Access-Control-Expose-Headers": "x-ms-file-size; x-ms-file-name; mimetype",
        }
        match = _RANGE.match(ask.headers.get("range", ""))
        if match is None:
            return Reply(200, octets, headers)
        first, last = int(match[1]), min(int(match[2]), len(octets) - 1)
        if first > last:
            raise Fault(416, "0x80072554", f"The file has {len(octets)} bytes.")
        headers |= {"Content-Range": f"bytes {first}-{last}/{len(octets)}", "x-ms-chunk-size": str(_BLOCK)}
        return Reply(206, octets[first : last + 1], headers)

    def _delete(self, table: Table, row: Row, column: Column) -> Reply:
        if row.get(column.name):
            self._world.books.delete(_KIND, row[column.name])
            self._rows.put_read_only(table, row, {column.name: None, f"{column.name}_name": None})
        return Reply(204)
