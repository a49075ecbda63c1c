"""The command line behind `starter.py`, one file per group of commands. Every command takes --json."""
