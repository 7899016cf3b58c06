"""Users in the app: added, listed, given another passphrase; one sits down where another locked."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one, joined
from seated import at_the_board
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.model.errors import WrongPassphrase
from spoc.model.ledger.entry import Actor
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.typing import autosave
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen, FirstPassphraseScreen
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.screens.desk.users.users import AddUserScreen, UsersScreen
from spoc.storage import desk, sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.secrecy import keys, paper_codes
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify
from spoc.widgets.preferences import Preferences

PASSPHRASE, HERS = "four plain words here", "another long sentence"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its smallest, so that tests do not wait for it."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setattr(SpocApp, "_look_after", lambda app: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store that one advisor, Ada Shah, has set up."""
    place = tmp_path / "desk"
    set_up.prepare(place, "Somerset", "Musgrove Park", "Ada Shah", "advisor", PASSPHRASE).commit()
    return place


@asynccontextmanager
async def signed_in(
    folder: Path, clock: Clock, *typed: str, lands: type[Screen[Any]] = BoardScreen
) -> AsyncIterator[Pilot[Any]]:
    """The running app on a real key file, once the passphrase is typed."""
    app = SpocApp(folder, now=clock, liked=Preferences())
    async with app.run_test(size=(120, 36)) as pilot:
        await type_in(pilot, *(typed or (PASSPHRASE, "<enter>")))
        await shown(pilot, lands)
        yield pilot


@contextmanager
def two_advisors(folder: Path) -> Iterator[None]:
    opened = desk.sign_in(folder, PASSPHRASE, window=False)
    joined(opened, "Bea Rose", "advisor", HERS)
    opened.close()
    yield


def said(screen: Any) -> str:
    return str(screen.query_one("#message").content)


def everybody(screen: Any) -> list[tuple[str, str]]:
    return [(user.name, user.role) for user in screen.rows.items]


# -- adding ------------------------------------------------------------------------------------------


async def test_a_user_is_added_with_a_passphrase_of_their_own_and_can_sign_in(
    folder: Path, clock: Clock
) -> None:
    async with signed_in(folder, clock) as pilot:
        await type_in(
            pilot,
            "u",
            "a",
            "Bea Rose",
            "<enter>",
            "revi",
            "<enter>",
            HERS,
            "<enter>",
            HERS,
            "<enter>",
        )
        page = await shown(pilot, UsersScreen)
        await until(pilot, lambda: len(page.rows.items) == 2)
        assert everybody(page) == [("Ada Shah", "advisor"), ("Bea Rose", "reviewer")]
        assert "Bea Rose can sign in now" in said(page)
        assert page.rows.item.name == "Bea Rose"
        assert "20 Nov 2026" in str(page.paint(page.rows.item, 116))
    typed = ("bea rose", "<enter>", HERS, "<enter>")
    async with signed_in(folder, clock, *typed, lands=FirstPassphraseScreen) as pilot:
        await type_in(pilot, "<escape>", "n")  # nothing goes before it
        form = await shown(pilot, FirstPassphraseScreen)
        await until(pilot, lambda: "Choose your own first" in said(form))
        foot = str(form.query_one("KeyBar").content)
        assert "Ctrl+Q leave spoc" in foot and "Esc" not in foot
        own = "mulberry kettle frost lamp"
        form.lines["old"].value = ""
        await type_in(pilot, HERS, "<enter>", own, "<enter>", own, "<enter>")
        await shown(pilot, BoardScreen)
    async with signed_in(folder, clock, "bea rose", "<enter>", own, "<enter>") as pilot:
        assert pilot.app.desk.actor.name == "Bea Rose"
        assert pilot.app.desk.actor.role == "reviewer"
        assert verify(pilot.app.desk.store).findings == ()


@pytest.mark.parametrize(
    ("typed", "sentence", "slot"),
    [
        (("<f2>",), "Name: something is needed here.", "name"),
        (("Bea", "<enter>", "zzzz", "<enter>", HERS, "<enter>", HERS, "<enter>"), "Role: choose one", "role"),
        (("Bea", "<enter>", "analyst", "<enter>", HERS, "<enter>", HERS, "<enter>"),
         "A named professional may give any role", "role"),
        (("Bea", "<enter>", "adv", "<enter>", "short", "<enter>", "short", "<enter>"),
         "needs at least 12 characters", "new"),
        (("Bea", "<enter>", "adv", "<enter>", HERS, "<enter>", "another", "<enter>"), "differ", "again"),
        (("ada  SHAH", "<enter>", "adv", "<enter>", HERS, "<enter>", HERS, "<enter>"),
         "Somebody of that name", "name"),
    ],
)  # fmt: skip
async def test_what_a_new_user_lacks_is_said_and_nobody_is_added(
    folder: Path, clock: Clock, typed: tuple[str, ...], sentence: str, slot: str
) -> None:
    async with signed_in(folder, clock) as pilot:
        await type_in(pilot, "u", "a", *typed)
        form = await shown(pilot, AddUserScreen)
        await until(pilot, lambda: sentence in said(form))
        assert form.slot == slot
        empty = typed == ("<f2>",)  # what is typed is left out when asked for twice
        await type_in(pilot, *["<escape>"] * (1 if empty else 2))
        page = await shown(pilot, UsersScreen)
        assert everybody(page) == [("Ada Shah", "advisor")]
    assert keys.user_count(folder) == 1


