"""What stands beside the org's own interfaces and is not part of it, each refused in the way of its own protocol."""

from __future__ import annotations

from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.errors import Refusal

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def routes(sessions: Sessions) -> list[Route]:
    async def apex(request: Request) -> Response:
        """Apex REST: there is no Apex in this org, so no class answers any address."""
        try:
            sessions.check(request)
        except Refusal as refusal:
            return refusal.as_response()
        return Refusal("NOT_FOUND", "Could not find a match for URL", status=404).as_response()

    async def bulk(request: Request) -> Response:
        """The first Bulk API, which reads its session from a header of its own."""
        if not sessions.is_open(request.headers.get("x-sfdc-session", "")):
            return _bulk("InvalidSessionId", "Invalid session id")
        return _bulk("FeatureNotEnabled", "The Bulk API of the first generation is not part of this org: use /jobs")

    async def metadata(request: Request) -> Response:
        message = "The Metadata API is not part of this org"
        fault = f"<faultcode>sf:FUNCTIONALITY_NOT_ENABLED</faultcode><faultstring>{escape(message)}</faultstring>"
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:sf="http://soap.sforce.com/2006/04/metadata">'
            f"<soapenv:Body><soapenv:Fault>{fault}</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
        )
        return Response(text, 500, media_type="text/xml")

    return [
        Route("/services/apexrest/{rest:path}", apex, methods=_METHODS),
        Route("/services/async/{rest:path}", bulk, methods=_METHODS),
        Route("/services/Soap/m/{rest:path}", metadata, methods=["POST"]),
        Route("/cometd/{rest:path}", _streaming, methods=["POST"]),
    ]


async def _streaming(request: Request) -> Response:
    """The Streaming API: every message is refused as Bayeux does it, and the client told not to come again."""
    given = await request.json()
    messages = given if isinstance(given, list) else [given]
    told = [
        {
            "channel": str(message.get("channel")),
            "id": message.get("id"),
            "successful": False,
            "error": "403::The Streaming API is not part of this org: use the Pub/Sub API",
            "advice": {"reconnect": "none"},
        }
        for message in messages
        if isinstance(message, dict)
    ]
    return JSONResponse(told)


def _bulk(code: str, message: str) -> Response:
    return JSONResponse({"exceptionCode": code, "exceptionMessage": message}, status_code=400)
