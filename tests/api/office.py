"""The API over a real engine and real books, with workers whose doors are in memory, and keys of every kind."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from sqlalchemy import delete

from api.app import build
from runtime.settings import Settings
from security import api_keys
from security.roles import Role
from store.engine import Database
from store.tables import contacts
from tests.stack.desk import Desk, opened
from tests.stack.postgres import Postgres, api_url
from tests.stack.settings import least_settings

_KEYS = count(1)
KEYS = {role: api_keys.new(role.replace("_", "-")) for role in Role}
# The world's orders are shipped to DE by the shop 'backhaul-dev'.
ABROAD = {role: api_keys.new(f"{role.replace('_', '-')}-fr") for role in Role}
# People who sign in at the console, as in the embedded stack.
# Between two looks at what is waited for: who asks without a pause takes its time, and soon asks too often.
PAUSE = 0.06
PASSWORD = "correct horse battery staple"


@dataclass
class Office:
    desk: Desk
    settings: Settings
    given: dict[str, str]
    app: FastAPI = field(init=False)
    http: httpx.AsyncClient = field(init=False)

    async def ask(
        self,
        role: Role | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        abroad: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """`key` '' is a fresh idempotency key, None sends none."""
        headers = dict(headers or {})
        if role is not None:
            headers["Authorization"] = f"Bearer {(ABROAD if abroad else KEYS)[role]}"
        if key is not None:
            headers["Idempotency-Key"] = key or f"k-{next(_KEYS)}"
        return await self.http.request(method, path, headers=headers, json=body)

    def browser(self, **headers: str) -> httpx.AsyncClient:
        """One in which nobody is signed in."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://api", headers=headers)

    @asynccontextmanager
    async def signed_in(self, role: Role, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which somebody of this role signed in by password."""
        async with self.browser(**headers) as browser:
            page = await browser.get("/sign-in")
            answer = await browser.post("/sign-in", data=self.form(page.text, user=str(role), password=PASSWORD))
            assert answer.status_code == 303, answer.text
            yield browser

    @staticmethod
    def form(page: str, **fields: str) -> dict[str, str]:
        """The fields of the page's form, filled in."""
        return dict(re.findall(r'name="(csrf_token|to)" value="([^"]*)"', page)) | fields

    async def started(self, quantity: int = 2) -> dict[str, Any]:
        """The answer to a fresh request for mugs: quoted."""
        asked = {"order_id": self.desk.order(), "lines": [{"line_id": "70011", "quantity": quantity}]}
        answer = await self.ask(Role.STOREFRONT, "POST", "/returns", asked)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def confirmed(self) -> str:
        """The id of a return that waits for its goods."""
        quoted = await self.started()
        answer = await self.ask(
            Role.STOREFRONT, "POST", f"/returns/{quoted['return_id']}/confirmation", confirmation(quoted)
        )
        assert answer.status_code == 200, answer.text
        await self.until(quoted["return_id"], "awaiting_goods")
        return str(quoted["return_id"])

    async def received(self, return_id: str, parcel: str = "P1") -> None:
        body = {"receipt_id": parcel, "lines": [{"line_id": "70011", "quantity": 2}]}
        answer = await self.ask(Role.WAREHOUSE, "POST", f"/returns/{return_id}/receipts", body)
        assert answer.status_code == 200, answer.text

    async def inspected(self, return_id: str, scrap: int = 0) -> None:
        """Both mugs are credited; `scrap` of them are not for sale again."""
        mug = {"line_id": "70011", "accepted": True}
        verdicts = [mug | {"quantity": 2 - scrap, "disposition": "restock"}]
        verdicts += [mug | {"quantity": scrap, "disposition": "scrap"}] if scrap else []
        body = {"inspection_id": "I1", "verdicts": verdicts}
        answer = await self.ask(Role.WAREHOUSE, "POST", f"/returns/{return_id}/inspections", body)
        assert answer.status_code == 200, answer.text

    async def held(self, return_id: str) -> dict[str, Any]:
        """The first hold there is on it, as it is listed."""
        while True:
            answer = await self.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")
            assert answer.status_code == 200, answer.text
            if found := answer.json()["holds"]:
                hold: dict[str, Any] = found[0]
                return hold
            await asyncio.sleep(PAUSE)

    async def forget_contact(self, return_id: str) -> None:
        database = Database(self.settings.database.url, 1)
        async with database.transaction() as connection:
            await connection.execute(delete(contacts).where(contacts.c.return_id == return_id))
        await database.close()

    async def booked(self, return_id: str, stage: str) -> None:
        """Until the books say so: the engine knows it a moment before."""
        while True:
            answer = await self.ask(Role.SUPPORT, "GET", f"/returns?text={return_id}&stage={stage}")
            if answer.json()["returns"]:
                return
            await asyncio.sleep(PAUSE)

    async def until(self, return_id: str, stage: str) -> dict[str, Any]:
        """What never comes is ended by the test's own time limit."""
        while True:
            answer = await self.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")
            assert answer.status_code == 200, answer.text
            if answer.json()["stage"] == stage:
                document: dict[str, Any] = answer.json()
                return document
            await asyncio.sleep(PAUSE)


def confirmation(quoted: dict[str, Any]) -> dict[str, Any]:
    return {"digest": quoted["quote"]["digest"], **quoted["quote"]["total"]}


def settings(database: str, temporal: str) -> Settings:
    return least_settings(**variables(database, temporal))


def variables(database: str, temporal: str) -> dict[str, str]:
    """With a key of every role, for everything and for FR only, and somebody of every role who may sign in."""
    given = {
        "BACKHAUL_DATABASE__URL": database,
        "BACKHAUL_DATABASE__API_URL": api_url(database),
        "TEMPORAL_ADDRESS": temporal,
        "BACKHAUL_API__FAILURES_PER_MINUTE": "10000",
    }
    for keys, regions in ((KEYS, ""), (ABROAD, "FR")):
        for role, key in keys.items():
            section = f"BACKHAUL_API_KEYS__{key.split('_')[1].upper().replace('-', '_')}"
            given |= {f"{section}__DIGEST": api_keys.digest(key), f"{section}__ROLES": role}
            given |= {f"{section}__REGIONS": regions} if regions else {}
    given["BACKHAUL_STACK"] = "tests"
    for role in Role:
        digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
        given |= {
            f"BACKHAUL_LOGINS__{role.upper()}__DIGEST": digest,
            f"BACKHAUL_LOGINS__{role.upper()}__ROLES": role,
        }
    return given


@contextmanager
def staffed(address: str, postgres: Postgres, **more: str) -> Iterator[Office]:
    with postgres.fresh() as database, opened(address, database) as desk:
        given = variables(database, address) | more
        yield Office(desk, least_settings(**given), given)


@asynccontextmanager
async def served(office: Office) -> AsyncIterator[Office]:
    app = build(office.settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://api", timeout=30) as http:
        office.http, office.app = http, app
        yield office
