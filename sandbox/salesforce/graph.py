"""Composite graph: up to 75 graphs of subrequests in one call, each graph a transaction of its own."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.salesforce import composite
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.reply import Reply, RolledBack

_MOST_GRAPHS, _MOST_NODES = 75, 500
_MOST_DEPTH, _MOST_KINDS = 15, 15
_MOST_FAILED = 14
_NODE = re.compile(r"/services/data/v\d+\.0/sobjects/\w+(/[^/]+){0,2}/?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_METHODS = ("GET", "POST", "PATCH", "DELETE")


def graphs(body: Any) -> list[dict[str, Any]]:
    """The graphs of a request that is within the limits."""
    given = body.get("graphs") if isinstance(body, dict) else None
    if not isinstance(given, list) or not 0 < len(given) <= _MOST_GRAPHS:
        raise Refusal("LIMIT_EXCEEDED", f"graphs must hold between 1 and {_MOST_GRAPHS} graphs.")
    names = [str(each.get("graphId") or "") if isinstance(each, dict) else "" for each in given]
    if not all(_NAME.fullmatch(name) for name in names) or len(set(names)) < len(names):
        raise Refusal("INVALID_INPUT", "graphId must be given, unique, and at most 40 characters long.")
    nodes = [each.get("compositeRequest") for each in given]
    if not all(isinstance(each, list) and each for each in nodes):
        raise Refusal("INVALID_INPUT", "every graph needs a compositeRequest.")
    if sum(len(each) for each in nodes) > _MOST_NODES:
        raise Refusal("LIMIT_EXCEEDED", f"Limit of {_MOST_NODES} nodes in one request was exceeded.")
    for each in nodes:
        _check(each)
    return given


def answer(run: composite.Run, graph: dict[str, Any]) -> Reply:
    """One graph, inside the caller's transaction: RolledBack when one of its nodes failed."""
    entries = composite.in_order(run, graph["compositeRequest"])
    if any(entry["httpStatusCode"] >= 300 for entry in entries):
        raise RolledBack(Reply(200, _told(graph, composite.undone(entries), good=False)))
    return Reply(200, _told(graph, entries, good=True))


def halted(graph: dict[str, Any]) -> dict[str, Any]:
    """What is told of the graphs left over once too many have failed."""
    body = Refusal("PROCESSING_HALTED", "Too many graphs of the request failed.").as_body()
    entries = [
        {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": str(node.get("referenceId"))}
        for node in graph["compositeRequest"]
    ]
    return _told(graph, entries, good=False)


def too_many(failed: int) -> bool:
    return failed > _MOST_FAILED


def _told(graph: dict[str, Any], entries: list[dict[str, Any]], *, good: bool) -> dict[str, Any]:
    return {"graphId": graph["graphId"], "graphResponse": {"compositeResponse": entries}, "isSuccessful": good}


def _check(nodes: list[Any]) -> None:
    """Only sobjects resources, at most 15 different ones, and no chain of references longer than 15."""
    depth: dict[str, int] = {}
    kinds: set[tuple[str, str]] = set()
    for node in nodes:
        target = urlsplit(str(node.get("url")) if isinstance(node, dict) else "").path
        if not _NODE.fullmatch(target) or node.get("method") not in _METHODS:
            raise Refusal("INVALID_INPUT", f"a graph cannot hold {target}: only records of sobjects are supported.")
        kinds.add((str(node["method"]), target.split("/")[5]))
        used = re.findall(r"@\{(\w+)", json.dumps([node.get("url"), node.get("body")]))
        depth[str(node.get("referenceId"))] = 1 + max((depth.get(name, 0) for name in used), default=0)
    if max(depth.values()) > _MOST_DEPTH or len(kinds) > _MOST_KINDS:
        raise Refusal("LIMIT_EXCEEDED", f"A graph is at most {_MOST_DEPTH} deep with {_MOST_KINDS} different nodes.")
