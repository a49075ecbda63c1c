"""What a Dynamics environment must have to show returns, looked at without changing anything."""

from adapters.crm.dynamics.preflight.checks import DynamicsPreflight

__all__ = ["DynamicsPreflight"]
