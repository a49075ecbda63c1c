"""The shop's secret is rotated while an installation runs: the next return finds the new one, nothing starts anew."""

from __future__ import annotations

import json
import ssl
import time
from pathlib import Path

import httpx
import pytest

from runtime.embedded import api_keys
from stories.baskets import household
from tests.stack.installation import Installation

NAME, SECRET = "shopify.client_secret", "shpss_rotated_while_it_runs_4711"


@pytest.mark.timeout(120)
def test_a_return_is_quoted_with_a_secret_that_was_rotated_a_moment_ago(installation: Installation) -> None:
    keys = json.loads((installation.stack.folder / api_keys.FILE).read_text())
    parts = {part.name: part for part in installation.stack.status()}
    trusting = ssl.create_default_context(cafile=str(installation.settings.files.ca))
    control = f"https://localhost:{parts['sandbox'].ports['control']}"
    number = int(time.time() * 10) * 1000 + 17

    with (
        httpx.Client(base_url=control, verify=trusting, trust_env=False) as vendors,
        httpx.Client(base_url=f"http://127.0.0.1:{parts['api'].ports['api']}", timeout=30) as api,
    ):

        def say(role: str, method: str, path: str, **body: object) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[role]}", "Idempotency-Key": f"{number}-{method}-{path}"}
            answer = api.request(method, path, headers=headers, json=body or None)
            assert answer.status_code < 300, answer.text
            return answer

        def quoted(number: int) -> None:
            basket = household(number)
            assert vendors.post("/orders", json=basket).status_code == 201
            line = {"line_id": str(basket["lines"][2]["line_id"]), "quantity": 1, "reason": "too_small"}
            headers = {"Authorization": f"Bearer {keys['storefront']}", "Idempotency-Key": f"rotated-{number}"}
            asked = {"order_id": str(basket["order_id"]), "lines": [line]}
            answer = api.post("/returns", headers=headers, json=asked)
            assert (answer.status_code, answer.json()["decision"]) == (201, "quoted"), answer.text

        quoted(number)
        vendors.post("/credentials", json={"shopify": {"client_secret": SECRET}}).raise_for_status()
        try:
            say("it_admin", "PUT", f"/credentials/{NAME}", secret=SECRET)
            # As a shop does that takes an app's old secret back.
            vendors.delete("/shopify/tokens").raise_for_status()
            vendors.delete("/calls").raise_for_status()
            quoted(number + 1)
            calls = vendors.get("/calls", params={"vendor": "shopify"}).json()["recent"]
            assert 200 in [call["status"] for call in calls if call["operation"] == "TOKEN"]
        finally:
            vendors.delete("/credentials").raise_for_status()
            vendors.delete("/shopify/tokens").raise_for_status()
            say("it_admin", "DELETE", f"/credentials/{NAME}")
    assert {part.name: part.pid for part in installation.stack.status()} == {
        name: part.pid for name, part in parts.items()
    }
    logs = [path for path in Path(installation.stack.folder).rglob("*.log") if path.is_file()]
    assert logs
    assert not [path.name for path in logs if SECRET in path.read_text(errors="replace")]
