"""Loopback ports: find free ones, see whether one is free."""

import random
import socket
from itertools import islice


def free(count: int) -> tuple[int, ...]:
    """Distinct free ports that stay free while their server is down: below the range from which systems give ports to
    whoever asks for any (from 32768 on Linux, from 49152 elsewhere)."""
    candidates = random.sample(range(20000, 32000), 2000)
    found = tuple(islice((port for port in candidates if is_free(port)), count))
    if len(found) < count:
        raise OSError("no free ports between 20000 and 32000")
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As a server does it: connections of a dead predecessor that are still winding down are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
