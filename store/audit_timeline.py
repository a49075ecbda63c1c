"""Whether the sentences of returns' timelines are still those the audit committed to when they were written."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit import commitment
from store.port import Entry
from store.port.audit import stream_of_return

# Of a person who was erased the timeline says less than it did, rightly.
_SENTENCES = text("""
    SELECT :prefix || return_id AS stream, version, text, salt
    FROM timeline JOIN audit_salts ON subject = :prefix || return_id
    WHERE return_id = ANY(CAST(:returns AS text[]))
      AND NOT EXISTS (SELECT FROM erased_returns WHERE erased_returns.return_id = timeline.return_id)
    ORDER BY return_id, version, seq
""")


@dataclass
class Sentences:
    """Of some streams. Asked act by act, in the order of the chain."""

    salts: dict[str, bytes] = field(default_factory=dict)
    texts: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def still(self, act: Entry) -> bool:
        """True also of an act that tells of none, or of which nothing can be told any more."""
        said = json.loads(act.after)
        salt = self.salts.get(act.stream)
        if "text" not in said or "version" not in said or salt is None:
            return True
        move = (act.stream, said["version"])
        place = self._seen[move]
        self._seen[move] += 1
        mine = self.texts[move][place : place + 1]
        return [commitment(salt, "text", one) for one in mine] == [said["text"]]


async def sentences(connection: AsyncConnection, streams: Sequence[str]) -> Sentences:
    prefix = stream_of_return("")
    returns = [stream.removeprefix(prefix) for stream in streams if stream.startswith(prefix)]
    found = Sentences()
    for row in (await connection.execute(_SENTENCES, {"prefix": prefix, "returns": returns})).all():
        found.salts[row.stream] = row.salt
        found.texts[(row.stream, str(row.version))].append(row.text)
    return found
