"""Tryton's JSON-RPC as we use it: records, buttons and wizards; every refusal in our errors.

A call is one transaction. Answers with an error of Tryton's own were rolled back: nothing of them was done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import httpx

from adapters.erp.tryton import values
from adapters.erp.tryton.session import Session
from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import ClosedPeriod, Permanent, Retryable, SignInRefused, VendorError, excerpt
from adapters.http import Call, Wire, transport

VENDOR = "tryton"
Record = dict[str, Any]
# A step meets two or three kinds of warning at most; asked more often, it would ask for ever.
_WARNINGS = 5


class AlreadyThere(Permanent):
    """The key is taken: somebody, perhaps we ourselves, was there before."""


class _SessionOver(SignInRefused):
    """401: the session has ended, or is too old for what was asked; a fresh one may do."""


class _Warned(Permanent):
    """Tryton asks whether to go on; `kind` is what about, `name` this one occasion."""

    def __init__(self, call: str, name: str, sentence: str) -> None:
        self.name, self.kind = name, name.rpartition(".")[2]
        super().__init__(VENDOR, call, f"asks a person to confirm: {sentence}", self.kind)


class TrytonClient:
    """One database, one user."""

    def __init__(self, settings: TrytonSettings) -> None:
        self._names = settings.names
        self._http = transport(settings.ca_file)
        self._wire = Wire(VENDOR, self._http)
        self._server = f"{settings.url.rstrip('/')}/rpc/"
        self._url = f"{settings.url.rstrip('/')}/{settings.database}/rpc/"
        self._session = Session(settings, self._sign_in)
        self._room = asyncio.Semaphore(settings.concurrency)

    async def close(self) -> None:
        await self._http.aclose()

    async def find(
        self, model: str, domain: list[Any], fields: Iterable[str], limit: int | None = None
    ) -> list[Record]:
        """Records by what they hold, oldest first. `lines.note` reads a field of what a field points to."""
        parameters = [domain, 0, limit, [["id", "ASC"]], list(fields)]
        found: list[Record] = await self.call(f"model.{model}.search_read", *parameters, repeatable=True)
        return found

    async def get(self, model: str, record: int | str, fields: Iterable[str]) -> Record:
        """Raises Permanent when there is no such record."""
        try:
            number = int(record)
        except ValueError:
            raise Permanent(VENDOR, f"read {model}", f"{record!r} is no record's id") from None
        found = await self.find(model, [["id", "=", number]], fields)
        if not found:
            raise Permanent(VENDOR, f"read {model}", f"there is no record {record}")
        return found[0]

    async def create(self, model: str, record: Record) -> int:
        """Raises AlreadyThere for a taken key."""
        created: list[int] = await self.call(f"model.{model}.create", [record])
        return created[0]

    async def write(self, model: str, record: Record, changes: Record) -> None:
        """Raises Retryable when it is refused because the record is in another state than it was read."""
        try:
            await self.call(f"model.{model}.write", [record["id"]], changes)
        except Permanent as refused:
            await self._moved_on(model, record, refused)

    async def delete(self, model: str, record: int) -> None:
        await self.call(f"model.{model}.delete", [record])

    async def press(self, model: str, record: Record, button: str, leads_to: Collection[str]) -> None:
        """A button of a record (its id, and its state as it was read), which Tryton refuses in the wrong state.

        Somebody else was quicker when it is in one of the states the button `leads_to`; in another one than was read,
        it must be looked at again."""
        try:
            await self.call(f"model.{model}.{button}", [record["id"]])
        except Permanent as refused:
            await self._moved_on(model, record, refused, leads_to)

    async def _moved_on(self, model: str, record: Record, refused: Permanent, wanted: Collection[str] = ()) -> None:
        """Why something was refused: raises it again when the record is as it was read, else Retryable, unless it is
        where it was to go."""
        there = await self.find(model, [["id", "=", record["id"]]], ("state",))
        state = there[0]["state"] if there else "gone"
        if state == record["state"]:
            raise refused
        if state not in wanted:
            raise Retryable(VENDOR, refused.call, f"it became {state} meanwhile", refused.code) from refused

    async def wizard(self, name: str, model: str, record: int, steps: list[tuple[str, Record]]) -> None:
        """A dialog on one record: (button, forms as filled in) one after the other."""
        about = {"active_model": model, "active_id": record, "active_ids": [record]}
        session, start, _ = await self.call(f"wizard.{name}.create", repeatable=True)
        for button, forms in [(start, {}), *steps]:
            await self.call(f"wizard.{name}.execute", session, forms, button, context=about)
        await self.call(f"wizard.{name}.delete", session, repeatable=True)

    async def version(self) -> str:
        """The server's series, such as 8.2, which it tells anybody."""
        return str(await self._send("common.server.version", [], "", repeatable=True, url=self._server))

    async def today(self) -> date:
        """The server's, which is what its books go by."""
        day: date = await self.call("model.ir.date.today", repeatable=True)
        return day

    async def call(self, method: str, *parameters: Any, repeatable: bool = False, context: Record | None = None) -> Any:
        """The result. Warnings that the settings accept are confirmed, and the call is made again."""
        for _ in range(_WARNINGS):
            try:
                return await self._in_session(method, list(parameters), repeatable, context or {})
            except _Warned as warned:
                if warned.kind not in self._names.accepted_warnings:
                    raise
                skip = [warned.name, False]
                await self._in_session("model.res.user.warning.skip", skip, True, {})
        raise Permanent(VENDOR, method, "asks for one confirmation after the other")

    async def _in_session(self, method: str, parameters: list[Any], repeatable: bool, context: Record) -> Any:
        for last in (False, True):
            header, own = await self._session.open()
            try:
                async with self._room:
                    return await self._send(method, [*parameters, own | context], header, repeatable)
            except _SessionOver:
                self._session.forget(header)
                if last:
                    raise
        raise AssertionError("the second refusal is raised above")

    async def _sign_in(self, method: str, parameters: list[Any], header: str) -> Any:
        return await self._send(method, parameters, header, repeatable=True)

    async def _send(self, method: str, parameters: list[Any], header: str, repeatable: bool, url: str = "") -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": header} if header else {})
        body = values.write({"id": 1, "method": method, "params": parameters}).encode()
        name = method.removeprefix("model.")
        call = Call(
            name, "POST", url or self._url, repeatable, headers, content=body, judge=lambda said: _judge(name, said)
        )
        answer = await self._wire.send(call)
        try:
            said = values.read(answer.text)
        except ValueError as error:
            raise self._wire.lost(call, f"answer is not JSON: {excerpt(answer.text)}") from error
        if not isinstance(said, dict) or not ("result" in said or "error" in said):
            raise self._wire.lost(call, "answer is neither a result nor an error")
        if "error" in said:
            raise self._refusal(name, said["error"])
        return said["result"]

    def _refusal(self, name: str, error: Any) -> VendorError:
        kind, details = (str(error[0]), error[1] if len(error) > 1 else "") if error else ("", "")
        if kind == "UserWarning":
            return _Warned(name, str(details[0]), excerpt(str(details[1])))
        if kind == "LoginException":
            return SignInRefused(VENDOR, name, "login refused: check the user's name and password", kind)
        if kind == "ConcurrencyException":
            return Retryable(VENDOR, name, "somebody else changed the record at the same moment", kind)
        if kind != "UserError":
            return Permanent(VENDOR, name, f"the server's program failed: {excerpt(kind)}")
        sentence = " ".join(str(part) for part in details[:2] if part)
        words = sentence.lower()
        if any(part in words for part in self._names.closed_period):
            return ClosedPeriod(VENDOR, name, excerpt(sentence, 300), kind)
        if any(part in words for part in self._names.already_there):
            return AlreadyThere(VENDOR, name, excerpt(sentence, 300), kind)
        if any(part in words for part in self._names.gone):
            return Retryable(VENDOR, name, f"somebody else changed it meanwhile: {excerpt(sentence)}", kind)
        return Permanent(VENDOR, name, excerpt(sentence, 300), kind)


def _judge(name: str, answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise _SessionOver(VENDOR, name, "login refused: check the user's name and password", "401")
