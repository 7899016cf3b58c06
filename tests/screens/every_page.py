"""A walk over every page of the app, before the desk and at it, for whoever takes a picture of each."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from keyboard import type_in, until
from samples import ADVISOR, Clock, close_one
from screens.conftest import PASSPHRASE
from seated import Seated
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from spoc.app import SpocApp
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Command
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.arriving.setup import CodeScreen
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.desk import Desk
from spoc.storage.service import settings
from spoc.storage.store import Store
from spoc.widgets.preferences import Preferences

CODE = "HJCB T9KQ DTX8 KGJM 1M7K A6Z6 MS1E"
CALL = (
    "n", "@caller", "Reed, Amy", "<enter>", "@service", "ED", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child",
    "Brook, Ty", "<enter>", "190726", "<enter>", "<enter>", "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@issues",
    "burn", "<enter>", "bru",
)  # fmt: skip


async def still(pilot: Pilot[Any], said: str = "") -> None:
    """Wait until the page says something, and until nothing on it moves any more."""
    await until(pilot, lambda: said in lines(pilot))
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False
    before = ""
    while before != (before := lines(pilot)):
        await pilot.pause(0.02)


def lines(pilot: Pilot[Any]) -> str:
    """The page as text."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def seen(pilot: Pilot[Any]) -> None:
    """Wait until the card of a prompt has been on the screen for long enough to take a key."""
    await until(pilot, lambda: getattr(pilot.app.screen, "fresh", False) is True)


async def saved(pilot: Pilot[Any], at: str) -> None:
    """Wait until every key of the call is on the disk, and the header says so."""
    call = pilot.app.screen
    await until(
        pilot, lambda: call.keeper.version and call.keeper.version == call.keeper.saved_version
    )
    await still(pilot, f"saved {at}")


