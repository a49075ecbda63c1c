"""Servers from wheels, for one-command use and tests: each runs detached from who started it."""
