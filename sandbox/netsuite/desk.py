"""The desk every request works at: finding, numbering, saving and linking records in the books."""

from typing import Any

from sandbox.netsuite.catalog import ITEMS, TRANSACTIONS, TYPES
from sandbox.netsuite.errors import invalid_content, invalid_value, nonexistent, user_error
from sandbox.world import World

Doc = dict[str, Any]

BASE_CURRENCY = "EUR"
"""What the account keeps its books in."""


class Desk:
    """One account's records. Documents carry `type`, `id`, and `children`: the transactions made from them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books = world.books

    def today(self) -> str:
        return self.world.clock.now().date().isoformat()

    def find(self, kind: str, ref: str) -> Doc | None:
        """By internal id, or by external id written `eid:...`."""
        if ref.startswith("eid:"):
            found = self.books.find(f"netsuite.{kind}", externalId=ref.removeprefix("eid:"))
            return found[0] if found else None
        return self.books.get(f"netsuite.{kind}", ref)

    def need(self, kind: str, ref: str) -> Doc:
        doc = self.find(kind, ref)
        if doc is None:
            raise nonexistent(f"/services/rest/record/v1/{kind}/{ref}")
        return doc

    def transaction(self, ref: str) -> Doc | None:
        """A transaction of any type by internal id: transactions share one number range."""
        return next((doc for kind in TRANSACTIONS if (doc := self.find(kind, ref))), None)

    def new(self, kind: str, fields: Doc) -> Doc:
        """Number and save a new record. Raises Refused when its external id is taken."""
        entry = TYPES[kind]
        self.check_external_id(kind, fields.get("externalId"), None)
        # Transactions of every type share one number range, and so do items.
        series = "transaction" if entry.code else "item" if kind in ITEMS else kind
        number = self.books.next_number(f"netsuite.{series}", 1001)
        doc = fields | {"type": kind, "id": str(number), "createdDate": self.stamp()}
        if entry.code:
            doc.setdefault("tranDate", self.today())
            doc["tranId"] = f"{entry.prefix}{number}"
            doc["children"] = []
        self.save(doc)
        origin = doc.get("createdFrom")
        if origin:
            self.link(str(origin["id"]), doc)
        return doc

    def link(self, parent_id: str, child: Doc) -> None:
        parent = self.transaction(parent_id)
        if parent is not None:
            parent["children"] = [*parent["children"], [child["type"], child["id"]]]
            self.save(parent)

    def unlink(self, parent_id: str, child: Doc) -> None:
        parent = self.transaction(parent_id)
        if parent is not None:
            parent["children"] = [pair for pair in parent["children"] if pair[1] != child["id"]]
            self.save(parent)

    def children(self, doc: Doc, *kinds: str) -> list[Doc]:
        return [self.need(kind, number) for kind, number in doc.get("children", []) if kind in kinds]

    def source_of(self, doc: Doc) -> Doc | None:
        """The transaction it was made from, if it was made from one."""
        origin = doc.get("createdFrom")
        return self.transaction(str(origin["id"])) if origin else None

    def save(self, doc: Doc) -> None:
        doc["lastModifiedDate"] = self.stamp()
        self.books.put(f"netsuite.{doc['type']}", doc["id"], doc)

    def delete(self, doc: Doc) -> None:
        origin = doc.get("createdFrom")
        if origin:
            self.unlink(str(origin["id"]), doc)
        self.books.delete(f"netsuite.{doc['type']}", doc["id"])

    def stamp(self) -> str:
        return self.world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def check_external_id(self, kind: str, external_id: object, own_id: str | None) -> None:
        """External ids are unique per record type."""
        if external_id is None:
            return
        if not isinstance(external_id, str) or not external_id:
            raise invalid_content("Invalid value for the field externalId.", "externalId")
        taken = self.books.find(f"netsuite.{kind}", externalId=external_id)
        if any(doc["id"] != own_id for doc in taken):
            raise user_error("This record already exists.", "externalId")

    def resolve(self, kinds: tuple[str, ...], ref: object, path: str) -> Doc:
        """The record a body refers to as {"id": ...}, {"externalId": ...} or a bare id."""
        if isinstance(ref, dict) and ref.get("externalId"):
            wanted = f"eid:{ref['externalId']}"
        elif isinstance(ref, dict) and ref.get("id") is not None:
            wanted = str(ref["id"])
        elif isinstance(ref, str | int):
            wanted = str(ref)
        else:
            raise invalid_content("A reference needs an id or an externalId.", path)
        for kind in kinds:
            doc = self.find(kind, wanted)
            if doc is not None:
                return doc
        raise invalid_value(wanted, path)

    def item(self, ref: object, path: str) -> Doc:
        return self.resolve(ITEMS, ref, path)

    def currency(self, symbol: str) -> Doc:
        """By its ISO code; the account knows every currency it meets."""
        found = self.books.find("netsuite.currency", symbol=symbol)
        return found[0] if found else self.new("currency", {
            "symbol": symbol, "name": symbol, "isInactive": False, "isBaseCurrency": symbol == BASE_CURRENCY,
        })  # fmt: skip


def reference(doc: Doc) -> Doc:
    """How one record points at another."""
    names = ("tranId", "itemId", "entityId", "periodName", "symbol", "name")
    name = next((doc[field] for field in names if doc.get(field)), None)
    return {"id": doc["id"], "refName": name or doc["id"], "_kind": doc["type"]}
