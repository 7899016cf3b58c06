"""A service of which somebody with the data key and a script changes the file, as they would."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samples import a_sheet

from spoc.model.ledger.chain import Report
from spoc.model.ledger.entry import Command, LedgerPosition, canonical, encode, entry_id
from spoc.model.ledger.ids import hlc
from spoc.storage import sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, open_for, sign_in
from spoc.storage.driver import Database, connect
from spoc.storage.ledger import append, audit
from spoc.storage.migrations import TRIGGERS
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.service import users
from spoc.storage.store import utc_now
from spoc.storage.upkeep.verify import rebuild, verify

NORA, BEA, EVE = "four plain words here", "five other words for you", "six words that Eve has"
HEARD = "What was heard."
UNKNOWN = "it is signed by somebody whom this service does not know."
FORGED = "the one whom it names did not sign it."


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))


class Service:
    """A desk with a named professional, an advisor and an analyst, a contact of the advisor's, and a note."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        prepared = set_up.prepare(folder, "S", "Desk", "Nora Named", "named-professional", NORA)
        prepared.commit()
        self.code = prepared.code
        first = prepared.open()
        self.bea = users.add(first, "Bea Bird", "advisor", BEA)
        self.eve = users.add(first, "Eve Lyst", "analyst", EVE)
        self.key = first.key
        first.close()
        desk = self.at("Bea Bird", BEA)
        draft = drafts.new(desk.store, desk.actor)
        contacts.close(
            desk.store, desk.actor, draft, a_sheet(desk.store.now(), notes=HEARD)
        ).result()
        self.contact = draft.id
        contacts.add_note(desk.store, desk.actor, draft.id, "Referral advised.").result()
        audit.record(desk.store, desk.actor, "view", subject=draft.id).result()
        assert verify(desk.store).sound
        desk.close()

    def at(self, name: str, words: str) -> Desk:
        """Somebody at the records themselves: also who holds no key of them and got hold of it."""
        content, _ = keyfile.read(self.folder)
        own = keys.name_hash(content.store, name)
        if not any(each.extract for each in content.slots if each.name == own):
            return sign_in(self.folder, words, name, window=False)
        opened = keys.unlock(self.folder, words, name)
        nora = keys.unlock(self.folder, NORA, "Nora Named")
        with_it = replace(nora, user=opened.user, private_key=opened.private_key)
        return open_for(self.folder, with_it, None, utc_now, with_code=True)

    def tamper(self, damage: Callable[[Database], Any]) -> None:
        """Do something to the file as somebody with the data key would, and put the guards back."""
        db = connect(self.folder / "spoc.db", self.key)
        db.conn.execute("PRAGMA recursive_triggers=OFF")
        for name in TRIGGERS:
            db.conn.execute(f"DROP TRIGGER {name}")
        damage(db)
        for sql in TRIGGERS.values():
            db.conn.execute(sql)
        db.close()

    def verified(self) -> Report:
        """What verifying says, once the tables were made anew from what is in the ledger."""
        desk = self.at("Nora Named", NORA)
        try:
            desk.store.submit(lambda db: db.conn.execute("DELETE FROM refused")).result()
            desk.store.submit(lambda db: rebuild(db, desk.store.book)).result()
            return verify(desk.store)
        finally:
            desk.close()

    def notes(self) -> list[str]:
        desk = self.at("Nora Named", NORA)
        try:
            parts = contacts.get(desk.store, desk.actor, self.contact)
            said = [str(each.values["text"]) for each in parts if each.tbl == "note"]
            return [each for each in said if each != HEARD]
        finally:
            desk.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield Service(tmp_path / "desk")


def chained(db: Database, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Write every stream anew: headers as changed (None: dropped), numbers, hashes and ids made to fit."""
    for (stream,) in db.conn.execute("SELECT DISTINCT stream FROM entry").fetchall():
        rows = db.conn.execute(
            "SELECT header, body FROM entry LEFT JOIN payload USING(entry_id) WHERE stream = ? ORDER BY seq",
            (stream,),
        ).fetchall()
        db.conn.execute(
            "DELETE FROM payload WHERE entry_id IN (SELECT entry_id FROM entry WHERE stream = ?)",
            (stream,),
        )
        db.conn.execute("DELETE FROM entry WHERE stream = ?", (stream,))
        kept: list[tuple[dict[str, Any], bytes]] = []
        for header, body in rows:
            said = change({**json.loads(header), "payload": body})
            if said is not None:
                kept.append((said, said.pop("payload")))
        sizes: dict[str, int] = {}
        for said, _ in kept:
            sizes[said["act"]] = sizes.get(said["act"], 0) + 1
        prev = "00" * 32
        for seq, (said, body) in enumerate(kept, 1):
            said |= {"seq": seq, "prev": prev, "size": sizes[said["act"]]}
            if body is not None:  # else it was erased
                said["body"] = sealing.sha256(body)
            header = canonical(said)
            prev = sealing.sha256(header)
            record = bytes.fromhex(said["record"])
            db.conn.execute(
                "INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)",
                (stream, seq, entry_id(header), said["hlc"], said["tbl"], record, header),
            )
            if body is not None:
                db.conn.execute("INSERT INTO payload VALUES(?, ?)", (entry_id(header), body))


def forged(db: Database, actor: bytes, command: Command, signature: bytes = b"") -> None:
    """One act at the end of the desk's stream, in somebody's name."""
    stream, seq, prev, last = append.head(db, "stream")
    place = LedgerPosition(
        stream, seq + 1, prev, os.urandom(16), 1, "2026-11-26T21:00:00.000Z", hlc(0, last), actor, 6, None,
    )  # fmt: skip
    header, body = encode(command, place, os.urandom(16))
    db.conn.execute(
        "INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)",
        (stream, seq + 1, entry_id(header), place.hlc, command.tbl, command.record, header),
    )
    db.conn.execute("INSERT INTO payload VALUES(?, ?)", (entry_id(header), body))
    if signature:
        db.conn.execute("INSERT INTO signature VALUES(?, ?)", (place.act, signature))
