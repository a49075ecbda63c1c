"""A bare NetSuite client for tests of the sandbox account itself: logs in, sends, answers what came back."""

import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from tests.stack.sandbox import Sandbox

TOKEN = "/services/rest/auth/oauth2/v1/token"
RECORD = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
CREATE_FORM = "application/vnd.oracle.resource+json; type=create-form"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Account:
    sandbox: Sandbox
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        trust = ssl.create_default_context(cafile=str(self.sandbox.ca_file))
        self.http = httpx.Client(base_url=self.sandbox.url("netsuite"), verify=trust, trust_env=False, timeout=20)

    @property
    def known(self) -> dict[str, str]:
        known: dict[str, str] = self.sandbox.credentials["netsuite"]
        return known

    def assertion(self, algorithm: str = "PS256", key: str | None = None, **changes: Any) -> str:
        now = int(time.time())
        kid = changes.pop("kid", self.known["certificate_id"])
        claims = {
            "iss": self.known["client_id"],
            "scope": ["rest_webservices", "restlets"],
            "aud": self.sandbox.url("netsuite") + TOKEN,
            "iat": now,
            "exp": now + 300,
        } | changes
        return jwt.encode(claims, key or self.known["private_key_pem"], algorithm=algorithm, headers={"kid": kid})

    def token(self, assertion: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
        return self.http.post(TOKEN, data=form)

    def login(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {self.token(self.assertion()).json()['access_token']}"

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(f"{RECORD}/{path}", params=query)

    def whole(self, path: str) -> dict[str, Any]:
        answer = self.get(path, expandSubResources="true")
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record

    def transform(self, source: str, target: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        """`form=True` asks for the create-form; `replace=True` keeps only the lines of the body."""
        query = {"replace": "item"} if more.get("replace") else {}
        headers = {"X-NetSuite-PropertyNameValidation": "Error"}
        if more.get("form"):
            query, headers["Accept"] = query | {"expandSubResources": "true"}, CREATE_FORM
        return self.http.post(f"{RECORD}/{source}/!transform/{target}", json=body, params=query, headers=headers)

    def made(self, source: str, target: str, body: dict[str, Any], **more: Any) -> str:
        """The id of what a transform made."""
        answer = self.transform(source, target, body, **more)
        assert answer.status_code == 204, answer.text
        return answer.headers["location"].rsplit("/", 1)[1]

    def ask(self, query: str, *params: str, **paging: int) -> dict[str, Any]:
        answer = self.http.post(
            SUITEQL, json={"q": query, "params": params}, params=paging, headers={"Prefer": "transient"}
        )
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """(status, code, sentence) of a refusal."""
    detail = answer.json()["o:errorDetails"][0]
    return answer.status_code, detail["o:errorCode"], detail["detail"]
