"""The customer's door over SMTP."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPRecipientsRefused, SMTPResponse, SMTPResponseException
from aiosmtplib.typing import Default
from opentelemetry import trace

from adapters.errors import Permanent, Retryable, Undeliverable, UnknownOutcome, VendorError
from adapters.measures import call_ended
from adapters.notify.mail import composed
from adapters.notify.port import Message
from adapters.secrets import Given, held

_TRACER = trace.get_tracer("backhaul.vendor")
_VENDOR, _CALL = "smtp", "send"
# RFC 5321 4.5.3.2 allows ten minutes for the last answer; an activity has less, and a repeat is dropped by its id.
_SECONDS = 20.0
_GOODBYE_SECONDS = 2.0
# Servers hang up on the silent: most after minutes, some after half of one.
_IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`security` is starttls, tls or none (loopback only); `sender` is the From address."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str | None = None
    password: Given | None = field(default=None, repr=False)
    ca_file: str | None = None


class _Server(aiosmtplib.SMTP):
    """Remembers whether the message itself was begun: a connection that ends before has surely not taken it. And with
    which version of the password it was opened."""

    began = False
    opened_with = 0

    async def data(self, message: str | bytes, *, timeout: float | Default | None = Default.token) -> SMTPResponse:
        self.began = True
        return await super().data(message, timeout=timeout)


class SmtpNotifier:
    """Its errors have no cause: a server's answer quotes addresses, and causes are kept in a return's history."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._password = held(settings.password) if settings.password is not None else None
        # The version of the password that was tried last.
        self._tried = 0
        # Once: reading the system's certificates takes longer than sending a message.
        self._trust = trust(settings)
        # What this machine is called, as the first connection found out: that asks the name server, in a thread.
        self._own_name: str | None = None
        # Connections nobody uses, and since when; the last used is the first taken, so that few are kept.
        self._idle: list[tuple[_Server, float]] = []

    async def send(self, message: Message) -> None:
        outcome, status, began = "abandoned", 0, time.monotonic()
        with _TRACER.start_as_current_span(f"{_VENDOR} {_CALL}", kind=trace.SpanKind.CLIENT) as span:
            try:
                await self._send(message)
                outcome, status = "ok", 250
            except VendorError as error:
                outcome, status = type(error).__name__, int(error.code or 0)
                span.set_attribute("error.type", outcome)
                raise
            finally:
                call_ended(_VENDOR, _CALL, outcome, status, time.monotonic() - began)

    async def aclose(self) -> None:
        while self._idle:
            server, _ = self._idle.pop()
            with suppress(aiosmtplib.SMTPException, OSError):
                await server.quit(timeout=_GOODBYE_SECONDS)
            server.close()

    async def _send(self, message: Message) -> None:
        sender = message.sender or self._settings.sender
        try:
            mail = composed(message, sender)
        except ValueError as error:
            raise Permanent(_VENDOR, _CALL, f"the recipient's address or the subject is {error}") from None
        server = await self._kept() or await self._connected()
        taken, server.began = False, False
        try:
            await server.send_message(mail, sender=sender, recipients=[message.to])
        except SMTPRecipientsRefused as error:
            refused = _answered(*error.recipients)
            if isinstance(refused, Permanent):
                raise Undeliverable(_VENDOR, _CALL, refused.reason, refused.code) from None
            raise refused from None
        except SMTPResponseException as error:
            raise _answered(error) from None
        except aiosmtplib.SMTPNotSupported:
            raise Permanent(_VENDOR, _CALL, "the server cannot deliver to such an address") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if not server.began:
                raise Retryable(_VENDOR, _CALL, f"the connection ended ({type(error).__name__})") from None
            raise UnknownOutcome(_VENDOR, _CALL, f"answer lost ({type(error).__name__})") from None
        else:
            taken = True
            self._idle.append((server, time.monotonic()))
        finally:
            if not taken:
                server.close()

    async def _kept(self) -> _Server | None:
        """A connection that an earlier message left behind, if one still answers: asked before the message is sent, so
        that a connection which broke meanwhile costs nothing but a new one."""
        version = self._password.version if self._password is not None else 0
        while self._idle:
            server, since = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS and server.opened_with == version:
                with suppress(aiosmtplib.SMTPException, OSError):
                    await server.rset(timeout=_GOODBYE_SECONDS)
                    return server
            server.close()
        return None

    async def _connected(self) -> _Server:
        try:
            return await self._signed_in()
        except SMTPAuthenticationError as error:
            if self._password is None or not await self._password.renewed(self._tried):
                raise _answered(error) from None
        try:
            return await self._signed_in()
        except SMTPAuthenticationError as error:
            raise _answered(error) from None

    async def _signed_in(self) -> _Server:
        password = None
        if self._password is not None:
            password = await self._password.text() or None
            self._tried = self._password.version
        server = connection(self._settings, self._trust, password, self._own_name)
        server.opened_with = self._tried
        try:
            await server.connect()
        except SMTPAuthenticationError:
            raise
        except SMTPResponseException as error:
            raise _answered(error) from None
        except OSError as error:
            raise Retryable(_VENDOR, _CALL, f"no connection ({type(error).__name__})") from None
        except aiosmtplib.SMTPException:
            # Every other trouble of a connection is an OSError too; what is left is STARTTLS or a sign-in it has not.
            raise Permanent(_VENDOR, _CALL, "the server does not offer what BACKHAUL_NOTIFY__* asks for") from None
        self._own_name = server.local_hostname
        return server


def connection(
    settings: SmtpSettings, trusted: ssl.SSLContext | None, password: str | None, own_name: str | None = None
) -> _Server:
    """Not connected yet; connecting begins TLS and signs in, as the settings say."""
    return _Server(
        hostname=settings.host,
        port=settings.port,
        local_hostname=own_name,
        username=settings.username,
        password=password,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        tls_context=trusted,
        timeout=_SECONDS,
    )


def trust(settings: SmtpSettings) -> ssl.SSLContext | None:
    """None where nothing is encrypted."""
    return _trust(settings.ca_file) if settings.security != "none" else None


def _trust(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _answered(*refusals: SMTPResponseException) -> Retryable | Permanent:
    """RFC 5321 4.2.1: 4yz may succeed later, 5yz will not. The server's text may quote an address: it is left out."""
    error = refusals[0]
    code = str(error.code)
    if all(400 <= refusal.code < 500 for refusal in refusals):
        return Retryable(_VENDOR, _CALL, f"the server answered {code}", code)
    return Permanent(_VENDOR, _CALL, f"the server answered {code}", code)
