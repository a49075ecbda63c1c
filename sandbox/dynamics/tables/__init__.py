"""The catalogue of tables the pretended environment knows."""

from __future__ import annotations

from sandbox.dynamics.schema import Table
from sandbox.dynamics.tables.returns import CUSTOM, INCIDENT, RMA, RMA_PRODUCT
from sandbox.dynamics.tables.sales import ACCOUNT, CONTACT, CURRENCY, ORDER, PRICE_LIST, PRODUCT, UNIT

TABLES: tuple[Table, ...] = (
    ACCOUNT,
    CONTACT,
    PRODUCT,
    ORDER,
    CURRENCY,
    PRICE_LIST,
    UNIT,
    INCIDENT,
    RMA,
    RMA_PRODUCT,
    CUSTOM,
)


def find_table(name: str) -> Table | None:
    """By logical name."""
    return next((each for each in TABLES if each.name == name), None)


def find_set(entity_set: str) -> Table | None:
    return next((each for each in TABLES if each.entity_set == entity_set), None)
