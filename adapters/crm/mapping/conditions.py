"""Conditions in CEL: whether a field is shown at all. Bounded when the file is read, as they cannot be interrupted.

One macro at most, so that nothing runs more than once over the lines; no regular expressions; short and flat. The
library is loaded only for a file that has a condition: it takes a fifth of a second and brings a terminal along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from adapters.crm.mapping.document import WORDS, Document
from adapters.crm.mapping.errors import Unfit

Condition = Callable[[Document], bool]

_LONGEST, _DEEPEST = 300, 8
_TEXTS = re.compile(r"'[^'\\\n]*'|\"[^\"\\\n]*\"")
_MACROS = re.compile(r"\.\s*(all|exists_one|exists|map|filter)\s*\(\s*([A-Za-z_]\w*)")
FUNCTIONS = frozenset({"size", "has", "contains", "startsWith", "endsWith", "string", "int", "double"})


def condition(text: str) -> Condition:
    """Raises ValueError with what is wrong with the condition."""
    own = _bounded(text)
    import cel

    try:
        program = cel.compile(text)
    except Exception as error:  # the library raises several kinds for one thing
        raise ValueError(f"is no CEL ({str(error).splitlines()[0][:120]})") from None
    used = program.references()
    for name in used["variables"]:
        if name not in WORDS and name not in own:
            raise ValueError(f"{name} is not in the document; there are {', '.join(WORDS)}")
    for name in used["functions"]:
        if re.fullmatch(r"[A-Za-z]\w*", name) and name not in FUNCTIONS:
            raise ValueError(f"the function {name} is not allowed; there are {', '.join(sorted(FUNCTIONS))}")
    names = [name for name in used["variables"] if name in WORDS]

    def holds(document: Document) -> bool:
        try:
            answer: Any = program.execute({name: document[name] for name in names})
        except Exception as error:
            raise Unfit(f"the condition cannot be answered ({type(error).__name__}); guard it with != null") from None
        if not isinstance(answer, bool):
            raise Unfit("the condition answers something else than true or false")
        return answer

    return holds


def _bounded(text: str) -> frozenset[str]:
    """The names its macro binds. Raises ValueError for a condition that is too long, deep or repeated."""
    if len(text) > _LONGEST:
        raise ValueError(f"a condition has at most {_LONGEST} characters")
    if "\\" in text or "'''" in text or '"""' in text:
        raise ValueError("a condition has no backslashes and no triple quotes")
    bare = _TEXTS.sub("''", text)
    depth = deepest = 0
    for sign in bare:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise ValueError(f"a condition is nested at most {_DEEPEST} levels")
    macros = _MACROS.findall(bare)
    if len(macros) > 1:
        raise ValueError("a condition has at most one of all, exists, exists_one, map and filter")
    return frozenset(name for _, name in macros)
