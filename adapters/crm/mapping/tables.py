"""A table of a mapping file: our words and the CRM's values, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.crm.mapping.errors import Unfit
from adapters.crm.mapping.steps import is_empty
from adapters.crm.mapping.steps.texts import text

_CODE = re.compile(r"[a-z_]{1,40}")


class Lookup:
    def __init__(self, name: str, values: Mapping[str, Any], otherwise: Any) -> None:
        self.name, self.values, self.otherwise = name, values, otherwise
        self._words: dict[str, str] = {}
        for word, value in values.items():
            # Several words of ours may stand for one value: the first is what it means when it is told back.
            self._words.setdefault(text(value), word)

    @property
    def outputs(self) -> tuple[Any, ...]:
        every = [*self.values.values(), *([] if self.otherwise is None else [self.otherwise])]
        return tuple(dict.fromkeys(every))

    def there(self, value: Any) -> Any:
        if is_empty(value):
            return self.otherwise
        word = text(value)
        found = self.values.get(word, self.otherwise)
        if found is None:
            # Our own codes may be named; anything else could be somebody's words.
            shown = word if _CODE.fullmatch(word) else "a word"
            raise Unfit(f"table {self.name} has no value for {shown}: add it, or give the table an `otherwise`")
        return found

    def back(self, value: Any) -> str:
        found = self._words.get(text(value))
        if found is None:
            raise Unfit(f"table {self.name} has no word for this value of the CRM: add it")
        return found
