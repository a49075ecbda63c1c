"""Errors in Shopify's words: its server is a Ruby one, so what graphql-core says is said again its way.

Worded as recorded: unknown fields and arguments, missing selections, unfinished documents. The others follow the
Ruby library's own wording; no answer of a live shop was at hand for them.
"""

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    print_ast,
)

Said = tuple[str, str, dict[str, Any]]

_TOKEN = re.compile(r'"""(?:[^"]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|\.\.\.|[\w.$@-]+|[{}()\[\]:=!|&]')


def _missing_argument(field: str, argument: str) -> Said:
    more = {"className": "Field", "name": field, "arguments": argument}
    return f"Field '{field}' is missing required arguments: {argument}", "missingRequiredArguments", more


def _no_selection(field: str, kind: str) -> Said:
    plain = kind.strip("[]!")
    said = f"Field must have selections (field '{field}' returns {plain} but has no selections."
    more = {"nodeName": f"field '{field}'", "typeName": plain}
    return f"{said} Did you mean '{field} {{ ... }}'?)", "selectionMismatch", more


def _leaf(field: str, kind: str) -> Said:
    plain = kind.strip("[]!")
    said = f"Selections can't be made on scalars (field '{field}' returns {plain} but has selections)"
    return said, "selectionMismatch", {"nodeName": f"field '{field}'", "typeName": plain}


def _mismatch(variable: str, theirs: str, ours: str) -> Said:
    more = {"variableName": variable, "typeName": theirs, "errorMessage": "Type mismatch"}
    return f"Type mismatch on variable ${variable} ({theirs} / {ours})", "variableMismatch", more


def _input_field(field: str, kind: str) -> Said:
    more = {"name": kind, "typeName": "InputObject", "argumentName": field}
    return f"InputObject '{kind}' doesn't accept argument '{field}'", "argumentNotAccepted", more


def _input_required(kind: str, field: str, wanted: str) -> Said:
    said = f"Argument '{field}' on InputObject '{kind}' is required. Expected type {wanted}"
    more = {"argumentName": field, "argumentType": wanted, "inputObjectType": kind}
    return said, "missingRequiredInputObjectAttribute", more


_RULES: tuple[tuple[re.Pattern[str], Callable[..., Said]], ...] = (
    (
        re.compile(r"^Cannot query field '(\w+)' on type '(\w+)'"),
        lambda field, kind: (
            f"Field '{field}' doesn't exist on type '{kind}'",
            "undefinedField",
            {"typeName": kind, "fieldName": field},
        ),
    ),
    (
        re.compile(r"^Unknown argument '(\w+)' on field '\w+\.(\w+)'"),
        lambda argument, field: (
            f"Field '{field}' doesn't accept argument '{argument}'",
            "argumentNotAccepted",
            {"name": field, "typeName": "Field", "argumentName": argument},
        ),
    ),
    (
        re.compile(r"^Unknown directive '@(\w+)'"),
        lambda name: (f"Directive @{name} is not defined", "undefinedDirective", {"directiveName": name}),
    ),
    (re.compile(r"^Field '(\w+)' argument '(\w+)' of type"), _missing_argument),
    (re.compile(r"^Field '(\w+)' of type '([^']+)' must have a selection"), _no_selection),
    (re.compile(r"^Field '(\w+)' must not have a selection since type '([^']+)'"), _leaf),
    (re.compile(r"^Variable '\$(\w+)' of type '([^']+)' used in position expecting type '([^']+)'"), _mismatch),
    (re.compile(r"^Field '(\w+)' is not defined by type '(\w+)'"), _input_field),
    (re.compile(r"^Field '(\w+)\.(\w+)' of required type '([^']+)' was not provided"), _input_required),
    (
        re.compile(r"^Variable '\$(\w+)' is never used(?: in operation '(\w+)')?"),
        lambda name, operation: (
            f"Variable ${name} is declared by {operation or 'anonymous query'} but not used",
            "variableNotUsed",
            {"variableName": name},
        ),
    ),
    (
        re.compile(r"^Variable '\$(\w+)' is not defined(?: by operation '(\w+)')?"),
        lambda name, operation: (
            f"Variable ${name} is used by {operation or 'anonymous query'} but not declared",
            "variableNotDefined",
            {"variableName": name},
        ),
    ),
    (
        re.compile(r"^Unknown fragment '(\w+)'"),
        lambda name: (
            f"Fragment {name} was used, but not defined",
            "useAndDefineFragment",
            {"fragmentName": name},
        ),
    ),
    (
        re.compile(r"^Fragment '(\w+)' is never used"),
        lambda name: (
            f"Fragment {name} was defined, but not used",
            "useAndDefineFragment",
            {"fragmentName": name},
        ),
    ),
    (
        re.compile(r"^Fields '(\w+)' conflict because '(\w+)' and '(\w+)' are different fields"),
        lambda name, one, other: (
            f"Field '{name}' has a field conflict: {one} or {other}?",
            "fieldConflict",
            {"fieldName": name, "conflicts": f"{one} or {other}"},
        ),
    ),
    (
        re.compile(r"^Unknown type '(\w+)'"),
        lambda name: (f"No such type {name}", "undefinedType", {"typeName": name}),
    ),
)


