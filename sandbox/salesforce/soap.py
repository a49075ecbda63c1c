"""The few calls of the SOAP partner API that REST lacks: merge, undelete and emptyRecycleBin; and login."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.errors import Refusal, bad_session
from sandbox.salesforce.ids import ORG_ID, USER_ID
from sandbox.salesforce.merging import merge
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.schema import Record, SObject
from sandbox.world import World

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_MOST = 200
_LAST_LOGIN = 64.0


class Soap:
    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._world, self._org, self._sessions = world, org, sessions
        self._records = Records(world, org)

    async def serve(self, request: Request) -> Response:
        raw = await request.body()
        version = request.path_params["rest"].partition("/")[0]
        try:
            name, call, header = self._read(raw)
            if name == "login":
                return self._login(version, call)
        except Refusal as refusal:
            return _fault(refusal)
        with self._world.books.transaction():
            self._org.count_call()
        one: Callable[[Element], str] = {
            "merge": self._merge,
            "undelete": self._undelete,
            "emptyRecycleBin": self._empty,
        }[name]
        parts = [part for part in call if _local(part) in ("request", "ids")]
        if len(parts) > _MOST:
            return _fault(Refusal("EXCEEDED_ID_LIMIT", f"{name} takes at most {_MOST} records"))
        client = next((told.text for told in header if _local(told) == "client"), None)
        with self._org.changes.made_by("soap", version, client):
            results = "".join(self._apart(one, part) for part in parts)
        return _answer(f"<{name}Response>{results}</{name}Response>")

    def _read(self, raw: bytes) -> tuple[str, Element, list[Element]]:
        """(call, its element, what its headers hold) of an envelope whose SessionHeader is good."""
        try:
            envelope = ElementTree.fromstring(raw)
        except ElementTree.ParseError:
            raise Refusal("SOAP_ERROR", "the request is not well-formed XML") from None
        body = envelope.find(f"{{{_ENVELOPE}}}Body")
        call = next(iter(body), None) if body is not None else None
        if call is not None and _local(call) == "login":
            return "login", call, []
        session = next((part.text or "" for part in envelope.iter() if _local(part) == "sessionId"), "")
        if not self._sessions.is_open(session.strip()):
            raise bad_session()
        if call is None or _local(call) not in ("merge", "undelete", "emptyRecycleBin"):
            raise Refusal("UNKNOWN_EXCEPTION", "the sandbox knows merge, undelete and emptyRecycleBin only")
        header = envelope.find(f"{{{_ENVELOPE}}}Header")
        return _local(call), call, [] if header is None else [part for each in header for part in each]

    def _login(self, version: str, call: Element) -> Response:
        """By name and password, in the versions that still have this call."""
        if not version.partition(".")[0].isdigit() or float(version) > _LAST_LOGIN:
            message = f"login() is not available in API version {version}"
            raise Refusal("UNSUPPORTED_API_VERSION", message)
        given = {_local(part): (part.text or "").strip() for part in call}
        if not self._sessions.knows(given.get("username", ""), given.get("password", "")):
            raise Refusal("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
        opened = self._sessions.open()
        url = f"{opened['instance_url']}/services/Soap"
        # Clients find some of these by their place, so they stand in the order of the partner WSDL.
        about = {"accessibilityMode": "false", "chatterExternal": "false", "currencySymbol": "€"}
        about |= {"orgAttachmentFileSizeLimit": "5242880", "orgDefaultCurrencyIsoCode": "EUR"}
        about |= {"orgDefaultCurrencyLocale": "de_DE_EURO", "orgDisallowHtmlAttachments": "false"}
        about |= {"orgHasPersonAccounts": "false", "organizationId": ORG_ID, "organizationMultiCurrency": "true"}
        about |= {"userId": USER_ID, "userName": given["username"]}
        result = {"metadataServerUrl": f"{url}/m/{version}/{ORG_ID}", "passwordExpired": "false", "sandbox": "true"}
        result |= {"serverUrl": f"{url}/u/{version}/{ORG_ID}", "sessionId": opened["access_token"], "userId": USER_ID}
        told = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
        info = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in about.items())
        return _answer(f"<loginResponse><result>{told}<userInfo>{info}</userInfo></result></loginResponse>")

    def _apart(self, one: Callable[[Element], str], part: Element) -> str:
        """Every request of a call is a transaction of its own."""
        self._org.begin()
        try:
            with self._world.books.transaction():
                return f"<result>{one(part)}<success>true</success></result>"
        except Refusal as refusal:
            with self._world.books.transaction():
                self._org.meet_again()
            fields = "".join(f"<fields>{escape(each)}</fields>" for each in refusal.fields)
            told = f"<message>{escape(refusal.message)}</message><statusCode>{refusal.code}</statusCode>"
            return f"<result><errors>{fields}{told}</errors><success>false</success></result>"

    def _merge(self, request: Element) -> str:
        given = next((part for part in request if _local(part) == "masterRecord"), None)
        fields: Record = {}
        for part in given if given is not None else ():
            if _local(part) == "fieldsToNull":
                fields[(part.text or "").strip()] = None
            else:
                fields[_local(part)] = _value(part)
        of = known_type(self._records, str(fields.pop("type", "")))
        into = str(fields.pop("Id", ""))
        victims = [(part.text or "").strip() for part in request if _local(part) == "recordToMergeIds"]
        done = merge(self._records, of, into, fields, victims)
        merged = "".join(f"<mergedRecordIds>{each}</mergedRecordIds>" for each in done.merged)
        moved = "".join(f"<updatedRelatedIds>{each}</updatedRelatedIds>" for each in done.moved)
        return f"<id>{done.into}</id>{merged}{moved}"

    def _undelete(self, given: Element) -> str:
        of, record = self._binned(given)
        self._records.undelete(of, record)
        return f"<id>{record['Id']}</id>"

    def _empty(self, given: Element) -> str:
        of, record = self._binned(given)
        self._records.purge(of, record)
        return f"<id>{record['Id']}</id>"

    def _binned(self, given: Element) -> tuple[SObject, Record]:
        of, found = self._records.anywhere((given.text or "").strip())
        record = next((row for row in self._records.all(of, deleted_too=True) if row["Id"] == found), None)
        if record is None or not record["IsDeleted"]:
            raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin")
        return of, record


def _local(part: Element) -> str:
    return part.tag.rpartition("}")[2]


def _value(part: Element) -> str | None:
    return None if part.get(_NIL) == "true" else part.text


def _fault(refusal: Refusal) -> Response:
    message = f"{refusal.code}: {escape(refusal.message)}"
    detail = f"<sf:exceptionCode>{refusal.code}</sf:exceptionCode>"
    detail += f"<sf:exceptionMessage>{escape(refusal.message)}</sf:exceptionMessage>"
    fault = f"<faultcode>sf:{refusal.code}</faultcode><faultstring>{message}</faultstring>"
    fault += f"<detail><sf:UnexpectedErrorFault>{detail}</sf:UnexpectedErrorFault></detail>"
    return _answer(f"<soapenv:Fault>{fault}</soapenv:Fault>", 500)


def _answer(body: str, status: int = 200) -> Response:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns="{_PARTNER}"'
        f' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(text, status, media_type="text/xml")
