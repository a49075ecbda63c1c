"""Every query and mutation of the schema by name, each behind the access scope it asks for."""

from sandbox.shopify.bulk import Execute
from sandbox.shopify.gids import Resolver
from sandbox.shopify.mutations import mutations
from sandbox.shopify.queries import queries
from sandbox.shopify.scopes import guarded
from sandbox.shopify.shop import Shop


def root(shop: Shop, execute: Execute) -> dict[str, Resolver]:
    """`execute` runs a document: bulk operations need it."""
    found = queries(shop) | mutations(shop, execute)
    return {name: guarded(shop, name, resolve) for name, resolve in found.items()}
