"""What a section of the settings is, and the kinds of value that several sections have."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FilePath,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from runtime.pauses import pause


class Section(BaseModel):
    """Unknown names are refused, so that a misspelt variable is told instead of ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def words(value: Any) -> Any:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def address(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise ValueError("it must begin with https://")
    return value.rstrip("/")


def named(fields: Iterable[str]) -> str:
    """Field names as the operator writes them; `{}` becomes the section's own variable name."""
    return ", ".join("{}__" + name.upper() for name in fields)


def _pause(value: Any) -> Any:
    return pause(value) if isinstance(value, str) else value


Pause = Annotated[timedelta | None, BeforeValidator(_pause)]
Words = Annotated[tuple[str, ...], BeforeValidator(words)]
Address = Annotated[str, BeforeValidator(address)]
# In the place of a file whose content is kept elsewhere (runtime/left_out.py); a folder is no file.
LEFT_OUT = Path()


def _or_left_out(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return LEFT_OUT if value == "" else check(value)


KeyFile = Annotated[FilePath, WrapValidator(_or_left_out)]
