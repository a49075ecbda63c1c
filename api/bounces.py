"""Where reports of undelivered notices come in, from whatever takes the mail to our sender's address."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from adapters.errors import VendorError
from api import bodies
from api.documented import Answers, page
from api.problems import problem
from domain.credentials import Credential
from runtime.credentials.vault import Vault
from runtime.notices import MOST_REPORT_BYTES, Sendings
from security.webhook_signing import is_signed
from store.port import EVERYTHING, see

router = APIRouter(tags=["webhooks"])
_SECRET = Credential("mail", "", "bounce_secret")
_ANSWERS: Answers = {
    200: page("what was done with it", {"return_id": str}, status=str),
    401: {"description": "not signed with the secret for it"},
    413: {"description": "larger than any report"},
    503: {"description": "not taken; send it again"},
}


@router.post("/webhooks/mail/bounces", responses=_ANSWERS)
async def bounced(request: Request) -> JSONResponse:
    """The report as it came by mail (RFC 3464), signed as Standard Webhooks are."""
    safe: Vault = request.app.state.vault
    body = await bodies.read(request, MOST_REPORT_BYTES)
    if body is None:
        return problem(413, "Content Too Large", f"a report has at most {MOST_REPORT_BYTES} bytes")
    try:
        secrets = await safe.accepted(_SECRET)
    except VendorError as error:
        return problem(503, "Try again", str(error))
    if not any(is_signed(request.headers, body, secret) for secret in secrets):
        return problem(401, "Not signed", f"the signature is missing or wrong, or there is no {_SECRET}")
    # Whose report it is, is not known before it is found.
    see(EVERYTHING)
    found = await Sendings(request.app.state.stores).bounced(body)
    return JSONResponse({"status": "ignored"} if found is None else {"status": "recorded", "return_id": found[0]})
