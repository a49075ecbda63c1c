"""One whole installation on this machine: database, Temporal, the vendors' sandbox, worker and API, each a process.

`up` starts what is not running and leaves alone what is, whatever died and however; `down` ends exactly what `up`
started. Everything lives under one folder. Not for production.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from temporalio.client import Client

from runtime.embedded import api_keys, environment, parts, ports, processes, sandbox, state
from runtime.embedded.part import PARTS, SERVERS, PartStatus, StackError
from runtime.embedded.parts import Site
from runtime.embedded.processes import Process
from runtime.embedded.state import State
from runtime.temporal import register_search_attributes
from store.migrate import upgrade

_START: Mapping[str, Callable[[Site], Process]] = {
    "postgres": parts.start_postgres,
    "temporal": parts.start_temporal,
    "sandbox": parts.start_sandbox,
    "worker": parts.start_worker,
    "api": parts.start_api,
}
_PORTS = {
    "postgres": ("postgres",),
    "temporal": ("temporal", "temporal_ui", "temporal_metrics"),
    "sandbox": sandbox.PLACES,
    "worker": (),
    "api": ("api",),
}
# The worker finishes the calls that are under way.
_END_SECONDS = {"worker": 45.0}


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack of one folder. Commands on it exclude each other, between processes too."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> "Stack":
        return cls(folder.resolve())

    def up(self, chosen: Mapping[str, str], wanted: Sequence[str] = PARTS) -> tuple[PartStatus, ...]:
        """Start what is missing of `wanted`, bring the database and Temporal up to this version, answer what was done.

        `chosen` are the operator's variables; those that make sense for a stack are kept in it."""
        with state.locked(self.folder) as known:
            self._give_ports(known)
            done = {name: self._ensure(known, name, {}) for name in SERVERS if name in wanted}
            variables = environment.write(self.folder, self._variables(known), chosen)
            if {"postgres", "temporal"} <= set(wanted):
                self._prepare(variables)
            done |= {
                name: self._ensure(known, name, variables) for name in PARTS if name in wanted and name not in done
            }
            return tuple(replace(one, change=done.get(one.name, "")) for one in self._statuses(known))

    def down(self) -> tuple[PartStatus, ...]:
        """End what runs, gently and in reverse. Data, addresses and credentials stay for the next `up`."""
        with state.locked(self.folder) as known:
            done = {name: self._end(known, name) for name in reversed(PARTS)}
            return tuple(replace(one, change=done[one.name]) for one in self._statuses(known))

    def restart(self, name: str) -> tuple[PartStatus, ...]:
        """End one part and start it again where it was."""
        if name not in PARTS:
            raise StackError(f"there is no part {name!r}; there are {', '.join(PARTS)}.")
        with state.locked(self.folder) as known:
            self._end(known, name)
            self._give_ports(known)
            variables = {} if name in SERVERS else environment.write(self.folder, self._variables(known), {})
            self._ensure(known, name, variables)
            return tuple(replace(one, change="restarted" * (one.name == name)) for one in self._statuses(known))

    def status(self) -> tuple[PartStatus, ...]:
        return self._statuses(state.load(self.folder))

    def _statuses(self, known: State) -> tuple[PartStatus, ...]:
        return tuple(_status(name, known.processes.get(name)) for name in PARTS)

    def _site(self, known: State, variables: Mapping[str, str]) -> Site:
        def remember(name: str, process: Process) -> None:
            known.processes[name] = process
            known.save()

        return Site(self.folder, known.ports, variables, remember)

    def _give_ports(self, known: State) -> None:
        """Ports stay the same for life; only when nothing runs may one that somebody else took be replaced."""
        asleep = not any(processes.alive(one) for one in known.processes.values())
        names = [name for part in PARTS for name in _PORTS[part]]
        missing = [
            name for name in names if name not in known.ports or (asleep and not ports.is_free(known.ports[name]))
        ]
        known.ports |= dict(zip(missing, ports.free(len(missing)), strict=True))
        known.save()

    def _ensure(self, known: State, name: str, variables: Mapping[str, str]) -> str:
        """Start the part unless it runs with these very variables; answers what was done."""
        running = known.processes.get(name)
        was_alive = running is not None and processes.alive(running)
        if running is not None and was_alive:
            expected = environment.digest(dict(variables) | {processes.MARK: str(self.folder)})
            current = name in SERVERS or running.settings == expected
            if current and running.ready:
                return "already running"
            if not current:
                processes.end(running, _END_SECONDS.get(name, 10.0))
        site = self._site(known, variables)
        site.remember(name, replace(_START[name](site), ready=True))
        if was_alive:
            return "started" if current else "restarted with new settings"
        return "started" if running is None else "started again after it died"

    def _end(self, known: State, name: str) -> str:
        process = known.processes.get(name)
        if process is None:
            return ""
        was_alive = processes.alive(process)
        if name == "postgres":
            parts.stop_postgres(self._site(known, {}), process)
        else:
            processes.end(process, _END_SECONDS.get(name, 10.0))
        del known.processes[name]
        known.save()
        return "ended" if was_alive else "had died"

    def _variables(self, known: State) -> dict[str, str]:
        """What points at the stack's own servers, as far as they were ever started."""
        site = self._site(known, {})
        own = api_keys.variables(self.folder) | {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{known.ports['temporal']}",
            "TEMPORAL_NAMESPACE": "default",
            "BACKHAUL_API__URL": f"http://localhost:{known.ports['api']}",
            # A stack tells nobody outside of events either.
            "BACKHAUL_WEBHOOKS__NEAR": "true",
        }
        if "postgres" in known.processes:
            own["BACKHAUL_DATABASE__URL"] = parts.database_url(site, known.processes["postgres"])
            own["BACKHAUL_DATABASE__API_URL"] = parts.api_database_url(site, known.processes["postgres"])
        if (vendors := known.processes.get("sandbox")) is not None and vendors.ready:
            own |= sandbox.variables(site.sandbox, known.ports)
        return own

    def _prepare(self, variables: Mapping[str, str]) -> None:
        """Tables and search attributes as this version wants them."""

        async def prepare() -> None:
            await upgrade(variables["BACKHAUL_DATABASE__URL"], variables["BACKHAUL_DATABASE__API_URL"])
            client = await Client.connect(variables["TEMPORAL_ADDRESS"], namespace=variables["TEMPORAL_NAMESPACE"])
            await register_search_attributes(client)

        asyncio.run(prepare())


def _status(name: str, process: Process | None) -> PartStatus:
    if process is None:
        return PartStatus(name, "stopped", None, {}, "")
    running = processes.alive(process)
    return PartStatus(name, "running" if running else "died", process.pid, process.ports, process.log)
