"""Entries: one spelling, back as they were written, and a changed byte is seen."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.ledger.entry import (
    FIRST,
    Command,
    LedgerPosition,
    canonical,
    decode,
    encode,
    entry_id,
)
from spoc.model.ledger.table import Value

IDS = st.binary(min_size=16, max_size=16)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers() | TEXT
COMMANDS = st.builds(
    Command,
    tbl=st.sampled_from(["contact", "person", "of a later version"]),
    record=IDS,
    fields=st.dictionaries(TEXT, VALUES, max_size=5),
    parents=st.dictionaries(TEXT, st.lists(IDS.map(bytes.hex), max_size=3).map(tuple), max_size=3),
    why=TEXT,
)
PLACES = st.builds(
    LedgerPosition,
    stream=IDS,
    seq=st.integers(1, 2**63 - 1),
    prev=st.binary(min_size=32, max_size=32),
    act=IDS,
    size=st.integers(1, 1000),
    at=st.just("2026-11-20T09:14:03.120Z"),
    hlc=st.integers(0, 2**63 - 1),
    actor=IDS,
    schema=st.integers(1, 9),
    pack=st.none() | st.tuples(TEXT, TEXT),
)

COMMAND = Command("person", b"r" * 16, {"name": "Zoë", "dob": None}, {"name": ("aa",)}, "a slip")
PLACE = LedgerPosition(
    b"s" * 16, 2, FIRST, b"a" * 16, 1, "2026-11-20T09:14:03.120Z", 7, b"u" * 16, 1, ("generic", "d")
)


def test_the_bytes_of_an_entry_are_for_ever_these() -> None:
    # Written by hand from the description of the format: another spelling would break every chain.
    header, body = encode(COMMAND, PLACE, b"0123456789abcdef")
    assert body.decode() == (
        '{"on":{"name":["aa"]},"salt":"30313233343536373839616263646566",'
        '"set":{"dob":null,"name":"Zoë"},"why":"a slip"}'
    )
    assert header.decode() == (
        '{"act":"61616161616161616161616161616161","actor":"75757575757575757575757575757575",'
        '"at":"2026-11-20T09:14:03.120Z","body":"' + hashlib.sha256(body).hexdigest() + '",'
        '"hlc":7,"pack":["generic","d"],"prev":"' + "00" * 32 + '",'
        '"record":"72727272727272727272727272727272","schema":1,"seq":2,"size":1,'
        '"stream":"73737373737373737373737373737373","tbl":"person","v":1}'
    )


@given(st.dictionaries(TEXT, VALUES))
def test_the_order_of_writing_does_not_change_the_bytes(fields: dict[str, Value]) -> None:
    turned = dict(reversed(fields.items()))
    assert canonical(fields) == canonical(turned)
    assert json.loads(canonical(fields)) == fields


@given(COMMANDS, PLACES, IDS)
def test_an_entry_comes_back_as_it_was_written(
    command: Command, place: LedgerPosition, salt: bytes
) -> None:
    header, body = encode(command, place, salt)
    entry = decode(header, body)
    assert entry.id == entry_id(header) == hashlib.sha256(header).digest()[:16]
    assert (entry.tbl, entry.record, entry.why) == (command.tbl, command.record, command.why)
    assert (entry.fields, entry.parents) == (command.fields, command.parents)
    for name in ("stream", "seq", "prev", "act", "size", "at", "hlc", "actor"):
        assert getattr(entry, name) == getattr(place, name)
    assert encode(command, place, salt) == (header, body)
    assert (canonical(json.loads(header)), canonical(json.loads(body))) == (header, body)


@given(COMMANDS, PLACES, st.data())
def test_a_changed_byte_of_the_payload_is_seen(
    command: Command, place: LedgerPosition, data: st.DataObject
) -> None:
    header, body = encode(command, place, bytes(16))
    at = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        decode(header, bytes(changed))


@given(COMMANDS, PLACES, st.data())
def test_a_changed_byte_of_the_header_changes_its_id(
    command: Command, place: LedgerPosition, data: st.DataObject
) -> None:
    header, _ = encode(command, place, bytes(16))
    at = data.draw(st.integers(0, len(header) - 1))
    changed = bytearray(header)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert entry_id(bytes(changed)) != entry_id(header)


def test_equal_payloads_with_different_salt_have_different_hashes() -> None:
    one, other = (json.loads(encode(COMMAND, PLACE, salt)[0]) for salt in (bytes(16), b"x" * 16))
    assert one["body"] != other["body"]


def test_an_erased_payload_leaves_the_entry_without_fields() -> None:
    header, _ = encode(COMMAND, PLACE, bytes(16))
    entry = decode(header, None)
    assert entry.fields is None and entry.parents == {} and entry.why == ""
    assert entry.record == COMMAND.record


@pytest.mark.parametrize("header", [b"", b"{}", b"[]", b'{"stream":1}', b"\xff"])
def test_what_is_no_header_is_a_value_error(header: bytes) -> None:
    with pytest.raises(ValueError):
        decode(header, None)
