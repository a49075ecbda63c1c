"""A plain HTTP server that keeps what it is sent; it refuses the first `refuse` deliveries
with the status `refusal`."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Inbox:
    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.refuse = 0
        self.refusal = 503
        self.refused = 0
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = 200
                if inbox.refuse:
                    inbox.refuse, inbox.refused, status = inbox.refuse - 1, inbox.refused + 1, inbox.refusal
                else:
                    inbox.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/shopify"

    def wait(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not enough():
            assert time.monotonic() < deadline, f"only {len(self.taken)} deliveries arrived"
            time.sleep(0.02)

    def of(self, topic: str) -> list[tuple[dict[str, str], bytes]]:
        return [one for one in self.taken if one[0]["x-shopify-topic"] == topic]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
