"""Where reports of undelivered notices come in, from whatever takes the mail to our sender's address."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api import bodies
from api.documented import Answers, page
from api.problems import problem
from runtime.notices import MOST_REPORT_BYTES, Sendings
from runtime.settings import Settings
from security.webhook_signing import is_signed

router = APIRouter(tags=["webhooks"])
_ANSWERS: Answers = {
    200: page("what was done with it", {"return_id": str}, status=str),
    401: {"description": "not signed with BACKHAUL_NOTIFY__BOUNCE_SECRET"},
    413: {"description": "larger than any report"},
    503: {"description": "not taken; send it again"},
}


@router.post("/webhooks/mail/bounces", responses=_ANSWERS)
async def bounced(request: Request) -> JSONResponse:
    """The report as it came by mail (RFC 3464), signed as Standard Webhooks are."""
    settings: Settings = request.app.state.settings
    secret = settings.notify.bounce_secret
    body = await bodies.read(request, MOST_REPORT_BYTES)
    if body is None:
        return problem(413, "Content Too Large", f"a report has at most {MOST_REPORT_BYTES} bytes")
    if secret is None or not is_signed(request.headers, body, secret.get_secret_value()):
        return problem(
            401, "Not signed", "the signature is missing or wrong, or BACKHAUL_NOTIFY__BOUNCE_SECRET is not set"
        )
    found = await Sendings(request.app.state.stores).bounced(body)
    return JSONResponse({"status": "ignored"} if found is None else {"status": "recorded", "return_id": found[0]})
