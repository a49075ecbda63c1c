"""The CRMs' allowances: calls by org and window, their pace, and the breakers."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from store.tables.metadata import METADATA

# One row per org and window. `spent` by us as reported; `told` is what the org last said that everybody used, when
# `told_spent` of it was known to be ours. `holders` are the calls in workers' hands: {holder: [calls, until]}.
crm_quota = Table(
    "crm_quota",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("began", DateTime(timezone=True), primary_key=True),
    Column("ends", DateTime(timezone=True), nullable=False),
    Column("most", Integer),
    Column("reserve", Integer, nullable=False),
    Column("spent", Integer, nullable=False, server_default="0"),
    Column("told", Integer),
    Column("told_spent", Integer, nullable=False, server_default="0"),
    Column("told_at", DateTime(timezone=True)),
    Column("holders", JSONB, nullable=False, server_default="{}"),
)

# When the next call of anybody may begin, and the next one that is not about live status. `slowed_at` says that the
# org's task queue was slowed and has not been restored.
crm_pace = Table(
    "crm_pace",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("next", DateTime(timezone=True)),
    Column("next_rest", DateTime(timezone=True)),
    Column("slowed_at", DateTime(timezone=True)),
)

# A family is closed while `opened_until` is null. After that moment one probe at a time is let through.
crm_breakers = Table(
    "crm_breakers",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("family", Text, primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("trips", Integer, nullable=False, server_default="0"),
    Column("cause", Text, nullable=False, server_default=""),
    Column("opened_at", DateTime(timezone=True)),
    Column("opened_until", DateTime(timezone=True)),
    Column("probing_until", DateTime(timezone=True)),
    Column("why", Text, nullable=False, server_default=""),
    Column("closed_at", DateTime(timezone=True)),
)
