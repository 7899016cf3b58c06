"""Erasing a restricted contact: only a named professional who can open it; all that is sealed with it goes, at every
desk and from the share, and so do the keys by which it opened."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from carrying import differing, shown
from samples import ADVISOR, HANDS, PRIVATE, a_colleague, joins
from storage.conftest import MARK, close, marked, stored
from sync.seats import Seats
from sync.test_erasing import NAMED, carry_all, is_erased, said_of

from keyboard import shown as comes  # isort: skip
from keyboard import type_in, until  # isort: skip
from screens.conftest import page as screen_text  # isort: skip
from seated import at_the_board  # isort: skip

from spoc.cli.commands import commands as spoc
from spoc.model.errors import BadInput, NotAllowed
from spoc.model.ledger.entry import Actor
from spoc.model.values.reference import reference
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.storage import sealing
from spoc.storage.contacts import contacts, erasing
from spoc.storage.contacts.reading import listing
from spoc.storage.contacts.reading.listing import ContactFilter
from spoc.storage.desk import sign_in
from spoc.storage.desks import conflicts, standing
from spoc.storage.secrecy import restricted
from spoc.storage.upkeep.verify import verify
from spoc.sync.folder import Folder

WORDS = "four plain words here"


class Sealed(Seats):
    """Two desks that hold one restricted contact, opened to Ada and to Nora Named; Pat Jones, whom it is about, is a
    named professional too."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, 2)
        store = self.desks[0].store
        joins(store, NAMED)
        self.pat, self.pats = a_colleague(store, "Pat Jones", "named-professional")
        self.sits(ADVISOR, PRIVATE)
        self.contact = close(store, marked(store))
        contacts.add_note(store, ADVISOR, self.contact, f"{MARK} later").result()
        self.until_quiet()

    def sits(self, actor: Actor, private: bytes) -> None:
        self.desks[0].store.keyring.hold(actor.id, private)

    def sealed_payloads(self) -> set[bytes]:
        """What is sealed with it."""
        found = self.desks[0].store.reader.conn.execute(
            "SELECT body FROM payload JOIN entry USING(entry_id) WHERE record = ?"
            " OR record IN (SELECT id FROM note WHERE sealed = ?)"
            " OR record IN (SELECT id FROM person WHERE sealed = ?)",
            (self.contact,) * 3,
        )
        return {body for (body,) in found.fetchall()}


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Sealed]:
    seats = Sealed(tmp_path)
    yield seats
    seats.close()


def test_only_somebody_who_holds_it_erases_it_and_it_is_gone_everywhere(two: Sealed) -> None:
    one, other = two.desks
    store, before, kept = one.store, two.sealed_payloads(), [x for x in carry_all(one) if x.body]  # type: ignore[attr-defined]
    assert len(before) > 4 and before <= {*said_of(two, Folder(two.share))}
    with pytest.raises(NotAllowed):
        erasing.erase(
            store, ADVISOR, two.contact, "a mistake"
        )  # she can open it, and may not erase
    two.sits(two.pat, two.pats)
    with pytest.raises(NotAllowed, match="You are not among them, whatever your role"):
        erasing.erase(store, two.pat, two.contact, "a mistake").result()
    assert not is_erased(one, two.contact) and two.sealed_payloads() == before
    two.sits(NAMED, HANDS[NAMED.id])
    assert erasing.erase(store, NAMED, two.contact, "a mistake").result() > 10
    with pytest.raises(BadInput, match="already"):
        erasing.erase(store, NAMED, two.contact, "a mistake").result()
    two.until_quiet()
    assert not before & {*said_of(two, Folder(two.share))}
    for desk in two.desks:
        assert listing.count(desk.store, ADVISOR, ContactFilter()) == 0
        assert contacts.recent(desk.store, ADVISOR, 10) == []
        assert not before & {body for _, body, _ in carry_all(desk) if body}  # type: ignore[misc]
        assert verify(desk.store).findings == ()
        assert desk.store.receive(kept).problems == ()  # an old copy brings nothing back
        assert not before & {body for _, body, _ in carry_all(desk) if body}  # type: ignore[misc]
        (keys,) = desk.store.reader.conn.execute(
            "SELECT count(*) FROM payload JOIN entry USING(entry_id) JOIN opening ON opening.id = record"
        ).fetchone()
        assert keys == 0, "nobody holds a key of it any more"
    two.sits(ADVISOR, PRIVATE)
    assert restricted.keys_of(store, store.reader, ADVISOR, two.contact) == []
    first, second = shown(one.store), shown(other.store)
    assert [part for part in differing(first, second) if part != "verify"] == []


def test_what_stays_of_it_says_nothing_but_that_it_was_there(two: Sealed) -> None:
    two.sits(NAMED, HANDS[NAMED.id])
    store = two.desks[0].store
    erasing.erase(store, NAMED, two.contact, "entered for somebody else").result()
    text = stored(store)
    assert "entered for somebody else" in text
    for word in (MARK, "staff-allegation", "9990000018", "pat jones zq"):
        assert word not in text
    (told,) = store.reader.conn.execute(
        "SELECT purpose FROM audit WHERE kind = 'erase' AND subject = ?", (two.contact,)
    ).fetchone()
    assert told == "entered for somebody else"


