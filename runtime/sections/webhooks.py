"""The section of events for other systems."""

from datetime import timedelta

from pydantic import ConfigDict, Field, model_validator

from runtime.sections.keys import Keys
from runtime.sections.section import Pause, Section


class Webhooks(Section):
    """Events for other systems: see docs/webhooks.md."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Keys = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64, that the secrets of webhooks are kept under",
        repr=False,
    )
    patience: Pause = Field(default=timedelta(days=1), description="after how long an event is given up, such as 1d")
    near: bool = Field(
        default=False, description="true where only this machine is told of events, also without TLS, as in a test"
    )

    @model_validator(mode="after")
    def _some_patience(self) -> "Webhooks":
        if self.patience is None:
            raise ValueError("{}__PATIENCE must be a span such as 12h or 1d")
        return self
