"""What a call may raise.

BackhaulError
├── Unreachable       no answer came; whether it was done is not known: make the same call again, with the same key
└── Problem           the API said no (RFC 9457): `detail` says what to do, `field` what of the request it is about
    ├── Wrong         400, 413, 415: the request is not as it must be
    ├── NotAllowed    401, 403
    ├── NotFound      404: it is not there, or none of the key's business
    ├── Conflict      409: right words, wrong moment
    ├── Stale         412: it moved since you saw it
    ├── Refused       422: by a rule, or the key came with another message before
    ├── TooFast       429
    └── Unavailable   500 and above: not now
"""

from __future__ import annotations

import httpx


class BackhaulError(Exception):
    pass


class Unreachable(BackhaulError):
    pass


class Problem(BackhaulError):
    def __init__(self, status: int, title: str, detail: str, code: str, field: str, request_id: str) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.detail = status, title, detail
        self.code, self.field, self.request_id = code, field, request_id


class Wrong(Problem):
    pass


class NotAllowed(Problem):
    pass


class NotFound(Problem):
    pass


class Conflict(Problem):
    pass


class Stale(Problem):
    pass


class Refused(Problem):
    pass


class TooFast(Problem):
    pass


class Unavailable(Problem):
    pass


_KINDS = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 412: Stale, 422: Refused, 429: TooFast}


def problem(answer: httpx.Response) -> Problem:
    """What the answer says, also when it is none of the API's own: a gateway may have made it."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    told = said if isinstance(said, dict) else {}
    kind = _KINDS.get(answer.status_code, Unavailable if answer.status_code >= 500 else Wrong)
    words = (str(told.get(name, "")) for name in ("title", "detail", "code", "field"))
    title, detail, code, field = words
    return kind(
        answer.status_code, title or answer.reason_phrase, detail, code, field, answer.headers.get("X-Request-ID", "")
    )
