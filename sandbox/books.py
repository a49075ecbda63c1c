"""The books: JSON documents in one SQLite file with a cache in memory, so state survives a kill at any moment."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS docs (kind TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, doc TEXT NOT NULL,
                                 PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""


class Books:
    """Documents by kind and key. What `get`, `all` and `find` return is read-only: call `put` to change it.

    Kinds carry their vendor as prefix ("shopify.order"). WAL with synchronous off is enough here: it survives the
    death of the process, which is what tests do to it; only a power cut could lose the last writes.
    """

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_TABLES)
        self._cache: dict[str, dict[str, Doc]] = {}
        self._order: dict[tuple[str, str], int] = {}
        self._seq = 0
        self._indexes: dict[tuple[str, str], _Index] = {}
        self._dirty: dict[tuple[str, str], None] = {}
        self._depth = 0
        self._around: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self._load()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside are written together at the outermost exit, or none: an exception rolls them back.

        There must be no await inside: the books have one writer at a time because one event loop runs them.
        """
        self._depth += 1
        try:
            yield
            if self._depth == 1:
                for finish, _ in self._around:
                    finish()
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._roll_back()
                for _, forget in self._around:
                    forget()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._flush()

    def around_commit(self, finish: Callable[[], None], forget: Callable[[], None]) -> None:
        """`finish` runs inside each outermost transaction before it is written, `forget` after one was rolled back."""
        self._around.append((finish, forget))

    def get(self, kind: str, key: str) -> Doc | None:
        return self._cache.get(kind, {}).get(key)

    def put(self, kind: str, key: str, doc: Doc) -> None:
        if (kind, key) not in self._order:
            self._seq += 1
            self._order[(kind, key)] = self._seq
        self._cache.setdefault(kind, {})[key] = doc
        self._touched(kind, key, doc)

    def delete(self, kind: str, key: str) -> None:
        if self._cache.get(kind, {}).pop(key, None) is not None:
            self._order.pop((kind, key), None)
            self._touched(kind, key, None)

    def all(self, kind: str) -> list[Doc]:
        """Every document of a kind, in the order they were first put."""
        return list(self._cache.get(kind, {}).values())

    def count(self, kind: str) -> int:
        return len(self._cache.get(kind, {}))

    def find(self, kind: str, **equals: Any) -> list[Doc]:
        """The documents whose top-level fields equal what is asked. The first scalar field asked gets an index."""
        field = next((name for name, value in equals.items() if isinstance(value, str | int)), None)
        docs = self._cache.get(kind, {})
        if field is None:
            return [doc for doc in docs.values() if _matches(doc, equals)]
        keys = self._index(kind, field).keys_of(equals[field])
        found = [(self._order[(kind, key)], docs[key]) for key in keys if _matches(docs[key], equals)]
        return [doc for _, doc in sorted(found, key=lambda pair: pair[0])]

    def next_number(self, counter: str, start: int = 1) -> int:
        """The next number of a persistent counter; the first is `start`."""
        row = self.get("books.counter", counter)
        number = start if row is None else int(row["next"])
        self.put("books.counter", counter, {"next": number + 1})
        return number

    def kinds(self) -> list[str]:
        """The kinds that have documents."""
        return sorted(kind for kind, docs in self._cache.items() if docs)

    def copy_to(self, path: Path) -> None:
        """Everything as it stands now, in a file of its own, which takes the place of an earlier one as a whole."""
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        self._db.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.replace(path)

    def take_from(self, path: Path) -> None:
        """Everything is replaced by what such a file holds, at once and for good."""
        assert self._depth == 0, "the books cannot be replaced within a transaction"
        self._db.execute("ATTACH DATABASE ? AS other", (str(path),))
        try:
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM main.docs")
            self._db.execute("INSERT INTO main.docs (kind, key, seq, doc) SELECT kind, key, seq, doc FROM other.docs")
            self._db.execute("COMMIT")
        finally:
            self._db.execute("DETACH DATABASE other")
        self._cache, self._order, self._indexes, self._seq = {}, {}, {}, 0
        self._load()

    def close(self) -> None:
        self._db.close()

    def _load(self) -> None:
        for kind, key, seq, text in self._db.execute("SELECT kind, key, seq, doc FROM docs ORDER BY seq"):
            self._cache.setdefault(kind, {})[key] = json.loads(text)
            self._order[(kind, key)] = seq
            self._seq = max(self._seq, seq)

    def _index(self, kind: str, field: str) -> "_Index":
        index = self._indexes.get((kind, field))
        if index is None:
            index = self._indexes[(kind, field)] = _Index(field)
            for key, doc in self._cache.get(kind, {}).items():
                index.put(key, doc)
        return index

    def _touched(self, kind: str, key: str, doc: Doc | None) -> None:
        self._reindex(kind, key, doc)
        self._dirty[(kind, key)] = None
        if self._depth == 0:
            self._flush()

    def _reindex(self, kind: str, key: str, doc: Doc | None) -> None:
        for (indexed_kind, _), index in self._indexes.items():
            if indexed_kind == kind:
                index.put(key, doc)

    def _flush(self) -> None:
        if not self._dirty:
            return
        self._db.execute("BEGIN")
        for kind, key in self._dirty:
            doc = self.get(kind, key)
            if doc is None:
                self._db.execute("DELETE FROM docs WHERE kind = ? AND key = ?", (kind, key))
            else:
                self._db.execute(
                    "INSERT INTO docs (kind, key, seq, doc) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (kind, key) DO UPDATE SET doc = excluded.doc, seq = excluded.seq",
                    (kind, key, self._order[(kind, key)], json.dumps(doc)),
                )
        self._db.execute("COMMIT")
        self._dirty.clear()

    def _roll_back(self) -> None:
        """Read back what was written last: the cached document may have been changed in place, the file was not."""
        for kind, key in self._dirty:
            row = self._db.execute("SELECT seq, doc FROM docs WHERE kind = ? AND key = ?", (kind, key)).fetchone()
            if row is None:
                self._cache.get(kind, {}).pop(key, None)
                self._order.pop((kind, key), None)
                self._reindex(kind, key, None)
            else:
                self._order[(kind, key)] = row[0]
                doc = self._cache.setdefault(kind, {})[key] = json.loads(row[1])
                self._reindex(kind, key, doc)
        self._dirty.clear()


class _Index:
    """Keys by the value of one top-level field; remembers the old value, so a document changed in place moves."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._keys: dict[Hashable, dict[str, None]] = {}
        self._value: dict[str, Hashable] = {}

    def keys_of(self, value: Hashable) -> list[str]:
        return list(self._keys.get(value, {}))

    def put(self, key: str, doc: Doc | None) -> None:
        if key in self._value:
            self._keys[self._value.pop(key)].pop(key, None)
        value = None if doc is None else doc.get(self._field)
        if isinstance(value, str | int):
            self._value[key] = value
            self._keys.setdefault(value, {})[key] = None


def _matches(doc: Doc, equals: dict[str, Any]) -> bool:
    return all(doc.get(name) == value for name, value in equals.items())
