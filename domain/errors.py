"""What the rules may refuse.

Refusal                 the rules say no; the reader is told why and what to do
├── BadInput            a field of what was sent is wrong
│   └── KeyReused       a key that names one message came with another
├── Forbidden           it is there and may be seen, and somebody else has to do it
├── WrongStage          right words, wrong moment: the return is elsewhere in its life
└── NotRemaining        more was asked back than remains of what was posted
"""

from __future__ import annotations


class Refusal(Exception):
    """A rule's no, in one clear sentence. Never a transport or engine error."""

    code = "refused"


class BadInput(Refusal):
    """`field` of the input is wrong; the sentence says how to mend it."""

    code = "bad_input"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field, self.sentence = field, sentence


class KeyReused(BadInput):
    code = "key_reused"


class Forbidden(Refusal):
    """It is there and may be seen, and somebody else has to do it."""

    code = "forbidden"


class WrongStage(Refusal):
    code = "wrong_stage"


class NotRemaining(Refusal):
    code = "not_remaining"
