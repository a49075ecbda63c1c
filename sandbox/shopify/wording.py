"""Errors in Shopify's words: its server is a Ruby one, so what graphql-core says is said again its way."""

import re
from typing import Any

from graphql import GraphQLError

_NO_FIELD = re.compile(r"^Cannot query field '(\w+)' on type '(\w+)'")
_NO_ARGUMENT = re.compile(r"^Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")
_NO_DIRECTIVE = re.compile(r"^Unknown directive '@(\w+)'")


def invalid_document(error: GraphQLError) -> dict[str, Any]:
    """A validation error of the document itself."""
    message, code, more = error.message, "graphQLErrors", {}
    if found := _NO_FIELD.match(message):
        field, kind = found.groups()
        message, code = f"Field '{field}' doesn't exist on type '{kind}'", "undefinedField"
        more = {"typeName": kind, "fieldName": field}
    elif found := _NO_ARGUMENT.match(message):
        argument, _, field = found.groups()
        message, code = f"Field '{field}' doesn't accept argument '{argument}'", "argumentNotAccepted"
        more = {"name": field, "typeName": "Field", "argumentName": argument}
    elif found := _NO_DIRECTIVE.match(message):
        message, code = f"Directive @{found.group(1)} is not defined", "undefinedDirective"
        more = {"directiveName": found.group(1)}
    places = [{"line": place.line, "column": place.column} for place in error.locations or []]
    return {"message": message, "locations": places, "extensions": {"code": code, **more}}


def invalid_variables(errors: list[GraphQLError]) -> dict[str, Any]:
    """Variables that do not fit their types, all problems in one error."""
    problems = [{"path": _path(error.message), "explanation": error.message} for error in errors]
    return {
        "message": "Variables were provided invalid values: " + "; ".join(error.message for error in errors),
        "extensions": {"code": "INVALID_VARIABLE", "problems": problems},
    }


def failed(error: GraphQLError) -> dict[str, Any]:
    """An error raised while resolving; only those that name a code are the vendor's own."""
    return {
        "message": error.message,
        "path": list(error.path or []),
        "extensions": error.extensions or {"code": "INTERNAL_SERVER_ERROR"},
    }


def _path(message: str) -> list[str]:
    found = re.search(r" at '\w+\.([\w.\[\]]+)'", message)
    return re.findall(r"\w+", found.group(1)) if found else []
