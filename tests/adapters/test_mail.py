"""What stands in a mail: readable by every mail program, whatever the language, and never another header."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtplib.email import flatten_message

from adapters.notify.mail import composed
from adapters.notify.port import Message

SENDER = "returns@shop.example"


def received(subject: str = "Your return", text: str = "Dear Anna,\n", to: str = "anna@example.test") -> EmailMessage:
    flat = flatten_message(composed(Message("R-1.confirmation", to, subject, text), SENDER), utf8=True)
    assert max(map(len, flat.splitlines())) <= 998
    return message_from_bytes(flat, policy=policy.SMTPUTF8)


@pytest.mark.parametrize("subject", ["Your return", "Ihre Rückgabe " * 12, "Your return " * 12 + "is complete"])
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert received(subject)["Subject"] == subject


@pytest.mark.parametrize(
    "text", ["Dear Anna,\n\n.\nbye\n", "übermorgen: 12,00 €\n", "x" * 3000 + "\n", "ü" * 3000 + "\n"]
)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    assert received(text=text).get_content() == text


def test_an_address_in_its_own_script_stands_there_as_it_is() -> None:
    assert received(to="jürgen@bücher.example")["To"] == "jürgen@bücher.example"


@pytest.mark.parametrize("subject", ["Your return\r\nBcc: eve@example.test", "Your\nreturn", "Your return\x00"])
def test_a_subject_is_one_line(subject: str) -> None:
    with pytest.raises(ValueError, match="not one line"):
        composed(Message("k", "anna@example.test", subject, "t"), SENDER)
