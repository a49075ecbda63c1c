"""A person is erased from both CRMs: what is ours there is emptied, once, and what is the CRM's own is named."""

from __future__ import annotations

import pytest

from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.rows import SETS
from adapters.crm.port import Cleared
from adapters.crm.salesforce import SalesforceCrm
from adapters.crm.salesforce.records import OBJECTS
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import projection
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

IN_SALESFORCE = {"return_order": 690101, "case": 690102, "custom": 690103}
IN_DYNAMICS = {"rma": 690111, "case": 690112, "custom": 690113}


def noted(path: str) -> Operation:
    return Operation("PATCH", path, {"bh_notetoreturns": "ask for Anna"}, {"If-Match": "*"})


@pytest.mark.parametrize("profile", list(IN_SALESFORCE))
async def test_in_salesforce_personal_fields_and_our_key_go_and_the_contact_stays(
    sandbox: Sandbox, profile: str
) -> None:
    number = IN_SALESFORCE[profile]
    return_id, other = f"R-{number}-A", f"R-{number}-B"
    # Its customer is somebody the org has to be introduced to.
    bought = order(number)
    sandbox.seed(bought)
    crm = SalesforceCrm(salesforce.settings(sandbox, profile=profile))
    try:
        shown = await crm.publish(projection(return_id, bought, customer_id=f"{number}77"))
        await crm.publish(projection(other, bought, customer_id=f"{number}78", contact_email="else@example.test"))
        assert shown.contact_record is not None
        assert shown.account_record is not None
        first = await crm.clear([return_id], [shown.contact_record], [shown.account_record])
        again = await crm.clear([return_id], [shown.contact_record], [shown.account_record])
    finally:
        await crm.aclose()
    books, of = sandbox.books("salesforce"), OBJECTS[profile]  # type: ignore[index]
    contact = next(row for row in books["Contact"] if row["Id"] == shown.contact_record)
    assert contact["Shop_Customer_Ref__c"] is None
    assert contact["LastName"]
    assert first.left == (f"Contact {shown.contact_record}", f"Account {shown.account_record}")
    assert any(line.startswith(f"Contact {shown.contact_record}: Shop_Customer_Ref__c") for line in first.cleared)
    assert again == Cleared(left=first.left)
    if profile == "case":
        mine, theirs = (next(row for row in books[of] if row["Returns_Ref__c"] == one) for one in (return_id, other))
        assert (mine["SuppliedName"], mine["SuppliedEmail"]) == (None, None)
        assert theirs["SuppliedEmail"] == "else@example.test"


@pytest.mark.parametrize("profile", list(IN_DYNAMICS))
async def test_in_dynamics_notes_and_our_key_go_and_the_contact_stays(sandbox: Sandbox, profile: str) -> None:
    number = IN_DYNAMICS[profile]
    return_id = f"R-{number}-A"
    bought = order(number)
    sandbox.seed(bought)
    crm = DynamicsCrm(dynamics.settings(sandbox, profile=profile))
    try:
        shown = await crm.publish(projection(return_id, bought, customer_id=f"{number}77"))
        assert shown.contact_record is not None
        assert shown.account_record is not None
        path = f"{SETS[profile]}({shown.record})"
        await crm.environment.run("note", [[noted(path)]])
        first = await crm.clear([return_id], [shown.contact_record], [shown.account_record])
        again = await crm.clear([return_id], [shown.contact_record], [shown.account_record])
    finally:
        await crm.aclose()
    record = dynamics.row(sandbox, SETS[profile], bh_returnref=return_id)
    assert record["bh_notetoreturns"] is None
    contact = dynamics.row(sandbox, "contacts", contactid=shown.contact_record)
    assert (contact["bh_customerref"], bool(contact["lastname"])) == (None, True)
    assert set(first.left) == {f"contact {shown.contact_record}", f"account {shown.account_record}"}
    assert len(first.cleared) == 3
    assert again == Cleared(left=first.left)
