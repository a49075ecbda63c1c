"""The documents of bulk operations: what may be run in bulk, in recorded words, and a result flattened into rows."""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)

from sandbox.shopify.refusal import Refusal
from sandbox.shopify.schema import SCHEMA
from sandbox.shopify.wording import invalid_document, unreadable

_MOST_CONNECTIONS = 5
_DEEPEST = 2
# What a mutation in bulk may be: everything this shop can change but operations on bulk operations themselves.
_NEVER = ("bulkOperationRunMutation", "bulkOperationRunQuery", "bulkOperationCancel", "stagedUploadsCreate")


def checked(query: str) -> DocumentNode:
    """The document of a bulk query that may run."""
    try:
        document = parse(query)
    except GraphQLError as error:
        said = unreadable(error)["message"]
        raise Refusal(f"Invalid bulk query: {said}", "INVALID", "query") from error
    operation = _operation(document)
    if operation is None or operation.operation.value != "query":
        reason = "Invalid operation type. Only `query` operations are supported."
        raise Refusal(reason, "INVALID", "query")
    look = _Look(document)
    look.at(operation.selection_set, SCHEMA.query_type, 0, in_list=False, parent=None)
    wrong = look.wrong(operation)
    if wrong:
        raise Refusal.together([Refusal(one, "INVALID", "query") for one in wrong])
    errors = validate(SCHEMA, document)
    if errors:
        said = invalid_document(document, errors[0])["message"]
        raise Refusal(f"Invalid bulk query: {said}", "INVALID", "query")
    return document


def checked_mutation(mutation: str) -> DocumentNode:
    try:
        document = parse(mutation)
    except GraphQLError as error:
        said = unreadable(error)["message"]
        raise Refusal(f"Failed to parse the mutation - {said}", "INVALID_MUTATION") from error
    operation = _operation(document)
    if operation is None or operation.operation.value != "mutation":
        reason = "Invalid operation type. Only `mutation` operations are supported."
        raise Refusal(reason, "INVALID_MUTATION")
    roots = [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]
    if len(roots) != 1:
        raise Refusal("You must specify a single top level mutation.", None, "mutation")
    assert SCHEMA.mutation_type is not None
    if roots[0] in _NEVER or roots[0] not in SCHEMA.mutation_type.fields:
        raise Refusal("You must use an allowed mutation name.", None, "mutation")
    errors = validate(SCHEMA, document)
    if errors:
        raise Refusal(invalid_document(document, errors[0])["message"], "INVALID_MUTATION")
    return document


def flattened(document: DocumentNode, data: Any, group: bool) -> list[dict[str, Any]]:
    """A row for every node of every connection; one below another names its parent. Grouped, it follows its parent."""
    roots: list[dict[str, Any]] = []
    below: list[dict[str, Any]] = []
    for found in (data or {}).values():
        for row, inner in _rows(found):
            roots.append(row)
            roots.extend(inner) if group else below.extend(inner)
    return roots + below


def _rows(found: Any) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    if not isinstance(found, dict):
        return []
    if "edges" not in found:
        row, inner = _split(found)
        return [(row, inner)] if row or inner else []
    return [_split(edge["node"]) for edge in found["edges"]]


def _split(node: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A node's own row, and the rows of the connections in it."""
    row: dict[str, Any] = {}
    inner: list[dict[str, Any]] = []
    for name, value in node.items():
        if isinstance(value, dict) and "edges" in value:
            for edge in value["edges"]:
                below, deeper = _split(edge["node"])
                inner += [{**below, "__parentId": node["id"]}, *deeper]
        else:
            row[name] = value
    return row, inner


def _operation(document: DocumentNode) -> OperationDefinitionNode | None:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return found[0] if len(found) == 1 else None


class _Look:
    """Walks a document and notes what bulk queries must not have."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._connections = 0
        self._deepest = 0
        self._by_nodes: list[str] = []
        self._without_id: list[str] = []
        self._in_list = False

    def at(self, chosen: SelectionSetNode, kind: Any, depth: int, *, in_list: bool, parent: str | None) -> None:
        for one in chosen.selections:
            if isinstance(one, FragmentSpreadNode | InlineFragmentNode):
                inner = self._fragments.get(one.name.value) if isinstance(one, FragmentSpreadNode) else one
                if inner is not None and inner.selection_set is not None:
                    named = inner.type_condition
                    other = SCHEMA.type_map.get(named.name.value, kind) if named else kind
                    self.at(inner.selection_set, other, depth, in_list=in_list, parent=parent)
            elif isinstance(one, FieldNode) and one.selection_set is not None:
                self._field(one, one.selection_set, kind, depth, in_list=in_list, parent=parent)

    def _field(
        self, one: FieldNode, chosen: SelectionSetNode, kind: Any, depth: int, *, in_list: bool, parent: str | None
    ) -> None:
        field = getattr(kind, "fields", {}).get(one.name.value)
        if field is None:
            return
        named = get_named_type(field.type)
        plain = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        name = one.name.value
        if not named.name.endswith("Connection"):
            own = isinstance(plain, GraphQLList) and name not in ("edges", "nodes")
            self.at(chosen, named, depth, in_list=in_list or own, parent=parent)
            return
        self._connections += 1
        self._deepest = max(self._deepest, depth)
        self._in_list = self._in_list or in_list
        names = [inner.name.value for inner in chosen.selections if isinstance(inner, FieldNode)]
        if "nodes" in names:
            self._by_nodes.append(name)
        before = self._connections
        self.at(chosen, named, depth + 1, in_list=in_list, parent=name)
        if self._connections > before and not _selects_id(chosen):
            self._without_id.append(name)

    def wrong(self, operation: OperationDefinitionNode) -> list[str]:
        found = []
        roots = [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]
        if self._by_nodes:
            first = self._by_nodes[0]
            found.append(
                "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                f"'{first} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection fields: "
                f"'{first}'."
            )
        found += [
            f"Bulk queries cannot contain a top level `{name}` field." for name in roots if name in ("node", "nodes")
        ]
        if self._connections == 0:
            found.append("Bulk queries must contain at least one connection.")
        if self._connections > _MOST_CONNECTIONS:
            found.append("Bulk queries cannot contain more than 5 connections.")
        if self._deepest > _DEEPEST:
            found.append("Bulk queries cannot contain connections with a nesting depth greater than 2.")
        if self._in_list:
            found.append("Queries that contain a connection field within a list field are not currently supported.")
        if self._without_id:
            found.append(
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must "
                f"be of 'ID' return type. Connection fields without 'id': {', '.join(self._without_id)}."
            )
        return found


def _selects_id(connection: SelectionSetNode) -> bool:
    """Whether edges > node of a connection select `id` under its own name."""
    for edges in connection.selections:
        if isinstance(edges, FieldNode) and edges.name.value == "edges" and edges.selection_set is not None:
            for inner in edges.selection_set.selections:
                if isinstance(inner, FieldNode) and inner.name.value == "node" and inner.selection_set is not None:
                    return any(
                        isinstance(one, FieldNode) and one.name.value == "id" and one.alias is None
                        for one in inner.selection_set.selections
                    )
    return False
