"""People who work in a CRM of the sandbox, in its own ways, and what its books say of returns and customers.

One class per CRM, both in the same words: a record is the id of one that shows a return, a field is one of `Field`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import httpx

from domain.likeness import Value
from tests.adapters.dynamics_feed.case import changed, gone, made, merged, somebody
from tests.sandbox.crm import requests_session, salesforce
from tests.sandbox.test_salesforce_changes import merging, rest, soap, undeleting
from tests.stack.sandbox import Sandbox


class Field(StrEnum):
    """What people edit, and what they look at."""

    REASON = "reason"
    REFUND = "refund"
    CANCEL = "cancel"
    NOTE = "note"
    STAGE = "stage"
    VERSION = "version"
    REQUEST = "request"
    STATUS = "status"
    ANSWER = "answer"


class Kind(StrEnum):
    """What is listened to."""

    RETURN = "return"
    CONTACT = "contact"


SALESFORCE = {
    Field.REASON: "Return_Reason__c", Field.REFUND: "Requested_Refund__c", Field.CANCEL: "Cancellation_Requested__c",
    Field.NOTE: "Note_To_Returns__c", Field.STAGE: "Return_Stage__c", Field.VERSION: "Return_Version__c",
    Field.REQUEST: "Request_Ref__c", Field.STATUS: "Request_Status__c", Field.ANSWER: "Request_Answer__c",
}  # fmt: skip
DYNAMICS = {
    Field.REASON: "bh_reason", Field.REFUND: "bh_requestedrefund", Field.CANCEL: "bh_cancelrequested",
    Field.NOTE: "bh_notetoreturns", Field.STAGE: "bh_stage", Field.VERSION: "bh_version",
    Field.REQUEST: "bh_requestref", Field.STATUS: "bh_requeststatus", Field.ANSWER: "bh_requestanswer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A live record of a return, as the CRM's books have it."""

    record: str
    values: Mapping[Field, Value]
    contact: str | None


class People(Protocol):
    objects: Mapping[Kind, str]
    fields: Mapping[Field, str]

    def edit(self, record: str, **values: Value) -> None: ...

    def delete(self, record: str) -> None: ...

    def undelete(self, record: str) -> bool:
        """False where the CRM has no way back, or another record has the key by now."""
        ...

    def merge_contact(self, loser: str) -> str:
        """Into a contact somebody makes for it; answers that one."""
        ...

    def shown(self, return_id: str) -> list[Shown]: ...

    def contact_of(self, customer: str) -> str:
        """The live contact that has the customer's key."""
        ...

    def survivor(self, contact: str) -> str:
        """The contact this one was merged into, however often; itself when it lives."""
        ...

    def mark(self, kind: Kind) -> str:
        """Change a record that nobody here watches; what is told after it was changed after it. Answers its id."""
        ...

    def everything(self) -> Any:
        """All that could change when somebody writes, but for what `mark` did."""
        ...


