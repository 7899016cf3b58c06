"""Whoever has the data key and a script changes one thing, after a day on which users of every role called whatever
there is to call: verifying names it, or it stands in the documents' list of what a signature does not cover."""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from calling import APART, Caller, acts, writing
from samples import a_sheet
from storage.ledger_changes import BESIDE, CHANGES, changed
from storage.tampering import BEA, EVE, NORA, Service, chained, cheap, forged  # noqa: F401
from storage.test_impostors import Script
from storage.test_who_may import EXCUSED

from spoc.intake.reading import of_bytes
from spoc.model.errors import NotAllowed, Refusal
from spoc.model.ledger.chain import short
from spoc.model.ledger.entry import Command
from spoc.model.ledger.roster import ANOTHER_BEGAN, REMOVED
from spoc.model.rules.access import ROLES
from spoc.storage import sealing
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import sign_in
from spoc.storage.desks.vouching import ANOTHER_KEY
from spoc.storage.driver import Database, connect
from spoc.storage.ledger import append, audit
from spoc.storage.migrations import TRIGGERS, local
from spoc.storage.secrecy import keyfile, keys, tries
from spoc.storage.service import users
from spoc.storage.upkeep.verify import rebuild, verify

LONG = bool(os.environ.get("SPOC_SOAK"))
SEEDS = [1, *(pytest.param(each, marks=pytest.mark.long) for each in range(2, 40 if LONG else 3))]
NIGHT = (
    "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n"
    "N1,Elm,Ida,19/07/2026,19/11/2026 20:10,fell\nN2,Fir,Al,19/07/2016,19/11/2026 21:10,cut"
)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service at which users of every role have called every public function, and which verifies."""
    before, sealing.COST = sealing.COST, sealing.Cost(64, 1, 1)
    try:
        made = Service(tmp_path_factory.mktemp("worked") / "desk")
        desk = made.at("Nora Named", NORA)
        chance = random.Random(1 if not LONG else None)
        caller = Caller(desk, chance)
        people = [desk.actor]
        for role in ROLES:
            user = users.add(desk, f"One {role}", role, EVE)
            desk.store.keyring.lent[user.id] = keys.unlock(made.folder, EVE, user.name).private_key
            people.append(user)
        rows = of_bytes(NIGHT.encode(), "list", listing.local_now(desk.store)).rows
        importing.bring_in(desk.store, desk.actor, [Listed("list", rows)], "ED-MPH")
        for _ in range(20 if LONG else 1):
            every = [(each, actor) for each in acts() for actor in people]
            chance.shuffle(every)
            for (name, function), actor in every:
                caller.call(name, function, actor)
        assert len(caller.wrote) > 20, caller.wrote
        tries.clear(made.folder)  # the calls with passphrases that are none
        report = verify(desk.store)
        assert report.findings == ()
        for actor in people:  # so that each of them has an act that is not their last
            audit.record(desk.store, actor, "export", purpose="report").result()
        desk.close()
        yield made
    finally:
        sealing.COST = before


@pytest.fixture
def service(worked: Service, tmp_path: Path) -> Service:
    """A copy of it, to be changed."""
    shutil.copytree(worked.folder, tmp_path / "desk")
    tries.clear(tmp_path / "desk")  # whatever was typed wrongly on that day
    made = copy(worked)
    made.folder = tmp_path / "desk"
    return made


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", CHANGES)
def test_any_single_change_of_the_ledger_is_named(service: Service, change: str, seed: int) -> None:
    chance = random.Random(f"{change} {seed}")
    service.tamper(lambda db: changed(db, change, chance))
    report = service.verified()
    assert not report.sound and report.findings


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", BESIDE, ids=lambda each: each.__name__)
def test_any_single_change_beside_the_entries_is_named(
    service: Service, change: Callable[[Database, random.Random], None], seed: int
) -> None:
    service.tamper(lambda db: change(db, random.Random(seed)))
    desk = service.at("Nora Named", NORA)
    try:
        report = verify(desk.store)
        assert not report.sound and report.findings
    finally:
        desk.close()


# -- what is changed of the key file -------------------------------------------------------------------


def slots_swapped(content: keyfile.KeyContent) -> keyfile.KeyContent:
    *rest, one, other = content.slots
    swapped = (replace(one, user=other.user), replace(other, user=one.user))
    return replace(content, slots=(*rest, *swapped))


def key_replaced(content: keyfile.KeyContent) -> keyfile.KeyContent:
    one, *rest = content.slots
    return replace(content, slots=(replace(one, public=sealing.public_of(os.urandom(32))), *rest))


def passphrase_replaced(content: keyfile.KeyContent) -> keyfile.KeyContent:
    """Somebody's slot with another passphrase and another key, as whoever has the data key makes it."""
    one, *rest = content.slots
    made = keys._sealed_slot(content.store, one, EVE, os.urandom(32), sealing.COST)
    made = replace(made, data_key=keyfile.sealed_to(content.store, made, os.urandom(32)))
    return replace(content, slots=(made, *rest))


