"""The credentials every client of the sandbox uses: fixed, but for the RSA keys, which are made once per data folder.

Secrets can be changed meanwhile, as one does in a vendor's own pages (`POST /credentials` of the control server)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class ShopifyCredentials:
    shop: str = "backhaul-dev"
    client_id: str = "5c3f0f6e2b7d4c1a9e8d7c6b5a493827"
    client_secret: str = "shpss_sandbox_1f2e3d4c5b6a79880"


@dataclass(frozen=True)
class NetSuiteCredentials:
    private_key_pem: str
    account: str = "TSTDRV9000001"
    client_id: str = "ns-m2m-client-7d1c0a5e9b4f4c3d8e2a6b1f0c9d8e7a"
    certificate_id: str = "ns-cert-backhaul-1"
    consumer_key: str = "ns-tba-consumer-key-41b7"
    consumer_secret: str = "ns-tba-consumer-secret-9a2c"
    token_id: str = "ns-tba-token-id-63e0"
    token_secret: str = "ns-tba-token-secret-d518"


@dataclass(frozen=True)
class SalesforceCredentials:
    private_key_pem: str
    consumer_key: str = "3MVG9sandbox.backhaul.consumer"
    consumer_secret: str = "sf-sandbox-consumer-secret-2b8e"
    username: str = "integration@backhaul-dev.example"
    password: str = "sf-sandbox-password-7c4d"
    security_token: str = "sfSandboxSecurityToken61f0"


@dataclass(frozen=True)
class DynamicsCredentials:
    private_key_pem: str
    certificate_pem: str
    """What an application signs in with instead of its secret."""
    tenant: str = "7f0e1d2c-3b4a-4958-8677-a6b5c4d3e2f1"
    client_id: str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    client_secret: str = "dv-sandbox-client-secret-77c1"


@dataclass(frozen=True)
class OidcCredentials:
    client_id: str = "backhaul-console"
    client_secret: str = "oidc-sandbox-client-secret-5e20"
    audience: str = "backhaul-api"
    """What tokens for the API are made out to."""
    password: str = "oidc-sandbox-password-90ab"
    """Of everybody there."""


@dataclass(frozen=True)
class Credentials:
    netsuite: NetSuiteCredentials
    salesforce: SalesforceCredentials
    dynamics: DynamicsCredentials
    shopify: ShopifyCredentials = ShopifyCredentials()
    oidc: OidcCredentials = OidcCredentials()

    def document(self) -> dict[str, Any]:
        return asdict(self)


# Which secrets of each vendor can be changed.
CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "shopify": ("client_secret",),
    "netsuite": ("consumer_secret", "token_secret"),
    "salesforce": ("consumer_secret",),
    "dynamics": ("client_secret",),
    "oidc": ("client_secret",),
}


def changed(issued: Credentials, secrets: Mapping[str, Mapping[str, str]]) -> Credentials:
    """As issued, with other secrets, by vendor and name."""
    given = {vendor: replace(getattr(issued, vendor), **changes) for vendor, changes in secrets.items()}
    return replace(issued, **given)


def wished(document: object) -> dict[str, dict[str, str]]:
    """Secrets by vendor and name. Raises ValueError for what cannot be changed."""
    if not isinstance(document, dict) or not document:
        raise ValueError('say whose and which, such as {"dynamics": {"client_secret": "another"}}')
    for vendor, changes in document.items():
        names = CHANGEABLE.get(vendor, ())
        if not isinstance(changes, dict) or not changes or set(changes) - set(names):
            raise ValueError(f"of {vendor} can be changed: {', '.join(names) or 'nothing'}")
        if not all(isinstance(value, str) and value for value in changes.values()):
            raise ValueError(f"the secrets of {vendor} are texts")
    return document


def load(folder: Path) -> Credentials:
    """The credentials of a data folder; the first call generates the keys and writes `credentials.json`."""
    path = folder / "credentials.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if "private_key_pem" in known.get("dynamics", {}) and "oidc" in known:
        return Credentials(
            netsuite=NetSuiteCredentials(**known["netsuite"]),
            salesforce=SalesforceCredentials(**known["salesforce"]),
            dynamics=DynamicsCredentials(**known["dynamics"]),
        )
    # A folder of an earlier version keeps the keys it has.
    netsuite = known.get("netsuite") or {"private_key_pem": _pem(_rsa(3072))}
    salesforce = known.get("salesforce") or {"private_key_pem": _pem(_rsa(2048))}
    dynamics = known.get("dynamics", {})
    if "private_key_pem" not in dynamics:
        key = _rsa(2048)
        dynamics = {"private_key_pem": _pem(key), "certificate_pem": _certificate(key)}
    made = Credentials(
        netsuite=NetSuiteCredentials(**netsuite),
        salesforce=SalesforceCredentials(**salesforce),
        dynamics=DynamicsCredentials(**dynamics),
    )
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(made.document(), indent=2))
    unfinished.replace(path)
    return made


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    # NetSuite's client-credentials flow asks for 3072 or 4096 bits; the others are content with the quicker 2048.
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _certificate(key: rsa.RSAPrivateKey) -> str:
    """Signed by itself, as one uploads it to an app registration."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "backhaul-dev")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
