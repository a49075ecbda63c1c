"""The customer's door over SMTP."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from adapters.errors import Permanent, Retryable, UnknownOutcome
from adapters.notify.port import Message


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
    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        s = self._settings
        context = ssl.create_default_context()
        if s.ca_file:
            context.load_verify_locations(s.ca_file)
        try:
            await aiosmtplib.send(
                _mail(message, s.sender),
                hostname=s.host,
                port=s.port,
                username=s.username,
                password=s.password,
                use_tls=s.security == "tls",
                start_tls=s.security == "starttls",
                tls_context=context if s.security != "none" else None,
                timeout=20,
            )
        except aiosmtplib.SMTPResponseException as error:
            # RFC 5321 4.2.1: 4yz may succeed later, 5yz will not. The server's text may quote an address: leave it out.
            kind = Retryable if 400 <= error.code < 500 else Permanent
            raise kind("smtp", "send", f"the server answered {error.code}", str(error.code)) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise Permanent("smtp", "send", "the server refuses the recipient") from error
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError, OSError) as error:
            raise Retryable("smtp", "send", f"no connection ({type(error).__name__})") from error
        except aiosmtplib.SMTPException as error:
            raise UnknownOutcome("smtp", "send", f"answer lost ({type(error).__name__})") from error


def _mail(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    # The same on every attempt: receiving systems drop a second message with a known Message-ID.
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail
