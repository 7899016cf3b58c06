"""What a colleague with their own passphrase and a script may try: each is done on a store of its own and seen."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samples import a_sheet
from storage.tampering import (
    BEA,
    EVE,
    FORGED,
    NORA,
    UNKNOWN,
    Service,
    chained,
    cheap,
    forged,
    service,
)

from spoc.model.errors import NotAllowed, WrongPassphrase
from spoc.model.ledger.entry import Actor, Command
from spoc.storage import desk as desks
from spoc.storage import sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import sign_in
from spoc.storage.desks import marker
from spoc.storage.desks.vouching import ANOTHER_KEY
from spoc.storage.driver import Database
from spoc.storage.ledger import append, audit, belief
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.secrecy import keyfile, keys, paper_codes
from spoc.storage.service import settings, users
from spoc.storage.service.second import Beside
from spoc.storage.upkeep import daily
from spoc.storage.upkeep.verify import verify

__all__ = ["cheap", "service"]


def test_a_colleagues_slot_with_another_passphrase_signs_nothing_in_her_name(
    service: Service,
) -> None:
    content, former = keyfile.read(service.folder)
    own = next(each for each in content.slots if each.user == service.bea.id)
    planted = keys._sealed_slot(content.store, own, EVE, os.urandom(32), sealing.COST)
    planted = replace(planted, data_key=keyfile.sealed_to(content.store, planted, service.key))
    keyfile.write(service.folder, keys._with_slot(content, planted), former)
    desk = service.at("Bea Bird", EVE)
    assert ANOTHER_KEY in desk.alarms
    contacts.add_note(desk.store, desk.actor, service.contact, "No referral advised.").result()
    desk.close()
    keyfile.write(service.folder, content, None)
    report = service.verified()
    assert any(each.endswith(UNKNOWN) for each in report.findings)
    assert service.notes() == ["Referral advised."]


def test_a_note_that_was_changed_or_given_to_another_is_named_however_well_it_is_chained(
    service: Service,
) -> None:
    def other_words(said: dict[str, Any]) -> dict[str, Any]:
        if said["tbl"] == "note" and b"Referral" in said["payload"]:
            said["payload"] = said["payload"].replace(b"Referral", b"No referral")
        return said

    service.tamper(lambda db: chained(db, other_words))
    report = service.verified()
    assert any(each.endswith(FORGED) for each in report.findings)
    assert service.notes() == []


def test_an_author_who_was_changed_is_named(service: Service) -> None:
    def another(said: dict[str, Any]) -> dict[str, Any]:
        return said | {"actor": service.eve.id.hex()} if said["tbl"] == "note" else said

    service.tamper(lambda db: chained(db, another))
    assert any(each.endswith(UNKNOWN) for each in service.verified().findings)


def test_audit_that_was_dropped_is_named_by_what_follows_it(service: Service) -> None:
    desk = service.at("Bea Bird", BEA)
    audit.record(desk.store, desk.actor, "export").result()
    desk.close()
    service.tamper(
        lambda db: chained(db, lambda said: None if b'"kind":"view"' in said["payload"] else said)
    )
    assert any(each.endswith(FORGED) for each in service.verified().findings)


@pytest.mark.parametrize("signed", [False, True])
def test_a_forged_erasure_erases_nothing(service: Service, signed: bool) -> None:
    def erase(db: Database) -> None:
        (entry,) = db.conn.execute(
            "SELECT entry_id FROM entry WHERE tbl = 'note' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        forged(db, service.eve.id, Command("erase", entry, {"why": "retention"}))
        if signed:  # by the analyst herself, who may not
            private = keys.unlock(service.folder, EVE, "Eve Lyst").private_key
            header = db.conn.execute("SELECT header FROM entry WHERE tbl = 'erase'").fetchone()[0]
            content = append.signed_content([bytes.fromhex(sealing.sha256(header))])
            act = bytes.fromhex(json.loads(header)["act"])
            signature = sealing.signed(sealing.signing_seed(private), content)
            db.conn.execute("INSERT INTO signature VALUES(?, ?)", (act, signature))
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (entry,))

    service.tamper(erase)
    report = service.verified()
    why = "whoever signed it may not erase a contact." if signed else "nobody signed it."
    assert any(each.endswith(why) for each in report.findings)
    assert any("no erasure that counts names it" in each for each in report.findings)


def test_an_unsigned_act_and_one_of_a_role_that_may_not_are_named_and_the_rest_goes_on(
    service: Service,
) -> None:
    said = {"contact": service.contact.hex(), "text": "No referral advised."}
    service.tamper(lambda db: forged(db, service.bea.id, Command("note", os.urandom(16), said)))
    report = service.verified()
    assert [each.rpartition(": ")[2] for each in report.findings] == ["nobody signed it."]
    assert service.notes() == ["Referral advised."]
    desk = service.at("Eve Lyst", EVE)  # an analyst with a script, past what the program asks
    desk.store.act(desk.actor, [Command("note", os.urandom(16), said)]).result()
    desk.close()
    report = service.verified()
    assert any("may not log a contact" in each for each in report.findings)
    assert service.notes() == ["Referral advised."]
    desk = service.at("Bea Bird", BEA)
    contacts.add_note(desk.store, desk.actor, service.contact, "Rang back.").result()
    desk.close()
    assert service.notes() == ["Referral advised.", "Rang back."]


def test_a_key_that_was_put_in_for_another_counts_nowhere_and_she_is_told(service: Service) -> None:
    fields = dict(keys.public_fields(os.urandom(32)))
    desk = service.at("Eve Lyst", EVE)
    desk.store.act(desk.actor, [Command("user", service.bea.id, fields)]).result()
    desk.close()
    desk = service.at("Bea Bird", BEA)
    assert desk.alarms == (desks.FORGED,), "and the false key is out"
    desk.close()
    report = service.verified()
    assert any(each.endswith(FORGED) for each in report.findings)
    desk = service.at("Bea Bird", BEA)
    assert desk.alarms == (desks.FORGED,)
    desk.close()


@pytest.mark.parametrize("who", ["Bea Bird", "Eve Lyst"])
def test_a_recovery_code_of_ones_own_stands_for_nobody(service: Service, who: str) -> None:
    """Whoever plants one makes themselves nothing with it, and brings in no key for another."""
    private, hers = os.urandom(32), os.urandom(32)
    desk = service.at(who, BEA if who == "Bea Bird" else EVE)
    nora = users.by_name(desk.store, desk.actor, "Nora Named")
    leads = Actor(nora.id, nora.name, nora.role)
    seed = [sealing.signing_seed(private)]
    desk.store.keyring.lent[nora.id] = hers
    note = {"contact": service.contact.hex(), "text": "No referral advised."}

    def plant(db: Database) -> None:
        write = desk.store.append
        write(db, desk.actor, [Command("recovery", os.urandom(16), keys.public_fields(private))])
        own = Command("user", desk.actor.id, {"role": "named-professional"})
        write(db, desk.actor, [own], second=seed)
        write(db, leads, [Command("user", nora.id, keys.public_fields(hers))], second=seed)
        write(db, leads, [Command("note", os.urandom(16), note)])

    desk.store.submit(plant).result()
    desk.close()
    said = [each.rpartition(": ")[2] for each in service.verified().findings]
    assert said[0] == "it brings in a recovery code of no desk."
    assert len([each for each in said if each in (said[1], UNKNOWN)]) >= 3
    assert service.notes() == ["Referral advised."]
    desk = service.at("Nora Named", NORA)
    roles = {each.name: each.role for each in users.all(desk.store, desk.actor)}
    assert roles["Bea Bird"] == "advisor" and roles["Eve Lyst"] == "analyst"
    assert desk.alarms == (desks.FORGED,)
    desk.close()


def test_a_named_professional_alone_brings_in_no_key_for_another(service: Service) -> None:
    desk = service.at("Nora Named", NORA)
    hers, seed = os.urandom(32), desk.store.keyring.seed_of(desk.actor.id)
    desk.store.keyring.lent[service.bea.id] = hers

    def plant(db: Database) -> None:
        key = Command("user", service.bea.id, keys.public_fields(hers))
        desk.store.append(db, service.bea, [key], second=[seed])

    desk.store.submit(plant).result()
    desk.close()
    assert any(each.endswith(UNKNOWN) for each in service.verified().findings)


def test_nobody_removes_somebody_who_is_more_than_they_may_make(service: Service) -> None:
    desk = service.at("Bea Bird", BEA)
    nora = users.by_name(desk.store, desk.actor, "Nora Named")
    with pytest.raises(NotAllowed, match="no other named professional: the recovery code"):
        users.remove(desk, nora.id, paper_codes.new_code())
    with pytest.raises(WrongPassphrase):
        users.remove(desk, nora.id, paper_codes.new_code(), beside=Beside(paper_codes.new_code()))
    (heads,) = desk.store.reader.conn.execute(
        "SELECT _heads FROM user WHERE id = ?", (nora.id,)
    ).fetchone()
    gone = Command(
        "user", nora.id, {"_void": True}, {"_void": tuple(json.loads(heads).get("_void", ()))}
    )
    desk.store.act(desk.actor, [gone]).result()  # with a script
    desk.close()
    report = service.verified()
    assert any("may not take that role away" in each for each in report.findings)
    desk = service.at("Nora Named", NORA)
    desk.close()
    desk = service.at("Bea Bird", BEA)
    code = Beside(service.code)
    assert users.remove(desk, nora.id, paper_codes.new_code(), beside=code) == "Nora Named"
    assert verify(desk.store).findings == report.findings, "with the code, as she was the only one"
    desk.close()


def test_what_a_leaver_signs_counts_for_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = keys.unlock(service.folder, BEA, "Bea Bird").private_key
    desk = service.at("Nora Named", NORA)
    users.remove(desk, service.bea.id, paper_codes.new_code())
    desk.store.keyring.hold(service.bea.id, private)
    said = {"contact": service.contact.hex(), "text": "No referral advised."}
    leaver = Actor(service.bea.id, "Bea Bird", "advisor")
    with pytest.raises(NotAllowed, match="since you signed in"):
        desk.store.act(leaver, [Command("note", os.urandom(16), said)]).result()
    monkeypatch.setattr(belief, "still_may", lambda *said: None)  # with a script
    desk.store.act(leaver, [Command("note", os.urandom(16), said)]).result()
    report = verify(desk.store)
    desk.close()
    assert [each.rpartition(": ")[2] for each in report.findings] == [
        "whoever signed it had been removed before."
    ]


def test_what_is_forged_is_held_back_at_another_desk(service: Service, tmp_path: Path) -> None:
    said = {"contact": service.contact.hex(), "text": "No referral advised."}
    service.tamper(lambda db: forged(db, service.bea.id, Command("note", os.urandom(16), said)))
    desk = service.at("Nora Named", NORA)
    stream = bytes.fromhex(local(desk.store.reader, "stream"))
    carried = list(carry(desk.store.reader, stream))
    roots = local(desk.store.reader, "roots")
    desk.close()
    prepared = set_up.prepare(tmp_path / "other", "S", "Other", "Olga", "advisor", NORA)
    prepared.commit()
    other = prepared.open()
    other.store.submit(
        lambda db: [belief.trust(db, bytes.fromhex(each)) for each in roots]
    ).result()
    taken = other.store.receive(carried)
    assert [each.rpartition(": ")[2] for each in taken.problems] == ["nobody signed it."]
    assert taken.added > 0 and verify(other.store).sound
    other.close()


def test_while_nobody_is_signed_in_the_desk_does_what_it_may_and_nothing_else(
    service: Service,
) -> None:
    desk = service.at("Bea Bird", BEA)
    desk.store.lock()
    audit.record(desk.store, desk.actor, "lock").result()
    with pytest.raises(NotAllowed, match="The desk is locked"):
        contacts.add_note(desk.store, desk.actor, service.contact, "Later.").result()
    (by,) = desk.store.reader.conn.execute("SELECT _by FROM audit WHERE kind = 'lock'").fetchone()
    assert by == bytes.fromhex(local(desk.store.reader, "desk_keys")["id"])
    assert desks.unlock(desk, BEA, "Bea Bird") == desk.actor
    assert verify(desk.store).sound
    desk.close()


@pytest.mark.parametrize("what", ["all of it", "the records", "the key file"])
def test_an_older_copy_that_was_put_back_is_said_at_every_sign_in_from_then_on(
    service: Service, tmp_path: Path, what: str
) -> None:
    old, later = tmp_path / "old", tmp_path / "later"
    sign_in(service.folder, NORA, "Nora Named").close()
    shutil.copytree(service.folder, old)
    desk = sign_in(service.folder, NORA, "Nora Named")
    if what == "the key file":
        keyfile.write(service.folder, *keyfile.read(service.folder))
    elif what == "the records":
        audit.record(desk.store, desk.actor, "export").result()
    else:
        users.remove(desk, service.bea.id, paper_codes.new_code())
    desk.close()
    shutil.copytree(service.folder, later)
    for name in {"the records": ["spoc.db"], "the key file": ["spoc.keys"]}.get(
        what, ["spoc.db", "spoc.keys"]
    ):
        shutil.copy(old / name, service.folder / name)
    who = ("Bea Bird", BEA) if what == "all of it" else ("Nora Named", NORA)
    desk = sign_in(service.folder, who[1], who[0])
    said = "The key file here is older" if what == "the key file" else "are older than those of"
    assert said in " ".join(desk.alarms)
    desk.store.submit(lambda db: None).result()
    assert desk.store.reader.conn.execute("SELECT 1 FROM audit WHERE kind = 'older'").fetchone()
    desk.close()
    for name in ("spoc.db", "spoc.keys"):  # and the later one is put back over it
        shutil.copy(later / name, service.folder / name)
    desk = sign_in(service.folder, NORA, "Nora Named")
    assert "an older copy of the records or of the key file was here" in " ".join(desk.alarms)
    desk.close()


@pytest.mark.parametrize("acts", [0, 9], ids=["shorter", "longer"])
def test_where_the_settings_went_too_the_newest_backup_shows_an_older_copy(
    service: Service, tmp_path: Path, acts: int
) -> None:
    shutil.copytree(service.folder, tmp_path / "old")
    kept = tmp_path / "kept"
    desk = sign_in(service.folder, NORA, "Nora Named")
    audit.record(desk.store, desk.actor, "export").result()
    settings.change(desk.store, desk.actor, "backup_folder", str(kept)).result()
    desk.close()
    desk = sign_in(service.folder, NORA, "Nora Named")
    assert "holds more" not in daily.daily_backup(desk, desk.store.now())
    desk.close()
    marker.path().unlink()
    shutil.copy(tmp_path / "old" / "spoc.db", service.folder)
    desk = sign_in(service.folder, NORA, "Nora Named")
    settings.change(desk.store, desk.actor, "backup_folder", str(kept)).result()
    for _ in range(acts):  # what is written since may be as much as was lost
        audit.record(desk.store, desk.actor, "export").result()
    desk.close()
    desk = sign_in(service.folder, NORA, "Nora Named")
    assert desk.alarms == ()
    assert "holds more than the records here" in daily.daily_backup(desk, desk.store.now())
    desk.close()


def test_what_is_in_clear_over_a_sealed_record_does_not_count(service: Service) -> None:
    desk = service.at("Bea Bird", BEA)
    draft = drafts.new(desk.store, desk.actor)
    values = {"restricted": "staff-allegation", "about_staff": "Eve Lyst"}
    sheet = a_sheet(desk.store.now(), values=values, notes="What she did.")
    contacts.close(desk.store, desk.actor, draft, sheet).result()
    (note,) = desk.store.reader.conn.execute(
        "SELECT id FROM note WHERE sealed = ?", (draft.id,)
    ).fetchone()
    over = Command("note", note, {"text": "Nothing was wrong."})
    desk.store.act(desk.actor, [over]).result()  # even where she signs it herself
    said = [
        each.values["text"]
        for each in contacts.get(desk.store, desk.actor, draft.id)
        if each.tbl == "note"
    ]
    assert said == ["What she did."]
    report = verify(desk.store)
    assert [each.rpartition(": ")[2] for each in report.findings] == [
        "it is in clear, on a record that is sealed."
    ]
    desk.close()
