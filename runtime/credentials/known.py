"""Which credentials these settings have room for, by what each is called, and what the settings say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from domain.credentials import Credential
from domain.errors import BadInput
from runtime import sections
from runtime.settings import PREFIX, Settings
from security.webhook_signing import signing_secret

_LONGEST = 16_384
_LEAST_WEBHOOK_KEY = 16
_KEY = "private_key"


@dataclass(frozen=True, slots=True)
class Known:
    """`setting` names the variable that counts while nothing is kept, `given` is what it says. `signs`: others prove
    themselves with it, so the one before it may count for a while. `needed`: nobody signs in without it."""

    credential: Credential
    setting: str
    given: str = field(repr=False)
    check: Callable[[str], None] = field(repr=False)
    signs: bool = False
    needed: bool = True


def known(settings: Settings) -> dict[Credential, Known]:
    """In the order in which the settings have them."""
    return {one.credential: one for one in _all(settings)}


def _all(settings: Settings) -> Iterator[Known]:
    shop, erp, mail, issuer = settings.storefront, settings.erp, settings.notify, settings.oidc
    yield _text("shopify", "", "STOREFRONT", "client_secret", shop.client_secret, signs=True)
    if isinstance(erp, sections.Tryton):
        yield _text("tryton", "", "ERP", "password", erp.password)
    elif by_certificate(erp):
        yield _pem("netsuite", "", "ERP", erp)
    else:
        yield _text("netsuite", "", "ERP", "consumer_secret", erp.consumer_secret)
        yield _text("netsuite", "", "ERP", "token_secret", erp.token_secret)
    for org, crm in settings.crm.items():
        section = f"CRM__{org.upper()}"
        if isinstance(crm, sections.Dynamics):
            yield _text("dynamics", org, section, "client_secret", crm.client_secret)
            yield _text(
                "dynamics", org, section, "webhook_key", crm.webhook_key,
                check=_webhook_key, signs=True, needed=False,
            )  # fmt: skip
        elif crm.client_secret is not None:
            yield _text("salesforce", org, section, "client_secret", crm.client_secret)
        else:
            yield _pem("salesforce", org, section, crm)
    if mail.username is not None:
        yield _text("mail", "", "NOTIFY", "password", mail.password, needed=False)
    yield _text("mail", "", "NOTIFY", "bounce_secret", mail.bounce_secret, check=_signing, signs=True, needed=False)
    if issuer is not None and issuer.client_id:
        yield _text("oidc", "", "OIDC", "client_secret", issuer.client_secret, needed=False)


def by_certificate(erp: sections.NetSuite) -> bool:
    """Which of its two ways to sign in the settings have begun."""
    return bool(erp.client_id and erp.certificate_id and erp.private_key_file is not None)


def as_set(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def key_as_set(section: sections.NetSuite | sections.Salesforce) -> str:
    path = section.private_key_file
    return "" if path is None or path == sections.LEFT_OUT else path.read_text()


def _text(
    vendor: str, org: str, section: str, name: str, value: SecretStr | None, *,
    check: Callable[[str], None] | None = None, signs: bool = False, needed: bool = True,
) -> Known:  # fmt: skip
    setting = f"{PREFIX}{section}__{name.upper()}"
    return Known(Credential(vendor, org, name), setting, as_set(value), check or _one_line, signs=signs, needed=needed)


def _pem(vendor: str, org: str, section: str, of: sections.NetSuite | sections.Salesforce) -> Known:
    setting = f"{PREFIX}{section}__{_KEY.upper()}_FILE"
    return Known(Credential(vendor, org, _KEY), setting, key_as_set(of), _private_key)


def _one_line(text: str) -> None:
    """Raises BadInput, as all of these; none repeats what it was given."""
    if not text:
        raise BadInput("secret", "is empty; `credentials drop` is how the settings' own counts again")
    if len(text) > _LONGEST:
        raise BadInput("secret", f"is longer than {_LONGEST} characters")
    if not text.isprintable() or text != text.strip():
        raise BadInput("secret", "has line ends, spaces around it or signs that cannot be shown; send it as it is")


def _webhook_key(text: str) -> None:
    _one_line(text)
    if len(text) < _LEAST_WEBHOOK_KEY:
        raise BadInput("secret", f"has fewer than {_LEAST_WEBHOOK_KEY} characters")


def _signing(text: str) -> None:
    if not signing_secret(text):
        raise BadInput("secret", "must be whsec_ and at least 24 bytes in base64")


def _private_key(text: str) -> None:
    if len(text) > _LONGEST:
        raise BadInput("secret", f"is longer than {_LONGEST} characters")
    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        # Not chained: such an error may hold the key.
        raise BadInput("secret", "must be the PEM text of a private key that has no password") from None
