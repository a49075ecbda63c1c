"""Log lines: one JSON object each, with the return they are about and without personal data."""

import io
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from temporalio.testing import ActivityEnvironment

from runtime import logs
from runtime.sections import Telemetry


class Lines:
    """A logger of its own with the handler a process would have."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.log = logging.Logger("adapters.erp")
        self.log.addHandler(logs.handler(Telemetry(), self._stream))

    def only(self) -> dict[str, Any]:
        (line,) = self._stream.getvalue().splitlines()
        document: dict[str, Any] = json.loads(line)
        return document


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_a_line_is_one_json_object_with_what_was_added(lines: Lines) -> None:
    lines.log.warning("took %s s", 3, extra={"vendor": "netsuite"})
    line = lines.only()
    assert (line["level"], line["logger"], line["message"]) == ("warning", "adapters.erp", "took 3 s")
    assert line["vendor"] == "netsuite"
    assert "return_id" not in line


def test_a_line_of_an_activity_names_its_return(lines: Lines) -> None:
    env = ActivityEnvironment()
    env.info = replace(env.info, workflow_id="return:R-5001-9F2C41AB")
    env.run(lambda: lines.log.info("posted"))
    line = lines.only()
    assert (line["return_id"], line["workflow_id"]) == ("R-5001-9F2C41AB", "return:R-5001-9F2C41AB")


def test_a_line_of_the_api_names_the_return_and_the_trace_it_is_about(lines: Lines) -> None:
    span = NonRecordingSpan(SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1)))
    with logs.about("R-1-AB"), trace.use_span(span):
        lines.log.info("confirmed")
    line = lines.only()
    assert line["return_id"] == "R-1-AB"
    assert line["trace_id"] == f"{1:032x}"


def test_an_error_keeps_its_trace_and_loses_the_address(lines: Lines) -> None:
    try:
        raise ValueError("bad contact anna@example.test")
    except ValueError:
        lines.log.exception("refused anna@example.test")
    line = lines.only()
    assert "ValueError" in line["error"]
    assert "anna" not in json.dumps(line)
