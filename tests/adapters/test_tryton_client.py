"""Every answer Tryton's server can give, as one of our errors: a scripted server on loopback says them in its words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.erp.tryton.client import AlreadyThere, TrytonClient
from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import ClosedPeriod, Permanent, Retryable, UnknownOutcome, VendorError

Answer = dict[str, Any] | str | int
"""A JSON answer, any other text, or a status."""
CLOSED = 'To continue, you must reopen the period "2026-11" of company "Lab" for the date "11/22/2026".'
TAKEN = "The web ID on the sale must be unique per shop."
WARNED = {"error": ["UserWarning", ["d41d8cd9.invoice_taxes", "The taxes are not the usual ones.", ""]]}


def refused(kind: str, *said: Any) -> dict[str, Any]:
    return {"error": [kind, list(said) if len(said) > 1 else said[0] if said else ""]}


class Script:
    """Signs everybody in, and then gives the answers in turn, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Any]]()

    def answer(self, body: dict[str, Any]) -> Answer:
        if body["method"] == "common.db.login":
            return {"result": [4, "a-session", None]}
        if body["method"] == "model.res.user.get_preferences":
            return {"result": {"company": 1, "language": "en"}}
        self.asked.append(body)
        if body["method"] == "model.res.user.warning.skip":
            return {"result": None}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(int(row[15:]) for row in head.lower().splitlines() if row.startswith(b"content-length:"))
                answer = self.answer(json.loads(await reader.readexactly(length)))
                status, text = (answer, "") if isinstance(answer, int) else (200, answer)
                body = (text if isinstance(text, str) else json.dumps({"id": 1} | text)).encode()
                writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def speaking(*answers: Answer) -> AsyncIterator[tuple[TrytonClient, Script]]:
    script = Script(*answers)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = TrytonClient(TrytonSettings(f"http://127.0.0.1:{port}", "erp", "user", "secret"))
    try:
        yield client, script
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("answer", "read", "write"),
    [
        (refused("UserError", CLOSED, "", None), ClosedPeriod, ClosedPeriod),
        (refused("UserError", TAKEN, "", None), AlreadyThere, AlreadyThere),
        (refused("UserError", "The party is missing.", "", None), Permanent, Permanent),
        (refused("UserError", 'records "5" of "Stock Move" that don\'t exist.', "", None), Retryable, Retryable),
        (refused("UserWarning", "d41d.check_move_quantity", "Too many.", ""), Permanent, Permanent),
        (refused("ConcurrencyException", "Record was modified."), Retryable, Retryable),
        (refused("LoginException", "password", "Password", "password"), Permanent, Permanent),
        (refused("'account_revenue_used'", "Traceback"), Permanent, Permanent),
        ({"error": []}, Permanent, Permanent),
        (503, Retryable, Retryable),
        (429, Retryable, Retryable),
        (401, Permanent, Permanent),
        (403, Permanent, Permanent),
        (404, Permanent, Permanent),
        (500, Retryable, UnknownOutcome),
        (504, Retryable, UnknownOutcome),
        ("<html>sorry</html>", Retryable, UnknownOutcome),
        ('{"id": 1, "resu', Retryable, UnknownOutcome),
        ("[]", Retryable, UnknownOutcome),
        ("{}", Retryable, UnknownOutcome),
    ],
)
async def test_every_answer_becomes_one_of_our_errors(
    answer: Answer, read: type[VendorError], write: type[VendorError]
) -> None:
    async with speaking(answer) as (client, _):
        with pytest.raises(VendorError) as reading:
            await client.find("sale.sale", [], ("state",))
        with pytest.raises(VendorError) as writing:
            await client.create("sale.sale", {})
    assert isinstance(reading.value, read)
    assert isinstance(writing.value, write)


async def test_a_harmless_warning_is_confirmed_by_its_name_and_the_call_made_again() -> None:
    async with speaking(WARNED, {"result": [7]}) as (client, script):
        assert await client.create("account.invoice", {}) == 7
    assert [body["method"].rpartition(".")[2] for body in script.asked] == ["create", "skip", "create"]
    assert script.asked[1]["params"][:2] == ["d41d8cd9.invoice_taxes", False]


async def test_a_warning_without_end_is_given_up() -> None:
    async with speaking(WARNED) as (client, _):
        with pytest.raises(Permanent, match="one confirmation after the other"):
            await client.create("account.invoice", {})


async def test_every_call_carries_the_users_own_context() -> None:
    async with speaking({"result": []}) as (client, script):
        await client.find("sale.sale", [["web_id", "=", "1"]], ("state",))
    assert script.asked[0]["params"] == [
        [["web_id", "=", "1"]], 0, None, [["id", "ASC"]], ["state"], {"company": 1, "language": "en"},
    ]  # fmt: skip


async def test_a_refused_button_is_right_when_somebody_else_pressed_it() -> None:
    no = refused("UserError", 'You can not call "post"', "", None)
    draft = {"id": 5, "state": "draft"}
    async with speaking(no, {"result": [{"id": 5, "state": "posted"}]}) as (client, _):
        await client.press("account.invoice", draft, "post", ("posted", "paid"))
    async with speaking(no, {"result": [{"id": 5, "state": "cancelled"}]}) as (client, _):
        with pytest.raises(Retryable, match="became cancelled"):
            await client.press("account.invoice", draft, "post", ("posted", "paid"))
    async with speaking(no, {"result": [{"id": 5, "state": "draft"}]}) as (client, _):
        with pytest.raises(Permanent, match="You can not call"):
            await client.press("account.invoice", draft, "post", ("posted", "paid"))


@pytest.mark.parametrize("number", ["rma:R-1", "", "5 OR 1"])
async def test_what_is_no_records_number_is_permanent(number: str) -> None:
    async with speaking({"result": []}) as (client, script):
        with pytest.raises(Permanent):
            await client.get("sale.sale", number, ("state",))
    assert script.asked == []
