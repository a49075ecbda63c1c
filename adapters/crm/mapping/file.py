"""A mapping file as plain data with the line of every entry. YAML's traps are off: `off` is a word, a key stands once.

Anchors and aliases are refused: they make short files that unfold into long ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from adapters.crm.mapping.errors import BadMapping

Place = tuple[str | int, ...]
# The longest shipped file has 6 KB.
_MOST_BYTES = 200_000
_INT, _FLOAT = re.compile(r"-?(0|[1-9]\d*)", re.ASCII), re.compile(r"-?\d+\.\d+", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    data: Any
    lines: dict[Place, int]

    def at(self, place: Place) -> str:
        """File and line of an entry; of one that is not there, those of what it should stand in."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines.get(place, 1)}"


def read(path: Path) -> Read:
    """Raises BadMapping for a file that is missing, too long or no YAML."""
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise BadMapping((f"{path}: has more than {_MOST_BYTES} bytes; a mapping is a page or two",))
        return parse(path.name, content.decode())
    except OSError as error:
        raise BadMapping((f"{path}: cannot be read ({error.strerror}); give the path of a mapping file",)) from None
    except UnicodeDecodeError:
        raise BadMapping((f"{path}: is not UTF-8 text; save it as such",)) from None


def parse(name: str, text: str) -> Read:
    lines: dict[Place, int] = {}
    try:
        node = _Composer(text).get_single_node()
        return Read(name, _data(name, node, (), lines), lines)
    except RecursionError:
        raise BadMapping((f"{name}: is nested too deeply; see `backhaul mapping schema`",)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadMapping((f"{name}:{line}: is no YAML ({error.problem}); mend it there or just above",)) from None
    except yaml.YAMLError:
        raise BadMapping((f"{name}: is no YAML; it holds characters that YAML does not allow",)) from None


class _Composer(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _data(name: str, node: yaml.Node | None, place: Place, lines: dict[Place, int]) -> Any:
    if node is None:
        return None
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_data(name, each, (*place, at), lines) for at, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise BadMapping((f"{name}:{line}: a key is no single word; write one",))
            if key.value in found:
                raise BadMapping((f"{name}:{line}: {key.value} stands twice; remove one of the two",))
            lines[(*place, key.value)] = line
            found[key.value] = _data(name, value, (*place, key.value), lines)
        return found
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) < 19 else text
    return float(text) if _FLOAT.fullmatch(text) else text
