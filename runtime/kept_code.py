"""The workflows' own modules, read from the disk once per process.

The engine's sandbox loads them anew for every return, so that no return sees another's globals. Their code is always
the same: measured, finding and reading it again is a third of what the start of a return costs a worker; where Python
may not write bytecode (PYTHONDONTWRITEBYTECODE, usual in containers), compiling it again is two thirds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType


class KeptCode:
    """Finds the modules of one package. Stands in sys.meta_path before those that look on the disk."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._found: dict[str, ModuleSpec] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] != self.package:
            return None
        known = self._found.get(name)
        if known is None:
            known = PathFinder.find_spec(name, path, target)
            if known is None or type(known.loader) is not SourceFileLoader or known.origin is None:
                return known
            known.loader = _Kept(name, known.origin)
            self._found[name] = known
        # One of its own for every load: Python marks in it that a load is under way.
        spec = ModuleSpec(name, known.loader, origin=known.origin)
        spec.submodule_search_locations = known.submodule_search_locations
        spec.has_location = True
        return spec


class _Kept(SourceFileLoader):
    _code: CodeType | None = None

    def get_code(self, fullname: str) -> CodeType | None:
        if self._code is None:
            self._code = super().get_code(fullname)
        return self._code


def keep(package: str) -> None:
    """From now on; again is harmless."""
    if not any(isinstance(finder, KeptCode) and finder.package == package for finder in sys.meta_path):
        sys.meta_path.insert(0, KeptCode(package))
