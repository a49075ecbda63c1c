"""What a warehouse tells of many returns at once: parcels and verdicts, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request

from api import problems
from api.bodies import body_of
from api.documented import ANSWERS, REFERENCE, Answers, body, page, shape
from api.returns import Desk, by
from domain.errors import Refusal
from runtime import bulk, inputs
from runtime.documents import plain
from runtime.reading import parsed
from runtime.refusals import RetryLater
from runtime.scope import check_sees
from security.roles import Action, Principal
from workflows import messages as m

router = APIRouter(tags=["returns"], responses=ANSWERS)
_RESULT = shape({"answer": m.Ack, "problem": REFERENCE}, return_id=str | None, status=int)
_EACH: Answers = {200: page("in the order given", results={"type": "array", "items": _RESULT}, failed=int)}
B = TypeVar("B", inputs.ReceiptOf, inputs.InspectionOf)


@router.post("/receipts", responses=_EACH, openapi_extra=body(inputs.ManyReceipts))
async def receive_many(
    request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_RECEIVE)]
) -> dict[str, Any]:
    """Parcels of many returns. Each is answered by itself, in the order given; what was told before changes nothing."""

    async def say(one: inputs.ReceiptOf) -> m.Ack:
        check_sees(who, await desk.snapshot(one.return_id))
        return await desk.receive(one.return_id, one.message())

    given = await body_of(request, inputs.ManyReceipts)
    return await _each(given.receipts, inputs.ReceiptOf, say)


@router.post("/inspections", responses=_EACH, openapi_extra=body(inputs.ManyInspections))
async def inspect_many(
    request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_INSPECT)]
) -> dict[str, Any]:
    """Verdicts on units of many returns. Each is answered by itself, in the order given."""

    async def say(one: inputs.InspectionOf) -> m.Ack:
        check_sees(who, await desk.snapshot(one.return_id))
        return await desk.inspect(one.return_id, one.message())

    given = await body_of(request, inputs.ManyInspections)
    return await _each(given.inspections, inputs.InspectionOf, say)


async def _each(items: list[dict[str, Any]], model: type[B], say: Callable[[B], Awaitable[m.Ack]]) -> dict[str, Any]:
    """An item that cannot be read is refused by itself; the others are said all the same."""

    async def one(item: dict[str, Any]) -> m.Ack:
        return await say(parsed(model, item))

    answers = await bulk.each(items, lambda item: str(item.get("return_id")), one)
    results = [_result(item, answer) for item, answer in zip(items, answers, strict=True)]
    return {"results": results, "failed": sum("problem" in one for one in results)}


def _result(item: dict[str, Any], answer: m.Ack | Refusal | RetryLater) -> dict[str, Any]:
    if isinstance(answer, m.Ack):
        return {"return_id": answer.return_id, "status": 200, "answer": plain(m.Ack, answer)}
    said = item.get("return_id")
    status, document = problems.document_of(answer)
    # What was sent is told again only if it can be: JSON has halves of characters that no text has.
    told = said if isinstance(said, str) and said.isprintable() else None
    return {"return_id": told, "status": status, "problem": document}
