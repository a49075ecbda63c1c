"""Starts the sandbox as a process of its own, and can kill and restart it on the same ports and books."""

import json
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0


@dataclass
class Sandbox:
    folder: Path
    webhook_url: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _control: httpx.Client | None = None

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def control(self) -> httpx.Client:
        assert self._control is not None, "the sandbox is not started"
        return self._control

    def url(self, vendor: str) -> str:
        return f"https://localhost:{self.ports[vendor]}"

    def start(self) -> None:
        """Ports of an earlier start are taken again, so addresses survive a kill."""
        data, ports, old = self.folder / "data", self.folder / "ports.json", self.folder / "ports.old.json"
        data.mkdir(parents=True, exist_ok=True)
        if ports.exists():
            ports.replace(old)
        command = [sys.executable, "-m", "sandbox", "--ports-file", str(ports), "--ca-file", str(self.ca_file)]
        command += ["--data", str(data), "--ports-from", str(old)]
        if self.webhook_url:
            command += ["--webhook-url", self.webhook_url]
        with (self.folder / "sandbox.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not ports.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start:\n{(self.folder / 'sandbox.log').read_text()}")
            time.sleep(0.02)
        self.ports = json.loads(ports.read_text())
        self.credentials = json.loads((data / "credentials.json").read_text())
        self._control = httpx.Client(
            base_url=self.url("control"), verify=trust(self.ca_file), trust_env=False, timeout=30
        )

    def kill(self) -> None:
        """As a crash does: no goodbye."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def seed(self, order: dict[str, Any]) -> dict[str, Any]:
        """Put a neutral order into every vendor's books; answers their ids by vendor."""
        answer = self.control.post("/orders", json=order)
        assert answer.status_code == 201, answer.text
        seeded: dict[str, Any] = answer.json()
        return seeded

    def fault(self, vendor: str, operation: str, kind: str, **more: Any) -> None:
        answer = self.control.post("/faults", json={"vendor": vendor, "operation": operation, "kind": kind, **more})
        assert answer.status_code == 200, answer.text

    def books(self, vendor: str) -> dict[str, Any]:
        view: dict[str, Any] = self.control.get(f"/books/{vendor}").json()
        return view

    def heal(self) -> None:
        self.control.delete("/faults").raise_for_status()


def trust(ca_file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_file))