def invalid_document(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """A validation error of the document itself."""
    message, code, more = _said(error.message)
    places = [{"line": place.line, "column": place.column} for place in error.locations or []]
    said: dict[str, Any] = {"message": message, "locations": places}
    path = _path(document, error.nodes[0]) if error.nodes else []
    if path:
        said["path"] = path
    return said | {"extensions": {"code": code, **more}}


def unreadable(error: GraphQLError) -> dict[str, Any]:
    """A document that does not parse. A live shop points at the last thing it read before the end."""
    line, column = next(((place.line, place.column) for place in error.locations or []), (1, 1))
    text = error.source.body if error.source else ""
    if "<EOF>" in error.message:
        ends = [one for one in _TOKEN.finditer(text) if not one.group().startswith("#")]
        if not ends:
            return {"message": "syntax error, unexpected end of file", "extensions": {"code": "PARSE_ERROR"}}
        before = text[: ends[-1].start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = "end of file"
    else:
        found = _TOKEN.match(text, next(iter(error.positions or ()), 0))
        what = f'token ("{found.group() if found else ""}")'
    return {
        "message": f"syntax error, unexpected {what} at [{line}, {column}]",
        "locations": [{"line": line, "column": column}],
        "extensions": {"code": "PARSE_ERROR"},
    }


def failed(error: GraphQLError) -> dict[str, Any]:
    """An error raised while resolving; only those that name a code are the vendor's own."""
    places = [{"line": place.line, "column": place.column} for place in error.locations or []]
    said: dict[str, Any] = {"message": error.message, "locations": places, "extensions": error.extensions}
    return said | {"path": list(error.path)} if error.path else said


def _said(message: str) -> Said:
    for rule, say in _RULES:
        found = rule.match(message)
        if found:
            return say(*found.groups())
    return message, "graphQLErrors", {}


def _path(document: DocumentNode, wanted: Node) -> list[str]:
    """["query Name", "orders", "nodes", "colour"]: where in the document a node stands."""
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            head = one.operation.value + (f" {one.name.value}" if one.name else "")
        elif isinstance(one, FragmentDefinitionNode):
            head = f"fragment {one.name.value}"
        else:
            continue
        found = _below(one, wanted)
        if found is not None:
            return [head, *found]
    return []


def _below(node: Node, wanted: Node) -> list[str] | None:
    if node is wanted:
        return []
    inner: list[Node] = []
    chosen = getattr(node, "selection_set", None)
    inner += chosen.selections if chosen is not None else ()
    inner += getattr(node, "arguments", None) or ()
    for one in inner:
        found = _below(one, wanted)
        if found is not None:
            name: list[str] = []
            if isinstance(one, FieldNode):
                name = [one.alias.value if one.alias else one.name.value]
            elif isinstance(one, InlineFragmentNode):
                name = ["..." + (f" on {print_ast(one.type_condition)}" if one.type_condition else "")]
            elif isinstance(one, ArgumentNode):
                name = [one.name.value]
            return name + found
    return None
