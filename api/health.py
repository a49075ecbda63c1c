"""Whether it lives, whether it can do its work, and how it does: for orchestrators, load balancers and Prometheus."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from api.documented import Answers, page
from api.documented import problem as told
from api.problems import problem
from api.returns import by
from runtime.readiness import Readiness
from security.roles import Action, Principal

router = APIRouter(tags=["operations"])
_ALIVE: Answers = {200: page("it serves", status=str)}
_READY: Answers = {
    200: page("it can do its work", status=str, temporal=str, database=str),
    503: told("what it depends on does not answer or is not as it must be, or the process is ending"),
}
_TEXT: Answers = {200: {"description": "the metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/health", responses=_ALIVE)
async def health() -> dict[str, str]:
    """The process serves. Nothing else is asked."""
    return {"status": "ok"}


@router.get("/ready", responses=_READY)
async def ready(request: Request) -> JSONResponse:
    """Whether it can do its work; where it cannot, what keeps it from it."""
    if request.app.state.newsroom.closed:
        return problem(503, "Not ready", "this process is ending")
    readiness: Readiness = request.app.state.readiness
    lacking = await readiness.lacking()
    if lacking:
        return problem(503, "Not ready", "; ".join(lacking.values()))
    return JSONResponse({"status": "ready", "temporal": "ok", "database": "ok"})


@router.get("/metrics", response_class=Response, responses=_TEXT)
async def metrics(request: Request, who: Annotated[Principal, by(Action.METRICS_SEE)]) -> Any:
    """Counts and times of this process, as Prometheus reads them."""
    registry: CollectorRegistry = request.app.state.metrics
    encoder, kind = choose_encoder("text/plain")
    return Response(encoder(registry), media_type=kind)
