"""The Pub/Sub API of the pretended org: gRPC over TLS, package `eventbus.v1`."""

from __future__ import annotations

from sandbox.salesforce.pubsub.server import PubSub

__all__ = ["PubSub"]
