"""What is changed in a Dynamics environment: delta links say what, webhooks only when to look."""

from adapters.crm.dynamics.feed.feed import DynamicsFeed

__all__ = ["DynamicsFeed"]
