"""`python -m sandbox`: run every vendor, the control server and the mail sink in one process until told to stop."""

import argparse
import asyncio
import json
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from sandbox import credentials, smtp, tls
from sandbox.books import Books
from sandbox.control import Control
from sandbox.gate import Gate
from sandbox.server import listen, server, started
from sandbox.snapshots import Snapshots
from sandbox.vendor import Vendor
from sandbox.vendors import NAMES, build_all
from sandbox.world import World

_PLACES = (*NAMES, "control", "smtp")


@dataclass(frozen=True)
class Options:
    ports_file: Path
    ca_file: Path
    data: Path
    seed: int
    ports_from: Path | None
    webhook_url: str | None
    host: str


def main() -> None:
    options = _options()
    options.data.mkdir(parents=True, exist_ok=True)
    # uvicorn's choice: uvloop where it is installed, which does the same in less time.
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto").get_loop_factory()) as runner:
        runner.run(run(options))


async def run(options: Options) -> None:
    ca, certificate, key = tls.certificates(options.data, options.host)
    world = World(
        books=Books(str(options.data / "books.sqlite")),
        issued=credentials.load(options.data),
        webhook_url=options.webhook_url,
        seed=options.seed,
        host=options.host,
    )
    wanted = _wanted_ports(options.ports_from)
    beyond = options.host != "localhost"
    sockets = {place: listen(wanted.get(place, 0), beyond_loopback=beyond) for place in _PLACES}
    world.ports.update({place: sock.getsockname()[1] for place, sock in sockets.items()})
    vendors = build_all(world)
    apps = {name: Gate(vendor, world) for name, vendor in vendors.items()} | {
        "control": Control(world, vendors, _snapshots(options, world, vendors)).app(),
    }
    servers = {place: server(app, certificate, key) for place, app in apps.items()}
    running = [asyncio.create_task(one.serve([sockets[place]])) for place, one in servers.items()]
    sink = await smtp.serve(world, sockets["smtp"])
    background = [asyncio.ensure_future(vendor.background()) for vendor in vendors.values() if vendor.background]
    companions = [vendor.companion for vendor in vendors.values() if vendor.companion]
    for each in companions:
        address = f"{'0.0.0.0' if beyond else '127.0.0.1'}:{wanted.get(each.place, 0)}"
        world.ports[each.place] = await each.start(address, certificate, key)
    await started(servers.values())
    shutil.copyfile(ca, options.ca_file)
    _write(options.ports_file, world.ports)

    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await stop.wait()
    for task in background:
        task.cancel()
    for one in servers.values():
        one.should_exit = True
    sink.close()
    await asyncio.gather(*running, *background, *(each.stop() for each in companions), return_exceptions=True)
    world.books.close()


def _snapshots(options: Options, world: World, vendors: Mapping[str, Vendor]) -> Snapshots:
    def restored() -> None:
        for vendor in vendors.values():
            vendor.restored()

    return Snapshots(options.data / "snapshots", world.books, restored)


_ABOUT = """\
Run a Shopify shop, a NetSuite account, a Salesforce org, a Dynamics 365 environment, an OpenID Connect issuer and a
mail sink on this machine, with books that survive a kill, until told to stop (SIGTERM or SIGINT)."""
_MORE = """\
It prints nothing. When the ports file is there, everything listens: one port per vendor, `control` for the control
server (open it in a browser, or see docs/sandbox.md), `smtp` for mail. Credentials are in DATA/credentials.json.

example:
  python -m sandbox --ports-file ports.json --ca-file ca.pem --data sandbox-data
  port=$(python -c 'import json; print(json.load(open("ports.json"))["control"])')
  curl --cacert ca.pem https://localhost:$port/health
"""


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    written, kept, met = (
        parser.add_argument_group(title) for title in ("what it writes", "what it keeps", "how it is met")
    )
    written.add_argument(
        "--ports-file", metavar="FILE", type=Path, required=True, help="written, as a whole, when everything listens"
    )
    written.add_argument(
        "--ca-file", metavar="FILE", type=Path, required=True, help="written: the CA to trust, which signs every server"
    )
    kept.add_argument(
        "--data", metavar="DIR", type=Path, help="books, keys, snapshots and CA (default: a new temporary folder)"
    )
    kept.add_argument(
        "--seed", metavar="N", type=int, default=1, help="what tokens and other things drawn by chance come from (1)"
    )
    met.add_argument("--ports-from", metavar="FILE", type=Path, help="a ports file of an earlier run: the same again")
    met.add_argument("--webhook-url", metavar="URL", help="where the shop sends its webhooks")
    met.add_argument(
        "--host",
        metavar="NAME",
        default="localhost",
        help="the name clients know this machine by; any other than localhost opens all network interfaces",
    )
    given = parser.parse_args()
    data = given.data or Path(tempfile.mkdtemp(prefix="sandbox-"))
    return Options(given.ports_file, given.ca_file, data, given.seed, given.ports_from, given.webhook_url, given.host)


def _wanted_ports(path: Path | None) -> dict[str, int]:
    if path is None or not path.exists():
        return {}
    known: dict[str, int] = json.loads(path.read_text())
    return known


def _write(path: Path, ports: dict[str, int]) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(json.dumps(ports))
    unfinished.replace(path)


if __name__ == "__main__":
    main()