async def test_a_role_that_may_not_add_users_has_no_key_for_it(store: Store) -> None:
    reviewer = Actor(ADVISOR.id, ADVISOR.name, "reviewer")
    async with at_the_board(store, actor=reviewer) as pilot:
        await type_in(pilot, "u")
        page = await shown(pilot, UsersScreen)
        await type_in(pilot, "a")
        await pilot.pause()
        assert pilot.app.screen is page
        assert "add a user" not in str(page.query_one("KeyBar").content)


# -- one's own passphrase ------------------------------------------------------------------------------


async def test_ones_own_passphrase_is_changed_after_the_old_one(folder: Path, clock: Clock) -> None:
    async with signed_in(folder, clock) as pilot:
        await type_in(
            pilot, "u", "p", "not the old one", "<enter>", HERS, "<enter>", HERS, "<enter>"
        )
        form = await shown(pilot, ChangePassphraseScreen)
        await until(pilot, lambda: "The old passphrase is not right" in said(form))
        assert form.slot == "old" and form.lines["old"].value == ""
        assert form.lines["new"].value == HERS, "only the wrong one is typed again"
        await type_in(pilot, PASSPHRASE, "<f2>")
        page = await shown(pilot, UsersScreen)
        assert "Your passphrase is changed" in said(page)
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, PASSPHRASE, now=clock())
    async with signed_in(folder, clock, HERS, "<enter>") as pilot:
        assert pilot.app.desk.actor.name == "Ada Shah"


async def test_nothing_of_a_passphrase_is_shown(folder: Path, clock: Clock) -> None:
    async with signed_in(folder, clock) as pilot:
        await type_in(pilot, "u", "p", PASSPHRASE, "<enter>", HERS)
        form = await shown(pilot, ChangePassphraseScreen)
        await until(pilot, lambda: form.lines["new"].value == HERS)
        await pilot.pause()
        lines = "\n".join(strip.text for strip in form._compositor.render_strips())
        assert "words here" not in lines and "long sentence" not in lines and "long enough" in lines


async def test_argon2_is_never_on_the_screens_thread(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    where: list[str] = []
    slow: Callable[..., Any] = keys.change_passphrase

    def watched(*args: Any) -> None:
        where.append(threading.current_thread().name)
        slow(*args)

    monkeypatch.setattr(keys, "change_passphrase", watched)
    async with signed_in(folder, clock) as pilot:
        await type_in(pilot, "u", "p", PASSPHRASE, "<enter>", HERS, "<enter>", HERS, "<enter>")
        page = await shown(pilot, UsersScreen)
        await until(pilot, lambda: "is changed" in said(page))
    assert where and threading.main_thread().name not in where


# -- the lock ----------------------------------------------------------------------------------------


async def test_a_colleague_signs_in_over_the_lock_and_goes_on_with_the_call_that_was_left(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "SAVE_AFTER", 60)  # so that the last keys are not saved yet
    with two_advisors(folder):
        pass
    async with signed_in(folder, clock, "Ada Shah", "<enter>", PASSPHRASE, "<enter>") as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "ed", "<enter>", "nur")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.entries["role"].value == "nur")
        await type_in(pilot, "<ctrl+l>")
        lock = await shown(pilot, LockScreen)
        assert lock.query_one("#name").value == "Ada Shah"
        assert lock.focused is lock.query_one("#passphrase"), "Ada types her passphrase alone"
        clock.step(minutes=2)
        lock.query_one("#name").value = ""
        lock.set_focus(lock.query_one("#name"))
        await type_in(pilot, "Bea Rose", "<enter>", HERS, "<enter>")
        await until(pilot, lambda: pilot.app.desk.actor.name == "Bea Rose" and not pilot.app.locked)
        board = await shown(pilot, BoardScreen)
        store, bea = pilot.app.desk.store, pilot.app.desk.actor
        await until(pilot, lambda: contacts.still_open(store, bea))
        (row,) = contacts.still_open(store, bea)
        await until(pilot, lambda: row.id in {each.id for each in board.query_one("Rows").items})
        await until(pilot, lambda: "OPEN" in str(board._paint(board.query_one("Rows").item, 116)))
        assert (row.caller, row.service) == ("Reed, Amy", "ED")
        assert drafts.waiting(store, bea) == []
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        await type_in(pilot, "g")
        taken = await shown(pilot, ContactScreen)
        assert taken.sheet.caller.name == "Reed, Amy"
        assert "Role: nur" in taken.sheet.notes, "what was typed and not taken is in the notes"
        assert taken.keeper.draft.actor == bea.id
        assert verify(store).findings == ()
        advisor = store.reader.conn.execute("SELECT advisor FROM contact").fetchone()
        assert advisor == (bea.id,)


