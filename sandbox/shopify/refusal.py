"""A user error on its way out: rules raise it before they change anything, the mutation's payload carries it."""

from typing import Any


class Refusal(Exception):
    """`field` is the path Shopify names; `code` is left out of payloads whose user errors have none."""

    def __init__(self, message: str, code: str, *field: str) -> None:
        super().__init__(message)
        self.message, self.code, self.field = message, code, field

    def payload(self, **nothing: Any) -> dict[str, Any]:
        error = {"field": list(self.field) or None, "message": self.message, "code": self.code}
        return {**nothing, "userErrors": [error]}
