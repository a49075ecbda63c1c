"""NetSuite behind the ERP's door, over SuiteTalk REST. Importing it does nothing."""

from adapters.erp.netsuite.door import NetSuite
from adapters.erp.netsuite.settings import AccessToken, Certificate, Names, NetSuiteSettings

__all__ = ["AccessToken", "Certificate", "Names", "NetSuite", "NetSuiteSettings"]
