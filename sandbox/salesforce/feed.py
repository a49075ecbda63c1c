"""The control server's say over the event bus: see it, make gaps in it, empty it, cut its subscribers off."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce.capture import CAPTURED, GAPS
from sandbox.salesforce.capture.bus import replay_id
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import PubSub
from sandbox.world import World

_MOST_SHOWN = 200


def controls(world: World, org: Org, pubsub: PubSub) -> tuple[Route, ...]:
    async def events(request: Request) -> Response:
        """GET shows the newest; DELETE forgets all, so that every replay id handed out is outside the retention."""
        if request.method == "DELETE":
            with world.books.transaction():
                return JSONResponse({"forgotten": org.bus.forget()})
        return JSONResponse([_shown(event) for event in org.bus.newest(_MOST_SHOWN)])

    async def gap(request: Request) -> Response:
        wish = await request.json()
        try:
            name, kind, ids = _gap(wish)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        of = find_type(name)
        assert of is not None
        with world.books.transaction():
            number = org.changes.gap(of, kind, ids)
        return JSONResponse({"replay_id": replay_id(number).hex()}, status_code=201)

    async def cut(request: Request) -> Response:
        pubsub.break_streams()
        return Response(status_code=204)

    return (
        Route("/events", events, methods=["GET", "DELETE"]),
        Route("/events/gap", gap, methods=["POST"]),
        Route("/events/cut", cut, methods=["POST"]),
    )


def _gap(wish: Any) -> tuple[str, str, list[str]]:
    """(type, kind of gap, ids): an overflow names no record, every other gap at least one, or all by `001*`."""
    given = wish if isinstance(wish, dict) else {}
    name, kind, ids = str(given.get("object")), str(given.get("type")), given.get("ids", [])
    if name not in CAPTURED:
        raise ValueError(f"object is one of {', '.join(CAPTURED)}")
    if kind not in GAPS:
        raise ValueError(f"type is one of {', '.join(GAPS)}")
    known = isinstance(ids, list) and all(isinstance(each, str) and _id(each) for each in ids)
    if not known or bool(ids) == (kind == "GAP_OVERFLOW"):
        raise ValueError("ids is a list of record ids or of a prefix with a star; an overflow has none")
    return name, kind, [_id(each) for each in ids]


def _id(given: str) -> str:
    return given if len(given) == 4 and given.endswith("*") else canonical(given) or ""


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    told = {name: event[name] for name in ("id", "topic", "at", "header", "values") if name in event}
    return told | {"replay_id": replay_id(int(event["number"])).hex(), "schema_id": event["schema"]}
