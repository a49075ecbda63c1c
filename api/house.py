"""What routes ask of the house: all that one process may ask, as it was composed when it started."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from runtime.front import Front


def _front(request: Request) -> Front:
    found: Front = request.app.state.front
    return found


House = Annotated[Front, Depends(_front)]
