"""Tryton's JSON-RPC, spoken by one user of one database; just enough for setting up, seeding and looking."""

from __future__ import annotations

import base64
import datetime
import json
from decimal import Decimal
from types import TracebackType
from typing import Any

import httpx

# Posting an invoice renders its document; a hundred in one call take a while on a busy machine.
_SECONDS = 600.0


class Refused(RuntimeError):
    """Tryton answered with an error: its kind ("UserError", "UserWarning", an HTTP status) and what it said."""

    def __init__(self, method: str, kind: str, said: str) -> None:
        super().__init__(f"{method}: {kind}: {said}")
        self.kind = kind
        self.said = said


class Tryton:
    """A signed-in user. Warnings are accepted, as a person who clicks on would."""

    def __init__(self, url: str, database: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_SECONDS, trust_env=False)
        self._database, self._user, self._password = database, user, password
        self._context: dict[str, Any] = {}

    def __enter__(self) -> Tryton:
        self.sign_in()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def sign_in(self) -> None:
        user, session, _ = self._send("common.db.login", [self._user, {"password": self._password}])
        token = base64.b64encode(f"{self._user}:{user}:{session}".encode()).decode()
        self._http.headers["Authorization"] = f"Session {token}"
        self._context = self._send("model.res.user.get_preferences", [True, {}])

    def call(self, method: str, *arguments: Any, **context: Any) -> Any:
        """`method` is "sale.sale.confirm" for a model's, "wizard.…" for a wizard's."""
        name = method if method.startswith("wizard.") else f"model.{method}"
        renewed = False
        while True:
            try:
                return self._send(name, [*arguments, self._context | context])
            except _Warned as warned:
                self._send("model.res.user.warning.skip", [warned.name, False, self._context])
            except Refused as refused:
                # Some minutes without a call end a session's right to post, some more the session itself.
                if refused.kind != "401" or renewed:
                    raise
                self.sign_in()
                renewed = True

    def find(self, model: str, *domain: Any, fields: tuple[str, ...] = ("id",), **context: Any) -> list[dict[str, Any]]:
        """All records that fit, the oldest first."""
        found: list[dict[str, Any]] = self.call(
            f"{model}.search_read", list(domain), 0, None, [["id", "ASC"]], list(fields), **context
        )
        return found

    def id(self, model: str, *domain: Any) -> int:
        """The one record that fits."""
        found = self.find(model, *domain)
        if len(found) != 1:
            raise LookupError(f"{len(found)} records of {model} fit {list(domain)}, one was expected")
        record: int = found[0]["id"]
        return record

    def create(self, model: str, *values: dict[str, Any], **context: Any) -> list[int]:
        created: list[int] = self.call(f"{model}.create", list(values), **context)
        return created

    def wizard(self, name: str, model: str | None = None, records: list[int] | None = None) -> Wizard:
        """A wizard, opened on `records` of `model`."""
        return Wizard(self, name, model, records or [])

    def _send(self, method: str, parameters: list[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": parameters}, default=_encode)
        answer = self._http.post(f"/{self._database}/rpc/", content=body, headers={"Content-Type": "application/json"})
        if answer.status_code != 200:
            raise Refused(method, str(answer.status_code), answer.text[:500])
        said = json.loads(answer.text, object_hook=_decode)
        if "error" in said:
            kind, details = said["error"][0], said["error"][1:]
            if kind == "UserWarning":
                raise _Warned(method, kind, str(details), name=details[0][0])
            raise Refused(method, kind, str(details[0] if details else "")[:2000])
        return said["result"]


class Wizard:
    """A dialog of Tryton's: a session of forms and buttons."""

    def __init__(self, tryton: Tryton, name: str, model: str | None, records: list[int]) -> None:
        self._tryton, self._name = tryton, f"wizard.{name}"
        self._context = {"active_model": model, "active_id": records[0], "active_ids": records} if records else {}
        self.form: dict[str, Any] = {}
        """What the form that is open now says by itself; empty when none is."""

    def __enter__(self) -> Wizard:
        self._session, start, _ = self._tryton.call(f"{self._name}.create")
        self.press(start, {})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tryton.call(f"{self._name}.delete", self._session)

    def press(self, button: str, forms: dict[str, dict[str, Any]]) -> None:
        """Press a button, with the forms filled in so far."""
        said = self._tryton.call(f"{self._name}.execute", self._session, forms, button, **self._context)
        defaults = said.get("view", {}).get("defaults", {})
        # "party." carries what a client shows of "party"; Tryton does not take it back.
        self.form = {name: value for name, value in defaults.items() if not name.endswith(".")}


class _Warned(Refused):
    def __init__(self, method: str, kind: str, said: str, name: str) -> None:
        super().__init__(method, kind, said)
        self.name = name


def _encode(value: object) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, datetime.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    raise TypeError(f"Tryton is never sent a {type(value).__name__}")


def _decode(value: dict[str, Any]) -> Any:
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "date":
            return datetime.date(value["year"], value["month"], value["day"])
        case _:
            return value
