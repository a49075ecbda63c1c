"""Task queues by counterpart, so that each has its own concurrency and rate (worker.py --queues)."""

RETURNS = "returns"
ERP = "erp"
STOREFRONT = "storefront"
HUB = "hub"
WEBHOOKS = "webhooks"


def crm(org: str) -> str:
    return f"crm-{org}"
