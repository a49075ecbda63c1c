"""Every hold the workflow code can open, read from its source: reason, owner, choices."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from domain.returns import Owner

# How they are called: held(case, reason, owner, detail, choices) and step(case, reason, owner, act).
_OPENERS = {"held", "open_hold", "decide"}
_STEP = "step"
_PASS_ON = {"holds.py", "steps.py"}


class Held(NamedTuple):
    reason: str
    owner: str
    choices: tuple[str, ...]


def of(folder: Path) -> set[Held]:
    """Every hold opened in the modules of `folder`. Where held() and step() are defined they hand on a name."""
    return {held for path in sorted(folder.glob("*.py")) for held in _of_module(ast.parse(path.read_text()), path.name)}


def _of_module(module: ast.Module, name_of_module: str) -> Iterator[Held]:
    known = {name: value for node in ast.walk(module) for name, value in _assigned(node)}
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name, given = node.func.id, node.args[1:]
        if name not in (*_OPENERS, _STEP) or (name_of_module in _PASS_ON and isinstance(given[0], ast.Name)):
            continue
        where = f"{name_of_module}:{node.lineno}"
        assert isinstance(given[0], ast.Constant), f"{where}: write the reason as a word"
        owner = given[1]
        assert isinstance(owner, ast.Attribute), f"{where}: write the owner as Owner.X"
        choices = ("retry",) if name == _STEP else _words(given[3], known)
        yield Held(str(given[0].value), Owner[owner.attr].value, choices)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names that stand for a text or a tuple: `choices = (...)`, `A, B = "a", "b"`."""
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for name, value in zip(target.elts, node.value.elts, strict=True):
                if isinstance(name, ast.Name):
                    yield name.id, value


def _words(given: ast.expr, known: dict[str, ast.expr]) -> tuple[str, ...]:
    if isinstance(given, ast.Name):
        return _words(known[given.id], known)
    if isinstance(given, ast.Tuple):
        return tuple(word for part in given.elts for word in _words(part, known))
    assert isinstance(given, ast.Constant), f"line {given.lineno}: write the choices as words"
    return (str(given.value),)
