"""What an analyst works on: an extract of the records, whose key opens nothing else."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from samples import Clock, a_sheet, close_one, joined
from storage.conftest import MARK, marked

from spoc.intake.reading import of_bytes
from spoc.model.errors import NotAllowed, StoreBusy, WrongPassphrase
from spoc.model.ledger.entry import Command
from spoc.model.measures.period import parse_period
from spoc.storage import sealing, set_up
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import WorklistFilter
from spoc.storage.contacts import contacts, prompts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading.listing import ContactFilter, stream
from spoc.storage.counts import counting
from spoc.storage.desk import Desk, sign_in, unlock
from spoc.storage.driver import connect
from spoc.storage.extract import making, returning
from spoc.storage.extract.opening import as_of
from spoc.storage.followups import queue, requests
from spoc.storage.ledger import audit
from spoc.storage.migrations import local
from spoc.storage.secrecy import keyfile, keys, paper_codes
from spoc.storage.service import passphrases, roles, saved, users
from spoc.storage.store_folder import EXTRACT_FILE
from spoc.storage.upkeep import doctor
from spoc.storage.upkeep.verify import verify

NORA, ANN = "nine words that Nora has here", "seven other words of Ann Lyst"
LIST = (
    "Attendance Number,Surname,Forename,NHS Number,DOB,Postcode,Presenting Complaint,Arrival\n"
    f"{MARK}-17,{MARK},Elm,999 000 0018,19/11/2019,TA9 9ZZ,{MARK} complaint,19/11/2026 20:10\n"
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Desk]:
    """Nora's desk, filled; Ann is its analyst."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    folder = tmp_path / "desk"
    prepared = set_up.prepare(
        folder, "Somerset", "Musgrove", "Nora Named", "named-professional", NORA, now=clock
    )
    prepared.commit()
    desk = prepared.open(now=clock)
    fill(desk)
    joined(desk, "Ann Lyst", "analyst", ANN)
    making.make(desk)
    yield desk
    desk.close()


def fill(desk: Desk) -> None:
    """Contacts with a mark wherever something can be typed, and a list of attendances."""
    store, actor = desk.store, desk.actor
    plain = replace(
        marked(store), values={**marked(store).values, "restricted": "", "about_staff": ""}
    )
    for sheet in (plain, replace(plain, answers={}), marked(store)):
        draft = drafts.new(store, actor)
        contacts.close(store, actor, draft, sheet).result()
    close_one(store, actor)
    drafts.save(store, drafts.new(store, actor), a_sheet(store.now(), notes=MARK)).result()
    saved.save(store, actor, "mine", f"{MARK} child").result()
    rows = list(of_bytes(LIST.encode(), MARK, listing.local_now(store)).rows)
    importing.bring_in(store, actor, [Listed(MARK, rows)], "ED-MPH")


def seat(folder: Path, now: Clock, words: str = ANN) -> Desk:
    return sign_in(folder, words, "Ann Lyst", now=now, window=False)


def told(path: Path, key: bytes) -> str:
    """Everything in an encrypted file, as a script reads it that has its key; bytes as text and as hex."""
    said = []
    with closing(connect(path, key, read_only=True)) as db:
        every = db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in every:
            for row in db.conn.execute(f'SELECT * FROM "{name}"'):
                for each in row:
                    if isinstance(each, bytes):
                        said += [each.decode(errors="replace"), each.hex()]
                    else:
                        said.append(str(each))
    return "\n".join(said).casefold()


def test_the_doctor_says_whether_the_extract_is_there_and_as_new_as_the_records(
    desk: Desk, clock: Clock
) -> None:
    def found() -> str:
        (each,) = (one for one in doctor.store(desk.folder, now) if one.what == "extract")
        return f"{each.verdict}: {each.value}"

    path = desk.folder / EXTRACT_FILE
    now = datetime.fromtimestamp(path.stat().st_mtime + 3 * 3600 + 60, UTC)
    assert found() == "good: written 3 hours ago, for 1 user"
    old = path.stat().st_mtime - 4 * 86400 - 3600
    for each in desk.folder.glob(f"{EXTRACT_FILE}*"):
        os.utime(each, (old, old))
    assert found().startswith("look: written 4 days ago, for 1 user; the records are 4 days newer")
    path.unlink()
    assert found() == "look: not made yet, for 1 user"