def code_replaced(content: keyfile.KeyContent) -> keyfile.KeyContent:
    return replace(content, recovery_public=sealing.public_of(os.urandom(32)))


@pytest.mark.parametrize(
    "change",
    [slots_swapped, key_replaced, passphrase_replaced, code_replaced],
    ids=lambda f: f.__name__,
)
def test_any_single_change_of_the_key_file_is_named(
    service: Service, change: Callable[[keyfile.KeyContent], keyfile.KeyContent]
) -> None:
    content, former = keyfile.read(service.folder)
    keyfile.write(service.folder, change(content), former)
    for name, words in (("Nora Named", NORA), ("Bea Bird", BEA), ("Eve Lyst", EVE)):
        with suppress(Refusal):  # whose slot it was cannot sign in
            desk = service.at(name, words)
            try:
                assert verify(desk.store).findings
                return
            finally:
                desk.close()
    raise AssertionError("nobody could sign in to see it")


# -- what a signature does not cover: the documents say so -----------------------------------------------


def end_cut(service: Service) -> None:
    """The last act of a stream, with all that was folded from it."""

    def cut(db: Database) -> None:
        stream = bytes.fromhex(local(db, "audit_stream"))
        (entry, act) = db.conn.execute(
            "SELECT entry_id, header ->> 'act' FROM entry WHERE stream = ? ORDER BY seq DESC LIMIT 1",
            (stream,),
        ).fetchone()
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (entry,))
        db.conn.execute("DELETE FROM entry WHERE entry_id = ?", (entry,))
        db.conn.execute("DELETE FROM signature WHERE act = ?", (bytes.fromhex(act),))

    service.tamper(cut)
    assert service.verified().findings == ()


def slot_lost(service: Service) -> None:
    content, former = keyfile.read(service.folder)
    keyfile.write(service.folder, replace(content, slots=content.slots[:1]), former)
    assert service.verified().findings == ()


def written_before(service: Service) -> None:
    """A note of an early version, which nobody signed, changed before this version was first started."""
    words, folder = "a store from long ago", service.folder.parent / "early"
    shutil.copytree(Path(__file__).parents[1] / "stores" / "0.3.0", folder)
    db = connect(folder / "spoc.db", keys.unlock(folder, words).data_key)
    for name in ("entry_stays", "entry_is_kept", "payload_stays", "payload_is_kept"):
        db.conn.execute(f"DROP TRIGGER {name}")

    def other_words(said: dict[str, Any]) -> dict[str, Any]:
        return said | {"payload": (said["payload"] or b"").replace(b"seen at once", b"not seen")}

    chained(db, other_words)
    for name in ("entry_stays", "entry_is_kept", "payload_stays", "payload_is_kept"):
        db.conn.execute(TRIGGERS[name])
    db.close()
    sealing.COST = sealing.Cost(8, 1, 1)  # of that store; it is put back with the test's own
    desk = sign_in(folder, words, window=False)
    desk.store.submit(lambda db: rebuild(db, desk.store.book)).result()
    report = verify(desk.store)
    (text,) = desk.store.reader.conn.execute(
        "SELECT text FROM note WHERE text LIKE '%not seen%' LIMIT 1"
    ).fetchone()
    desk.close()
    assert text and report.findings == ()
    assert any(each.startswith("Unsigned before") for each in report.waiting)


def began_somebody_earlier(service: Service) -> None:
    """Another act, with an early date, that adds a user who is there: hers falls, and she is told."""
    script, hers = Script(service, "Bea Bird", BEA), os.urandom(32)
    said = {"name": "Eve Lyst", "role": "advisor", **keys.public_fields(hers)}
    script.act([Command("user", service.eve.id, said, seen={})])
    assert any(each.endswith(ANOTHER_BEGAN) for each in service.verified().findings)
    desk = service.at("Eve Lyst", EVE)
    assert ANOTHER_KEY in desk.alarms
    desk.close()


def saw_nothing(service: Service) -> None:
    """A named professional removes a colleague in a stream of her own, with an early date, and says that she had seen
    nothing of them."""
    script = Script(service, "Nora Named", NORA)
    script.act([Command("user", service.bea.id, {"_void": True}, seen={})])
    assert any(each.endswith(REMOVED) for each in service.verified().findings)
    assert service.notes() == []


