"""Ways into the sandbox's CRMs for tests: simple-salesforce, msal, and a plain client of the Web API."""

import ssl
from typing import Any

import httpx
import msal
import requests
from simple_salesforce.api import Salesforce

from tests.stack.sandbox import Sandbox


def requests_session(sandbox: Sandbox) -> requests.Session:
    http = requests.Session()
    http.verify, http.trust_env = str(sandbox.ca_file), False
    return http


def salesforce(sandbox: Sandbox, http: requests.Session, version: str = "67.0") -> Any:
    """Signed in by certificate, as a JWT bearer. Any, because the library's objects are found by name at run time."""
    known = sandbox.credentials["salesforce"]
    return Salesforce(
        username=known["username"],
        consumer_key=known["consumer_key"],
        privatekey=known["private_key_pem"],
        domain="login",
        instance_url=f"localhost:{sandbox.ports['salesforce']}/services/oauth2/token#",
        session=http,
        version=version,
    )


def identity(sandbox: Sandbox, http: requests.Session, secret: str = "") -> msal.ConfidentialClientApplication:
    known = sandbox.credentials["dynamics"]
    return msal.ConfidentialClientApplication(
        known["client_id"],
        client_credential=secret or known["client_secret"],
        authority=f"{sandbox.url('dynamics')}/{known['tenant']}",
        instance_discovery=False,
        http_client=http,
    )


def web_api(sandbox: Sandbox, http: requests.Session) -> httpx.Client:
    """A client of the Web API that sends, as many do, the literal `If-None-Match: null`."""
    token = identity(sandbox, http).acquire_token_for_client([f"{sandbox.url('dynamics')}/.default"])["access_token"]
    return httpx.Client(
        base_url=f"{sandbox.url('dynamics')}/api/data/v9.2/",
        headers={"Authorization": f"Bearer {token}", "If-None-Match": "null"},
        verify=ssl.create_default_context(cafile=str(sandbox.ca_file)),
        trust_env=False,
    )
