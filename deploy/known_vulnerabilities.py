"""Reads pip-audit's report and says what it means: nothing known (0), something known (1), or nobody could be
asked (2).

pip-audit alone ends well when it found no package in the index it asks, and calls that no known vulnerabilities.
With `--go-on-unasked` it is said loudly that nobody could be asked, and the end is 0: a run of tests does not fail for
what its machine cannot reach.
"""

from __future__ import annotations

import json
import sys
from typing import Any

_CLEAN, _FOUND, _UNASKED = 0, 1, 2
# In no index: it is what is looked at.
_OURS = "backhaul"
_GO_ON, _RULE = "--go-on-unasked", "=" * 80
_LOG = ".audit-venv/last.log"


def judged(report: str) -> tuple[int, str]:
    """(exit code, what to print)"""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return _UNASKED, f"Nothing was checked: the vulnerability service did not answer ({_LOG} says more)."
    known = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in packages
        for flaw in one.get("vulns", ())
    ]
    unasked = sorted(one["name"] for one in packages if "skip_reason" in one and one["name"] != _OURS)
    asked = len(packages) - len(unasked)
    if known:
        return _FOUND, "\n".join(["Known vulnerabilities:", *known])
    if unasked:
        told = f"the service knows nothing of {len(unasked)} packages ({', '.join(unasked[:5])}, …)"
        return _UNASKED, f"Not all was checked: {told}. Is this machine's index a mirror, or the service out of reach?"
    return _CLEAN, f"No known vulnerability in {asked} packages."


if __name__ == "__main__":
    code, told = judged(sys.stdin.read())
    print(told)
    if code == _UNASKED and _GO_ON in sys.argv[1:]:
        print(f"{_RULE}\nNOT AUDITED: whether a dependency has a known vulnerability is not known.\n{_RULE}")
        code = _CLEAN
    sys.exit(code)
