"""The people around the CRMs: sales and support, who merge contacts there as its own screens do, and our stewards.

Nothing of it goes through our doors to the CRMs: what they do is somebody else's doing.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from adapters.http import client as trusting
from domain.identity.record import in_crm
from runtime import wiring
from runtime.sections import Dynamics, Salesforce
from runtime.settings import Settings
from store.port import UnknownParty

SALES, SERVICE = "salesforce", "dynamics"
_REST, _SOAP = "data/v67.0", "Soap/u/67.0"
_MERGE = "Microsoft.Dynamics.CRM.contact"


class NotDone(Exception):
    """A CRM did not let somebody do what the story has them do."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Clients of both CRMs that are somebody, and not our application."""

    salesforce: httpx.AsyncClient
    dynamics: httpx.AsyncClient

    async def make_in_salesforce(self, **fields: Any) -> str:
        """A contact; answers its id."""
        answer = await self.salesforce.post(f"{_REST}/sobjects/Contact", json=fields)
        return str(answer.raise_for_status().json()["id"])

    async def merge_in_salesforce(self, kept: str, loser: str) -> None:
        """The platform merges over SOAP only. `kept` and `loser` are contacts."""
        token = self.salesforce.headers["Authorization"].removeprefix("Bearer ")
        envelope = f"""<?xml version="1.0" encoding="UTF-8"?>
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com"
                        xmlns:o="urn:sobject.partner.soap.sforce.com">
              <e:Header><p:SessionHeader><p:sessionId>{token}</p:sessionId></p:SessionHeader></e:Header>
              <e:Body><p:merge><p:request>
                <p:masterRecord><o:type>Contact</o:type><o:Id>{kept}</o:Id></p:masterRecord>
                <p:recordToMergeIds>{loser}</p:recordToMergeIds>
              </p:request></p:merge></e:Body>
            </e:Envelope>"""
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        answer = await self.salesforce.post(_SOAP, content=envelope.encode(), headers=headers)
        if answer.status_code != 200 or "<success>true</success>" not in answer.text:
            raise NotDone(f"Salesforce did not merge the contacts: {answer.text[:300]}")

    async def make_in_dynamics(self, **columns: Any) -> str:
        """A contact; answers its id."""
        answer = (await self.dynamics.post("contacts", json=columns)).raise_for_status()
        return str(answer.headers["OData-EntityId"]).rpartition("(")[2].rstrip(")")

    async def merge_in_dynamics(self, kept: str, loser: str) -> None:
        parties = {
            name: {"@odata.type": _MERGE, "contactid": contact}
            for name, contact in (("Target", kept), ("Subordinate", loser))
        }
        (await self.dynamics.post("Merge", json={**parties, "PerformParentingChecks": False})).raise_for_status()


@dataclass(frozen=True, slots=True)
class Office:
    """Nobody is signed in before they are needed."""

    settings: Settings

    @asynccontextmanager
    async def staff(self) -> AsyncIterator[Staff]:
        """Of the installation's orgs `salesforce` and `dynamics`."""
        sales, service = self.settings.crm[SALES], self.settings.crm[SERVICE]
        assert isinstance(sales, Salesforce)
        assert isinstance(service, Dynamics)
        ca = str(self.settings.files.ca) if self.settings.files.ca else None
        async with (
            trusting(ca, f"{sales.url}/services/") as one,
            trusting(ca, f"{service.url}/api/data/v9.2/") as other,
        ):
            await _sign_in_to_salesforce(one, sales)
            await _sign_in_to_dynamics(other, service)
            yield Staff(one, other)

    async def heard(self, org: str, loser: str) -> bool:
        """Whether our cross-reference says that a contact was merged into another."""
        ref = in_crm(org, "contact", loser)
        async with wiring.deciding(self.settings) as desk:
            try:
                _, linked, _ = await desk.links(ref, "", "")
            except UnknownParty:
                return False
        return any(one.ref == ref and one.state == "merged" for one in linked)


async def _sign_in_to_salesforce(http: httpx.AsyncClient, given: Salesforce) -> None:
    assert given.private_key_file is not None
    claims = {"iss": given.client_id, "sub": given.username, "aud": given.url, "exp": int(time.time()) + 120}
    proof = jwt.encode(claims, given.private_key_file.read_text(), "RS256")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": proof}
    token = (await http.post("oauth2/token", data=grant)).raise_for_status().json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"


async def _sign_in_to_dynamics(http: httpx.AsyncClient, given: Dynamics) -> None:
    """As the application, for somebody who has a seat there."""
    place = f"{given.authority}/{given.tenant}/oauth2/v2.0/token"
    secret = given.client_secret.get_secret_value()
    wish = {"grant_type": "client_credentials", "client_id": given.client_id, "client_secret": secret}
    told = (await http.post(place, data={**wish, "scope": f"{given.url}/.default"})).raise_for_status()
    http.headers["Authorization"] = f"Bearer {told.json()['access_token']}"
    users = (await http.get("systemusers?$filter=applicationid eq null")).raise_for_status().json()["value"]
    http.headers["CallerObjectId"] = users[0]["azureactivedirectoryobjectid"]
