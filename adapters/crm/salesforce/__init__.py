"""Salesforce as a CRM: returns as ReturnOrder, Case or Return__c records under their return id."""

from __future__ import annotations

from adapters.crm.salesforce.bulk import SalesforceBulk
from adapters.crm.salesforce.crm import SalesforceCrm
from adapters.crm.salesforce.feed import SalesforceFeed
from adapters.crm.salesforce.settings import SalesforceSettings

__all__ = ["SalesforceBulk", "SalesforceCrm", "SalesforceFeed", "SalesforceSettings"]
