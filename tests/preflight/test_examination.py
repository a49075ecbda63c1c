"""Examining: checks run in order, what cannot be asked is said, and every counterpart is let go of."""

from collections.abc import Iterable, Sequence

import pytest

from adapters.errors import Permanent, Retryable
from domain.preflight import Check, Finding, State, failed, ok, warning
from runtime.preflight import Line, Part, examine, passed
from store.port import StoreUnavailable


class Counterpart:
    """Its checks answer, or raise, what they are given."""

    def __init__(self, **answers: Finding | Exception) -> None:
        self._answers, self.let_go, self.asked = answers, False, list[str]()
        self.needs: dict[str, tuple[str, ...]] = {}

    def checks(self) -> Sequence[Check]:
        return [Check(name, self._looker(name), f"mend {name}", self.needs.get(name, ())) for name in self._answers]

    async def aclose(self) -> None:
        self.let_go = True

    def _looker(self, name: str):  # type: ignore[no-untyped-def]
        async def look() -> Iterable[Finding]:
            self.asked.append(name)
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return [answer]

        return look


async def of(counterpart: Counterpart) -> list[Line]:
    lines = await examine([Part("erp", "", counterpart)])
    assert counterpart.let_go
    return list(lines)


async def test_a_check_whose_forerunner_failed_is_not_asked() -> None:
    erp = Counterpart(login=failed("login", "refused", "mend it"), fields=ok("fields", "there"), mail=ok("m", "there"))
    erp.needs = {"fields": ("login",)}

    states = {line.check: line.finding.state for line in await of(erp)}

    assert states == {"login": State.FAILED, "fields": State.SKIPPED, "mail": State.OK}
    assert erp.asked == ["login", "mail"]


async def test_what_leans_on_something_not_asked_is_not_asked_either() -> None:
    erp = Counterpart(login=failed("login", "no", "x"), fields=ok("f", "y"), lines=ok("l", "y"))
    erp.needs = {"fields": ("login",), "lines": ("fields",)}

    assert [line.finding.seen for line in await of(erp)][1:] == [
        "not asked: login comes first",
        "not asked: fields comes first",
    ]


async def test_a_warning_keeps_nothing_from_being_asked() -> None:
    erp = Counterpart(login=warning("login", "odd", "look"), fields=ok("fields", "there"))
    erp.needs = {"fields": ("login",)}
    lines = await of(erp)

    assert erp.asked == ["login", "fields"]
    assert passed(lines)


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (Permanent("erp", "read", "you may not"), "mend login"),
        (Retryable("erp", "read", "no connection"), "this machine may reach it"),
        (StoreUnavailable("PostgreSQL did not answer"), "this machine may reach it"),
        (KeyError("items"), "mend login"),
    ],
)
async def test_a_refused_question_is_a_finding_with_its_mend(error: Exception, mend: str) -> None:
    [line] = await of(Counterpart(login=error))

    assert line.finding.state is State.FAILED
    assert mend in line.finding.mend
    assert not passed([line])


async def test_an_answer_of_another_kind_does_not_repeat_what_it_holds() -> None:
    [line] = await of(Counterpart(login=ValueError("secret-word")))

    assert "secret-word" not in line.finding.seen
    assert "ValueError" in line.finding.seen


async def test_every_counterpart_is_examined_and_told_in_its_order() -> None:
    parts = [Part("erp", "", Counterpart(login=ok("a", "a"))), Part("crm", "main", Counterpart(login=ok("b", "b")))]

    assert [(line.vendor, line.name) for line in await examine(parts)] == [("erp", ""), ("crm", "main")]
