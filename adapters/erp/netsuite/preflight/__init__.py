"""What a NetSuite account must have for returns, looked at without changing anything."""

from adapters.erp.netsuite.preflight.checks import NetSuitePreflight

__all__ = ["NetSuitePreflight"]