IDENTIFIERS = (
    MARK,
    "9990000018",
    "9990000034",
    "2024-02-29",
    "2027-02-12",
    "2019-11-19",
    "TA9 9ZZ",
    "Elm",
)


def test_nothing_that_an_analysts_passphrase_opens_identifies_anybody(
    desk: Desk, clock: Clock
) -> None:
    with closing(seat(desk.folder, clock)) as ann:
        assert len(contacts.recent(ann.store, ann.actor)) == 4
        key = ann.key
    said, records = told(desk.folder / EXTRACT_FILE, key), told(desk.store.path, desk.key)
    for each in IDENTIFIERS:
        assert each.casefold() in records, each
        assert each.casefold() not in said, each
    secrets = [desk.key.hex(), desk.store.settings["list_key"]]
    for value in (local(desk.store.reader, "desk_keys"), local(desk.store.reader, "group")):
        secrets += [
            each for name, each in (value or {}).items() if name in ("seed", "private", "key")
        ]
    assert [each for each in secrets if each in said] == []
    assert len(secrets) >= 4


def test_an_analysts_passphrase_opens_the_extract_and_nothing_else(desk: Desk) -> None:
    opened = keys.unlock(desk.folder, ANN, "Ann Lyst")
    assert opened.extract and opened.data_key != desk.key and not opened.former_key
    with pytest.raises(Exception, match="cannot be read"):
        connect(desk.store.path, opened.data_key, read_only=True)


def test_figures_from_the_extract_are_those_of_the_records(desk: Desk, clock: Clock) -> None:
    with closing(seat(desk.folder, clock)) as ann:
        assert ann.store.is_extract and "as of Fri 20 Nov" in as_of(ann.store)
        nora, own = (desk.store, desk.actor), (ann.store, ann.actor)
        measures = list(desk.store.pack.counting.measures.values())
        assert counting.daily(*nora, measures) == counting.daily(*own, measures)
        for each in measures:
            if each.unit == "child":
                assert counting.children(*nora, each) == counting.children(*own, each)
            for by in each.by:
                assert counting.daily_parts(*nora, each, by) == counting.daily_parts(*own, each, by)
        assert prompts.counts(*nora) == prompts.counts(*own)
        assert requests.asked(*nora) == requests.asked(*own)
        assert listing.counts(*nora) == listing.counts(*own)
        november = parse_period("2026-11")
        assert counting.after(*nora, november) == counting.after(*own, november)
        assert queue.count(desk.store, ann.actor) == queue.count(*own)
        assert list(stream(desk.store, ann.actor, ContactFilter())) == list(
            stream(*own, ContactFilter())
        )
        of_list = [
            [
                (each.site, each.arrived, each.rank, each.flags)
                for each in listing.page(*who, WorklistFilter())
            ]
            for who in ((desk.store, ann.actor), own)
        ]
        assert of_list[0] == of_list[1] != []


def test_what_an_analyst_does_is_recorded_in_the_extract_and_comes_into_the_records(
    desk: Desk, clock: Clock
) -> None:
    clock.step(minutes=5)
    with closing(seat(desk.folder, clock)) as ann:
        audit.record(ann.store, ann.actor, "export", detail="three charts").result()
    assert returning.take_in(desk.store, desk.folder, desk.key) > 0
    assert returning.take_in(desk.store, desk.folder, desk.key) == 0
    found = desk.store.reader.conn.execute(
        "SELECT detail FROM audit WHERE kind = 'export' AND _by = ?", (ann.actor.id,)
    ).fetchall()
    assert found == [("three charts",)]
    close_one(desk.store, desk.actor)
    making.make(desk)
    with closing(seat(desk.folder, clock)) as ann:  # its streams go on where they were
        assert len(contacts.recent(ann.store, ann.actor)) == 5
        audit.record(ann.store, ann.actor, "export", detail="a fourth").result()
    assert returning.take_in(desk.store, desk.folder, desk.key) > 0
    assert verify(desk.store).findings == ()


