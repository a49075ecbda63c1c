"""Shopify behind the storefront's door."""

from adapters.storefront.shopify.client import ShopifySettings
from adapters.storefront.shopify.door import ShopifyStorefront
from adapters.storefront.shopify.webhook import signed_by

__all__ = ["ShopifySettings", "ShopifyStorefront", "signed_by"]
