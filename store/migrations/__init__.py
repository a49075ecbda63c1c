"""The schema's history, oldest first in `versions/`; `store/migrate.py` runs it. A published file is never changed."""
