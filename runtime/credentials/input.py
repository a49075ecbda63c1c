"""What callers say to write a credential."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from runtime.credentials.keeping import MOST_OVERLAP
from runtime.inputs import Input

_HOUR = timedelta(hours=1)


class CredentialInput(Input):
    """For so many hours others may prove themselves with the one before it too, where that is what it is for."""

    secret: Annotated[SecretStr, Field(min_length=1, max_length=16_384)]
    overlap_hours: Annotated[int | None, Field(ge=0, le=MOST_OVERLAP // _HOUR, strict=True)] = None

    def overlap(self) -> timedelta | None:
        return None if self.overlap_hours is None else self.overlap_hours * _HOUR
