"""What is changed in a Salesforce org: told by its event bus, and by polling while that cannot be had."""

from __future__ import annotations

from adapters.crm.salesforce.feed.feed import SalesforceFeed, topic
from adapters.crm.salesforce.feed.patience import Patience

__all__ = ["Patience", "SalesforceFeed", "topic"]
