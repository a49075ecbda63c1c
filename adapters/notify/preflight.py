"""A mail server looked at before the first notice: connection, encryption, sign-in, and whether it takes our sender."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPResponseException

from adapters.notify.smtp import SmtpSettings, connection, trust
from adapters.secrets import held
from domain.preflight import Check, Finding, failed, ok, warning

_SIGN_IN = "compare BACKHAUL_NOTIFY__USERNAME and BACKHAUL_NOTIFY__PASSWORD with the server's"
_ADDRESS = "compare BACKHAUL_NOTIFY__HOST and BACKHAUL_NOTIFY__PORT with the server's"


class MailPreflight:
    """No message is sent: the sender is named, and taken back."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._server: aiosmtplib.SMTP | None = None

    def checks(self) -> Sequence[Check]:
        return (
            Check("connection", self._connection),
            Check("sender", self._sender, needs=("connection",)),
        )

    async def aclose(self) -> None:
        if self._server is None:
            return
        if self._server.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._server.quit()
        self._server.close()

    async def _connection(self) -> Iterable[Finding]:
        """What a server says may quote names and addresses: only its codes are told."""
        given, at = self._settings, f"{self._settings.host}:{self._settings.port}"
        password = (await held(given.password).text() or None) if given.password is not None else None
        self._server = connection(given, trust(given), password)
        try:
            await self._server.connect()
        except SMTPAuthenticationError as error:
            return [failed("sign-in", f"{at} refuses the sign-in ({error.code})", _SIGN_IN)]
        except SMTPResponseException as error:
            return [failed(at, f"{at} answers {error.code}", "ask whoever runs the mail server why it refuses us")]
        except OSError as error:
            return [_unconnected(at, error)]
        except aiosmtplib.SMTPException:
            mend = f"set BACKHAUL_NOTIFY__SECURITY to what the server offers; {_SIGN_IN}"
            return [failed("TLS", f"{at} does not offer what is asked for: STARTTLS, or a sign-in", mend)]
        if self._settings.security == "none" and not _near(self._settings.host):
            mend = "set BACKHAUL_NOTIFY__SECURITY to starttls or tls"
            return [warning("TLS", f"messages travel to {at} unencrypted", mend)]
        return [ok(at, f"connected to {at}, security {self._settings.security}")]

    async def _sender(self) -> Iterable[Finding]:
        sender = self._settings.sender
        assert self._server is not None, "the first check connects"
        try:
            await self._server.mail(sender)
            await self._server.rset()
        except SMTPResponseException as error:
            mend = "set BACKHAUL_NOTIFY__SENDER to an address this server may send from"
            return [failed(sender, f"the server does not take mail from {sender} ({error.code})", mend)]
        except (aiosmtplib.SMTPException, OSError) as error:
            what = f"the connection ended ({type(error).__name__})"
            return [failed(sender, what, "ask whoever runs the mail server why it ended")]
        return [ok(sender, f"mail from {sender} is taken")]


def _unconnected(at: str, error: OSError) -> Finding:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLError):
        mend = "set BACKHAUL_FILES__CA to the authority that signed its certificate, or mend BACKHAUL_NOTIFY__SECURITY"
        return failed("TLS", f"no encrypted connection to {at} ({cause.reason or type(cause).__name__})", mend)
    return failed(at, f"no connection to {at} ({type(error).__name__})", _ADDRESS)


def _near(host: str) -> bool:
    """This machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
