"""What Backhaul costs: whole returns against a floor that asks the engine for the same and does nothing with it."""
