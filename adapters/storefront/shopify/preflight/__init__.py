"""What a shop must have for returns, looked at without changing anything."""

from adapters.storefront.shopify.preflight.checks import ShopifyPreflight

__all__ = ["ShopifyPreflight"]
