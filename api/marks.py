"""Names under which one part of an answer leaves word for another, in the request's scope."""

# What is left of the caller's calls (runtime.rates.Left).
RATE = "backhaul.rate"