# -- removing ------------------------------------------------------------------------------------------


async def test_a_user_who_leaves_is_removed_and_their_call_is_open_to_all(
    folder: Path, clock: Clock
) -> None:
    with two_advisors(folder):
        bea = desk.sign_in(folder, HERS, "Bea Rose", window=False)
        left = drafts.new(bea.store, bea.actor)
        drafts.save(bea.store, left, replace(left.sheet, notes="Half a call.")).result()
        former = bea.key
        bea.close()
    typed = ("Ada Shah", "<enter>", PASSPHRASE, "<enter>")
    async with signed_in(folder, clock, *typed) as pilot:
        await type_in(pilot, "u")
        page = await shown(pilot, UsersScreen)
        await type_in(pilot, "x")  # on oneself it does nothing
        assert isinstance(pilot.app.screen, UsersScreen)
        await type_in(pilot, "<down>", "x")
        asked = await shown(pilot, RemoveUserScreen)
        await type_in(pilot, "<escape>")
        await shown(pilot, UsersScreen)
        assert len(everybody(page)) == 2
        await type_in(pilot, "x")
        asked = await shown(pilot, RemoveUserScreen)
        assert "Bea Rose" in str(asked.query_one("#title").content)
        await type_in(pilot, "r")
        await until(pilot, lambda: asked.shown)
        await pilot.resize_terminal(80, 24)
        last = " ".join(paper_codes.code_groups(asked.code)[-1])
        await until(
            pilot,
            lambda: last in "\n".join(each.text for each in asked._compositor.render_strips()),
        )
        await type_in(pilot, "AAAA", "<enter>")
        await until(pilot, lambda: "That is not group" in str(asked.query_one("#message").content))
        assert len(everybody(page)) == 2, "nobody goes before the new code is on paper"
        await type_in(pilot, paper_codes.code_groups(asked.code)[asked.asked - 1], "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert keys.recovery_seed(folder, asked.code)
        await until(pilot, lambda: "cannot sign in" in said(page))
        assert everybody(page) == [("Ada Shah", "advisor")]
    with pytest.raises(WrongPassphrase):
        desk.sign_in(folder, HERS, "Bea Rose", window=False)
    again = desk.sign_in(folder, PASSPHRASE)
    try:
        assert again.key != former
        assert [row.open for row in contacts.recent(again.store, again.actor)] == [True]
        assert verify(again.store).findings == ()
    finally:
        again.close()


async def test_where_it_takes_two_the_second_agrees_before_anybody_is_removed(
    tmp_path: Path, clock: Clock
) -> None:
    place = tmp_path / "led"
    made = ("Somerset", "Musgrove Park", "Ada Shah", "named-professional", PASSPHRASE)
    set_up.prepare(place, *made).commit()
    seat = desk.sign_in(place, PASSPHRASE, now=clock, window=False)
    bea = joined(seat, "Bea Rose", "advisor", HERS)
    seat.store.keyring.hold(bea.id, keys.unlock(place, HERS, "Bea Rose").private_key)
    close_one(seat.store, bea, values={"restricted": "staff-allegation", "about_staff": "Ada Shah"})
    clock.step(minutes=1)
    seat.store.keyring.hold(seat.actor.id, keys.unlock(place, PASSPHRASE, "Ada Shah").private_key)
    for name in ("Nora Lead", "Otto Lead"):
        joined(seat, name, "named-professional", HERS)
    seat.close()
    typed = ("Nora Lead", "<enter>", HERS, "<enter>")
    async with signed_in(place, clock, *typed) as pilot:
        await type_in(pilot, "u")
        await shown(pilot, UsersScreen)
        await type_in(pilot, "<down>", "x")
        asked = await shown(pilot, RemoveUserScreen)
        assert "opened to them alone" in str(asked.query_one("#message").content)
        await type_in(pilot, "r", "Ada Shah", "<enter>", PASSPHRASE, "<enter>")
        await until(
            pilot, lambda: "Ada Shah may be that" in str(asked.query_one("#message").content)
        )
        assert not asked.shown
        await type_in(pilot, "<enter>")
        await until(
            pilot, lambda: "Type the passphrase of the" in str(asked.query_one("#message").content)
        )
        second = asked.lines["second"]
        second.value = ""
        asked.set_focus(second)
        await type_in(pilot, "Otto Lead", "<enter>", HERS, "<enter>")
        await until(pilot, lambda: asked.shown)
        await type_in(pilot, paper_codes.code_groups(asked.code)[asked.asked - 1], "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
    with pytest.raises(WrongPassphrase):
        desk.sign_in(place, HERS, "Bea Rose", window=False)
