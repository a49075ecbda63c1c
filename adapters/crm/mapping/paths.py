"""JMESPath over the document: which value a field takes. Checked when the file is read, not when a return is shown.

No function that reckons is allowed: an amount is passed on, never worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from adapters.crm.mapping.document import WORDS
from adapters.crm.mapping.errors import Unfit
from adapters.crm.mapping.steps import Worked

_LONGEST, _DEEPEST = 300, 12
FUNCTIONS = ("contains", "ends_with", "join", "length", "not_null", "starts_with", "to_string")
# Their other children are looked at from what the first one found.
_FROM_FIRST = (
    "subexpression", "index_expression", "projection", "filter_projection", "value_projection", "flatten", "pipe",
    "slice",
)  # fmt: skip


def path(text: str) -> Worked:
    """The value at `text` of a document. Raises ValueError with what is wrong with the path."""
    if len(text) > _LONGEST:
        raise ValueError(f"a path has at most {_LONGEST} characters")
    try:
        compiled = jmespath.compile(text)
    except RecursionError:
        raise ValueError(f"a path is nested at most {_DEEPEST} levels") from None
    except JMESPathError as error:
        raise ValueError(f"is no JMESPath ({str(error).partition(', for expression')[0]})") from None
    _check(compiled.parsed)
    steps = _plain(compiled.parsed)
    return _walk(steps) if steps else _search(compiled)


def _search(compiled: Any) -> Worked:
    def look(document: Any) -> Any:
        try:
            return compiled.search(document)
        except JMESPathError as error:
            raise Unfit(f"the path cannot be followed ({type(error).__name__})") from None

    return look


def _walk(names: tuple[str, ...]) -> Worked:
    """A path of plain names needs no interpreter: most fields have one, and every publication fills them all."""
    if len(names) == 1:
        [only] = names
        return lambda document: document.get(only)

    def look(document: Any) -> Any:
        for name in names:
            if not isinstance(document, dict):
                return None
            document = document.get(name)
        return document

    return look


def _plain(node: dict[str, Any]) -> tuple[str, ...]:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [_plain(child) for child in node["children"]]
        return tuple(name for part in parts for name in part) if all(parts) else ()
    return ()


def _check(parsed: dict[str, Any]) -> None:
    if _depth(parsed) > _DEEPEST:
        raise ValueError(f"a path is nested at most {_DEEPEST} levels")
    for node in _all(parsed):
        if node["type"] == "function_expression" and node["value"] not in FUNCTIONS:
            raise ValueError(f"the function {node['value']} is not allowed; there are {', '.join(FUNCTIONS)}")
    for names in _roots(parsed):
        if names[0] not in WORDS:
            raise ValueError(f"{names[0]} is not in the document; there are {', '.join(WORDS)}")
        below = WORDS[names[0]]
        if below and len(names) > 1 and names[1] not in below:
            raise ValueError(f"{names[0]}.{names[1]} is not in the document; there are {', '.join(below)}")


def _depth(node: dict[str, Any]) -> int:
    return 1 + max((_depth(child) for child in node.get("children", ()) if isinstance(child, dict)), default=0)


def _all(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _all(child)


def _roots(node: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The names that are looked up in the document itself, with those plainly below them."""
    if names := _plain(node):
        yield names
        return
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    for child in children[:1] if node["type"] in _FROM_FIRST else children:
        yield from _roots(child)
