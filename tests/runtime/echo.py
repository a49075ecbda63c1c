"""A small workflow that shows what a history holds: arguments, results, failures, messages, details."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from domain import money


@dataclass(frozen=True)
class Word:
    text: str


LOADED = object()


@activity.defn
async def stumble(word: Word) -> Word:
    if activity.info().attempt == 1:
        raise ApplicationError(f"stumbled over {word.text}", word)
    return word


@workflow.defn
class Echo:
    def __init__(self) -> None:
        self.heard: Word | None = None

    @workflow.run
    async def run(self, word: Word) -> list[Word]:
        workflow.set_current_details(f"waiting for an answer to {word.text}")
        await workflow.wait_condition(lambda: self.heard is not None, timeout=60, timeout_summary=f"for {word.text}")
        assert self.heard is not None
        said = await workflow.execute_activity(
            stumble,
            word,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_attempts=2),
            summary=f"say {word.text}",
        )
        return [said, self.heard]

    @workflow.update
    async def answer(self, word: Word) -> Word:
        if word.text == "":
            raise ApplicationError("nothing was said")
        self.heard = word
        return word


@workflow.defn
class Identity:
    """Are the classes a workflow sees the process's own? Ours must be, the workflow's own module must not."""

    @workflow.run
    async def run(self) -> tuple[int, int]:
        return id(money.Money), id(LOADED)
