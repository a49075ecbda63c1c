"""The customer's door over SMTP."""

from __future__ import annotations

import hashlib
import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException
from opentelemetry import trace

from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError
from adapters.measures import call_ended
from adapters.notify.port import Message

_TRACER = trace.get_tracer("backhaul.vendor")
_VENDOR, _CALL = "smtp", "send"
# RFC 5321 4.5.3.2 allows ten minutes for the last answer; an activity has less, and a repeat is dropped by its id.
_SECONDS = 20.0
_GOODBYE_SECONDS = 2.0
# One address and nothing that would make it two, or another header. What is left is the receiving server's to judge.
_ADDRESS = re.compile(r"""([^\s@,;:<>()"\\\[\]]+)@([^\s@,;:<>()"\\\[\]]+)""")


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`security` is starttls, tls or none (loopback only); `sender` is the From address."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None


class SmtpNotifier:
    """Its errors have no cause: a server's answer quotes addresses, and causes are kept in a return's history."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        # Once: reading the system's certificates takes longer than sending a message.
        self._trust = _trust(settings.ca_file) if settings.security != "none" else None
        # What this machine is called, as the first connection found out: that asks the name server, in a thread.
        self._own_name: str | None = None

    async def send(self, message: Message) -> None:
        outcome, began = "abandoned", time.monotonic()
        with _TRACER.start_as_current_span(f"{_VENDOR} {_CALL}", kind=trace.SpanKind.CLIENT) as span:
            try:
                await self._send(message)
                outcome = "ok"
            except VendorError as error:
                outcome = type(error).__name__
                span.set_attribute("error.type", outcome)
                raise
            finally:
                call_ended(_VENDOR, _CALL, outcome, time.monotonic() - began)

    async def _send(self, message: Message) -> None:
        try:
            mail = _mail(message, self._settings.sender)
        except ValueError:
            raise Permanent(_VENDOR, _CALL, "the recipient's address is none") from None
        server = self._server()
        try:
            await server.connect()
        except SMTPResponseException as error:
            raise _answered(error) from None
        except OSError as error:
            raise Retryable(_VENDOR, _CALL, f"no connection ({type(error).__name__})") from None
        except aiosmtplib.SMTPException:
            # Every other trouble of a connection is an OSError too; what is left is STARTTLS or a sign-in it has not.
            raise Permanent(_VENDOR, _CALL, "the server does not offer what BACKHAUL_NOTIFY__* asks for") from None
        self._own_name = server.local_hostname
        try:
            await server.send_message(mail)
        except SMTPRecipientsRefused as error:
            raise _answered(*error.recipients) from None
        except SMTPResponseException as error:
            raise _answered(error) from None
        except aiosmtplib.SMTPNotSupported:
            raise Permanent(_VENDOR, _CALL, "the server cannot deliver to such an address") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise UnknownOutcome(_VENDOR, _CALL, f"answer lost ({type(error).__name__})") from None
        else:
            # Taken is taken, whatever becomes of the goodbye.
            with suppress(aiosmtplib.SMTPException, OSError):
                await server.quit(timeout=_GOODBYE_SECONDS)
        finally:
            server.close()

    def _server(self) -> aiosmtplib.SMTP:
        s = self._settings
        return aiosmtplib.SMTP(
            hostname=s.host,
            port=s.port,
            local_hostname=self._own_name,
            username=s.username,
            password=s.password,
            use_tls=s.security == "tls",
            start_tls=s.security == "starttls",
            tls_context=self._trust,
            timeout=_SECONDS,
        )


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


def _mail(message: Message, sender: str) -> EmailMessage:
    """Raises ValueError when the recipient is not one address."""
    found = _ADDRESS.fullmatch(message.to)
    if found is None:
        raise ValueError("not one address")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, Address("", found[1], found[2]), message.subject
    # The same on every attempt: receiving systems drop a second message with a known Message-ID.
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail
