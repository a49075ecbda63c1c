"""A user error on its way out: rules raise it before they change anything, the mutation's payload carries it."""

from typing import Any


class Refusal(Exception):
    """`field` is the path Shopify names; `code` is left out of payloads whose user errors have none."""

    def __init__(self, message: str, code: str | None, *field: str) -> None:
        super().__init__(message)
        self.message, self.code, self.field = message, code, field
        self._more: list[Refusal] = []

    @classmethod
    def together(cls, refusals: "list[Refusal]") -> "Refusal":
        """Several things that are wrong at once."""
        first, *more = refusals
        first._more = more
        return first

    def errors(self) -> list[dict[str, Any]]:
        own = {"field": list(self.field) or None, "message": self.message, "code": self.code}
        return [own, *(one for refusal in self._more for one in refusal.errors())]

    def payload(self, **nothing: Any) -> dict[str, Any]:
        return {**nothing, "userErrors": self.errors()}
