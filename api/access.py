"""Every route but the open ones names what it does here; who may do that is decided here and nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from api.bodies import check_query
from domain.returns import Snapshot
from runtime.returns import unknown
from security.api_keys import Keyholders
from security.roles import Action, Principal, may, sees

_BEARER = HTTPBearer(auto_error=False, description="an API key, bh_…")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="backhaul"'}


class Allowed:
    """A dependency: the principal, when it may do `action`. Raises 401 and 403."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Principal:
        if given is None:
            raise HTTPException(401, "send your API key as 'Authorization: Bearer bh_…'", _CHALLENGE)
        keyholders: Keyholders = request.app.state.keyholders
        who = keyholders.holder(given.credentials)
        if who is None:
            detail = "this API key is not known here; an administrator makes one with `backhaul api-key`"
            raise HTTPException(401, detail, _CHALLENGE)
        if not may(who, self.action):
            raise HTTPException(403, f"{who.name} has no role that may {self.action}")
        check_query(request)
        return who


def check_sees(who: Principal, snapshot: Snapshot) -> Snapshot:
    """The snapshot, or a refusal as if it were not there: others' returns are not even hinted at."""
    if not sees(who, snapshot.region, snapshot.shop):
        raise unknown(snapshot.return_id)
    return snapshot
