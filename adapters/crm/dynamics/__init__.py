"""Dynamics 365 as a CRM: returns as msdyn_rma, incident or new_return rows under their return id."""

from __future__ import annotations

from adapters.crm.dynamics.bulk import DynamicsBulk
from adapters.crm.dynamics.crm import DynamicsCrm
from adapters.crm.dynamics.feed import DynamicsFeed
from adapters.crm.dynamics.settings import DynamicsSettings

__all__ = ["DynamicsBulk", "DynamicsCrm", "DynamicsFeed", "DynamicsSettings"]
