"""SOSL and parameterized search: words looked for in the texts of several types, each type answered by a query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.reply import Ask, Reply
from sandbox.salesforce.schema import Field, Record
from sandbox.salesforce.soql import Selection

_MOST = 2000
_SCOPES = ("ALL", "NAME", "EMAIL", "PHONE")
_FIND = re.compile(
    r"\s*FIND\s*\{(?P<words>(?:[^}\\]|\\.)*)\}"
    r"(?:\s+IN\s+(?P<scope>\w+)\s+FIELDS)?"
    r"(?:\s+RETURNING\s+(?P<types>.+?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_TYPE = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<inner>(?:[^()']|'(?:[^'\\]|\\.)*'|\((?:[^()])*\))*)\))?\s*(?:,|$)")
_CLAUSE = re.compile(r"\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One type of a search, as the query that shows what was found."""

    name: str
    fields: str = ""
    rest: str = ""

    @property
    def query(self) -> str:
        return f"SELECT {self.fields or 'Id'} FROM {self.name} {self.rest}"


def answer(records: Records, ask: Ask, version: str, resource: str) -> Reply:
    if resource == "parameterizedSearch" and ask.method in ("GET", "POST"):
        return _parameterized(records, ask, version)
    if resource != "search" or ask.method != "GET":
        raise Refusal("METHOD_NOT_ALLOWED", "HTTP Method not allowed for this resource", status=405)
    asked = _FIND.fullmatch(ask.query.get("q", ""))
    if asked is None:
        raise _malformed("a search is FIND {words} [IN … FIELDS] [RETURNING …] [LIMIT n]")
    wanted = _types(asked["types"]) if asked["types"] else [_Wanted(each.name) for each in _searchable(records)]
    return _found(records, version, asked["words"], asked["scope"] or "ALL", wanted, int(asked["limit"] or _MOST))


def _parameterized(records: Records, ask: Ask, version: str) -> Reply:
    """The same by parameters; in a GET the types stand in `sobject`, and `Account.fields` are those of one type."""
    given: dict[str, Any] = ask.body if isinstance(ask.body, dict) else {}
    if ask.method == "GET":
        names = [name for name in ask.query.get("sobject", "").split(",") if name]
        types = [{"name": name} | _of(ask.query, name) for name in names]
        given = dict(ask.query) | {"sobjects": types, "fields": ask.query.get("fields", "Id").split(",")}
    default = given.get("fields") or ["Id"]
    wanted = []
    for each in given.get("sobjects") or [{"name": each.name} for each in _searchable(records)]:
        rest = f"WHERE {each['where']} " if each.get("where") else ""
        rest += f"LIMIT {int(each['limit'])}" if each.get("limit") else ""
        wanted.append(_Wanted(str(each.get("name")), ",".join(each.get("fields") or default), rest))
    most = int(given.get("overallLimit") or given.get("defaultLimit") or _MOST)
    return _found(records, version, str(given.get("q") or ""), str(given.get("in") or "ALL"), wanted, most)


def _of(query: dict[str, str], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in ("fields", "where", "limit"):
        if value := query.get(f"{name}.{part}"):
            found[part] = value.split(",") if part == "fields" else value
    return found


def _found(records: Records, version: str, words: str, scope: str, wanted: list[_Wanted], most: int) -> Reply:
    alternatives = _alternatives(words)
    if scope.upper() not in _SCOPES:
        raise _malformed(f"unknown search group {scope} FIELDS")
    told: list[Record] = []
    for each in wanted:
        of = known_type(records, each.name)
        texts = [field for field in of.fields if _searched(field, scope.upper())]
        among = [row for row in records.all(of) if _matches(row, texts, alternatives)]
        chosen = Selection(records, each.query)
        told += [chosen.shape(row, version) for row in chosen.find(among=among)]
    return Reply(200, {"searchRecords": told[:most]})


def _types(text: str) -> list[_Wanted]:
    found, at = [], 0
    while at < len(text):
        match = _TYPE.match(text, at)
        if match is None:
            raise _malformed(f"unexpected in RETURNING: {text[at:]}")
        inner = match["inner"] or ""
        clause = _CLAUSE.search(inner)
        fields = inner[: clause.start()] if clause else inner
        found.append(_Wanted(match["name"], fields.strip(), inner[clause.start() :] if clause else ""))
        at = match.end()
    return found


def _alternatives(words: str) -> list[list[str]]:
    """Words that must all be there; OR begins another possibility. Stars and question marks stand for letters."""
    plain = re.sub(r"\\(.)", r"\1", words).replace('"', " ").casefold()
    if len(plain.strip().replace("*", "")) < 2:
        raise _malformed(f"search term must be longer than one character: {words}")
    found: list[list[str]] = [[]]
    for word in plain.split():
        if word == "or":
            found.append([])
        elif word != "and":
            found[-1] += _tokens(word, marks="*?")
    return [each for each in found if each]


def _tokens(text: str, marks: str = "") -> list[str]:
    return re.findall(rf"[\w{re.escape(marks)}]+", text)


def _searched(field: Field, scope: str) -> bool:
    if scope == "NAME":
        return "Name" in field.name
    kinds = ("email",) if scope == "EMAIL" else ("string", "email", "textarea")
    return field.kind in kinds and scope != "PHONE"


def _matches(row: Record, texts: list[Field], alternatives: list[list[str]]) -> bool:
    known = {token for field in texts if row.get(field.name) for token in _tokens(str(row[field.name]).casefold())}
    return any(all(any(fnmatchcase(token, word) for token in known) for word in each) for each in alternatives)


def _searchable(records: Records) -> list[Any]:
    return [each for each in OBJECTS if each.deletable and records.type_of(each.name)]


def _malformed(message: str) -> Refusal:
    return Refusal("MALFORMED_SEARCH", message)
