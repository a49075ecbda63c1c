"""What is said about webhooks that leave the house."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runtime.inputs.fields import Input


class SubscriptionInput(Input):
    """`types` empty: all events, also those to come."""

    name: Annotated[str, Field(max_length=40)]
    url: Annotated[str, Field(max_length=500)]
    types: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list, max_length=20)


class RotationInput(Input):
    """For so many hours the secret before it signs too."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24


class SwitchInput(Input):
    active: bool


class RedeliveryInput(Input):
    """Without ids all dead letters."""

    delivery_ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(default_factory=list, max_length=1000)
