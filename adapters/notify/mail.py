"""A message as mail: what stands in the mail that is handed over.

Of Python's two ways to compose a mail this is the older: the newer one parses each header it is given, addresses too,
and takes twenty times as long for the same bytes.
"""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from email.message import Message as Mail

from adapters.notify.port import Message
from domain.notices import message_id

# One address and nothing that would make it two, or another header. What is left is the receiving server's to judge.
_ADDRESS = re.compile(r"""[^\s@,;:<>()"\\\[\]]+@[^\s@,;:<>()"\\\[\]]+""")
# RFC 5322 2.1.1; a longer line has to be folded by an encoding.
_LONGEST_LINE = 998
# Readable as it travels.
_ASCII, _UTF8 = Charset("us-ascii"), Charset("utf-8")
_UTF8.body_encoding = QP


def composed(message: Message, sender: str) -> Mail[str, str]:
    """Raises ValueError when the recipient is not one address, or the subject is more than a line."""
    if _ADDRESS.fullmatch(message.to) is None:
        raise ValueError("not one address")
    if not message.subject.isprintable():
        raise ValueError("not one line")
    mail = _part("plain", message.text)
    if message.html:
        # The last one that a mail program can show is the one it shows (RFC 2046 5.1.4).
        both: Mail[str, str] = Mail()
        both["MIME-Version"] = "1.0"
        both["Content-Type"] = "multipart/alternative"
        both.set_payload([mail, _part("html", message.html)])
        mail = both
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    # An address in another script travels as it is, to servers that take it (RFC 6532 3.6).
    mail["From"], mail["To"] = sender, message.to.encode().decode("ascii", "surrogateescape")
    mail["Subject"] = (
        message.subject
        if message.subject.isascii()
        else Header(message.subject, "utf-8", header_name="Subject").encode()
    )
    mail["Message-ID"] = f"<{message_id(message.key)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _part(kind: str, text: str) -> Mail[str, str]:
    plain = text.isascii() and all(len(line) <= _LONGEST_LINE for line in text.splitlines())
    part: Mail[str, str] = Mail()
    part["Content-Type"] = f"text/{kind}"
    part.set_payload(text, _ASCII if plain else _UTF8)
    return part
