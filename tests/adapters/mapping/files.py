"""Mapping files for tests: the shipped ones, changed in a word or two, and one that is just long enough."""

from __future__ import annotations

from adapters.crm.mapping import Compiled, loads
from adapters.crm.mapping.loading import shipped_path

LEAST = """\
format: 1
name: least
version: "1"
vendor: salesforce
profile: custom
tables:
  reasons:
    values: {damaged: Broken, defective: Broken}
    otherwise: Other
objects:
  return:
    object: Return__c
    key: Returns_Ref__c
    fields:
      Stage__c: {from: stage}
      Reason__c: {from: reason, steps: [{table: reasons}]}
"""


def changed(vendor: str, profile: str, **swaps: str) -> Compiled:
    """A shipped mapping with the entries of some fields of the return written anew: name=entry; an empty one
    leaves it out. `top` is a table more."""
    lines = shipped_path(vendor, profile).read_text().splitlines()
    for name, entry in swaps.items():
        if name == "top":
            if "tables:" not in lines:
                lines.insert(lines.index("objects:"), "tables:")
            lines.insert(lines.index("tables:") + 1, entry)
            continue
        at = next((place for place, line in enumerate(lines) if line.startswith(f"      {name}:")), None)
        if at is not None:
            end = at + 1
            while lines[end].startswith("       "):
                end += 1
            del lines[at:end]
        else:
            at = lines.index("    fields:") + 1
        if entry:
            lines.insert(at, f"      {name}: {entry}")
    return loads("changed.yaml", "\n".join(lines))