def test_what_nobody_may_write_in_the_extract_does_not_come_into_the_records(
    desk: Desk, clock: Clock
) -> None:
    """An analyst with a script makes herself a named professional there."""
    with closing(seat(desk.folder, clock)) as ann:
        ann.store.act(
            ann.actor, [Command("user", ann.actor.id, {"role": "named-professional"})]
        ).result()
    returning.take_in(desk.store, desk.folder, desk.key)
    roles_of = {each.name: each.role for each in users.all(desk.store, desk.actor)}
    assert roles_of["Ann Lyst"] == "analyst"
    making.make(desk)
    with closing(seat(desk.folder, clock)) as ann:
        assert ann.actor.role == "analyst"


def test_a_slot_that_says_it_opens_the_records_is_given_no_new_key(desk: Desk) -> None:
    """The file lies open beside the store: an analyst takes the mark from her own slot."""
    content, former = keyfile.read(desk.folder)
    slots = tuple(replace(each, extract=False) for each in content.slots)
    keyfile.write(desk.folder, replace(content, slots=slots), former)
    users.add(desk, "Tom Hale", "advisor", "eleven words for Tom alone")
    users.remove(desk, users.by_name(desk.store, desk.actor, "Tom Hale").id, paper_codes.new_code())
    opened = keys.unlock(desk.folder, ANN, "Ann Lyst")
    nora = keys.unlock(desk.folder, NORA, "Nora Named")
    assert opened.extract and opened.data_key != nora.data_key and opened.former_key != desk.key


def test_a_role_that_holds_no_key_takes_it_away_and_one_that_does_gives_it(
    desk: Desk, clock: Clock
) -> None:
    folder, before = desk.folder, desk.key
    tom = joined(desk, "Tom Hale", "advisor", "eleven words for Tom alone")
    words = "eleven words for Tom alone"
    assert keys.unlock(folder, words, "Tom Hale").data_key == before
    roles.change(desk, tom.id, "analyst")
    desk.close()
    with closing(sign_in(folder, NORA, "Nora Named", now=clock)) as nora:
        assert nora.key != before  # the store has a new one
        opened = keys.unlock(folder, words, "Tom Hale")
        assert opened.extract and before not in (opened.data_key, opened.former_key)
        making.make(nora)
        with closing(sign_in(folder, words, "Tom Hale", now=clock, window=False)) as toms:
            assert toms.store.is_extract and toms.actor.role == "analyst"
        roles.change(nora, tom.id, "reviewer")
    with closing(sign_in(folder, words, "Tom Hale", now=clock)) as toms:
        assert toms.key == nora.key and not toms.store.is_extract


def test_a_store_of_before_gets_a_new_key_at_the_next_sign_in_of_somebody_who_holds_it(
    desk: Desk, clock: Clock
) -> None:
    folder, content = desk.folder, keyfile.read(desk.folder)[0]
    slots = tuple(
        replace(each, extract=False, data_key=sealing.seal(each.public, desk.key, content.store))
        for each in content.slots
    )
    desk.close()
    (folder / EXTRACT_FILE).unlink()
    keyfile.write(folder, replace(content, slots=slots), None)
    with pytest.raises(NotAllowed, match="signs in: Nora Named"):
        seat(folder, clock)
    with closing(sign_in(folder, NORA, "Nora Named", now=clock)) as nora:
        assert nora.key != desk.key and not keyfile.read(folder)[0].changing
        with pytest.raises(NotAllowed, match="not there"):
            seat(folder, clock)
        making.make(nora)
        with closing(seat(folder, clock)) as ann:
            assert len(contacts.recent(ann.store, ann.actor)) == 4
        assert keys.unlock(folder, ANN, "Ann Lyst").extract
        assert verify(nora.store).findings == ()


