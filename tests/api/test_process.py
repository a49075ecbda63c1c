"""The process `python -m api`: what its answers and its metrics carry, and how it ends when it is told to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from security.roles import Role
from tests.api.office import KEYS, variables
from tests.stack.settings import LEAST

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Running:
    process: subprocess.Popen[str]
    http: httpx.Client

    def end(self) -> tuple[int, str]:
        """Its exit code and its log."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.fixture
def running(postgres_url: str) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("BACKHAUL_", "OTEL_"))}
    own = LEAST | variables(postgres_url, "127.0.0.1:1")
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)],
        env=ours | own, cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {KEYS[Role.IT_ADMIN]}"}
    with process, httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as http:
        while process.poll() is None:
            try:
                http.get("/health").raise_for_status()
                break
            except httpx.ConnectError:
                continue
        try:
            yield Running(process, http)
        finally:
            process.kill()


def test_it_is_observed_and_ends_well(running: Running) -> None:
    http = running.http
    mine = http.get("/health", headers={"X-Request-ID": "my-own.1"})
    assert (mine.status_code, mine.headers["x-request-id"]) == (200, "my-own.1")
    forged = http.get("/nowhere", headers={"X-Request-ID": 'a"\tb'})
    assert re.fullmatch("[0-9a-f]{32}", forged.headers["x-request-id"])
    stream = threading.Event()
    ended = threading.Event()

    def watch() -> None:
        with http.stream("GET", "/events") as events:
            for _ in events.iter_lines():
                stream.set()
        ended.set()

    watching = threading.Thread(target=watch)
    watching.start()
    assert stream.wait(30)
    told = http.get("/metrics").text
    counted = [line for line in told.splitlines() if line.startswith("http_server_request_duration_seconds_count")]
    assert any('http_route="/health"' in line and 'status_code="200"' in line for line in counted), told
    assert any('http_route="none"' in line and 'status_code="404"' in line for line in counted)
    assert re.search(r"^backhaul_api_streams\S* 1\.0$", told, re.M)

    with socket.create_connection(("127.0.0.1", http.base_url.port or 0), 30) as slow:
        slow.sendall(b"POST /webhooks/shopify HTTP/1.1\r\nHost: api\r\nContent-Length: 2\r\n\r\n{")
        # Asked for later, answered before: so the other one is under way.
        http.get("/health").raise_for_status()
        running.process.send_signal(signal.SIGTERM)
        watching.join(30)
        slow.sendall(b"}")
        assert slow.recv(4096).startswith(b"HTTP/1.1 401"), "who waits for an answer gets it"
    code, said = running.end()
    assert code == 0, said
    assert ended.is_set(), "live updates are ended, not cut off"
    levels = {json.loads(line)["level"] for line in said.splitlines() if line.startswith("{")}
    assert levels <= {"info", "warning"}, said
