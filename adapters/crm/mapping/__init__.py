"""Mappings as data: which field of a CRM shows what of a return, who owns it, and what an edit of it means."""

from adapters.crm.mapping.compiled import Compiled, Object
from adapters.crm.mapping.document import Document, document, of_line
from adapters.crm.mapping.errors import BadMapping, Unfit, Unmappable
from adapters.crm.mapping.loading import load, loads, shipped

__all__ = [
    "BadMapping",
    "Compiled",
    "Document",
    "Object",
    "Unfit",
    "Unmappable",
    "document",
    "load",
    "loads",
    "of_line",
    "shipped",
]
