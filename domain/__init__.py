"""The ground floor: what a return is, in the trade's own words. Standard library only; no clock, no chance, no I/O."""
