"""A request to return is one trace: from the caller through update, workflow and activity to the vendor's HTTP call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import sandbox as embedded
from tests.stack import temporal
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
ORDER = 8_990_001


@pytest.fixture
def spans(
    sandbox: Sandbox, postgres_url: str, temporal_env: WorkflowEnvironment, tmp_path: Path
) -> list[dict[str, str | None]]:
    sandbox.seed(order(ORDER))
    settings = embedded.variables(_place(sandbox, tmp_path), sandbox.ports) | {
        "BACKHAUL_DATABASE__URL": postgres_url,
        "BACKHAUL_FILES__CA": str(sandbox.ca_file),
        "TEMPORAL_ADDRESS": temporal.address(temporal_env),
        "OTEL_TRACES_EXPORTER": "console",
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("BACKHAUL_", "OTEL_"))}
    file = tmp_path / "spans.json"
    script = [sys.executable, "-m", "tests.runtime.traced_return", str(ORDER), f"{ORDER}1", str(file)]
    done = subprocess.run(
        script, env=ours | settings, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str | None]] = json.loads(file.read_text())
    return found


def test_the_way_from_the_caller_to_a_vendor_is_one_trace(spans: list[dict[str, str | None]]) -> None:
    by_id = {span["id"]: span for span in spans}
    (caller,) = [span for span in spans if span["name"] == "customer asks"]
    calls = [span for span in spans if str(span["name"]).startswith(("shopify ", "netsuite "))]
    assert {str(call["name"]).partition(" ")[0] for call in calls} == {"shopify", "netsuite"}
    for call in calls:
        assert call["trace"] == caller["trace"], call
        way = [str(call["name"])]
        parent = call["parent"]
        while parent is not None:
            span = by_id[parent]
            way.append(str(span["name"]))
            parent = span["parent"]
        assert way[-1] == "customer asks", way
        kinds = [step.partition(":")[0] for step in way[1:-1]]
        assert kinds[0] == "RunActivity", way
        assert "StartActivity" in kinds, way
        assert kinds[-1] == "StartUpdateWithStartWorkflow", way


def _place(sandbox: Sandbox, folder: Path) -> embedded.Place:
    """The running sandbox as the embedded stack would know it; key files are written beside."""
    place = embedded.Place(folder)
    place.data.mkdir()
    (place.data / "credentials.json").write_text(json.dumps(sandbox.credentials))
    return place
