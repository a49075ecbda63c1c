"""Identity: who is the same party."""
