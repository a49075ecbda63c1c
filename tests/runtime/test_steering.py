"""A backfill asked for with one key is begun once, and one that could not be begun may be asked for again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from activities.crm_backfill import Whole
from domain.errors import KeyReused, WrongStage
from runtime.message_keys import MessageKeys
from runtime.one_per_org import mark_of
from runtime.refusals import RetryLater
from runtime.steering import Steering
from tests.doubles.stores import MemorySaid
from workflows.crm_backfill import Fill

ASK = Fill(Whole("main"))


@dataclass
class Engine:
    """As Backfilling, with what it is asked to begin; `away` so many calls get no answer, and begin none, or do."""

    begun: list[str] = field(default_factory=list)
    away: int = 0
    begins_all_the_same: bool = False

    async def asked_for(self, org: str, mark: str) -> bool:
        return self.begun[-1:] == [mark]

    async def start(self, ask: Fill, by: str, mark: str) -> None:
        if self.away:
            self.away -= 1
            if self.begins_all_the_same:
                self.begun.append(mark)
            raise RetryLater("the engine did not answer")
        self.begun.append(mark)


def steering(engine: Engine) -> Steering:
    return Steering(cast("Any", engine), cast("Any", None), MessageKeys(MemorySaid()))


@pytest.mark.parametrize("begins", [False, True])
async def test_what_got_no_answer_is_asked_for_again_with_the_same_key(begins: bool) -> None:
    engine = Engine(away=1, begins_all_the_same=begins)
    desk = steering(engine)
    with pytest.raises(RetryLater):
        await desk.fill(ASK, "it", "k1")
    await desk.fill(ASK, "it", "k1")
    await desk.fill(ASK, "it", "k1")
    assert engine.begun == [mark_of("it", "k1")]


async def test_a_key_begins_none_when_another_one_came_since() -> None:
    engine = Engine()
    desk = steering(engine)
    await desk.fill(ASK, "it", "k1")
    with pytest.raises(KeyReused):
        await desk.fill(Fill(Whole("main"), most=5), "it", "k1")
    await desk.fill(ASK, "somebody else", "k1")
    with pytest.raises(WrongStage, match="new key"):
        await desk.fill(ASK, "it", "k1")
    assert engine.begun == [mark_of("it", "k1"), mark_of("somebody else", "k1")]