def own_name(service: Service) -> None:
    """Whoever may write a note writes one, with a script."""
    desk = service.at("Bea Bird", BEA)
    note = Command("note", os.urandom(16), {"contact": service.contact.hex(), "text": "No."})
    desk.store.act(desk.actor, [note]).result()
    desk.close()
    assert service.verified().findings == ()


def draft_changed(service: Service) -> None:
    """What somebody has typed into a call that waits, before anybody has signed it."""
    desk = service.at("Bea Bird", BEA)
    draft = drafts.new(desk.store, desk.actor)
    sheet = a_sheet(desk.store.now(), notes="Fell from the sofa.")
    drafts.save(desk.store, draft, sheet).result()
    desk.close()
    service.tamper(
        lambda db: db.conn.execute(
            "UPDATE draft SET body = replace(body, 'Fell from the sofa', 'Was pushed')"
        )
    )
    assert service.verified().findings == ()
    desk = service.at("Bea Bird", BEA)
    waiting = drafts.waiting(desk.store, desk.actor)
    assert [each.sheet.notes for each in waiting if each.id == draft.id] == ["Was pushed."]
    desk.close()


def in_the_desks_name(service: Service) -> None:
    """An open contact that says it was a colleague's call, with the desk's own key, which lies in the store."""
    desk = service.at("Eve Lyst", EVE)
    desk.store.lock()  # from here on the desk signs
    contact = os.urandom(16)
    said = {"received_at": "2026-11-27T10:00:00.000Z", "advisor": service.bea.id.hex()}
    note = {"contact": contact.hex(), "text": "No referral advised."}
    commands = [Command("contact", contact, said), Command("note", os.urandom(16), note)]
    desk.store.act(desk.actor, commands).result()
    desk.close()
    assert service.verified().findings == ()
    desk = service.at("Bea Bird", BEA)
    parts = contacts.get(desk.store, desk.actor, contact)
    own = bytes.fromhex(local(desk.store.reader, "desk_keys")["id"])
    assert {each.by for each in parts} == {own}, "not in her name: it says so"
    with pytest.raises(NotAllowed):
        desk.store.lock()
        closed = Command("contact", contact, {"closed_at": "2026-11-27T10:00:00.000Z"})
        desk.store.act(desk.actor, [closed]).result()
    desk.close()


LIMITS: dict[str, Callable[[Service], None]] = {
    "the end of a stream that was cut off": end_cut,
    "somebody's entry taken out of the key file": slot_lost,
    "what was written before a version that signs was first started": written_before,
    "which of two acts really added a new user": began_somebody_earlier,
    "how much of a colleague's work somebody had seen when removing them": saw_nothing,
    "what waits unsaved in a call or a form": draft_changed,
    "what a desk writes by itself": in_the_desks_name,
    "what people do in their own name within their role": own_name,
}


@pytest.mark.parametrize("said", LIMITS)
def test_what_a_signature_does_not_cover_is_in_the_documents(service: Service, said: str) -> None:
    made = service
    if LIMITS[said] in (began_somebody_earlier, saw_nothing):  # whose only witnesses are the two
        made = Service(service.folder.parent / "fresh")
    LIMITS[said](made)


def test_the_documents_list_each_limit_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text("utf-8")
    listed = page.partition("Signatures do not cover eight things: ")[2].partition("\n")[0]
    bare = re.sub(r"\([^()]*\)", "", listed)  # what is said of each beside it
    items = [each.strip().removeprefix("and ") for each in bare.split(";")]
    assert [each.removesuffix(".").strip() for each in items] == list(LIMITS)


def test_whoever_removes_somebody_has_seen_what_stands_before_it_in_the_stream(
    service: Service,
) -> None:
    """She once could say that she had seen nothing of it, though she signed what follows it."""
    made = Service(service.folder.parent / "fresh")
    desk = made.at("Nora Named", NORA)

    def remove(db: Database) -> None:
        gone = Command("user", made.bea.id, {"_void": True})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(append, "last_numbers", lambda db: {})
            desk.store.append(db, desk.actor, [gone])

    desk.store.submit(remove).result()
    desk.close()
    named = [
        each for each in made.verified().findings if each.startswith("Entr")
    ]  # beside the key file, where she still is
    desk = made.at("Nora Named", NORA)
    trail = short(local(desk.store.reader, "audit_stream"))
    assert named and all(trail in each for each in named), "which is another stream"
    desk.close()
    assert made.notes() == ["Referral advised."]


def test_every_public_function_that_writes_an_act_is_called_or_is_named_with_a_reason() -> None:
    called = {name for name, _ in acts()}
    assert [each for each in writing() if each not in called | APART.keys() | EXCUSED.keys()] == []
