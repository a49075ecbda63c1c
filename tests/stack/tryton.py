"""A lab's Tryton as tests use it: where it is, its users, orders put into its books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tryton_lab.lab import Address, Lab
from tryton_lab.rpc import Tryton
from tryton_lab.seed import Seeded, seed


@dataclass(frozen=True, slots=True)
class RealTryton:
    lab: Lab
    address: Address

    @property
    def url(self) -> str:
        return self.address.url

    @property
    def database(self) -> str:
        return self.address.database

    @property
    def user(self) -> str:
        """The returns desk's account, which is no administrator."""
        return self.address.user

    @property
    def password(self) -> str:
        return self.address.password

    def desk(self) -> Tryton:
        return self.address.desk()

    def admin(self) -> Tryton:
        return self.address.admin()

    def seed(self, *documents: dict[str, Any]) -> list[Seeded]:
        """Neutral orders into the books; see tests/stack/orders.py."""
        with self.admin() as tryton:
            return seed(tryton, documents)
