"""A whole answer of an app, kept until somebody decides what becomes of it."""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope


@dataclass
class Answer:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def named(self) -> dict[str, str]:
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.headers}

    def with_body(self, body: bytes) -> "Answer":
        kept = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        return Answer(self.status, [*kept, (b"content-length", str(len(body)).encode())], body)


async def answered(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """What the app answers to a request whose body is here already."""
    answer, given = Answer(), False

    async def receive() -> Message:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
