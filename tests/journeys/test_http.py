"""A return by HTTP alone, against a running installation, with the keys it made: as docs/api.md tells it."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator

import httpx
import pytest

from runtime.embedded import api_keys
from stories.baskets import household
from tests.stack.installation import Installation


@pytest.fixture
def api(installation: Installation) -> Iterator[httpx.Client]:
    port = next(part.ports["api"] for part in installation.stack.status() if part.name == "api")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield http


def _trusting(installation: Installation) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(installation.settings.files.ca))


@pytest.mark.timeout(180)
def test_a_return_closes_by_http_alone(installation: Installation, api: httpx.Client) -> None:
    keys = json.loads((installation.stack.folder / api_keys.FILE).read_text())
    basket = household(int(time.time() * 10) * 1000 + 7)
    control = next(part.ports["control"] for part in installation.stack.status() if part.name == "sandbox")
    with httpx.Client(verify=_trusting(installation), base_url=f"https://localhost:{control}") as sandbox:
        assert sandbox.post("/orders", json=basket).status_code == 201
    line = str(basket["lines"][2]["line_id"])

    def say(role: str, method: str, path: str, **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {keys[role]}", "Idempotency-Key": f"{role}-{path.rpartition('/')[2]}"}
        answer = api.request(method, path, headers=headers, json=body or None)
        assert answer.status_code < 300, answer.text
        return answer

    asked = {"order_id": str(basket["order_id"]), "lines": [{"line_id": line, "quantity": 1, "reason": "too_small"}]}
    quoted = say("storefront", "POST", "/returns", **asked)
    mine, quote = quoted.headers["location"], quoted.json()["quote"]
    assert quote["total"] == {"amount": "96.28", "currency": "EUR"}
    say("storefront", "POST", f"{mine}/confirmation", digest=quote["digest"], **quote["total"])

    def until(stage: str) -> dict[str, object]:
        while (found := say("support", "GET", mine).json())["stage"] != stage:
            pass
        return dict(found)

    until("awaiting_goods")
    say("warehouse", "POST", f"{mine}/receipts", receipt_id="P1", lines=[{"line_id": line, "quantity": 1}])
    verdict = {"line_id": line, "quantity": 1, "disposition": "restock", "accepted": True}
    say("warehouse", "POST", f"{mine}/inspections", inspection_id="I1", verdicts=[verdict])
    closed = until("closed")
    assert (closed["matched"], closed["credited"]) == (True, quote["total"])
