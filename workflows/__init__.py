"""The order in which things happen. Workflows ask activities; they never touch a door."""
