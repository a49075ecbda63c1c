"""What the CRMs left to people, with the choices there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.documents import parts_of
from runtime.inbound import CHOICES
from store.port import Item


@dataclass(frozen=True, slots=True)
class ItemView(Item):
    """`choices` are the words a resolution takes, and what each means."""

    choices: Mapping[str, str] = field(default_factory=dict)


def view_of(one: Item) -> ItemView:
    return ItemView(**parts_of(one), choices=CHOICES[one.kind])
