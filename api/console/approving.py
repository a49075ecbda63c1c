"""A second person's form, as finance's page and a return's own page send it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from api.console.forms import check_sure, needed
from domain.approval import Word
from runtime import inputs, reading
from security.roles import Principal
from workflows.messages import SecondWord

# What the page says afterwards, by the word that was said.
SAID: Mapping[str, str] = MappingProxyType(
    {Word.APPROVE: "approved", Word.REJECT: "rejected", Word.TAKE_BACK: "taken_back"}
)


def second_word_of(given: dict[str, str], hold_id: str, who: Principal) -> SecondWord:
    """Whoever approves has ticked that they looked at the numbers. Raises BadInput."""
    message: dict[str, Any] = {name: needed(given, name) for name in ("proposal", "decision")}
    message |= {"hold_id": hold_id, "by": who.name, "note": given.get("note", "")}
    said = reading.parsed(inputs.ApprovalInput, message | {"idempotency_key": given.get("key") or None}).message()
    if said.word == Word.APPROVE:
        check_sure(given)
    return said
