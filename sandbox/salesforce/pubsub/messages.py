"""The messages of `eventbus.v1`, described field by field: what protobuf needs to read and write them."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

PACKAGE = "eventbus.v1"
SERVICE = "PubSub"
# Every message numbers its fields from 1 in this order; `*` stands before what is repeated.
MESSAGES: dict[str, dict[str, str]] = {
    "TopicInfo": {
        "topic_name": "string",
        "tenant_guid": "string",
        "can_publish": "bool",
        "can_subscribe": "bool",
        "schema_id": "string",
        "rpc_id": "string",
    },
    "TopicRequest": {"topic_name": "string"},
    "EventHeader": {"key": "string", "value": "bytes"},
    "ProducerEvent": {"id": "string", "schema_id": "string", "payload": "bytes", "headers": "*EventHeader"},
    "ConsumerEvent": {"event": "ProducerEvent", "replay_id": "bytes"},
    "PublishResult": {"replay_id": "bytes", "error": "Error", "correlation_key": "string"},
    "Error": {"code": "ErrorCode", "msg": "string"},
    "FetchRequest": {
        "topic_name": "string",
        "replay_preset": "ReplayPreset",
        "replay_id": "bytes",
        "num_requested": "int32",
        "auth_refresh": "string",
    },
    "FetchResponse": {
        "events": "*ConsumerEvent",
        "latest_replay_id": "bytes",
        "rpc_id": "string",
        "pending_num_requested": "int32",
    },
    "SchemaRequest": {"schema_id": "string"},
    "SchemaInfo": {"schema_json": "string", "schema_id": "string", "rpc_id": "string"},
    "PublishRequest": {"topic_name": "string", "events": "*ProducerEvent", "auth_refresh": "string"},
    "PublishResponse": {"results": "*PublishResult", "schema_id": "string", "rpc_id": "string"},
    "ManagedFetchRequest": {
        "subscription_id": "string",
        "developer_name": "string",
        "num_requested": "int32",
        "auth_refresh": "string",
        "commit_replay_id_request": "CommitReplayRequest",
    },
    "ManagedFetchResponse": {
        "events": "*ConsumerEvent",
        "latest_replay_id": "bytes",
        "rpc_id": "string",
        "pending_num_requested": "int32",
        "commit_response": "CommitReplayResponse",
    },
    "CommitReplayRequest": {"commit_request_id": "string", "replay_id": "bytes"},
    "CommitReplayResponse": {
        "commit_request_id": "string",
        "replay_id": "bytes",
        "error": "Error",
        "process_time": "int64",
    },
}
ENUMS: dict[str, tuple[str, ...]] = {
    "ErrorCode": ("UNKNOWN", "PUBLISH", "COMMIT"),
    "ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM"),
}
# (request, response, whether each is a stream)
METHODS: dict[str, tuple[str, str, bool]] = {
    "Subscribe": ("FetchRequest", "FetchResponse", True),
    "GetSchema": ("SchemaRequest", "SchemaInfo", False),
    "GetTopic": ("TopicRequest", "TopicInfo", False),
    "Publish": ("PublishRequest", "PublishResponse", False),
    "PublishStream": ("PublishRequest", "PublishResponse", True),
    "ManagedSubscribe": ("ManagedFetchRequest", "ManagedFetchResponse", True),
}
_SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
}
LATEST, EARLIEST, CUSTOM = range(3)
COMMIT = 2


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="eventbus/v1", package=PACKAGE, syntax="proto3")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), start=1):
            _add(message.field.add(name=field, number=number), kind)
    return file


def _add(field: FieldDescriptorProto, kind: str) -> None:
    field.label = FieldDescriptorProto.LABEL_REPEATED if kind[0] == "*" else FieldDescriptorProto.LABEL_OPTIONAL
    name = kind.lstrip("*")
    if name in _SCALARS:
        field.type = _SCALARS[name]
        return
    field.type_name = f".{PACKAGE}.{name}"
    field.type = FieldDescriptorProto.TYPE_ENUM if name in ENUMS else FieldDescriptorProto.TYPE_MESSAGE


def _classes() -> dict[str, Any]:
    # A pool of its own: a client in the same process may have registered the vendor's own description.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


CLASSES = _classes()
TopicInfo, TopicRequest = CLASSES["TopicInfo"], CLASSES["TopicRequest"]
SchemaInfo, SchemaRequest = CLASSES["SchemaInfo"], CLASSES["SchemaRequest"]
ProducerEvent, ConsumerEvent = CLASSES["ProducerEvent"], CLASSES["ConsumerEvent"]
FetchRequest, FetchResponse = CLASSES["FetchRequest"], CLASSES["FetchResponse"]
Error, PublishResult = CLASSES["Error"], CLASSES["PublishResult"]
PublishRequest, PublishResponse = CLASSES["PublishRequest"], CLASSES["PublishResponse"]
ManagedFetchRequest, ManagedFetchResponse = CLASSES["ManagedFetchRequest"], CLASSES["ManagedFetchResponse"]
CommitReplayRequest, CommitReplayResponse = CLASSES["CommitReplayRequest"], CLASSES["CommitReplayResponse"]
