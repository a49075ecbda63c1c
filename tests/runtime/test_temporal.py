"""The one plugin on a real server: nothing readable in a history, our modules loaded once, one trace per return."""

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.converter import WithSerializationContext
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from domain.money import Money
from runtime.embedded.temporal import command, find
from runtime.settings import Settings
from runtime.temporal import (
    SEARCH_ATTRIBUTES,
    JsonConverter,
    NoTemporal,
    connect,
    connection,
    converter,
    plugin,
    register_search_attributes,
)
from security.keys import Keyring
from tests.runtime import echo
from tests.stack import temporal
from tests.stack.settings import least_settings

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-7f3e-anna"


def _keys(*key_ids: str) -> str:
    return ",".join(f"{key_id}:{base64.b64encode((key_id * 32).encode()[:32]).decode()}" for key_id in key_ids)


async def _echoed(env: WorkflowEnvironment, settings: Settings) -> WorkflowHandle[echo.Echo, list[echo.Word]]:
    client = await temporal.client(env, settings)
    queue, word = f"echo-{uuid.uuid4()}", echo.Word(CANARY)
    async with Worker(client, task_queue=queue, workflows=[echo.Echo], activities=[echo.stumble]):
        handle = await client.start_workflow(
            echo.Echo.run,
            word,
            id=queue,
            task_queue=queue,
            memo={"word": CANARY},
            static_summary=CANARY,
            search_attributes=TypedSearchAttributes([SearchAttributePair(SEARCH_ATTRIBUTES[0], "requested")]),
        )
        await handle.execute_update(echo.Echo.answer, word)
        assert await handle.result() == [word, word]
    return handle


async def _raw(env: WorkflowEnvironment, workflow_id: str) -> bytes:
    """The history and description as the server holds them, read without our plugin."""
    plain = await Client.connect(temporal.address(env))
    handle = plain.get_workflow_handle(workflow_id)
    events = b"".join([event.SerializeToString() async for event in handle.fetch_history_events()])
    return events + (await handle.describe()).raw_description.SerializeToString()


async def test_with_keys_nothing_of_a_return_is_readable_on_the_server(temporal_env: WorkflowEnvironment) -> None:
    handle = await _echoed(temporal_env, least_settings(BACKHAUL_CODEC__KEYS=_keys("b", "a")))
    raw = await _raw(temporal_env, handle.id)
    assert CANARY.encode() not in raw
    assert b"stumbled" not in raw


async def test_without_keys_it_is_readable_which_proves_the_test_above(temporal_env: WorkflowEnvironment) -> None:
    handle = await _echoed(temporal_env, least_settings())
    assert CANARY.encode() in await _raw(temporal_env, handle.id)


async def test_a_rotated_key_still_reads_and_replays_old_histories(temporal_env: WorkflowEnvironment) -> None:
    handle = await _echoed(temporal_env, least_settings(BACKHAUL_CODEC__KEYS=_keys("a")))
    rotated = least_settings(BACKHAUL_CODEC__KEYS=_keys("b", "a"))
    later = (await temporal.client(temporal_env, rotated)).get_workflow_handle(handle.id, result_type=list[echo.Word])
    assert await later.result() == [echo.Word(CANARY), echo.Word(CANARY)]
    replayer = Replayer(workflows=[echo.Echo], plugins=[plugin(rotated)])
    await replayer.replay_workflow(await later.fetch_history())


async def test_a_missing_key_says_which_and_where_to_put_it(temporal_env: WorkflowEnvironment) -> None:
    handle = await _echoed(temporal_env, least_settings(BACKHAUL_CODEC__KEYS=_keys("a")))
    other = await temporal.client(temporal_env, least_settings(BACKHAUL_CODEC__KEYS=_keys("c")))
    with pytest.raises(Exception, match="no key 'a' in BACKHAUL_CODEC__KEYS"):
        await other.get_workflow_handle(handle.id).result()


async def test_our_modules_are_loaded_once_and_workflow_modules_in_the_sandbox(
    temporal_env: WorkflowEnvironment,
) -> None:
    client = await temporal.client(temporal_env, least_settings())
    queue = f"identity-{uuid.uuid4()}"
    async with Worker(client, task_queue=queue, workflows=[echo.Identity]):
        seen_money, seen_loaded = await client.execute_workflow(echo.Identity.run, id=queue, task_queue=queue)
    assert seen_money == id(Money)
    assert seen_loaded != id(echo.LOADED)


