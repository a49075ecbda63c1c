"""The vendors' sandbox as a process of the stack: how to start it, where it listens, the settings that point at it."""

import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.embedded.part import StackError

# Where it listens: the vendors' servers, the control server, the mail server, Salesforce's event streams.
PLACES = ("shopify", "netsuite", "salesforce", "dynamics", "oidc", "control", "smtp", "pubsub")
# What the groups of the pretended issuer's people mean.
GROUPS = (
    "returns-support=support,returns-warehouse=warehouse,returns-finance=finance,returns-it=it_admin,"
    "returns-audit=auditor,returns-privacy=privacy_officer,returns-shop=storefront"
)
SENDER = "returns@backhaul-dev.example"


@dataclass(frozen=True, slots=True)
class Place:
    """The sandbox's folder. Its ports, certificate authority, credentials and books outlive its process."""

    folder: Path

    @property
    def ports_file(self) -> Path:
        return self.folder / "ports.json"

    @property
    def wanted_ports_file(self) -> Path:
        return self.folder / "ports.wanted.json"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def ports(self) -> dict[str, int]:
        """Where the vendors listen."""
        known: dict[str, int] = json.loads(self.ports_file.read_text())
        return known

    def prepare(self, ports: Mapping[str, int]) -> None:
        """Before a start: the ports to take. The file of ports taken appears when everything listens."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.wanted_ports_file.write_text(json.dumps({name: ports[name] for name in PLACES}))
        self.ports_file.unlink(missing_ok=True)


def root() -> Path:
    """The checkout the sandbox is run from; it is no part of the installed package."""
    spec = importlib.util.find_spec("sandbox")
    if spec is None or spec.origin is None:
        raise StackError("the vendors' sandbox is only in the source checkout: run this command from there.")
    return Path(spec.origin).resolve().parents[1]


def command(place: Place, webhook_url: str) -> tuple[str, ...]:
    """The command line."""
    argv = [sys.executable, "-m", "sandbox", "--ports-file", str(place.ports_file), "--ca-file", str(place.ca_file)]
    argv += ["--data", str(place.data), "--ports-from", str(place.wanted_ports_file), "--webhook-url", webhook_url]
    return tuple(argv)


def variables(place: Place, ports: Mapping[str, int]) -> dict[str, str]:
    """The settings of an installation whose vendors are all in the sandbox. Writes the private keys beside it."""
    known = json.loads((place.data / "credentials.json").read_text())
    at = {name: f"https://localhost:{ports[name]}" for name in PLACES}
    shop, erp, sales, field = (known[name] for name in ("shopify", "netsuite", "salesforce", "dynamics"))
    people = known["oidc"]
    return {
        "BACKHAUL_FILES__CA": str(place.ca_file),
        "BACKHAUL_STOREFRONT__URL": at["shopify"],
        "BACKHAUL_STOREFRONT__CLIENT_ID": shop["client_id"],
        "BACKHAUL_STOREFRONT__CLIENT_SECRET": shop["client_secret"],
        "BACKHAUL_ERP__ACCOUNT": erp["account"],
        "BACKHAUL_ERP__BASE_URL": at["netsuite"],
        "BACKHAUL_ERP__CLIENT_ID": erp["client_id"],
        "BACKHAUL_ERP__CERTIFICATE_ID": erp["certificate_id"],
        "BACKHAUL_ERP__PRIVATE_KEY_FILE": _key_file(place, "netsuite", erp),
        "BACKHAUL_CRM__SALESFORCE__KIND": "salesforce",
        "BACKHAUL_CRM__SALESFORCE__URL": at["salesforce"],
        "BACKHAUL_CRM__SALESFORCE__CLIENT_ID": sales["consumer_key"],
        "BACKHAUL_CRM__SALESFORCE__USERNAME": sales["username"],
        "BACKHAUL_CRM__SALESFORCE__PRIVATE_KEY_FILE": _key_file(place, "salesforce", sales),
        "BACKHAUL_CRM__SALESFORCE__PUBSUB": f"localhost:{ports['pubsub']}",
        "BACKHAUL_CRM__DYNAMICS__KIND": "dynamics",
        "BACKHAUL_CRM__DYNAMICS__URL": at["dynamics"],
        "BACKHAUL_CRM__DYNAMICS__AUTHORITY": at["dynamics"],
        "BACKHAUL_CRM__DYNAMICS__TENANT": field["tenant"],
        "BACKHAUL_CRM__DYNAMICS__CLIENT_ID": field["client_id"],
        "BACKHAUL_CRM__DYNAMICS__CLIENT_SECRET": field["client_secret"],
        "BACKHAUL_OIDC__ISSUER": at["oidc"],
        "BACKHAUL_OIDC__AUDIENCE": people["audience"],
        "BACKHAUL_OIDC__ROLES_CLAIM": "groups",
        "BACKHAUL_OIDC__ROLES": GROUPS,
        "BACKHAUL_OIDC__REGIONS_CLAIM": "groups",
        "BACKHAUL_OIDC__REGIONS": "returns-everywhere=*,returns-france=FR",
        "BACKHAUL_NOTIFY__HOST": "127.0.0.1",
        "BACKHAUL_NOTIFY__PORT": str(ports["smtp"]),
        "BACKHAUL_NOTIFY__SECURITY": "none",
        "BACKHAUL_NOTIFY__SENDER": SENDER,
    }


def _key_file(place: Place, vendor: str, known: dict[str, Any]) -> str:
    path = place.folder / f"{vendor}.pem"
    path.touch(mode=0o600)
    path.write_text(known["private_key_pem"])
    return str(path)
