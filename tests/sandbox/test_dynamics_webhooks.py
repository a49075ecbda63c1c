"""Webhooks of the pretended Dynamics environment, over real HTTP: what is told, when again, when never."""

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.sandbox.crm import requests_session, web_api
from tests.sandbox.dataverse import Dataverse, dataverse
from tests.stack.sandbox import Sandbox

XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"


@dataclass
class Receiver:
    """Notes what is posted to it; answers the statuses it was given, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    posted: "queue.Queue[tuple[str, dict[str, str], dict[str, Any]]]" = field(default_factory=queue.Queue)

    def next(self) -> tuple[str, dict[str, str], dict[str, Any]]:
        return self.posted.get(timeout=20)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    noted = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = noted.statuses.pop(0) if noted.statuses else 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            noted.posted.put((self.path, {name.lower(): value for name, value in self.headers.items()}, body))

        def log_message(self, *parts: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield noted
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    sandbox.heal()
    with requests_session(sandbox) as session, web_api(sandbox, session) as client:
        yield client
    sandbox.control.delete("/dynamics/webhooks").raise_for_status()


def register(sandbox: Sandbox, **wish: Any) -> None:
    answer = sandbox.control.post("/dynamics/webhooks", json=wish)
    assert answer.status_code == 201, answer.text


def target(context: dict[str, Any]) -> dict[str, Any]:
    (parameter,) = context["InputParameters"]
    assert parameter["key"] == "Target"
    return {each["key"]: each["value"] for each in parameter["value"]["Attributes"]}


def test_each_event_is_told_as_a_remote_execution_context(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    auth = {"kind": "HttpHeader", "values": {"x-secret": "s"}}
    register(sandbox, url=receiver.url, table="account", messages=["Create", "Update", "Delete"], auth=auth)
    place = api.post("accounts?tag=ours", json={"name": "Hook"}).headers["OData-EntityId"]
    path, headers, made = receiver.next()

    assert path == "/hook"
    assert headers["x-secret"] == "s"
    assert (headers["x-ms-dynamics-entity-name"], headers["x-ms-dynamics-request-name"]) == ("account", "Create")
    assert headers["x-ms-correlation-request-id"] == made["CorrelationId"]
    assert (made["MessageName"], made["Stage"], made["Mode"], made["Depth"]) == ("Create", 40, 1, 1)
    assert made["PrimaryEntityId"] == place.rpartition("(")[2].rstrip(")")
    assert made["InitiatingUserId"] == api.get("WhoAmI").json()["UserId"]
    assert made["SharedVariables"] == [{"key": "tag", "value": "ours"}]
    assert target(made)["name"] == "Hook"
    assert target(made)["statecode"] == {"__type": f"OptionSetValue:{XRM}", "Value": 0}
    assert target(made)["createdon"].startswith("/Date(")

    api.patch(place, json={"accountnumber": "1"}).raise_for_status()
    _, _, changed = receiver.next()
    assert set(target(changed)) == {"accountid", "accountnumber"}
    before = {each["key"]: each["value"] for each in changed["PreEntityImages"][0]["value"]["Attributes"]}
    assert "accountnumber" not in before
    api.delete(place).raise_for_status()
    _, _, gone = receiver.next()
    assert gone["InputParameters"][0]["value"]["__type"] == f"EntityReference:{XRM}"


def test_a_step_hears_only_its_table_its_messages_and_its_columns(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    key = {"kind": "WebhookKey", "value": "k"}
    register(sandbox, url=receiver.url, table="account", messages=["Update"], attributes=["name"], auth=key)
    place = api.post("accounts", json={"name": "Hook"}).headers["OData-EntityId"]
    api.post("contacts", json={"lastname": "Hook"}).raise_for_status()
    api.patch(place, json={"accountnumber": "1"}).raise_for_status()
    silent = {"MSCRM.BypassBusinessLogicExecution": "CustomSync,CustomAsync"}
    api.patch(place, json={"name": "Not told"}, headers=silent).raise_for_status()
    assert api.patch(place, json={"name": "Undone", "nope": 1}).status_code == 400
    api.patch(place, json={"name": "Told"}).raise_for_status()

    path, _, context = receiver.next()
    assert path == "/hook?code=k"
    assert target(context)["name"] == "Told"
    assert receiver.posted.empty()


def test_only_a_gateways_failure_is_tried_once_more(api: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    register(sandbox, url=receiver.url, table="account", messages=["Create"])
    receiver.statuses += [503, 200, 500, 502, 504]
    for name in ("Twice", "Lost", "Lost twice", "Last"):
        api.post("accounts", json={"name": name}).raise_for_status()

    told = [target(receiver.next()[2])["name"] for _ in range(6)]
    assert sorted(told) == ["Last", "Lost", "Lost twice", "Lost twice", "Twice", "Twice"]


def test_what_is_too_long_leaves_out_what_can_grow(tmp_path_factory: pytest.TempPathFactory) -> None:
    place: Dataverse = dataverse(tmp_path_factory.getbasetemp())
    place.control.post("/webhooks", json={"url": "http://127.0.0.1:1/", "table": "new_return"}).raise_for_status()
    key = place.made("new_returns", new_name="Row", bh_lines="\u20ac" * 20000)
    place.api.patch(f"new_returns({key})", json={"bh_lines": "\u00a3" * 20000}).raise_for_status()
    short, long = place.control.get("/webhooks").json()["deliveries"]

    assert "InputParameters" in json.loads(short["body"])
    assert "x-ms-dynamics-msg-size-exceeded" not in short["headers"]
    assert long["headers"]["x-ms-dynamics-msg-size-exceeded"] == "true"
    kept = json.loads(long["body"])
    assert kept["PrimaryEntityName"] == "new_return"
    assert not {"InputParameters", "PreEntityImages", "PostEntityImages", "ParentContext"} & set(kept)


def test_what_is_registered_stands_among_the_service_endpoints_without_its_keys(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = dataverse(tmp_path_factory.getbasetemp())
    auth = {"kind": "WebhookKey", "value": "the-secret"}
    place.control.post("/webhooks", json={"url": "https://hook.example/x", "auth": auth}).raise_for_status()

    (row,) = place.rows("serviceendpoints?$filter=contract eq 8&$select=name,authtype,url")
    assert (row["url"], row["authtype"]) == ("https://hook.example/x", 4)
    assert "the-secret" not in str(place.rows("serviceendpoints"))
    place.control.delete("/webhooks").raise_for_status()
    assert place.rows("serviceendpoints") == []


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"url": "ftp://x"},
        {"url": "http://x", "messages": ["Assign"]},
        {"url": "http://x", "auth": {"kind": "Hmac"}},
    ],
)
def test_a_registration_that_cannot_be_used_is_refused(
    tmp_path_factory: pytest.TempPathFactory, wish: dict[str, Any]
) -> None:
    place = dataverse(tmp_path_factory.getbasetemp())
    assert place.control.post("/webhooks", json=wish).status_code == 400
    assert place.control.get("/webhooks").json()["steps"] == []
