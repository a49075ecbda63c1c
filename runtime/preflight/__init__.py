"""Asking every counterpart, before the first return, whether one could run with it."""

from runtime.preflight.examination import Line, Part, choose, examine, names, passed
from runtime.preflight.temporal import TemporalPreflight

__all__ = ["Line", "Part", "TemporalPreflight", "choose", "examine", "names", "passed"]
