"""The sections of the settings: one model per counterpart or concern, each field described as the operator reads it.

A description finishes the sentence "BACKHAUL_X is not set: it is …"; `runtime/complaints.py` says it.
"""

from runtime.sections.audit import Audit
from runtime.sections.credentials import Credentials
from runtime.sections.crm import Crm, Dynamics, Salesforce
from runtime.sections.erp import DEFAULT_ERP, Erp, NetSuite, Tryton
from runtime.sections.keys import Codec, Identity
from runtime.sections.notify import Letterhead, Smtp
from runtime.sections.process import Database, Files, Telemetry, Worker
from runtime.sections.section import LEFT_OUT, Address, Pause, Section, Words, address, words
from runtime.sections.storefront import Shopify
from runtime.sections.webhooks import Webhooks

__all__ = [
    "DEFAULT_ERP",
    "LEFT_OUT",
    "Address",
    "Audit",
    "Codec",
    "Credentials",
    "Crm",
    "Database",
    "Dynamics",
    "Erp",
    "Files",
    "Identity",
    "Letterhead",
    "NetSuite",
    "Pause",
    "Salesforce",
    "Section",
    "Shopify",
    "Smtp",
    "Telemetry",
    "Tryton",
    "Webhooks",
    "Words",
    "Worker",
    "address",
    "words",
]
