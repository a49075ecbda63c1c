"""What is asked of the audit: what was done, whether it is all still so, a copy of it, and what is kept how long."""

from runtime.audit.auditing import Auditing
from runtime.audit.documents import ActView, VerdictView, act_of, verdict_of
from runtime.audit.verdict import Verdict
from runtime.audit.verifying import Finding, Wrong

__all__ = ["ActView", "Auditing", "Finding", "Verdict", "VerdictView", "Wrong", "act_of", "verdict_of"]
