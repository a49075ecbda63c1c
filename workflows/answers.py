"""What a handler may answer when it does not do as asked: one clear sentence, never an error that wedges the return."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.errors import Refusal

from workflows.case import Case

# Whatever its stage says, it takes nothing any more.
UNDOING = "undoing"


def refused(sentence: str, code: str = "wrong_stage") -> ApplicationError:
    """A handler's no, as the caller will see it."""
    return ApplicationError(sentence, type=code, non_retryable=True)


def translated(error: Exception) -> ApplicationError:
    """Any error of a handler as one that fails only its message. Everything else would fail the workflow task, and be
    tried again for ever, while nobody else is heard."""
    if isinstance(error, Refusal):
        return refused(str(error), error.code)
    return refused(f"this message cannot be taken ({type(error).__name__}); tell it_admin", "internal")


def check_open(case: Case) -> None:
    """Between a withdrawal, refusal or expiry and its end, nothing more is taken: it would be lost in the undoing."""
    if case.leaving or case.undoing:
        raise refused(f"the return is being undone ({case.snap.stage}); nothing more is taken", UNDOING)
