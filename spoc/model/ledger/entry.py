"""Ledger entries: what was written, by whom, when, and which entries it replaces. Bytes in, bytes out.

An entry is a header, carried verbatim everywhere, and a payload that the header names by its hash:

- header (canonical JSON): ``v`` format, ``stream``, ``seq`` from 1, ``prev`` (SHA-256 of the header
  before it in the stream), ``act`` and ``size`` (how many entries the act made), ``at`` (device clock,
  UTC), ``hlc`` (order only), ``tbl``, ``record``, ``actor``, ``schema``, ``pack`` (id and digest where a
  code was chosen, else null), ``body`` (SHA-256 of the payload). Ids are lower-case hex.
- payload (canonical JSON): ``set`` {field: value}, ``on`` {field: [entry ids it replaces]}, ``why`` (an
  amendment's reason, else absent), ``seen`` {stream: number} (how far the author had seen each stream; only
  in entries that govern the service), ``salt`` (so that an erased payload cannot be guessed).
- the payload of a restricted contact: ``sealed`` (format), ``contact`` (its id), ``key`` (which of its keys),
  ``box``: the payload, encrypted and bound to the entry's place.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from spoc.model.ledger.table import Value

FORMAT = 1
_CANONICAL = json.JSONEncoder(  # values never contain themselves, so json need not look for that
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)
_word = _CANONICAL.encode  # quick if it only has to encode a text
_read = json.JSONDecoder().decode
FIRST = b"\0" * 32  # the ``prev`` of a stream's first header
SEALED = 1  # the format of a sealed payload

Close = Callable[[bytes, bytes], bytes]  # a payload and its place, to the box
# the key's name, the box and its place, to the payload
Open = Callable[[str, bytes, bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Seal:
    """A restricted contact (id) and one of its keys (32 bytes), to seal its entries with."""

    contact: bytes
    key: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The key's public name: the beginning of its SHA-256."""
        return hashlib.sha256(self.key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Command:
    """One record to write: the fields to set, and the entries that the author was shown.

    ``parents`` maps a field to the ids (hex) of the entries behind it when the form was opened. ``seal`` is
    given if the record belongs to a restricted contact; the ledger sets ``seen``.
    """

    tbl: str
    record: bytes
    fields: Mapping[str, Value]
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: str = ""
    seal: Seal | None = None
    seen: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts: a user of the service, with a role (see spoc.model.rules.access)."""

    id: bytes
    name: str
    role: str


class LedgerPosition(NamedTuple):
    """An entry's place in the ledger, and its circumstances."""

    stream: bytes
    seq: int
    prev: bytes
    act: bytes
    size: int
    at: str
    hlc: int
    actor: bytes
    schema: int
    pack: tuple[str, str] | None


class Entry(NamedTuple):
    """One entry, read back. ``fields`` is None if the payload was erased, or is sealed and was not opened;
    ``sealed`` is the restricted contact (id) it belongs to."""

    id: bytes
    stream: bytes
    seq: int
    prev: bytes
    act: bytes
    size: int
    at: str
    hlc: int
    tbl: str
    record: bytes
    actor: bytes
    fields: Mapping[str, Value] | None
    parents: Mapping[str, tuple[str, ...]]
    why: str
    sealed: bytes = b""
    seen: Mapping[str, int] | None = None


class Carried(NamedTuple):
    """An entry on its way between two desks, in its original bytes. ``body`` is None if it was erased;
    ``signature`` is that of its act, by the person who wrote it (b"" if nobody signed)."""

    header: bytes
    body: bytes | None
    signature: bytes = b""


def canonical(value: Any) -> bytes:
    """The canonical spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode()


def entry_id(header: bytes) -> bytes:
    """The id of an entry: its header's SHA-256, shortened to 16 bytes."""
    return hashlib.sha256(header).digest()[:16]


def encode(
    command: Command, place: LedgerPosition, salt: bytes, close: Close | None = None
) -> tuple[bytes, bytes]:
    """The header and the payload of one entry; ``close`` seals it under the key of the command's seal."""
    content: dict[str, Any] = {
        "set": dict(command.fields),
        "on": {name: list(ids) for name, ids in command.parents.items()},
        "salt": salt.hex(),
    }
    if command.why:
        content["why"] = command.why
    if command.seen is not None:
        content["seen"] = dict(command.seen)
    body = canonical(content)
    if command.seal and close:
        bound = _bound(command.seal.contact, command.tbl, command.record, place)
        box = b64encode(close(body, bound)).decode()
        seal = {"contact": command.seal.contact.hex(), "key": command.seal.name}
        body = canonical({"sealed": SEALED, **seal, "box": box})
    # Written directly in the canonical spelling: everything except the words is numbers and hex.
    header = (
        f'{{"act":"{place.act.hex()}","actor":"{place.actor.hex()}","at":{_word(place.at)},'
        f'"body":"{hashlib.sha256(body).hexdigest()}","hlc":{place.hlc},"pack":{_pack(place.pack)},'
        f'"prev":"{place.prev.hex()}","record":"{command.record.hex()}","schema":{place.schema},'
        f'"seq":{place.seq},"size":{place.size},"stream":"{place.stream.hex()}",'
        f'"tbl":{_word(command.tbl)},"v":{FORMAT}}}'
    )
    return header.encode(), body


@lru_cache(64)
def _pack(pack: tuple[str, str] | None) -> str:
    return _CANONICAL.encode(pack)


def _bound(contact: bytes, tbl: str, record: bytes, at: "LedgerPosition | Entry") -> bytes:
    """A sealed entry's place, which its box is bound to: moved elsewhere, it does not open."""
    where = (contact.hex(), tbl, record.hex(), at.stream.hex(), at.seq, at.act.hex())
    return canonical(["spoc sealed", SEALED, *where])


def decode(header: bytes, body: bytes | None, opens: Open | None = None) -> Entry:
    """An entry from its stored bytes; ``body`` is None where the payload was erased. ``opens`` opens a sealed
    payload, or returns None without the key.

    Raises ValueError if the bytes are not an entry or the payload is not the one the header names.
    """
    try:
        entry, content = _decoded(header, _read(header.decode()), body)
        if not entry.sealed or opens is None:
            return entry
        bound = _bound(entry.sealed, entry.tbl, entry.record, entry)
        inner = opens(content["key"], b64decode(content["box"]), bound)
        return entry if inner is None else entry._replace(**_content(_read(inner.decode())))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the bytes are not an entry") from error


def _content(content: Any) -> dict[str, Any]:
    """What a payload says, in the form of an entry."""
    return {
        "fields": content["set"],
        "parents": {name: tuple(ids) for name, ids in content.get("on", {}).items()},
        "why": content.get("why", ""),
        "seen": content.get("seen"),
    }


def _decoded(header: bytes, head: Any, body: bytes | None) -> tuple[Entry, Any]:
    content: dict[str, Any] = {}
    if head["v"] != FORMAT:
        raise ValueError("the entry is of a form that this version does not know")
    if body is not None:
        if hashlib.sha256(body).hexdigest() != head["body"]:
            raise ValueError("the payload is not the one its header names")
        content = _read(body.decode())
    sealed = "sealed" in content
    if sealed and content["sealed"] != SEALED:
        raise ValueError("the payload is sealed in a way that this version does not know")
    fields: dict[str, Any] = {"fields": None, "parents": {}, "why": ""}
    if body is not None and not sealed:
        fields = _content(content)
    unhex = bytes.fromhex
    entry = Entry(
        id=entry_id(header),
        stream=unhex(head["stream"]),
        seq=head["seq"],
        prev=unhex(head["prev"]),
        act=unhex(head["act"]),
        size=head["size"],
        at=head["at"],
        hlc=head["hlc"],
        tbl=head["tbl"],
        record=unhex(head["record"]),
        actor=unhex(head["actor"]),
        sealed=unhex(content["contact"]) if sealed else b"",
        **fields,
    )
    return entry, content
