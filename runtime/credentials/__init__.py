"""Vendors' credentials: kept sealed, written by people, followed by every process that signs in with them."""
