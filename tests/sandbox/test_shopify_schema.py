"""The sandbox's storefront schema is a true subset of the published one, in both supported versions."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    build_client_schema,
    build_schema,
)

from sandbox.shopify.schema import SCHEMA
from tests.stack.sandbox import ROOT

PUBLISHED = ROOT.parent / "shared" / "vendor" / "shopify" / "schema"


@cache
def published(version: str) -> GraphQLSchema:
    path: Path = PUBLISHED / f"admin_{version}.json.gz"
    if not path.exists():
        pytest.skip(f"the published schema {path.name} is not beside this checkout")
    document = json.loads(gzip.decompress(path.read_bytes()))
    return build_client_schema(document.get("data", document), assume_valid=True)


def differences(ours: GraphQLSchema, theirs: GraphQLSchema) -> list[str]:
    """Everything of ours that the published schema does not have, or has with another type."""
    found: list[str] = []
    for name, mine in ours.type_map.items():
        if name.startswith("__"):
            continue
        other = theirs.type_map.get(name)
        if other is None or type(other) is not type(mine):
            found.append(f"type {name}")
        elif isinstance(mine, GraphQLEnumType):
            assert isinstance(other, GraphQLEnumType)
            found += [f"{name}.{value}" for value in mine.values if value not in other.values]
        elif isinstance(mine, GraphQLUnionType):
            assert isinstance(other, GraphQLUnionType)
            known = {member.name for member in other.types}
            found += [f"{name} | {member.name}" for member in mine.types if member.name not in known]
        elif isinstance(mine, GraphQLInputObjectType):
            assert isinstance(other, GraphQLInputObjectType)
            found += _inputs(name, mine.fields, other.fields)
        elif isinstance(mine, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(other, GraphQLObjectType | GraphQLInterfaceType)
            known = {interface.name for interface in other.interfaces}
            found += [f"{name} implements {one.name}" for one in mine.interfaces if one.name not in known]
            found += _fields(name, mine.fields, other.fields)
    return found


def _inputs(name: str, mine: dict[str, GraphQLInputField], other: dict[str, GraphQLInputField]) -> list[str]:
    found = []
    for key, field in mine.items():
        if key not in other or str(field.type) != str(other[key].type):
            found.append(f"{name}.{key}: {field.type}")
        elif field.default_value != other[key].default_value:
            found.append(f"{name}.{key} = {field.default_value}")
    missing = [key for key, field in other.items() if key not in mine and _required(field)]
    return found + [f"{name}.{key} is required" for key in missing]


def _required(field: GraphQLInputField) -> bool:
    return str(field.type).endswith("!") and field.default_value is Undefined


def _fields(name: str, mine: dict[str, GraphQLField], other: dict[str, GraphQLField]) -> list[str]:
    found = []
    for key, field in mine.items():
        if key not in other or str(field.type) != str(other[key].type):
            found.append(f"{name}.{key}: {field.type}")
            continue
        known = other[key].args
        found += [
            f"{name}.{key}({argument}: {ours.type})"
            for argument, ours in field.args.items()
            if argument not in known or str(ours.type) != str(known[argument].type)
        ]
        required = [one for one, theirs in known.items() if str(theirs.type).endswith("!") and one not in field.args]
        found += [f"{name}.{key}({argument}) is required" for argument in required]
    return found


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
def test_every_type_field_argument_and_enum_value_is_published(version: str) -> None:
    assert differences(SCHEMA, published(version)) == []


def test_the_comparison_sees_a_difference() -> None:
    """Negative control: a schema of our own invention must not pass."""
    invented = build_schema(
        "schema { query: QueryRoot } type QueryRoot { return(id: ID!): Return } "
        "type Return { id: ID! state: String status: ReturnStatus } enum ReturnStatus { OPEN QUARANTINED }"
    )
    found = differences(invented, published("2026-07"))
    assert "Return.state: String" in found
    assert "Return.status: ReturnStatus" in found
    assert "ReturnStatus.QUARANTINED" in found


def test_the_idempotent_directive_is_published() -> None:
    ours = next(one for one in SCHEMA.directives if one.name == "idempotent")
    theirs = next(one for one in published("2026-07").directives if one.name == "idempotent")
    assert str(ours.args["key"].type) == str(theirs.args["key"].type)
    assert ours.locations == theirs.locations
