"""What is wrong with the settings, one sentence per variable: which, what is the matter, and how to mend it."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

# What may be written for the kind of a section that has several.
_KINDS = {"erp": "netsuite or tryton", "crm": "salesforce or dynamics"}

# Sections there may be several of, each with a name.
_NAMED = ("CRM", "API_KEYS", "LOGINS", "LETTERHEADS")


class BadSettings(Exception):
    """Settings are missing or wrong; `sentences` has one for each, naming its variable."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def explain(error: ValidationError, settings: type[BaseModel], prefix: str) -> tuple[str, ...]:
    """One sentence per failed setting. Values are not repeated: they may be secrets."""
    known = dict(variables(settings, prefix))
    return tuple(_sentence(detail, known, prefix) for detail in error.errors(include_url=False, include_input=False))


def _sentence(detail: ErrorDetails, known: Mapping[str, str], prefix: str) -> str:
    name = prefix + "__".join(str(step).upper() for step in _path(detail["loc"]))
    described = known.get(_pattern(name, prefix), "")
    match detail["type"]:
        case "missing":
            return f"{name} is not set: it is {described}."
        case "union_tag_not_found":
            return f"{name}__KIND is not set: it is {_KINDS[str(detail['loc'][0])]}."
        case "union_tag_invalid":
            return f"{name}__KIND must be {_KINDS[str(detail['loc'][0])]}."
        case "extra_forbidden":
            near = difflib.get_close_matches(name, [one.replace("*", _org(name, prefix)) for one in known], 1, 0.8)
            return f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "; remove it.")
        case "path_not_file":
            return f"{name} names no readable file; it is {described}."
        case "string_pattern_mismatch":
            return f"{name} has the wrong form; it is {described}."
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{name} is not a setting but a section; set the variables that begin with {name}__."
        case _:
            reason = detail["msg"].removeprefix("Value error, ").replace("{}", name)
            reason = reason.removeprefix("Input should be ").removeprefix("String should ")
            return f"{name} is wrong: {reason}" + (f"; it is {described}." if described else ".")


def _path(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The steps an operator writes: pydantic puts the kind after a section's name, the variable has no such step."""
    place = {"erp": 1, "crm": 2}.get(str(loc[0]))
    return loc if place is None else loc[:place] + loc[place + 1 :]


def _org(name: str, prefix: str) -> str:
    steps = name.removeprefix(prefix).split("__")
    return steps[1] if steps[0] in _NAMED and len(steps) > 1 else "*"


def _pattern(name: str, prefix: str) -> str:
    steps = name.removeprefix(prefix).split("__")
    return prefix + "__".join([steps[0], "*", *steps[2:]] if steps[0] in _NAMED else steps)


def variables(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Every variable there is and its description; `*` stands for the name of a CRM org, an API key or a letterhead."""
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        below = list(_models(field))
        for section in below:
            level = "__*__" if get_origin(field.annotation) is dict else "__"
            yield from variables(section, variable + level)
        if not below:
            yield variable, field.description or name


def _models(field: FieldInfo) -> Iterator[type[BaseModel]]:
    yield from _models_in(field.annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
