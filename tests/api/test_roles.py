"""Every route, every role, the wrong region: who may do what is the table's word, and deny is the default."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.access import Allowed
from api.app import ROUTERS, build
from security.roles import ALLOWED, Action, Principal, Role, may, sees
from tests.api.office import Office
from tests.stack.settings import least_settings

# What everybody may ask: it tells nothing, or proves who sends it in its own way.
OPEN = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("POST", "/webhooks/shopify"),
    ("POST", "/webhooks/mail/bounces"),
    ("POST", "/webhooks/dynamics/{org}"),
    ("GET", "/"),
    ("GET", "/console/static/{digest}/{name}"),
    ("GET", "/sign-in"),
    ("GET", "/sign-in/issuer"),
    ("GET", "/sign-in/callback"),
    ("GET", "/sign-in/ended"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
}


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield method, route.path, route


def action_of(route: APIRoute) -> Action | None:
    found = [part.call.action for part in route.dependant.dependencies if isinstance(part.call, Allowed)]
    assert len(found) <= 1, f"{route.path} asks for several actions"
    return found[0] if found else None


GUARDED = [(method, path, action_of(route)) for method, path, route in routes() if (method, path) not in OPEN]


@pytest.mark.parametrize(("method", "path", "action"), GUARDED)
def test_every_route_names_what_it_does(method: str, path: str, action: Action | None) -> None:
    assert action in ALLOWED, f"{method} {path} may be used by anybody"


def test_the_application_has_these_routes_and_no_other() -> None:
    described = build(least_settings()).openapi()["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} == {
        (method, path) for method, path, route in routes() if route.include_in_schema
    }


def test_every_action_of_the_table_is_somebodys_and_is_asked_for() -> None:
    assert {action for _, _, action in GUARDED} == set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())


# What an address names that is no return; none of it is there.
NAMES = {
    "hold_id": "H1", "request_id": "api-1", "review_id": "99999", "decision_id": "99999", "item_id": "99999",
    "org": "nowhere", "name": "nowhere",
}  # fmt: skip


def body_for(path: str) -> dict[str, Any]:
    """Well-formed: what refuses it is not its form."""
    parts = {"lines": [{"line_id": "70011", "quantity": 1}]}
    verdict = {"line_id": "70011", "quantity": 1, "disposition": "restock", "accepted": True}
    bodies: dict[str, dict[str, Any]] = {
        "/returns": {"order_id": "1", **parts},
        "confirmation": {"digest": "0" * 32, "amount": "1.00", "currency": "EUR"},
        "consent": {"answer": "accept", "digest": "0" * 32},
        "withdrawal": {},
        "receipts": {"receipt_id": "P1", **parts},
        "inspections": {"inspection_id": "I1", "verdicts": [verdict]},
        "losses": {},
        "tracking": {"number": "T1"},
        "resolution": {"choice": "retry"},
        "approval": {"proposal": "P1", "decision": "approve"},
        "erasures": {"customer_id": "nobody", "why": "by letter"},
        "exports": {"customer_id": "nobody", "why": "by letter"},
        "claim": {"minutes": 1},
        "changes": {"reason": "style"},
        "decision": {"decision": "approve", "note": "kind"},
        "acceptance": {"why": "seen"},
        "rejection": {"why": "seen"},
        "undoing": {"why": "seen"},
        "closing": {"why": "mended"},
        "steering": {"act": "pause"},
        "schedule": {"every": "1d"},
        "merges": {"keep": "one", "other": "two", "why": "seen"},
        "/crm/items/{item_id}/resolution": {"choice": "done"},
        "/dead-letters/replay": {"cause": "nobody has this cause"},
        "replay": {"patience_seconds": 1},
        "/receipts": {"receipts": [{"return_id": "R-NONE-00000000"}]},
        "/inspections": {"inspections": [{"return_id": "R-NONE-00000000"}]},
        "/sessions/ending": {"person": "nobody", "why": "left"},
        "disclosure": {"reason": "the customer called"},
        "/identity/parties/disclosure": {"record": "main:contact:003", "reason": "the customer called"},
    }
    return bodies.get(path if path in bodies else path.rpartition("/")[2], {})


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(office: Office, role: Role) -> None:
    return_id = (await office.started())["return_id"]
    for method, path, action in GUARDED:
        at = path.replace("{return_id}", return_id)
        for name, value in NAMES.items():
            at = at.replace(f"{{{name}}}", value)
        body = body_for(path) if method == "POST" else None
        # Live updates have no end; a mark that was never given is refused after everything that is tested here.
        asking = partial(office.ask, role, method, at, body, headers={"Last-Event-ID": "x"})
        mine = await asking()
        allowed = action is not None and role in ALLOWED[action]
        assert (mine.status_code == 403) is not allowed, (role, method, path, mine.text)
        assert mine.status_code not in (401, 500), mine.text
        if allowed:
            abroad = await asking(abroad=True)
            if "{return_id}" in path:
                assert abroad.status_code == 404, (role, method, path, abroad.text)
                assert "another" not in abroad.text
            elif method == "GET":
                assert return_id not in abroad.text


async def test_an_order_of_another_region_is_not_found(office: Office) -> None:
    order = office.desk.order()
    asked = {"order_id": order, "lines": [{"line_id": "70011", "quantity": 1}]}
    answer = await office.ask(Role.STOREFRONT, "POST", "/returns", asked, abroad=True)
    assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no order {order}")
    found = await office.ask(Role.SUPPORT, "GET", f"/returns?order={order}")
    assert found.json()["returns"] == []


@pytest.mark.parametrize("sent", [None, "", "Basic abc", "Bearer", "Bearer nonsense", "Bearer bh_support_" + "A" * 43])
async def test_who_has_no_key_learns_nothing(office: Office, sent: str | None) -> None:
    headers = {"Authorization": sent} if sent is not None else {}
    for method, path, _ in GUARDED:
        answer = await office.http.request(method, path, headers=headers, json={})
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_scopes_narrow_and_never_widen() -> None:
    german = Principal("a", frozenset({Role.SUPPORT}), frozenset({"DE"}), frozenset({"main"}))
    assert sees(german, "DE", "main")
    assert not sees(german, "FR", "main")
    assert not sees(german, "DE", "outlet")
    assert not sees(german, "", "")
    assert not any(may(Principal("b", frozenset()), action) for action in Action)
