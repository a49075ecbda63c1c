"""Drives a NetSuite account with PyPI's `netsuite` client, in its own environment, and prints what it saw as JSON.

Reads {"url", "account", "consumer_key", "consumer_secret", "token_id", "token_secret", "invoice"} from standard input.
The certificate authority to trust comes by SSL_CERT_FILE.
"""

import asyncio
import json
import sys
from typing import Any

from netsuite import Config
from netsuite.config import TokenAuth
from netsuite.exceptions import NetsuiteAPIRequestError
from netsuite.rest_api import NetSuiteRestApi
from netsuite.restlet import NetSuiteRestlet

FORM = {"Accept": "application/vnd.oracle.resource+json; type=create-form"}


class Api(NetSuiteRestApi):
    base = ""

    def _make_url(self, subpath: str) -> str:
        return f"{self.base}/services/rest{subpath}"


class Restlet(NetSuiteRestlet):
    base = ""

    def _make_url(self, subpath: str) -> str:
        return f"{self.base}/app/site/hosting/restlet.nl{subpath}"


async def drive(given: dict[str, str]) -> dict[str, Any]:
    Api.base = Restlet.base = given["url"]
    names = ("consumer_key", "consumer_secret", "token_id", "token_secret")
    keys = {name: given[name] for name in names}
    config = Config(account=given["account"], auth=TokenAuth(**keys))
    api, seen, invoice = Api(config), {}, given["invoice"]

    seen["rows"] = await api.suiteql("SELECT id, itemid FROM item ORDER BY id", limit=1)
    seen["bound"] = await api.suiteql("SELECT id FROM transaction WHERE id = ?", json={"params": [invoice]})
    seen["invoice"] = await api.get(f"/record/v1/invoice/{invoice}", params={"expandSubResources": "true"})
    made = await api.request("POST", "/record/v1/customer", json={"externalId": "py-1", "companyName": "Py & Söhne"})
    seen["made"] = [made.status_code, made.headers["location"]]
    seen["put"] = await api.put("/record/v1/customer/eid:py-1", json={"email": "py@example.test"})
    seen["patched"] = await api.patch("/record/v1/customer/eid:py-1", json={"phone": "1"})
    seen["customer"] = await api.get("/record/v1/customer/eid:py-1", params={"fields": "email,phone,companyName"})
    seen["found"] = await api.get("/record/v1/customer", params={"q": 'companyName START_WITH "Py &"'})
    seen["deleted"] = await api.delete("/record/v1/customer/eid:py-1")

    transform = f"/record/v1/invoice/{invoice}/!transform/returnAuthorization"
    line = {"externalId": "py-rma", "item": {"items": [{"orderLine": 1, "quantity": 1}]}}
    seen["form"] = await api.post(transform, json=line, headers=FORM, params={"replace": "item"})
    done = await api.request("POST", transform, json=line, params={"replace": "item"})
    seen["transformed"] = [done.status_code, done.headers["location"]]
    seen["schema"] = await api.jsonschema("returnAuthorization")
    seen["openapi"] = await api.openapi(["returnAuthorization", "customer"])
    # token_info() cannot be sent elsewhere than to the vendor; this is the request it makes.
    seen["token"] = await api._request("GET", "", url=f"{given['url']}/rest/tokeninfo")

    restlet = Restlet(config)
    seen["restlet_record"] = await restlet.get(
        1, params={"recordtype": "invoice", "id": invoice, "script": 1, "deploy": 1}
    )
    seen["restlet_rows"] = await restlet.post(1, json={"query": "SELECT id FROM currency WHERE symbol = 'EUR'"})

    seen["refused"] = await refused(api.get("/record/v1/customer/999999999"))
    seen["misspelt"] = await refused(api.post("/record/v1/customer", json={"companyName": "x", "colour": "blue"}))
    stranger = Api(Config(account=given["account"], auth=TokenAuth(**{**keys, "consumer_secret": "wrong"})))
    seen["stranger"] = await refused(stranger.get(f"/record/v1/invoice/{invoice}"))
    return seen


async def refused(asked: Any) -> list[Any]:
    try:
        await asked
    except NetsuiteAPIRequestError as error:
        return [error.status_code, json.loads(error.response_text)]
    raise AssertionError("this should have been refused")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(drive(json.load(sys.stdin)))))
