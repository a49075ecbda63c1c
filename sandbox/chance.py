"""What the vendors draw by chance: tokens, request ids, cookies. The same seed draws the same again.

Private keys and certificates are not drawn from here; they stay secret and differ from one data folder to the next.
"""

import base64
import hashlib
import hmac
import uuid
from collections import Counter

from sandbox.books import Books


class Chance:
    """One stream per purpose, so that what one vendor draws never depends on how often another one was asked.

    Every start of a process is a run of its own: what an earlier run gave out is not given out again.
    """

    def __init__(self, books: Books, seed: int) -> None:
        self._key = f"{seed}/{books.next_number('chance.run')}".encode()
        self._drawn: Counter[str] = Counter()

    def octets(self, purpose: str, size: int) -> bytes:
        self._drawn[purpose] += 1
        found, block = b"", 0
        while len(found) < size:
            message = f"{purpose}/{self._drawn[purpose]}/{block}".encode()
            found, block = found + hmac.digest(self._key, message, hashlib.sha256), block + 1
        return found[:size]

    def hexadecimal(self, purpose: str, size: int) -> str:
        """Twice as many digits as `size` says bytes."""
        return self.octets(purpose, size).hex()

    def url_safe(self, purpose: str, size: int) -> str:
        return base64.urlsafe_b64encode(self.octets(purpose, size)).rstrip(b"=").decode()

    def guid(self, purpose: str) -> str:
        return str(uuid.UUID(bytes=self.octets(purpose, 16), version=4))
