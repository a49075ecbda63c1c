"""The console's own files: one stylesheet, two scripts, an icon. Their addresses change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)
_FOLDER = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    kind: str
    digest: str


@cache
def _assets() -> Mapping[str, _Asset]:
    """By name; there are only those of the folder, whatever is asked for."""
    files = [path for path in _FOLDER.iterdir() if path.suffix in _KINDS]
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> _Asset:
    content = path.read_bytes()
    return _Asset(content, _KINDS[path.suffix], hashlib.sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """Where a page finds the file. Raises LookupError for one that is not there."""
    found = _assets().get(name)
    if found is None:
        raise LookupError(f"the console has no file {name}")
    return f"/console/static/{found.digest}/{name}"


@router.get("/console/static/{digest}/{name}")
async def file(digest: str, name: str) -> Response:
    """Kept by browsers for ever. A page of another version may ask for its own: it gets ours, and does not keep it."""
    found = _assets().get(name)
    if found is None:
        raise HTTPException(404, f"the console has no file {name}")
    headers = {"Cache-Control": _FOR_EVER if digest == found.digest else "no-cache"}
    return Response(found.content, media_type=found.kind, headers=headers)
