"""The messages of the Pub/Sub API (`eventbus.v1`) that a subscriber needs, described field by field for protobuf.

They follow the published interface; nothing is generated, so nothing has to be built. A test compares them with it.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

PACKAGE = "eventbus.v1"
# Fields are numbered from 1 in this order; a star stands before what is repeated.
MESSAGES: dict[str, dict[str, str]] = {
    "TopicRequest": {"topic_name": "string"},
    "TopicInfo": {
        "topic_name": "string", "tenant_guid": "string", "can_publish": "bool", "can_subscribe": "bool",
        "schema_id": "string", "rpc_id": "string",
    },
    "SchemaRequest": {"schema_id": "string"},
    "SchemaInfo": {"schema_json": "string", "schema_id": "string", "rpc_id": "string"},
    "EventHeader": {"key": "string", "value": "bytes"},
    "ProducerEvent": {"id": "string", "schema_id": "string", "payload": "bytes", "headers": "*EventHeader"},
    "ConsumerEvent": {"event": "ProducerEvent", "replay_id": "bytes"},
    "FetchRequest": {
        "topic_name": "string", "replay_preset": "ReplayPreset", "replay_id": "bytes", "num_requested": "int32",
        "auth_refresh": "string",
    },
    "FetchResponse": {
        "events": "*ConsumerEvent", "latest_replay_id": "bytes", "rpc_id": "string", "pending_num_requested": "int32",
    },
}  # fmt: skip
ENUMS: dict[str, tuple[str, ...]] = {"ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM")}
LATEST, CUSTOM = 0, 2
_SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
}


def _described() -> FileDescriptorProto:
    file = FileDescriptorProto(name="backhaul/eventbus", package=PACKAGE, syntax="proto3")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (label, kind) in enumerate(fields.items(), start=1):
            many, plain = kind.startswith("*"), kind.removeprefix("*")
            added = message.field.add(name=label, number=number)
            added.label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
            if plain in _SCALARS:
                added.type = _SCALARS[plain]
            else:
                added.type = FieldDescriptorProto.TYPE_ENUM if plain in ENUMS else FieldDescriptorProto.TYPE_MESSAGE
                added.type_name = f".{PACKAGE}.{plain}"
    return file


def _classes() -> dict[str, Any]:
    # A pool of its own: another library in this process may have described the same package.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_described())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


_CLASSES = _classes()
TopicRequest, TopicInfo = _CLASSES["TopicRequest"], _CLASSES["TopicInfo"]
SchemaRequest, SchemaInfo = _CLASSES["SchemaRequest"], _CLASSES["SchemaInfo"]
FetchRequest, FetchResponse = _CLASSES["FetchRequest"], _CLASSES["FetchResponse"]
