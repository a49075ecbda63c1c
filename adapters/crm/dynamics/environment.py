"""One Dynamics environment over its Web API: reads and writes travel in $batch calls, links it told are followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from adapters.crm.allowance import UNLIMITED, Allowance, family_of, paying
from adapters.crm.dynamics import multipart
from adapters.crm.dynamics.multipart import Operation, Outcome
from adapters.crm.dynamics.refusals import TokenExpired, judge, refusal, requests_left, trouble
from adapters.crm.dynamics.session import VENDOR, Session, Token
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.errors import Retryable
from adapters.http import Call, Wire, transport
from domain.allowance import Family

Row = dict[str, Any]
T = TypeVar("T")
_SERVICE = "/api/data/v9.2/"
_NAMESPACE = "Microsoft.Dynamics.CRM."
# A batch holds at most 1000 operations; a filter of 50 alternatives keeps an address well under its limit.
_OPERATIONS, _VALUES = 1000, 50


class Lookup:
    """A question for the rows of one table whose column is among some values; all rows when no column is named."""

    def __init__(
        self,
        entity_set: str,
        select: Sequence[str],
        column: str = "",
        values: Sequence[str] = (),
        *,
        ids: bool = False,
    ) -> None:
        """`ids`: the column holds GUIDs, which stand in a filter without quotes."""
        self._ids = ids
        self._entity_set, self._select = entity_set, [*select, column] if column else list(select)
        self._column, self._values = column, list(dict.fromkeys(values))

    def operations(self) -> Iterator[Operation]:
        path = f"{self._entity_set}?$select={','.join(self._select)}"
        if not self._column:
            yield Operation("GET", path)
        for some in _chunks(self._values, _VALUES):
            choice = " or ".join(f"{self._column} eq {self._literal(value)}" for value in some)
            yield Operation("GET", f"{path}&$filter={quote(choice, safe='')}")

    def _literal(self, value: str) -> str:
        return value if self._ids else f"'{value.replace(chr(39), chr(39) * 2)}'"


class Environment:
    """Raises Retryable and Permanent only: everything here is a read, or a write by key under a condition."""

    def __init__(self, settings: DynamicsSettings, allowance: Allowance = UNLIMITED) -> None:
        self._settings, self._allowance = settings, allowance
        self._session = Session(settings)
        self._wire = Wire(VENDOR, transport(settings.ca_file), self._left)

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

    def _left(self, answer: httpx.Response) -> dict[str, float]:
        left = requests_left(answer)
        if "requests" in left:
            self._allowance.told(int(left["requests"]), None)
        return left

    async def follow(self, name: str, path: str, prefer: str) -> Row:
        """The document under a path of the service, which is encoded already: a query, or a link it told."""
        made = partial(self._call, name, "GET", path, headers={"Accept": "application/json", "Prefer": prefer})
        call, answer = await self._signed(name, family_of(reads=True), made)
        document = self._wire.json_of(call, answer)
        if not isinstance(document, dict):
            raise Retryable(VENDOR, name, "the answer is no document")
        return document

    async def create_many(self, entity_set: str, table: str, rows: Sequence[Row]) -> list[str]:
        """The ids of new rows, in order: all are made or none. Neither flows nor a run per row are started by it."""
        targets = [{"@odata.type": f"{_NAMESPACE}{table}", **each} for each in rows]
        path = f"{entity_set}/{_NAMESPACE}CreateMultiple?tag={self._settings.tag}"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        # A flow per row of a backfill would run for states that are long past.
        headers |= {"MSCRM.SuppressCallbackRegistrationExpanderJob": "true"}
        name = f"create many {entity_set}"
        body = json.dumps({"Targets": targets}).encode()
        made = partial(self._call, name, "POST", path, headers=headers, content=body)
        call, answer = await self._signed(name, family_of(reads=False, bulk=True), made)
        told = self._wire.json_of(call, answer)
        ids = told.get("Ids") if isinstance(told, dict) else None
        if not isinstance(ids, list) or len(ids) != len(rows):
            raise Retryable(VENDOR, name, "the answer does not match the rows sent")
        return [str(each) for each in ids]

    async def _batch(self, name: str, groups: Sequence[Sequence[Operation]]) -> list[list[Outcome]]:
        content_type, body = multipart.write(groups, _SERVICE)
        # Without the preference the first failing group would stop all that follow.
        headers = {"Content-Type": content_type, "Accept": "multipart/mixed", "Prefer": "odata.continue-on-error"}
        made = partial(self._call, name, "POST", "$batch", headers=headers, content=body)
        family = family_of(reads=all(each.method == "GET" for group in groups for each in group))
        _, answer = await self._signed(name, family, made)
        try:
            return multipart.read(answer.headers.get("content-type", ""), answer.content, len(groups))
        except multipart.Unreadable as error:
            raise Retryable(VENDOR, name, f"the batch was not answered in full: {error}") from error

    async def _signed(self, name: str, family: Family, made: Callable[[Token], Call]) -> tuple[Call, httpx.Response]:
        """One call, the only place where one leaves, paid from the environment's allowance; a token that ended
        meanwhile is renewed once, a second 401 is the caller's error."""
        stale: Token | None = None
        while True:
            async with paying(self._allowance, name, family, trouble):
                token = await self._session.token(stale)
                call = made(token)
                try:
                    return call, await self._wire.send(call)
                except TokenExpired as refused:
                    if stale is not None:
                        what = "a token just bought is refused; is there an application user for the client id?"
                        raise Retryable(VENDOR, name, what, refused.code) from None
                    stale = token

    def _call(
        self,
        name: str,
        method: str,
        path: str,
        token: Token,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Call:
        signed = {"Authorization": f"Bearer {token.text}", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
        return Call(
            name=name,
            method=method,
            url=f"{self._settings.url}{_SERVICE}{path}",
            repeatable=True,
            headers={**signed, **headers},
            content=content,
            judge=partial(judge, name),
        )


def path_of(link: str) -> str:
    """The part of a told link that `follow` takes; '' for one that leads out of the service. Its host is left behind:
    a token of ours goes to the address of the settings and nowhere else."""
    return link.partition(_SERVICE)[2]


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
