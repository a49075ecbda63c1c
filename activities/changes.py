"""What becomes of a request for a change: judged by today's rules, and the ruling recorded in the history."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.errors import speaks_temporal
from domain.change_request import ChangeRequest
from domain.change_rules import Ruling, Situation, judge


@dataclass(frozen=True, slots=True)
class Judge:
    request: ChangeRequest
    situation: Situation


class ChangeActivities:
    @activity.defn
    @speaks_temporal
    async def judge(self, ask: Judge) -> Ruling:
        return judge(ask.request, ask.situation)
