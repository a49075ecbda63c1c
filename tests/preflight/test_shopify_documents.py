"""By what is published: the scopes the preflight wants are those our documents need, and its questions are valid."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    validate,
    visit,
)

from adapters.storefront.shopify import documents
from adapters.storefront.shopify.preflight import documents as questions
from adapters.storefront.shopify.preflight.checks import SCOPES
from tests.stack.sandbox import ROOT

PUBLISHED = ROOT.parent / "shared" / "vendor" / "shopify" / "schema"
ASKED = {name: text for name, text in vars(questions).items() if name.isupper()}
SENT = {name: text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")} | ASKED
GRANTED = {*SCOPES, *(f"read_{scope.removeprefix('write_')}" for scope in SCOPES if scope.startswith("write_"))}


@cache
def published(version: str) -> tuple[GraphQLSchema, dict[str, str]]:
    """The schema, and the access that each type and field asks for."""
    path = PUBLISHED / f"admin_{version}.json.gz"
    if not path.exists():
        pytest.skip(f"the published schema {path.name} is not beside this checkout")
    document = json.loads(gzip.decompress(path.read_bytes()))
    document = document.get("data", document)
    access: dict[str, str] = {}
    for each in document["__schema"]["types"]:
        access[each["name"]] = each.get("requiredAccess") or ""
        for field in each["fields"] or ():
            access[f"{each['name']}.{field['name']}"] = field.get("requiredAccess") or ""
    return build_client_schema(document, assume_valid=True), access


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
@pytest.mark.parametrize("name", ASKED)
def test_every_question_of_the_preflight_is_valid(version: str, name: str) -> None:
    schema, _ = published(version)
    assert validate(schema, parse(ASKED[name])) == []


class Met(Visitor):
    """The types and fields a document touches."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types, self.names = types, set[str]()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, kind = self._types.get_parent_type(), self._types.get_type()
        assert parent is not None
        self.names.add(f"{parent.name}.{node.name.value}")
        if kind is not None:
            self.names.add(str(get_named_type(kind).name))


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
@pytest.mark.parametrize("name", SENT)
def test_the_scopes_asked_for_suffice_for_what_is_sent(version: str, name: str) -> None:
    schema, access = published(version)
    types = TypeInfo(schema)
    met = Met(types)
    visit(parse(SENT[name]), TypeInfoVisitor(types, met))
    for each in met.names:
        # "`a` access scope or `b` access scope. Also: The user must …"
        wanted = set(re.findall(r"`(\w+)`", access.get(each, "").partition("Also:")[0]))
        assert not wanted or wanted & GRANTED, f"{each} needs {' or '.join(sorted(wanted))}"


def test_the_comparison_sees_a_scope_that_is_lacking() -> None:
    """Negative control: payment terms are what a list of scopes from memory left out."""
    _, access = published("2026-07")
    assert "read_payment_terms" in access["PaymentTerms"]
