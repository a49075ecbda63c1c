"""The API keeps to its own description: random requests, good and bad, get answers it tells of and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from requests import Session
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import build
from security.roles import ALLOWED, Role
from tests.api.office import KEYS, Office, confirmation
from tests.api.test_roles import GUARDED
from tests.stack.profile import often
from tests.stack.settings import least_settings

DESCRIBED = build(least_settings()).openapi()
# Who may ask is another test's (test_roles.py): here everybody comes with a key that is let in.
SCHEMA = schemathesis.openapi.from_dict(
    {
        **DESCRIBED,
        "paths": {
            path: {method: {**operation, "security": []} for method, operation in methods.items()}
            for path, methods in DESCRIBED["paths"].items()
        },
    }
)
OPERATIONS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]
ACTIONS = {(path, method.lower()): action for method, path, action in GUARDED}
# Live updates have no end (test_events.py has them).
ENDLESS = {"/events", "/returns/{return_id}/events"}
FINITE = [one for one in OPERATIONS if one[0] not in ENDLESS]
EXAMPLES = often(4, 80)
EXAMPLE_SETTINGS = settings(
    deadline=None, database=None, derandomize=True, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip


def shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is described with a schema: bodies and answers."""
    for path, method in OPERATIONS:
        operation = DESCRIBED["paths"][path][method]
        parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, part in parts.items():
            for kind, shape in part.get("content", {}).items():
                if kind.endswith("json"):
                    yield f"{method} {path} {name}", shape


def test_every_body_and_answer_has_an_example_that_is_true_to_its_form() -> None:
    for where, shape in shapes():
        whole = {**shape["schema"], "components": DESCRIBED["components"]}
        faults = [fault.message for fault in Draft202012Validator(whole).iter_errors(shape["example"])]
        assert not faults, where


# Rows of a person's data as they are kept: whatever is there is owed to them, under whatever names.
FREE = {"POST /privacy/exports"}


def untyped(schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Where a schema lets pass whatever comes."""
    if "$ref" in schema:
        schema = DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    either = schema.get("anyOf", schema.get("oneOf"))
    if either:
        for one in either:
            yield from untyped(one, at)
    elif schema.get("type") == "array":
        yield from untyped(schema.get("items", {}), f"{at}[]")
    elif schema.get("type") == "object":
        rest = schema.get("additionalProperties", {})
        if isinstance(rest, dict) and not (rest or "properties" in schema):
            yield at or "all of it"
        for name, part in schema.get("properties", {}).items():
            yield from untyped(part, f"{at}.{name}")
        if isinstance(rest, dict) and rest:
            yield from untyped(rest, f"{at}.*")
    elif not {"type", "enum", "const"} & schema.keys():
        yield at or "all of it"


def test_every_answer_says_what_is_in_it() -> None:
    for path, method in OPERATIONS:
        answers = DESCRIBED["paths"][path][method]["responses"].items()
        done = [one for status, one in answers if status < "300"]
        leads_on = any("300" <= status < "400" for status, _ in answers)
        where = f"{method.upper()} {path}"
        assert leads_on or done, where
        assert all(one.get("content") for one in done), f"{where} does not say what it answers"
        found = [at for one in done for shape in one["content"].values() for at in untyped(shape["schema"])]
        assert bool(found) is (where in FREE), (where, found)


def test_every_operation_has_a_name_of_its_own_a_sentence_and_a_group() -> None:
    operations = [DESCRIBED["paths"][path][method] for path, method in OPERATIONS]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(one["description"] and one["tags"] for one in operations)


@pytest.fixture(scope="module", autouse=True)
def recursive_data() -> None:
    """Drawn once before there are threads: hypothesis then parses its sources to describe what it draws, which fails
    in CPython 3.11 when another thread parses too (python/cpython#106905)."""
    anything = SCHEMA["/webhooks/shopify"]["POST"].as_strategy(GenerationMode.NEGATIVE)

    @settings(EXAMPLE_SETTINGS, max_examples=10)
    @given(case=anything)
    def draw(case: Case[Any]) -> None:
        assert case.method == "POST"

    draw()


@pytest.fixture(scope="module")
def known(staff: Office, address: str) -> tuple[str, ...]:
    """Returns at two places of their life: so that not everything random meets nobody."""
    headers = {"Authorization": f"Bearer {KEYS[Role.STOREFRONT]}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as http:

        def say(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = http.post(path, json=body, headers={"Idempotency-Key": uuid4().hex}).raise_for_status()
            document: dict[str, Any] = answer.json()
            return document

        asked = [{"order_id": staff.desk.order(), "lines": [{"line_id": "70011", "quantity": 2}]} for _ in range(2)]
        first, second = (say("/returns", one) for one in asked)
        say(f"/returns/{second['return_id']}/confirmation", confirmation(second))
    return first["return_id"], second["return_id"]


# On a busy machine the engine hurries a worker by an error in its thread, which may hit hypothesis' own bookkeeping.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("path", "method"), FINITE)
def test_random_requests_get_answers_that_are_described(
    path: str, method: str, address: str, known: tuple[str, ...]
) -> None:
    action = ACTIONS.get((path, method))
    roles = sorted(ALLOWED[action]) if action is not None else []
    headers = {"Authorization": f"Bearer {KEYS[roles[0]]}"} if roles else {}
    operation = SCHEMA[path][method.upper()]
    good = operation.as_strategy(GenerationMode.POSITIVE)
    if "{return_id}" in path:
        there = operation.as_strategy(path_parameters={"return_id": known[0]})
        good = there | operation.as_strategy(path_parameters={"return_id": known[1]}) | good
    bad = operation.as_strategy(GenerationMode.NEGATIVE)
    session = Session()
    session.trust_env = False

    @settings(EXAMPLE_SETTINGS, max_examples=EXAMPLES)
    @given(case=good | bad)
    def meets(case: Case[Any]) -> None:
        case.call_and_validate(base_url=address, session=session, headers=headers, checks=CHECKS)

    meets()
    session.close()
