"""The allow-listed steps between our value and a CRM's: nothing else can be called from a mapping file."""

from adapters.crm.mapping.steps.kinds import Kind
from adapters.crm.mapping.steps.known import KNOWN, Step, Worked, is_empty

__all__ = ["KNOWN", "Kind", "Step", "Worked", "is_empty"]