async def test_on_its_page_who_holds_it_is_told_that_the_reason_is_not_sealed(two: Sealed) -> None:
    one = two.desks[0]
    ref = reference(two.contact)
    two.sits(two.pat, two.pats)
    async with at_the_board(one.store, actor=two.pat) as pilot:
        page = ContactPage(pilot.app.desk, two.contact)  # type: ignore[attr-defined]
        pilot.app.push_screen(page)
        await comes(pilot, ContactPage)
        assert "it is opened to" in screen_text(pilot) and not page.check_action("erase", ())
    one.store.keyring.lent[NAMED.id] = HANDS[NAMED.id]
    two.sits(NAMED, HANDS[NAMED.id])
    assert not ContactPage(replace(one, actor=ADVISOR), two.contact).rights("erase")
    async with at_the_board(one.store, actor=NAMED) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, two.contact))  # type: ignore[attr-defined]
        await comes(pilot, ContactPage)
        await type_in(pilot, "z")
        await until(pilot, lambda: "name nobody in it" in " ".join(screen_text(pilot).split()))
        await type_in(pilot, "a mistake", "<enter>")
        await until(pilot, lambda: "are you sure?" in screen_text(pilot))
        await type_in(pilot, ref, "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
    assert is_erased(one, two.contact)


def test_at_the_command_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    folder = tmp_path / "a"
    made = ("--service", "S", "--desk", "D", "--name", "Nora Named", "--role", "named-professional")
    assert spoc(["--store", str(folder), "init", *made]) == 0
    with closing(sign_in(folder, WORDS, "Nora Named", window=False)) as desk:
        contact = close(desk.store, marked(desk.store), desk.actor)
    erase = ["--store", str(folder), "contact", "erase", contact.hex(), "--why", "a mistake"]
    assert spoc(erase) == 0 and "Erased " in capsys.readouterr().out
    assert spoc(erase) == 3 and "No contact has such" in capsys.readouterr().err
    with closing(sign_in(folder, WORDS, "Nora Named", window=False)) as desk:
        assert MARK not in stored(desk.store, desk.key)


def added_under_seal(two: Sealed) -> conflicts.ConflictSides:
    """One desk erases the contact while Ada, at another that has not heard of it, adds a note under its seal."""
    one, other = two.desks
    two.sits(NAMED, HANDS[NAMED.id])
    erasing.erase(one.store, NAMED, two.contact, "a mistake").result()
    other.store.keyring.hold(ADVISOR.id, PRIVATE)
    two.clock(1).step(minutes=1)
    contacts.add_note(other.store, ADVISOR, two.contact, f"{MARK} zebra").result()
    two.until_quiet()
    every = [conflicts.open_conflicts(desk.store, ADVISOR) for desk in two.desks]
    assert [[each.record for each in found] for found in every] == [[two.contact]] * 2
    assert [standing.standing(desk.store, ADVISOR).conflicts for desk in two.desks] == [1, 1]
    return every[0][0]


def test_what_was_added_under_seal_to_a_contact_erased_meanwhile_is_named(two: Sealed) -> None:
    conflict = added_under_seal(two)
    assert (conflict.record, conflict.field) == (two.contact, "_void")
    assert [(side.value, side.who) for side in conflict.sides] == [
        (True, NAMED.name),
        (False, "Ada Advisor"),
    ]
    assert MARK not in repr(conflict)
    for actor, value in ((ADVISOR, False), (NAMED, False), (ADVISOR, True)):
        with pytest.raises((BadInput, NotAllowed), match=r"nobody can open it|may not erase"):
            conflicts.decide(two.desks[1].store, actor, conflict, value).result()
    conflicts.decide(two.desks[0].store, NAMED, conflict, True).result()
    two.until_quiet()
    for desk in two.desks:
        assert conflicts.open_conflicts(desk.store, ADVISOR) == []
        assert standing.standing(desk.store, ADVISOR).conflicts == 0
        assert verify(desk.store).findings == ()
    first, second = (shown(desk.store) for desk in two.desks)
    assert [part for part in differing(first, second) if part != "verify"] == []


async def test_on_the_page_it_can_only_go_and_only_by_a_named_professional(two: Sealed) -> None:
    added_under_seal(two)
    store = two.desks[0].store
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "y", "c")
        screen = await comes(pilot, ConflictsScreen)
        said = " ".join(screen_text(pilot).split())
        assert "Ada Advisor" in said and "nobody can open it" in said and "in a new contact" in said
        assert not any(screen.check_action("keep", (number,)) for number in (1, 2))
    async with at_the_board(store, actor=NAMED, size=(80, 24)) as pilot:
        await type_in(pilot, "y", "c")
        screen = await comes(pilot, ConflictsScreen)
        assert not screen.check_action("keep", (2,))
        await type_in(pilot, "1")
        await until(pilot, lambda: "No conflicts" in screen_text(pilot))
