"""What is changed through the API is told to the audit before it is done: who was let in, to do what, to what."""

from __future__ import annotations

from fastapi import Request

from security.roles import Action, Principal
from store.port import Act, Stores
from store.port.audit import LET_IN, stream_of_return

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SHOWN = 200


async def tell(request: Request, who: Principal, action: Action) -> None:
    """One chain for each who speaks, so that they do not wait for each other. What became of it the return's own chain
    tells. Raises StoreUnavailable: nothing is done that could not be told."""
    if request.method in _READING:
        return
    stores: Stores = request.app.state.stores
    of_return = request.path_params.get("return_id")
    subject = stream_of_return(of_return) if of_return else request.url.path
    said = {"request": f"{request.method} {request.url.path}", "key": request.headers.get("idempotency-key", "")}
    after = {name: value[:_SHOWN] for name, value in said.items() if value}
    await stores.audit.append(Act(f"{LET_IN}{who.name}", who.name, str(action), subject[:_SHOWN], after=after))
