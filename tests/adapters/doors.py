"""Each vendor's client before a scripted server: how it signs in, one read, one write, and the good answers."""

from __future__ import annotations

import functools
import json
from abc import ABC, abstractmethod
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.crm.dynamics.environment import Environment
from adapters.crm.dynamics.environment import Lookup as Rows
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.salesforce.org import Lookup, Org
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.erp.netsuite.client import NetSuiteClient
from adapters.erp.netsuite.settings import Certificate, NetSuiteSettings
from adapters.storefront.shopify.client import GraphQL, ShopifySettings
from tests.adapters.scripted import Answers, Asked, Reply, Scripted

SECRET = "the-secret-of-our-app-4711"
READ = "query { shop { name } }"
WRITE = "mutation { returnProcess { return { status } userErrors { message } } }"


@functools.cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


class Door(ABC):
    """`read` may be repeated; so may `write`, where the vendor keeps our key (both CRMs)."""

    name: str
    token_path: str
    keyed: bool = False

    def __init__(self, server: Scripted) -> None:
        self.server = server

    @abstractmethod
    async def read(self) -> Any: ...

    @abstractmethod
    async def write(self) -> Any: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def good(self, asked: Asked) -> Reply:
        """The vendor's answer to the read or the write."""

    def token(self, text: str, seconds: float = 3600) -> Reply:
        """A sign-in that went well."""
        return Reply(200, {"access_token": text, "expires_in": seconds, "token_type": "Bearer"})

    def expired(self) -> Reply:
        """A call with a token that is no longer good."""
        return Reply(401, {"error": "invalid token"})

    def signing_in(self, asked: Asked) -> bool:
        return self.token_path in asked.path

    def bearer(self, asked: Asked) -> str:
        return asked.headers.get("authorization", "").removeprefix("Bearer ")

    def signed_in(self, answers: Answers, text: str = "token-1") -> Answers:
        """The same answers behind a sign-in that goes well."""
        return lambda asked: self.token(text) if self.signing_in(asked) else answers(asked)


class Shopify(Door):
    name, token_path = "shopify", "/admin/oauth/access_token"

    def __init__(self, server: Scripted) -> None:
        super().__init__(server)
        self.client = GraphQL(ShopifySettings(server.url, "the-id-of-our-app", SECRET, ca_file=server.ca_file))

    async def read(self) -> Any:
        return await self.client.read("shop", READ)

    async def write(self) -> Any:
        return await self.client.write("returnProcess", WRITE)

    async def close(self) -> None:
        await self.client.close()

    def good(self, asked: Asked) -> Reply:
        done = {"shop": {"name": "x"}, "returnProcess": {"return": {"status": "OPEN"}, "userErrors": []}}
        return Reply(200, {"data": done})

    def expired(self) -> Reply:
        return Reply(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})

    def bearer(self, asked: Asked) -> str:
        return asked.headers.get("x-shopify-access-token", "")


class NetSuite(Door):
    name, token_path = "netsuite", "/auth/oauth2/v1/token"

    def __init__(self, server: Scripted) -> None:
        super().__init__(server)
        login = Certificate("the-id-of-our-app", "the-id-of-our-certificate", private_key())
        self.client = NetSuiteClient(NetSuiteSettings("T1", server.url, login, server.ca_file, concurrency=100))

    async def read(self) -> Any:
        return await self.client.get("invoice", "7")

    async def write(self) -> Any:
        return await self.client.create("creditMemo", {"externalId": "credit:R-1"})

    async def close(self) -> None:
        await self.client.close()

    def good(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(200, {"id": "7"})
        return Reply(204, headers={"location": f"{self.server.url}/services/rest/record/v1/creditMemo/8"})

    def expired(self) -> Reply:
        return netsuite_error(401, "INVALID_LOGIN", "Invalid login attempt.")


class Salesforce(Door):
    name, token_path, keyed = "salesforce", "/services/oauth2/token", True

    def __init__(self, server: Scripted) -> None:
        super().__init__(server)
        mine = SalesforceSettings(
            url=server.url, client_id="the-id-of-our-app", client_secret=SECRET, ca_file=server.ca_file
        )
        self.client = Org(mine)

    async def read(self) -> Any:
        return await self.client.read([Lookup("Contact", "Shop_Customer_Ref__c", ["7"])])

    async def write(self) -> Any:
        return await self.client.upsert("ReturnOrder", "Returns_Ref__c", [{"Returns_Ref__c": "R-1"}])

    async def close(self) -> None:
        await self.client.aclose()

    def good(self, asked: Asked) -> Reply:
        if asked.path.endswith("/composite"):
            entry = {"httpStatusCode": 200, "referenceId": "part0", "body": {"done": True, "records": []}}
            return Reply(200, {"compositeResponse": [entry]})
        return Reply(200, [{"id": "0M0000000000001AAA", "success": True, "created": True, "errors": []}])

    def token(self, text: str, seconds: float = 3600) -> Reply:
        return Reply(200, {"access_token": text, "instance_url": self.server.url, "token_type": "Bearer"})

    def expired(self) -> Reply:
        return Reply(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


class Dynamics(Door):
    name, token_path, keyed = "dynamics", "/oauth2/v2.0/token", True

    def __init__(self, server: Scripted) -> None:
        super().__init__(server)
        mine = DynamicsSettings(
            url=server.url, tenant="the-tenant", client_id="the-id-of-our-app", client_secret=SECRET,
            authority=server.url, ca_file=server.ca_file,
        )  # fmt: skip
        self.client = Environment(mine)

    async def read(self) -> Any:
        return await self.client.read([Rows("accounts", ("accountid",))])

    async def write(self) -> Any:
        return await self.client.run("publish", [[Operation("PATCH", "msdyn_rmas(bh_returnref='R-1')", {"x": 1})]])

    async def close(self) -> None:
        await self.client.aclose()

    def good(self, asked: Asked) -> Reply:
        return batch(200, {"value": []})

    def signed_in(self, answers: Answers, text: str = "token-1") -> Answers:
        inner = super().signed_in(answers, text)
        return lambda asked: self.discovery() if "openid-configuration" in asked.path else inner(asked)

    def discovery(self) -> Reply:
        place = f"{self.server.url}/the-tenant"
        document = {"issuer": f"{place}/v2.0", "authorization_endpoint": f"{place}/oauth2/v2.0/authorize"}
        return Reply(200, document | {"token_endpoint": f"{place}/oauth2/v2.0/token"})


def netsuite_error(status: int, code: str, detail: str) -> Reply:
    body = {"type": "about:blank", "title": "x", "status": status}
    return Reply(status, body | {"o:errorDetails": [{"detail": detail, "o:errorCode": code}]})


def batch(status: int, body: Any) -> Reply:
    """A Dataverse batch of one part."""
    part = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}"
    text = f"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{part}\r\n--b--\r\n"
    return Reply(200, text, {"content-type": "multipart/mixed; boundary=b"})


DOORS: tuple[type[Door], ...] = (Shopify, NetSuite, Salesforce, Dynamics)
