"""`/health` says the process serves; `/ready` says it can do its work, or what keeps it from it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from temporalio.service import RPCError

from api.problems import problem
from runtime.temporal import NoTemporal

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The process serves. Nothing else is asked."""
    return {"status": "ok"}


async def _temporal(request: Request) -> str | None:
    """None when Temporal answers, otherwise what is the matter."""
    try:
        client = await request.app.state.temporal.client()
        await client.service_client.check_health(timeout=timedelta(seconds=2))
    except (NoTemporal, RPCError) as error:
        return str(error)
    return None


@router.get("/ready", responses={503: {"description": "something it depends on does not answer"}})
async def ready(trouble: Annotated[str | None, Depends(_temporal)]) -> JSONResponse:
    """Whether it can do its work; where it cannot, what keeps it from it."""
    if trouble is None:
        return JSONResponse({"status": "ready", "temporal": "ok"})
    return problem(503, "Not ready", trouble)
