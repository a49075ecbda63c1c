"""PostgreSQL: rows, timeline, ledger, outbox. `port.py` is the door; everything else is behind it."""
