"""Whether what is installed here may be used with what we are: every package's licence is one of a short list.

Read from the packages' own metadata, so it needs no network. Copyleft that reaches over a whole program is not on the
list (Tryton has it, and an environment of its own); file by file, as the MPL, it asks nothing of who changes no file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from email.message import Message
from importlib.metadata import distributions
from typing import cast

_OURS = "backhaul"
# By SPDX, https://spdx.org/licenses/
ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0",
        "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
# What packages without an SPDX expression call it: the ends of classifiers, and the words of a field that is free.
_CALLED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
# Who says nothing in the metadata; it was read in the package's own licence file.
_READ = {"axe-playwright-python": "MIT"}
# Labels above a licence, which are none.
_LABELS = ("OSI Approved", "DFSG approved")
_WORDS = re.compile(r"\s+(AND|OR)\s+")


def licence(package: Message) -> str:
    """What the package says, as an SPDX expression as far as that can be told; empty when it says nothing."""
    if expression := package.get("License-Expression"):
        return str(expression)
    ends = [str(one).rpartition(" :: ")[2] for one in package.get_all("Classifier", []) if "License ::" in str(one)]
    named = [one for one in ends if one not in _LABELS]
    # A field that is free may hold the whole text; a name is one line.
    said = str(package.get("License") or "").strip().partition("\n")[0]
    found = named or ([said] if said else [])
    return " AND ".join(sorted(_CALLED.get(one, one) for one in found)) or _READ.get(str(package["Name"]), "")


def fits(expression: str) -> bool:
    """One of several to choose from is enough; of a mixture all have to be on the list, in brackets or not."""
    parts = _WORDS.split(expression.replace("(", " ").replace(")", " ").strip())
    names = [part.partition(" WITH ")[0].strip() in ALLOWED for part in parts[::2]]
    return all(names) or (any(names) and set(parts[1::2]) == {"OR"})


def misfits(packages: Iterable[Message]) -> list[str]:
    """A sentence for each package that may not be here."""
    told = ((str(one["Name"]), licence(one)) for one in packages)
    return sorted(
        f"{name}: {said or 'says nothing of its licence; read its file, and write it down in deploy/licences.py'}"
        for name, said in told
        if name != _OURS and not fits(said)
    )


if __name__ == "__main__":
    installed = [cast("Message", one.metadata) for one in distributions()]
    wrong = misfits(installed)
    print("\n".join(["Licences that are not on the list:", *wrong] if wrong else [f"{len(installed)} licences fit."]))
    sys.exit(1 if wrong else 0)
