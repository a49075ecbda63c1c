"""Shopify's global ids and our opaque ones, both ways side by side."""

from __future__ import annotations


def gid(kind: str, ours: str) -> str:
    """'5001' -> 'gid://shopify/Order/5001'; what is a global id already stays."""
    return ours if ours.startswith("gid://") else f"gid://shopify/{kind}/{ours}"


def ours(theirs: str) -> str:
    """'gid://shopify/LineItem/70011' -> '70011'."""
    return theirs.rpartition("/")[2]