@pytest.mark.parametrize("keys", [None, Keyring.parse(_keys("a"))])
def test_no_conversion_asks_for_whom_it_is(keys: Keyring | None) -> None:
    """What runtime/runner.py relies on."""
    ours = converter(keys)
    assert ours.payload_converter_class is JsonConverter
    for part in (*JsonConverter().converters.values(), ours.payload_codec, ours.failure_converter):
        assert not isinstance(part, WithSerializationContext)
    assert ours.external_storage is None


async def test_search_attributes_are_registered_once_and_again_without_harm(tmp_path: Path) -> None:
    binary = find()
    assert binary is not None
    env = await WorkflowEnvironment.start_local(dev_server_existing_path=str(binary), dev_server_log_level="error")
    try:
        assert set(await register_search_attributes(env.client)) == {key.name for key in SEARCH_ATTRIBUTES}
        assert await register_search_attributes(env.client) == ()
        known = await env.client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="default")
        )
        assert {"ReturnStage", "ReturnRegion", "ReturnChannel", "ReturnHold"} <= set(known.custom_attributes)
    finally:
        await env.shutdown()


async def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(NoTemporal, match=r"Temporal does not answer at 127\.0\.0\.1:1 .*TEMPORAL_ADDRESS"):
        await connect(least_settings(TEMPORAL_ADDRESS="127.0.0.1:1"))


def test_the_connection_is_temporals_own_with_profiles(tmp_path: Path) -> None:
    profiles = tmp_path / "temporal.toml"
    profiles.write_text('[profile.cloud]\naddress = "cloud:7233"\nnamespace = "shop"\napi_key = "k"\n')
    assert connection({}) == {"target_host": "localhost:7233", "namespace": "default"}
    named = {"TEMPORAL_CONFIG_FILE": str(profiles), "TEMPORAL_PROFILE": "cloud"}
    assert connection(named)["target_host"] == "cloud:7233"
    assert connection(named)["api_key"] == "k"
    assert connection(named | {"TEMPORAL_ADDRESS": "here:1"})["target_host"] == "here:1"


def test_the_stacks_connection_takes_nothing_from_a_profile(tmp_path: Path) -> None:
    profiles = tmp_path / "temporal.toml"
    profiles.write_text('[profile.default]\naddress = "cloud:7233"\napi_key = "k"\n')
    environ = {"TEMPORAL_CONFIG_FILE": str(profiles), "TEMPORAL_ADDRESS": "127.0.0.1:5"}
    assert connection(environ, ignore_files=True) == {"target_host": "127.0.0.1:5", "namespace": "default"}


def test_a_return_is_one_trace_and_no_span_is_there_twice(temporal_env: WorkflowEnvironment) -> None:
    environ = os.environ | {"OTEL_TRACES_EXPORTER": "console", "PYTHONPATH": str(ROOT)}
    script = [sys.executable, "-m", "tests.runtime.traced", temporal.address(temporal_env)]
    done = subprocess.run(script, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    spans = list(_documents(done.stdout))
    assert len({span["context"]["trace_id"] for span in spans}) == 1
    names = [span["name"] for span in spans]
    assert {"customer asks", "StartWorkflow:Echo", "RunWorkflow:Echo", "RunActivity:stumble"} <= set(names)
    assert names.count("StartWorkflow:Echo") == 1
    assert names.count("StartActivity:stumble") == 1
    assert {span["resource"]["attributes"]["service.name"] for span in spans} == {"backhaul-test"}


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """JSON documents one after the other."""
    while text := text.lstrip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


def test_the_embedded_server_keeps_its_histories_in_a_file_that_a_kill_cannot_harm(tmp_path: Path) -> None:
    argv = command(Path("temporal"), tmp_path, 1, 2, 3)
    assert argv[argv.index("--db-filename") + 1] == str(tmp_path / "temporal.sqlite")
    assert "journal_mode=WAL" in argv
    assert "synchronous=NORMAL" in argv
