"""Who is the same party: records of people and organisations compared, weighed, and put into clusters."""
