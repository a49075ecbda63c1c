"""The few calls of the SOAP partner API that REST lacks: merge, undelete and emptyRecycleBin."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.errors import Refusal, bad_session
from sandbox.salesforce.merging import merge
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.schema import Record, SObject
from sandbox.world import World

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_MOST = 200


class Soap:
    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._world, self._org, self._sessions = world, org, sessions
        self._records = Records(world, org)

    async def serve(self, request: Request) -> Response:
        raw = await request.body()
        try:
            name, call = self._read(raw)
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
        results = "".join(self._apart(one, part) for part in parts)
        return _answer(f"<{name}Response>{results}</{name}Response>")

    def _read(self, raw: bytes) -> tuple[str, Element]:
        """(call, its element) of an envelope whose SessionHeader is good."""
        try:
            envelope = ElementTree.fromstring(raw)
        except ElementTree.ParseError:
            raise Refusal("SOAP_ERROR", "the request is not well-formed XML") from None
        session = next((part.text or "" for part in envelope.iter() if _local(part) == "sessionId"), "")
        if not self._sessions.is_open(session.strip()):
            raise bad_session()
        body = envelope.find(f"{{{_ENVELOPE}}}Body")
        call = next(iter(body), None) if body is not None else None
        if call is None or _local(call) not in ("merge", "undelete", "emptyRecycleBin"):
            raise Refusal("UNKNOWN_EXCEPTION", "the sandbox knows merge, undelete and emptyRecycleBin only")
        return _local(call), call

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
    fault = f"<faultcode>sf:{refusal.code}</faultcode><faultstring>{message}</faultstring>"
    return _answer(f"<soapenv:Fault>{fault}</soapenv:Fault>", 500)


def _answer(body: str, status: int = 200) -> Response:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns="{_PARTNER}"'
        f' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(text, status, media_type="text/xml")
