"""Tryton behind the ERP's door, over its JSON-RPC. Importing it does nothing."""

from adapters.erp.tryton.door import Tryton
from adapters.erp.tryton.settings import Names, TrytonSettings

__all__ = ["Names", "Tryton", "TrytonSettings"]
