"""What a Salesforce org must have to show returns, looked at without changing anything."""

from adapters.crm.salesforce.preflight.checks import SalesforcePreflight

__all__ = ["SalesforcePreflight"]
