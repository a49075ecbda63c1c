"""How the Pub/Sub API says no: a gRPC status, a sentence with the RPC's id, the platform's own code in the trailers."""

from __future__ import annotations

from dataclasses import dataclass

from grpc import StatusCode

_PREFIX = "sfdc.platform.eventbus.grpc."


@dataclass(eq=False)
class Refused(Exception):
    status: StatusCode
    code: str
    message: str

    def details(self, rpc_id: str) -> str:
        return f"{self.message} rpcId: {rpc_id}"

    def trailers(self, rpc_id: str) -> tuple[tuple[str, str], ...]:
        return (("error-code", _PREFIX + self.code), ("rpc-id", rpc_id))


def invalid(code: str, message: str) -> Refused:
    return Refused(StatusCode.INVALID_ARGUMENT, code, message)


def bad_headers(name: str) -> Refused:
    message = f"The metadata header {name} is missing or blank. Provide accesstoken, instanceurl and tenantid."
    return Refused(StatusCode.UNAUTHENTICATED, "service.auth.headers.invalid", message)


def unauthenticated() -> Refused:
    message = "An authentication exception occurred. Provide valid authentication via metadata headers."
    return Refused(StatusCode.UNAUTHENTICATED, "service.auth.error", message)


def unavailable(message: str = "The Pub/Sub API service is not available. Try again later.") -> Refused:
    return Refused(StatusCode.UNAVAILABLE, "service.unavailable", message)


def throttled() -> Refused:
    message = "There were too many requests or connections. Try again with fewer."
    return Refused(StatusCode.RESOURCE_EXHAUSTED, "service.protection.triggered", message)


def no_topic(tenant: str, topic: str) -> Refused:
    """Of GetTopic: the topic does not exist, or its object is not selected for change data capture."""
    told = f"The topic information for org {tenant} and topic {topic} not found."
    return Refused(StatusCode.NOT_FOUND, "topic.not.found", f"{told} Ensure that the topic name is correct.")


def no_access(topic: str) -> Refused:
    """Of the streams: they do not tell a topic that is not there from one that may not be seen."""
    message = f"The topic {topic} cannot be accessed. Verify its name and the permissions of the user."
    return Refused(StatusCode.PERMISSION_DENIED, "topic.meta.permission", message)


def stale() -> Refused:
    message = "The Replay ID validation failed. Ensure that the Replay ID is valid and within the retention window."
    return invalid("subscription.fetch.replayid.corrupted", message)
