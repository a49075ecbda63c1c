"""The tables the pretended environment begins with."""

from __future__ import annotations

from sandbox.dynamics.schema import Table
from sandbox.dynamics.tables.platform import ENDPOINT, JOB, USER_TABLE
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
    USER_TABLE,
    JOB,
    ENDPOINT,
)
