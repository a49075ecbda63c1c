"""What any front door may be answered instead of what it asked: there is no such return, not you, not now."""

from __future__ import annotations

from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.errors import BadInput, Forbidden, Refusal, WrongStage
from workflows.answers import UNDOING


class NotFound(Refusal):
    code = "not_found"


def unknown(return_id: str) -> NotFound:
    """One sentence, whether it is not there or is none of the asker's business."""
    return NotFound(f"there is no return {return_id}; a search shows those there are")


class Over(WrongStage):
    """The engine has no such return running: it ended, and takes no messages for ever."""


class Undoing(WrongStage):
    """It is being withdrawn, refused or given up, and takes nothing until that is done."""


class RetryLater(Exception):
    """The engine did not answer; nothing is lost, the same call may be made again."""


def refusal(error: WorkflowUpdateFailedError) -> Refusal:
    """The workflow's no as the domain's."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == BadInput.code:
        field, _, sentence = str(cause.message).partition(": ")
        return BadInput(field, sentence)
    if isinstance(cause, ApplicationError) and cause.type == Forbidden.code:
        return Forbidden(str(cause.message))
    if isinstance(cause, ApplicationError) and cause.type == UNDOING:
        return Undoing(str(cause.message))
    return WrongStage(str(cause.message) if isinstance(cause, ApplicationError) else str(cause))
