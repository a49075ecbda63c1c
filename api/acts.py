"""What is changed through the API is told to the audit before it is done: who was let in, to do what, to what. So is
what somebody known was refused because it is not theirs to do. Of who is not known a line of the log tells."""

from __future__ import annotations

from fastapi import Request

from security.roles import Action, Principal
from store.port import Act, Stores
from store.port.audit import LET_IN, stream_of_return

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SHOWN = 200
_REFUSED = "access:refuse"


async def tell(request: Request, who: Principal, action: Action) -> None:
    """One chain for each who speaks, so that they do not wait for each other. What became of it the return's own chain
    tells. Raises StoreUnavailable: nothing is done that could not be told."""
    if request.method not in _READING:
        await _append(request, who, str(action), key=request.headers.get("idempotency-key", ""))


async def refused(request: Request, who: Principal, action: Action) -> None:
    """Reading too: whoever tries what is not theirs is worth a look. Raises StoreUnavailable."""
    await _append(request, who, _REFUSED, wanted=str(action))


async def _append(request: Request, who: Principal, action: str, **more: str) -> None:
    stores: Stores = request.app.state.stores
    of_return = request.path_params.get("return_id")
    subject = stream_of_return(of_return) if of_return else request.url.path
    said = {"request": f"{request.method} {request.url.path}"} | more
    after = {name: value[:_SHOWN] for name, value in said.items() if value}
    await stores.audit.append(Act(f"{LET_IN}{who.name}", who.name, action, subject[:_SHOWN], after=after))
