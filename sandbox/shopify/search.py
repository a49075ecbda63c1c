"""Shopify's search language over plain documents: terms by field, comparisons, AND, OR, NOT and brackets."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Doc = dict[str, Any]
Terms = dict[str, Callable[[Doc], Any]]
Test = Callable[[Doc], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>AND|OR|NOT)\b(?=[\s(]|$)
    |(?P<not>-)?(?:(?P<field>\w+):)?(?P<compare>>=|<=|>|<)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s()]+)))""",
    re.VERBOSE,
)


def matching(docs: Iterable[Doc], query: str | None, terms: Terms, bare: str = "name") -> list[Doc]:
    """The documents a query finds. A term without a field is looked for in `bare`.

    A field that this sandbox cannot search finds nothing: Shopify leaves such a term out and finds too much.
    """
    if not query or not query.strip():
        return list(docs)
    test = _Reader(query, terms, bare).read()
    return [doc for doc in docs if test(doc)]


def exact(query: str | None, field: str) -> str | None:
    """The value of a query that is this one term and nothing else: it can be looked up."""
    found = _TOKEN.fullmatch((query or "").rstrip())
    if found is None or found["field"] != field or found["not"] or found["compare"]:
        return None
    return found["double"] or found["single"] or found["bare"]


class _Reader:
    def __init__(self, query: str, terms: Terms, bare: str) -> None:
        self._found = [one for one in _TOKEN.finditer(query) if one.group().strip()]
        self._terms, self._bare, self._at = terms, bare, 0

    def read(self) -> Test:
        tests = [self._all()]
        while self._word() == "OR":
            self._at += 1
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda doc: any(test(doc) for test in tests)

    def _all(self) -> Test:
        tests: list[Test] = []
        while self._at < len(self._found) and not self._found[self._at]["close"] and self._word() != "OR":
            if self._word() == "AND":
                self._at += 1
            else:
                tests.append(self._one())
        return lambda doc: all(test(doc) for test in tests)

    def _one(self) -> Test:
        found = self._found[self._at]
        self._at += 1
        if found["word"] == "NOT":
            inner = self._one() if self._at < len(self._found) else (lambda _doc: False)
            return lambda doc: not inner(doc)
        if found["open"]:
            inner = self.read()
            self._at += 1
            return inner
        test = self._term(found)
        return (lambda doc: not test(doc)) if found["not"] else test

    def _term(self, found: re.Match[str]) -> Test:
        value = found["double"] or found["single"] or found["bare"] or ""
        of = self._terms.get(found["field"] or self._bare)
        if of is None:
            return lambda _doc: False
        compare = found["compare"]
        return lambda doc: _fits(of(doc), compare, value)

    def _word(self) -> str | None:
        return self._found[self._at]["word"] if self._at < len(self._found) else None


def _fits(held: Any, compare: str | None, wanted: str) -> bool:
    if isinstance(held, list | tuple):
        return any(_fits(one, compare, wanted) for one in held)
    if held is None:
        return False
    if isinstance(held, int):
        number = wanted.rpartition("/")[2]
        if not number.lstrip("-").isdigit():
            return False
        left, right = held, int(number)
        return _ordered(left, compare, right) if compare else left == right
    text, wanted = str(held).casefold(), wanted.casefold()
    if compare:
        return _ordered(text[: len(wanted)] if compare in ("<=", ">") else text, compare, wanted)
    if wanted.endswith("*"):
        return text.startswith(wanted[:-1])
    # A name is found with its sign and without: name:#1001 and name:1001.
    return wanted in (text, text.lstrip("#")) or text == wanted.lstrip("#")


def _ordered(left: Any, compare: str, right: Any) -> bool:
    if compare == ">":
        return bool(left > right)
    if compare == "<":
        return bool(left < right)
    return bool(left >= right) if compare == ">=" else bool(left <= right)
