"""One Dynamics environment over its Web API: reads and writes travel in $batch calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from adapters.crm.dynamics import multipart
from adapters.crm.dynamics.multipart import Operation, Outcome
from adapters.crm.dynamics.refusals import TokenExpired, judge, refusal, requests_left
from adapters.crm.dynamics.session import VENDOR, Session, Token
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.errors import Retryable
from adapters.http import Call, Wire, transport

Row = dict[str, Any]
T = TypeVar("T")
_SERVICE = "/api/data/v9.2/"
_NAMESPACE = "Microsoft.Dynamics.CRM."
# A batch holds at most 1000 operations; a filter of 50 alternatives keeps an address well under its limit.
_OPERATIONS, _VALUES = 1000, 50


class Lookup:
    """A question for the rows of one table whose column is among some values; all rows when no column is named."""

    def __init__(self, entity_set: str, select: Sequence[str], column: str = "", values: Sequence[str] = ()) -> None:
        self._entity_set, self._select = entity_set, [*select, column] if column else list(select)
        self._column, self._values = column, list(dict.fromkeys(values))

    def operations(self) -> Iterator[Operation]:
        path = f"{self._entity_set}?$select={','.join(self._select)}"
        if not self._column:
            yield Operation("GET", path)
        for some in _chunks(self._values, _VALUES):
            choice = " or ".join(f"{self._column} eq '{value.replace(chr(39), chr(39) * 2)}'" for value in some)
            yield Operation("GET", f"{path}&$filter={quote(choice, safe='')}")


class Environment:
    """Raises Retryable and Permanent only: everything here is a read, or a write by key under a condition."""

    def __init__(self, settings: DynamicsSettings) -> None:
        self._settings = settings
        self._session = Session(settings)
        self._wire = Wire(VENDOR, transport(settings.ca_file), requests_left)

    async def aclose(self) -> None:
        await self._wire.http.aclose()

    async def read(self, lookups: Sequence[Lookup]) -> list[list[Row]]:
        """The rows of each lookup, all lookups in one batch."""
        asked = [(at, operation) for at, lookup in enumerate(lookups) for operation in lookup.operations()]
        found: list[list[Row]] = [[] for _ in lookups]
        for (at, _), outcomes in zip(asked, await self.run("read", [[each] for _, each in asked]), strict=True):
            if outcomes[0].status != 200:
                raise refusal("read", outcomes[0].status, outcomes[0].body)
            found[at].extend(_rows(outcomes[0]))
        return found

    async def run(self, name: str, groups: Sequence[Sequence[Operation]]) -> list[list[Outcome]]:
        """Each group on its own, in as few batches as the limit of operations allows."""
        outcomes: list[list[Outcome]] = []
        for some in _fitting(groups):
            outcomes.extend(await self._batch(name, some))
        return outcomes

    async def create_many(self, entity_set: str, table: str, rows: Sequence[Row]) -> list[str]:
        """The ids of new rows, in order: all are made or none. Neither flows nor a run per row are started by it."""
        targets = [{"@odata.type": f"{_NAMESPACE}{table}", **each} for each in rows]
        path = f"{entity_set}/{_NAMESPACE}CreateMultiple?tag={self._settings.tag}"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        # A flow per row of a backfill would run for states that are long past.
        headers |= {"MSCRM.SuppressCallbackRegistrationExpanderJob": "true"}
        name = f"create many {entity_set}"
        answer = await self._send(name, path, json.dumps({"Targets": targets}).encode(), headers)
        try:
            made = answer.json().get("Ids")
        except (ValueError, AttributeError):
            made = None
        if not isinstance(made, list) or len(made) != len(rows):
            raise Retryable(VENDOR, name, "the answer does not match the rows sent")
        return [str(each) for each in made]

    async def _batch(self, name: str, groups: Sequence[Sequence[Operation]]) -> list[list[Outcome]]:
        content_type, body = multipart.write(groups, _SERVICE)
        # Without the preference the first failing group would stop all that follow.
        headers = {"Accept": "multipart/mixed", "Content-Type": content_type, "Prefer": "odata.continue-on-error"}
        answer = await self._send(name, "$batch", body, headers)
        try:
            return multipart.read(answer.headers.get("content-type", ""), answer.content, len(groups))
        except multipart.Unreadable as error:
            raise Retryable(VENDOR, name, f"the batch was not answered in full: {error}") from error

    async def _send(self, name: str, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """One call; a token that ended meanwhile is renewed once, a second 401 is the caller's error."""
        token = await self._session.token()
        try:
            return await self._once(token, name, path, body, headers)
        except TokenExpired:
            token = await self._session.token(stale=token)
        try:
            return await self._once(token, name, path, body, headers)
        except TokenExpired as refused:
            what = "a token just bought is refused; is there an application user for the client id?"
            raise Retryable(VENDOR, name, what, refused.code) from None

    async def _once(
        self, token: Token, name: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        call = Call(
            name=name,
            method="POST",
            url=f"{self._settings.url}{_SERVICE}{path}",
            repeatable=True,
            headers={
                "Authorization": f"Bearer {token.text}",
                "OData-Version": "4.0",
                "OData-MaxVersion": "4.0",
                **headers,
            },
            content=body,
            judge=partial(judge, name),
        )
        return await self._wire.send(call)


def _rows(outcome: Outcome) -> list[Row]:
    rows = outcome.body.get("value") if isinstance(outcome.body, dict) else None
    if not isinstance(rows, list):
        raise Retryable(VENDOR, "read", "the answer holds no rows")
    return rows


def _fitting(groups: Sequence[Sequence[Operation]]) -> Iterator[list[Sequence[Operation]]]:
    batch: list[Sequence[Operation]] = []
    size = 0
    for group in groups:
        if batch and size + len(group) > _OPERATIONS:
            yield batch
            batch, size = [], 0
        batch.append(group)
        size += len(group)
    if batch:
        yield batch


def _chunks(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (items[at : at + most] for at in range(0, len(items), most))