@pytest.mark.parametrize("harm", ["gone", "torn", "of another store"])
def test_an_extract_that_is_harmed_is_said_and_made_again(
    desk: Desk, clock: Clock, harm: str
) -> None:
    path = desk.folder / EXTRACT_FILE
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * 8192 if harm == "torn" else (desk.folder / "spoc.db").read_bytes())
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
    with pytest.raises(NotAllowed, match="It is made when somebody who takes calls"):
        seat(desk.folder, clock)
    making.make(desk)
    with closing(seat(desk.folder, clock)) as ann:
        audit.record(ann.store, ann.actor, "export", detail="again").result()
    assert returning.take_in(desk.store, desk.folder, desk.key) > 0


def test_a_passphrase_changed_in_the_extract_holds_and_comes_into_the_records(
    desk: Desk, clock: Clock
) -> None:
    fresh = "other words that Ann chose now"
    with closing(seat(desk.folder, clock)) as ann:
        passphrases.change(ann, ANN, fresh)
    with closing(seat(desk.folder, clock, fresh)) as ann:
        assert ann.alarms == ()
    desk.close()
    with closing(sign_in(desk.folder, NORA, "Nora Named", now=clock)) as nora:
        from spoc.storage.secrecy.comparing import differences

        assert differences(nora.store.reader, nora.folder) == []
        assert verify(nora.store).findings == ()


def test_of_two_who_change_their_passphrases_in_one_moment_one_is_told_and_neither_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    ann, new, seal = seat(desk.folder, clock), "five new words of Ann Lyst", keyfile.sealed_private

    def meanwhile(*said: Any) -> bytes:
        monkeypatch.setattr(keyfile, "sealed_private", seal)
        passphrases.change(ann, ANN, new)
        return seal(*said)

    monkeypatch.setattr(keyfile, "sealed_private", meanwhile)
    with pytest.raises(StoreBusy, match="at the same moment; nothing was changed here"):
        passphrases.change(desk, NORA, "nine other words that Nora has")
    ann.close()
    seat(desk.folder, clock, new).close()
    keys.prove(desk.folder, desk.actor.id, NORA)
    passphrases.change(desk, NORA, "nine other words that Nora has")
    desk.close()
    with closing(
        sign_in(desk.folder, "nine other words that Nora has", "Nora Named", now=clock)
    ) as nora:
        assert verify(nora.store).sound


def test_the_recovery_code_gives_an_analyst_a_passphrase_and_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    prepared = set_up.prepare(
        tmp_path / "d", "S", "M", "Nora Named", "named-professional", NORA, now=clock
    )
    prepared.commit()
    with closing(prepared.open(now=clock)) as desk:
        joined(desk, "Ann Lyst", "analyst", ANN)
        making.make(desk)
    fresh = "words of Ann after a holiday"
    set_up.recover(tmp_path / "d", prepared.code, "Ann Lyst", fresh, now=clock)
    opened = keys.unlock(tmp_path / "d", fresh, "Ann Lyst")
    assert opened.extract
    with closing(seat(tmp_path / "d", clock, fresh)) as ann:
        assert ann.alarms == () and ann.store.is_extract


def test_nobody_without_the_key_sets_a_desk_up(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Somebody who holds the key of the records sets a desk up"):
        set_up.prepare(tmp_path / "d", "S", "M", "Ann Lyst", "analyst", ANN)
    assert not (tmp_path / "d").exists()


def test_over_the_lock_of_the_records_an_analyst_is_sent_to_a_window_of_their_own(
    desk: Desk,
) -> None:
    with pytest.raises(WrongPassphrase, match="this window shows the records: leave it"):
        unlock(desk, ANN, "Ann Lyst")


def test_a_backup_is_made_without_the_extract_and_begins_another(
    desk: Desk, clock: Clock, tmp_path: Path
) -> None:
    from spoc.storage.upkeep import daily

    made = daily.back_up(desk, tmp_path / "copies", clock())
    assert not (made.path / EXTRACT_FILE).exists()
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(desk.folder / EXTRACT_FILE, new)
    set_up.restore(made.path, new)
    assert not (new / EXTRACT_FILE).exists()
    with closing(sign_in(new, NORA, "Nora Named", now=clock)) as nora:
        making.make(nora)
        streams = json.dumps(local(nora.store.reader, "extract"))
        assert streams != json.dumps(local(desk.store.reader, "extract"))
