"""The books: all of a transaction or nothing of it, found by their fields, still there after a crash."""

from pathlib import Path

import pytest

from sandbox.books import Books


def change_and_fail(books: Books) -> None:
    with books.transaction():
        doc = books.get("shop.order", "1")
        assert doc is not None
        doc["state"] = "changed in place"
        books.put("shop.order", "1", doc)
        books.put("shop.order", "2", {"state": "open"})
        raise RuntimeError


def put_inside_and_fail(books: Books) -> None:
    with books.transaction():
        with books.transaction():
            books.put("shop.order", "1", {})
        raise RuntimeError


def test_what_was_put_is_there_after_reopening(tmp_path: Path) -> None:
    books = Books(str(tmp_path / "books.sqlite"))
    books.put("shop.order", "2", {"n": 2})
    books.put("shop.order", "1", {"n": 1})
    assert books.next_number("shop", 10) == 10
    books.close()
    again = Books(str(tmp_path / "books.sqlite"))
    assert [one["n"] for one in again.all("shop.order")] == [2, 1]
    assert again.next_number("shop", 10) == 11
    again.close()


def test_an_exception_takes_everything_back(tmp_path: Path) -> None:
    books = Books(str(tmp_path / "books.sqlite"))
    books.put("shop.order", "1", {"state": "open"})
    assert len(books.find("shop.order", state="open")) == 1
    with pytest.raises(RuntimeError):
        change_and_fail(books)
    assert books.all("shop.order") == [{"state": "open"}]
    assert books.find("shop.order", state="open") == [{"state": "open"}]
    assert books.find("shop.order", state="changed in place") == []
    books.close()


def test_an_inner_transaction_is_part_of_the_outer(tmp_path: Path) -> None:
    books = Books(str(tmp_path / "books.sqlite"))
    with pytest.raises(RuntimeError):
        put_inside_and_fail(books)
    assert books.all("shop.order") == []
    books.close()


def test_finding_follows_changes_and_keeps_the_order() -> None:
    books = Books(":memory:")
    for key in ("c", "a", "b"):
        books.put("shop.line", key, {"key": key, "order": 7, "open": True})
    assert [one["key"] for one in books.find("shop.line", order=7)] == ["c", "a", "b"]
    books.put("shop.line", "a", {"key": "a", "order": 8, "open": True})
    books.delete("shop.line", "b")
    assert [one["key"] for one in books.find("shop.line", order=7)] == ["c"]
    assert [one["key"] for one in books.find("shop.line", order=8, open=True)] == ["a"]
    assert books.find("shop.line", order=8, open=False) == []
    books.close()


def test_what_runs_around_a_commit_is_part_of_it() -> None:
    books, rolled_back = Books(":memory:"), list[str]()
    books.around_commit(
        lambda: books.put("shop.seen", "last", {"orders": books.count("shop.order")}), lambda: rolled_back.append("one")
    )
    with books.transaction(), books.transaction():
        books.put("shop.order", "1", {})
    assert (books.get("shop.seen", "last"), rolled_back) == ({"orders": 1}, [])
    with pytest.raises(RuntimeError):
        put_inside_and_fail(books)
    assert (books.get("shop.seen", "last"), rolled_back) == ({"orders": 1}, ["one"])
    books.close()
