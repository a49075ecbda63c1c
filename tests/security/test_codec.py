"""The payload codec: what goes in comes out, under rotation too, and a changed byte is noticed."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from security.codec import EncryptingCodec, UnknownKey
from security.keys import Keyring

OLD, NEW = os.urandom(32), os.urandom(32)


def _codec(**keys: bytes) -> EncryptingCodec:
    return EncryptingCodec(Keyring(next(iter(keys)), keys))


@given(data=st.binary(max_size=300), encoding=st.binary(min_size=1, max_size=20))
async def test_what_goes_in_comes_out(data: bytes, encoding: bytes) -> None:
    codec, payload = _codec(k=NEW), Payload(metadata={"encoding": encoding}, data=data)
    sealed = await codec.encode([payload, payload])
    assert sealed[0].data != sealed[1].data
    assert await codec.decode(sealed) == [payload, payload]


async def test_nothing_but_the_key_id_is_readable() -> None:
    (sealed,) = await _codec(k1=NEW).encode([Payload(metadata={"encoding": b"json/plain"}, data=b"anna vogel")])
    assert sealed.metadata["encryption-key-id"] == b"k1"
    assert b"anna" not in sealed.SerializeToString()
    assert b"json/plain" not in sealed.SerializeToString()


async def test_a_new_key_encrypts_and_the_old_one_still_decrypts() -> None:
    payload = Payload(data=b"x")
    before = await _codec(old=OLD).encode([payload])
    rotated = _codec(new=NEW, old=OLD)
    assert await rotated.decode(before) == [payload]
    (after,) = await rotated.encode([payload])
    assert after.metadata["encryption-key-id"] == b"new"


async def test_a_history_begun_in_clear_can_be_finished() -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await _codec(k=NEW).decode([payload]) == [payload]


async def test_an_absent_a_wrong_and_a_swapped_key_are_told() -> None:
    sealed = await _codec(k=OLD).encode([Payload(data=b"x")])
    with pytest.raises(UnknownKey, match="no key 'k'"):
        await _codec(other=NEW).decode(sealed)
    with pytest.raises(UnknownKey, match="is not the one used here"):
        await _codec(k=NEW).decode(sealed)
    sealed[0].metadata["encryption-key-id"] = b"twin"
    with pytest.raises(UnknownKey):
        await _codec(k=OLD, twin=OLD).decode(sealed)


@given(place=st.integers(min_value=0, max_value=28))
async def test_a_changed_byte_is_noticed(place: int) -> None:
    (sealed,) = await _codec(k=NEW).encode([Payload(data=b"x")])
    changed = bytearray(sealed.data)
    changed[place % len(changed)] ^= 1
    with pytest.raises(UnknownKey):
        await _codec(k=NEW).decode([Payload(metadata=sealed.metadata, data=bytes(changed))])
