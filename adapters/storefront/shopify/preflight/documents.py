"""The documents of the preflight: questions only. A test validates each against the published schema."""

INSTALLATION = """
query Installation {
  currentAppInstallation { accessScopes { handle } }
}
"""

VERSIONS = """
query Versions {
  publicApiVersions { handle supported }
}
"""

SHOP = """
query Shop {
  shop { name myshopifyDomain currencyCode }
}
"""

REASONS = """
query Reasons {
  returnReasonDefinitions(first: 50) { nodes { handle deleted } }
}
"""

# Without isActive and name: those ask for one scope more than returns do.
FIRST_LOCATION = """
query FirstLocation {
  locations(first: 1) { nodes { id } }
}
"""

LOCATION = """
query Location($id: ID!) {
  location(id: $id) { id }
}
"""

ITEMS = """
query Items($location: ID!) {
  inventoryItems(first: 50) { nodes { sku tracked inventoryLevel(locationId: $location) { id } } }
}
"""

SUBSCRIPTIONS = """
query Subscriptions {
  webhookSubscriptions(first: 50, topics: [RETURNS_REQUEST]) { nodes { topic uri } }
}
"""
