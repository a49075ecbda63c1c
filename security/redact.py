"""Blanks what looks like personal data or a credential in log lines and vendors' texts: a net under the rule that
nobody writes it there in the first place."""

import logging
import re

# What may begin anywhere in a word has an end, here and below: without one a long word that is none of these costs the
# square of its length, and whoever gets one into a log stops the process for as long as that takes.
#
# The longest local part is 64 characters (RFC 5321 4.5.3.1.1). Also as it stands in an address line, with %40.
_EMAIL = r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"
# International numbers, national ones with separators, and North American ones. Plain runs of digits stay: they are the
# ids of orders and documents, without which a log is of no use.
_PHONES = (
    r"\+\d[\d ()./-]{7,}\d",
    r"\b00\d[\d ()./-]{7,}\d",
    r"\b0\d{2,5}[ /-]\d{3,}(?:[ -]?\d+)*",
    r"\(\d{3}\) ?\d{3}[-. ]\d{4}",
    r"\b\d{3}[-. ]\d{3}[-. ]\d{4}\b",
)
# What lets somebody in, by its look or by the name before it: signed tokens, Shopify's, Salesforce's sessions, what an
# Authorization header carries, fields of a sign-in, private keys.
_NAMES = (
    r"(?:access|refresh|id)_token|client_(?:secret|assertion)|assertion|password|oauth_(?:token|signature)|session_?id"
)
_CREDENTIALS = (
    r"\beyJ[\w-]{8,4096}+(?:\.[\w-]*){1,4}",
    r"\bshp[a-z]{2,4}_\w{8,}",
    r"\b00D\w{9,15}!\S+",
    r"\b(?:Bearer|Basic)\s+(?=\S*\d)[\w.~+/=-]{8,}",
    rf"\b(?:{_NAMES})[\"']?\s*[=:]\s*[\"']?(?=[^\s\"'&,;<>]{{8}})[^\s\"'&,;<>]+",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*-----)?",
)
_HIDDEN = re.compile("|".join((*_CREDENTIALS, _EMAIL, *_PHONES)))
BLANK = "[…]"


def redact(text: str) -> str:
    """The text with credentials, e-mail addresses and telephone numbers blanked."""
    return _HIDDEN.sub(BLANK, text)


class Redaction(logging.Filter):
    """Blanks a record's message, its stack trace and whatever text was added to it, before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        for name, value in vars(record).items():
            if isinstance(value, str) and name not in ("msg", "exc_text"):
                setattr(record, name, redact(value))
        return True
