"""The parts of a stack: how each is started and known to be ready. Which ones, in what order, is the stack's affair."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.embedded import cluster, environment, ports, postgres, processes, sandbox, temporal
from runtime.embedded.part import StackError
from runtime.embedded.processes import Process

_START_SECONDS = 60.0
_DATABASE = "backhaul"
_WORKFLOW_QUEUE = "returns"
WEBHOOKS = "/webhooks/shopify"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stack lives: its folder, the ports its parts were given, the variables its processes get.

    `remember` notes a process the moment it exists, long before it is ready."""

    folder: Path
    ports: Mapping[str, int]
    variables: Mapping[str, str]
    remember: Callable[[str, Process], None]

    def log(self, part: str) -> Path:
        return self.folder / "logs" / f"{part}.log"

    @property
    def sandbox(self) -> sandbox.Place:
        return sandbox.Place(self.folder / "sandbox")


def start_postgres(site: Site) -> Process:
    try:
        server = postgres.start(site.folder / "postgres", site.ports["postgres"])
        postgres.create_database(server, _DATABASE)
    except cluster.PostgresFailed as error:
        raise StackError(str(error)) from error
    log = str(site.folder / "postgres" / "postgres.log")
    return Process(server.pid, server.born, ("postgres",), log, ports={"postgres": server.port})


def database_url(site: Site, process: Process) -> str:
    return _server(site, process).url(_DATABASE)


def api_database_url(site: Site, process: Process) -> str:
    """As the role that row-level security binds."""
    return _server(site, process).api_url(_DATABASE)


def stop_postgres(site: Site, process: Process) -> None:
    try:
        postgres.stop(_server(site, process))
    except cluster.PostgresFailed as error:
        raise StackError(str(error)) from error


def start_temporal(site: Site) -> Process:
    (site.folder / "temporal").mkdir(parents=True, exist_ok=True)
    at = {name: site.ports[name] for name in ("temporal", "temporal_ui", "temporal_metrics")}
    program = temporal.binary(site.folder / "tools")
    argv = temporal.command(program, site.folder / "temporal", *at.values())
    process = _launch(site, "temporal", argv, site.folder, *at.values())
    _until(site, "temporal", process, lambda: asyncio.run(_healthy(at["temporal"])))
    return replace(process, ports=at)


def start_sandbox(site: Site) -> Process:
    place = site.sandbox
    webhooks = f"http://127.0.0.1:{site.ports['api']}{WEBHOOKS}"
    argv, root = sandbox.command(place, webhooks), sandbox.root()
    left = processes.left_behind(argv, site.log("sandbox"), str(site.folder))
    if left is None:
        place.prepare(site.ports)
    process = left or _launch(site, "sandbox", argv, root, *(site.ports[name] for name in sandbox.PLACES))
    _until(site, "sandbox", process, place.ports_file.exists)
    return replace(process, ports=place.ports())


def start_worker(site: Site) -> Process:
    root = Path(__file__).resolve().parents[2]
    began = time.time()
    argv = (sys.executable, "-m", "worker")
    process = _launch(site, "worker", argv, root)
    _until(site, "worker", process, lambda: asyncio.run(_polls(site.ports["temporal"], process.pid, began)))
    return process


def start_api(site: Site) -> Process:
    root, port = Path(__file__).resolve().parents[2], site.ports["api"]
    process = _launch(site, "api", (sys.executable, "-m", "api", "--port", str(port)), root, port)
    _until(site, "api", process, lambda: _says_ok(port, "/health"))
    return replace(process, ports={"api": port})


def _launch(site: Site, part: str, argv: tuple[str, ...], cwd: Path, *needed: int) -> Process:
    log = site.log(part)
    if (left := processes.left_behind(argv, log, str(site.folder))) is not None:
        return replace(left, settings=environment.digest(processes.environ(left)))
    if taken := [port for port in needed if not ports.is_free(port)]:
        raise StackError(
            f"port {taken[0]}, where {part} was before, is taken by another process; end that one, or run "
            "`backhaul down` and `backhaul up` to move the whole stack."
        )
    variables = dict(site.variables) | {processes.MARK: str(site.folder)}
    process = processes.launch(argv, log, environment.of_child(variables), cwd)
    process = replace(process, settings=environment.digest(variables))
    site.remember(part, process)
    return process


def _until(site: Site, part: str, process: Process, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if not processes.alive(process):
            raise StackError(f"{part} ended during its start; {process.log} says:\n{processes.last_lines(process.log)}")
        if time.monotonic() > deadline:
            processes.end(process, 5)
            raise StackError(f"{part} was not ready within {_START_SECONDS:.0f} s; see {process.log}.")
        time.sleep(0.1)


async def _healthy(port: int) -> bool:
    if not ports.answers(port):
        return False
    try:
        client = await Client.connect(f"127.0.0.1:{port}")
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except (RuntimeError, RPCError):
        return False
    return True


async def _polls(port: int, pid: int, began: float) -> bool:
    """Is a worker of this process, or one that came after `began`, asking for workflow tasks?"""
    try:
        client = await Client.connect(f"127.0.0.1:{port}")
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=_WORKFLOW_QUEUE),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
        )
    except (RuntimeError, RPCError):
        return False
    return any(
        poller.identity.startswith(f"{pid}@") or poller.last_access_time.ToSeconds() >= began
        for poller in answer.pollers
    )


def _says_ok(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _server(site: Site, process: Process) -> postgres.Server:
    folder = (site.folder / "postgres").resolve()
    return postgres.Server(str(folder), process.pid, process.born, process.ports["postgres"])
