"""What the pretended issuer says of people, signed."""

from __future__ import annotations

import time
from typing import Any

from sandbox.oidc.keys import Keys
from sandbox.oidc.people import find
from sandbox.world import World

_SECONDS = 3600


class Tokens:
    def __init__(self, world: World, keys: Keys) -> None:
        self._world, self._keys = world, keys

    def of(self, login: str, audience: str, instead: dict[str, Any]) -> str:
        """A token of this person; `instead` goes over the usual claims, None leaves one out."""
        person = find(login)
        if person is None:
            raise ValueError(f"nobody is called {login!r} here")
        # The real time, however far the sandbox's clock was moved: who checks a token has no other.
        now = int(time.time())
        usual = {"iss": self._world.url("oidc"), "aud": audience, "iat": now, "exp": now + _SECONDS}
        claims = usual | person.claims() | instead
        return self._keys.sign({name: value for name, value in claims.items() if value is not None})
