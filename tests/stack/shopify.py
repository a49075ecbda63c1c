"""A bare GraphQL client for tests of the shop itself; the project's own adapter is not used here."""

from typing import Any, Self

import httpx

from tests.stack.sandbox import Sandbox, trust


class Shop:
    def __init__(self, sandbox: Sandbox, version: str = "2026-07") -> None:
        self._known = sandbox.credentials["shopify"]
        self._version = version
        self.http = httpx.Client(
            base_url=sandbox.url("shopify"), verify=trust(sandbox.ca_file), trust_env=False, timeout=20
        )
        self.token = self.fetch_token()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def fetch_token(self) -> str:
        form = {"grant_type": "client_credentials"} | {key: self._known[key] for key in ("client_id", "client_secret")}
        answer = self.http.post("/admin/oauth/access_token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def post(self, query: str, /, **variables: Any) -> httpx.Response:
        return self.http.post(
            f"/admin/api/{self._version}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.token},
        )

    def ask(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        answer = self.post(query, **variables)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        document = self.ask(query, **variables)
        assert "errors" not in document, document["errors"]
        data: dict[str, Any] = document["data"]
        return data

    def do(self, mutation: str, /, **variables: Any) -> dict[str, Any]:
        """The payload of a one-field mutation."""
        payload: dict[str, Any] = next(iter(self.data(mutation, **variables).values()))
        return payload