async def pages_of_the_desk(
    store: Store, clock: Clock, size: tuple[int, int], theme: str
) -> AsyncIterator[tuple[str, Pilot[Any]]]:
    """A walk through the desk, from the empty board to an amended contact; each page by name."""
    desk = Desk(store, ADVISOR, store.path.parent, bytes(32))
    settings.recorded(store, ADVISOR, "desk", "Northtown duty desk").result()
    store.settings["desk"] = "Northtown duty desk"
    app = Seated(desk, store.now, theme)
    async with app.run_test(size=size) as pilot:
        app.sit_down(desk)
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await still(pilot, "nothing today")
        yield "board-empty", pilot
        await type_in(pilot, "n")
        await still(pilot, "nothing typed yet")
        yield "contact-fresh", pilot
        await type_in(pilot, "<f1>")
        await still(pilot, "Keys that work here")
        yield "keys", pilot
        await type_in(pilot, "<f1>", "<f4>")
        await still(pilot, "Esc stay")
        yield "jump", pilot
        await type_in(pilot, "<escape>", "<ctrl+p>")
        await still(pilot, "Call: close it")
        yield "commands", pilot
        await type_in(pilot, "<escape>", "<escape>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await type_in(pilot, *CALL)
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await saved(pilot, "09:00:00")
        clock.step(minutes=4, seconds=12)
        app.screen._tick()
        await still(pilot, "call 04:12")
        yield "contact-half", pilot
        await type_in(pilot, "<f6>")
        await seen(pilot)
        await type_in(pilot, "<right>")
        await seen(pilot)
        await still(pilot, "A baby under one")
        yield "prompt-ask", pilot
        await type_in(pilot, "<left>")
        await seen(pilot)
        await type_in(pilot, "1", "4")
        await still(pilot, "[x] Paediatric opinion")
        yield "prompt-stop", pilot
        await type_in(pilot, "o")
        await still(pilot, "Because")
        await type_in(pilot, "Seen by the consultant at ten")
        await still(pilot, "at ten")
        yield "reason", pilot
        await type_in(pilot, "<escape>", "<enter>")
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await type_in(pilot, "<f2>")
        await still(pilot, "Not closed yet")
        await saved(pilot, "09:04:12")
        yield "contact-lacking", pilot
        await type_in(pilot, "<alt+b>")
        await still(pilot, "Can the child roll")
        await saved(pilot, "09:04:12")
        yield "walk", pilot
        await type_in(pilot, "n", "<enter>", "Mother, her partner and a lodger", "<enter>", "?")
        await type_in(pilot, "<alt+a>")
        await still(pilot, "Assessment")
        await type_in(pilot, "Sore, and nobody can say how it happened.")
        await still(pilot, "how it happened.")
        await saved(pilot, "09:04:12")
        yield "walk-words", pilot
        await type_in(pilot, "<enter>", "<alt+o>")
        await still(pilot, "Call-back no.")
        await type_in(pilot, "<f8>")
        await still(pilot, "READ-BACK FOR THE PROFESSIONAL RECORD")
        yield "read-back", pilot
        await type_in(pilot, "2")
        await still(pilot, "A confidential record was made")
        yield "read-back-safe", pilot
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        page = app.screen.page
        app.screen.set_focus(page)
        page.load_text("A burn on the left arm,\nseen by the nurse in charge.")
        await still(pilot, "seen by the nurse")
        await saved(pilot, "09:04:12")
        yield "contact-notes", pilot
        await type_in(pilot, "<f9>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        log_three(store, clock)
        app.idle.touch()
        app.screen.refresh_board()
        app.screen._tick()
        await still(pilot, "Molly Mulberry")
        yield "board", pilot
        await type_in(pilot, "l")
        await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
        await still(pilot, "Newest contacts first")
        yield "list", pilot
        await type_in(pilot, "/", "Mulbery")
        await still(pilot, "1 by near spelling")
        yield "search", pilot
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, ContactPage))
        rows = app.screen.rows
        rows.move(
            next(n for n, each in enumerate(rows.items) if each.label.startswith("Call-back"))
        )
        await type_in(pilot, "a")
        await still(pilot, "Amend: Call-back number")
        yield "amend", pilot
        await type_in(pilot, " ext 4521", "<enter>", "Heard it wrong", "<f2>")
        await until(pilot, lambda: isinstance(app.screen, ContactPage))
        await type_in(pilot, "o", "re")
        await still(pilot, "Add: outcome")
        yield "outcome", pilot
        await type_in(
            pilot, "<escape>", "<escape>"
        )  # what is typed is left out where that is asked twice
        await until(pilot, lambda: isinstance(app.screen, ContactPage))
        app.screen.rows.move(-len(rows.items))
        await still(pilot, "Agreed")
        yield "contact-page", pilot
        await type_in(pilot, *["<pagedown>"] * 4)
        await still(pilot, "because Heard it wrong")
        yield "contact-history", pilot
        await type_in(pilot, "r", "pol")
        await still(pilot, "Enter takes it")
        yield "request", pilot
        await type_in(pilot, *["<escape>"] * 3)
        await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await type_in(pilot, "/", "osei")
        await still(pilot, "1 found")
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, ContactPage))
        await type_in(pilot, *["<pagedown>"] * 4)
        await still(pilot, "STOP T2")
        yield "contact-prompts", pilot
        await type_in(pilot, "<escape>", "<escape>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await type_in(pilot, "q")
        await still(pilot, "not closed")
        yield "leaving", pilot
        await type_in(pilot, "<escape>", "e")
        await still(pilot, "Paste the whole email")
        yield "email", pilot
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        colleague = {"name": "Ben Bailey", "role": "named-professional"}
        store.act(ADVISOR, [Command("user", b"advisor-number-2", colleague)]).result()
        await type_in(pilot, "u", "<down>")
        await still(pilot, "2 users")
        yield "users", pilot
        await type_in(pilot, "x")
        await still(pilot, "Remove Ben Bailey?")
        yield "user-removed", pilot
        await type_in(pilot, "<escape>", "a", "Bea", "<enter>", "rev")
        await still(pilot, "Enter takes it")
        yield "user-added", pilot


def log_three(store: Store, clock: Clock) -> None:
    """Three contacts of the last days, one of them long, one with no names."""
    clock.step(hours=-40)
    close_one(store)
    clock.step(hours=20)
    close_one(
        store,
        caller=Person("Osei, Kwame"),
        values={"service": "CAMHS", "role": "doctor"},
        children=(
            Person("Brook, Lea", "child", dob="2015-03-02"),
            Person("Brook, Tom Alexander", "child"),
        ),
        many={"issues": ("bruise-nonmobile", "burn")},
    )
    clock.step(hours=19)
    close_one(store, children=(), identity="no-names", caller=Person("Weir, Jo"))
    clock.step(hours=1, minutes=7)


async def pages_before_the_desk(
    folder: Path, clock: Clock, size: tuple[int, int], theme: str
) -> AsyncIterator[tuple[str, Pilot[Any]]]:
    """Set-up, the recovery code, sign-in, the lock and the blank page."""
    app = SpocApp(folder / "new", now=clock, liked=Preferences(theme=theme))
    async with app.run_test(size=size) as pilot:
        await still(pilot, "What would you like to do")
        yield "first", pilot
        for letter, said, name in (
            ("j", "Another desk", "join"),
            ("r", "from its backup", "restore"),
            ("c", "Back to your own desk", "come-back"),
        ):
            await type_in(pilot, letter)
            await still(pilot, said)
            yield name, pilot
            await type_in(pilot, "<escape>")
        await type_in(
            pilot, "n", "Northshire safeguarding children", "<enter>", "Northtown duty desk", "<enter>", "<enter>",
            "Ada Shah", "<enter>", "<enter>", PASSPHRASE, "<enter>", "four",
        )  # fmt: skip
        await still(pilot, "not the same yet")
        yield "set-up", pilot
        prepared = SimpleNamespace(code=CODE, discard=lambda: None)
        app.push_screen(CodeScreen(prepared, clock, pick=lambda groups: 2))  # type: ignore[arg-type]
        await still(pilot, "Recovery code")
        yield "code", pilot
    app = SpocApp(folder, now=clock, liked=Preferences(theme=theme))
    async with app.run_test(size=size) as pilot:
        await still(pilot, "Passphrase")
        yield "sign-in", pilot
        await type_in(pilot, "four wrong words", "<enter>")
        await still(pilot, "is not right")
        yield "sign-in-wrong", pilot
        await type_in(pilot, PASSPHRASE, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        await still(pilot, "Locked at 09:00 for Ada Shah")
        yield "lock", pilot
        await pilot.press("f10")
        await still(pilot, "spoc   09:00")
        yield "blank", pilot