class SalesforcePeople:
    """`named`: their program says its name with every change, as the platform's own pages do."""

    objects: Mapping[Kind, str] = {Kind.RETURN: "ReturnOrder", Kind.CONTACT: "Contact"}
    fields: Mapping[Field, str] = SALESFORCE

    def __init__(self, sandbox: Sandbox, sf: Any) -> None:
        self._sandbox, self._sf = sandbox, sf
        self.named = False
        self._marks: dict[Kind, str] = {}
        self._turn = 0

    def edit(self, record: str, **values: Value) -> None:
        body = {SALESFORCE[Field(name)]: value for name, value in values.items()}
        headers = {"Sforce-Call-Options": "client=SomebodysPages"} if self.named else {}
        answer = rest(self._sf, "PATCH", f"sobjects/ReturnOrder/{record}", json=body, headers=headers)
        assert answer.ok, answer.text

    def delete(self, record: str) -> None:
        self._sf.ReturnOrder.delete(record)

    def undelete(self, record: str) -> bool:
        _, results = soap(self._sf, undeleting(record))
        return bool(results[0]["success"] == ["true"])

    def merge_contact(self, loser: str) -> str:
        winner = str(self._sf.Contact.create({"LastName": "Vogel-Kranich"})["id"])
        _, results = soap(self._sf, merging("Contact", winner, loser))
        assert results[0]["success"] == ["true"], results
        return winner

    def shown(self, return_id: str) -> list[Shown]:
        return [
            Shown(row["Id"], {field: row[name] for field, name in SALESFORCE.items()}, row["ContactId"])
            for row in self._sandbox.books("salesforce")["ReturnOrder"]
            if row["Returns_Ref__c"] == return_id and not row["IsDeleted"]
        ]

    def contact_of(self, customer: str) -> str:
        (found,) = [
            row["Id"]
            for row in self._sandbox.books("salesforce")["Contact"]
            if row["Shop_Customer_Ref__c"] == customer and not row["IsDeleted"]
        ]
        return str(found)

    def survivor(self, contact: str) -> str:
        into = {row["Id"]: row["MasterRecordId"] for row in self._sandbox.books("salesforce")["Contact"]}
        while into.get(contact):
            contact = into[contact]
        return contact

    def mark(self, kind: Kind) -> str:
        self._turn += 1
        of = getattr(self._sf, self.objects[kind])
        said = f"Turn {self._turn}"
        body = {"Description": said} if kind is Kind.RETURN else {"LastName": said}
        if kind in self._marks:
            of.update(self._marks[kind], body)
        else:
            self._marks[kind] = str(of.create(body | ({"Status": "Submitted"} if kind is Kind.RETURN else {}))["id"])
        return self._marks[kind]

    def everything(self) -> Any:
        books, marks = self._sandbox.books("salesforce"), self._marks.values()
        kinds = ("ReturnOrder", "ReturnOrderLineItem", "Contact", "Account")
        return {of: [row for row in books[of] if row["Id"] not in marks] for of in kinds}


class DynamicsPeople:
    """They work as another user than our application."""

    objects: Mapping[Kind, str] = {Kind.RETURN: "msdyn_rma", Kind.CONTACT: "contact"}
    fields: Mapping[Field, str] = DYNAMICS

    def __init__(self, sandbox: Sandbox, client: httpx.Client) -> None:
        self._sandbox, self._client = sandbox, client

    def edit(self, record: str, **values: Value) -> None:
        changed(self._client, f"msdyn_rmas({record})", **{DYNAMICS[Field(name)]: one for name, one in values.items()})

    def delete(self, record: str) -> None:
        gone(self._client, f"msdyn_rmas({record})")

    def undelete(self, record: str) -> bool:
        return False

    def merge_contact(self, loser: str) -> str:
        winner = made(self._client, "contacts", lastname="Vogel-Kranich")
        merged(self._client, "contact", loser, winner)
        return winner

    def shown(self, return_id: str) -> list[Shown]:
        return [
            Shown(
                row["msdyn_rmaid"],
                {field: row[name] for field, name in DYNAMICS.items()},
                row["_msdyn_requestedbycontact_value"],
            )
            for row in self._sandbox.books("dynamics")["msdyn_rmas"]
            if row["bh_returnid"] == return_id
        ]

    def contact_of(self, customer: str) -> str:
        (found,) = [
            row["contactid"] for row in self._sandbox.books("dynamics")["contacts"] if row["bh_customerref"] == customer
        ]
        return self.survivor(str(found))

    def survivor(self, contact: str) -> str:
        into = {row["contactid"]: row["_masterid_value"] for row in self._sandbox.books("dynamics")["contacts"]}
        while into.get(contact):
            contact = into[contact]
        return contact

    def mark(self, kind: Kind) -> str:
        """Not needed: whoever looks sees all that was changed before."""
        return ""

    def everything(self) -> Any:
        books = self._sandbox.books("dynamics")
        return {of: books[of] for of in ("msdyn_rmas", "msdyn_rmaproducts", "contacts", "accounts")}


@contextmanager
def salesforce_people(sandbox: Sandbox) -> Iterator[SalesforcePeople]:
    with requests_session(sandbox) as http:
        yield SalesforcePeople(sandbox, salesforce(sandbox, http))


@contextmanager
def dynamics_people(sandbox: Sandbox) -> Iterator[DynamicsPeople]:
    with somebody(sandbox) as client:
        yield DynamicsPeople(sandbox, client)
