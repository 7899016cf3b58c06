"""What is typed into a form is kept as one types: the program is killed there, and the words are back."""

import inspect
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, KEY, PRIVATE, Clock, a_sheet, close_one
from screens.every_screen import every_screen
from screens.test_every_key import walk
from seated import at_the_board
from textual.screen import Screen
from textual.widgets import Static

from bench.made_up import GENERIC
from spoc.app import SpocApp
from spoc.model.errors import BadInput
from spoc.model.forms.forms import RELEASE_FORM
from spoc.model.ledger.table import Column
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.email import EmailScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.member import MemberScreen
from spoc.screens.contacts.amend import Amendable, AmendScreen
from spoc.screens.contacts.key_grant import OpeningScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.contacts.whose import NameChildScreen, SomebodyElseScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.desk.users.users import AddUserScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.screens.safety_net.lists.pasting import PasteScreen
from spoc.screens.sync.asking_again import AskAgainScreen
from spoc.screens.sync.inviting import InviteScreen
from spoc.screens.sync.place import PlaceScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.driver import Database
from spoc.storage.persons import record
from spoc.storage.secrecy import form_drafts
from spoc.storage.start import start
from spoc.storage.store import Store
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox

TYPED = "zqj words"
FINDS = "what is typed there finds something, and is nowhere written"
NOT_IN = "nobody has signed in yet"
SECRET = "a passphrase is kept nowhere"
# Pages one types on of which nothing is kept, and why.
NOT_KEPT = {
    "BringInScreen": FINDS,
    "ChangePassphraseScreen": SECRET,
    "FirstPassphraseScreen": SECRET,
    "RemoveUserScreen": "a group of the new recovery code, from the paper",
    "ChildrenScreen": FINDS,
    "CommandsScreen": FINDS,
    "ContactsScreen": FINDS,
    "LockScreen": NOT_IN,
    **dict.fromkeys(("SetUpScreen", "JoinScreen", "ComeBackScreen", "RestoreScreen"), NOT_IN),
    "CodeScreen": NOT_IN,
    "SignInScreen": NOT_IN,
    "WorklistScreen": FINDS,
}


def forms(desk: Any) -> dict[str, Callable[[], Screen[Any]]]:
    """Every form by the name of its page; the same about the same thing, whenever it is asked for."""
    store = desk.store
    contact = contacts.recent(store, ADVISOR, 1)[0].id
    part = contacts.get(store, ADVISOR, contact)[0]
    child = next(each for each in contacts.get(store, ADVISOR, contact) if each.tbl == "person")
    number = Amendable(part, Column("callback", "text"), "Call back")
    child_record = record.read(store, ADVISOR, child.id)
    assert child_record
    name = Amendable(child, Column("name", "text"), "Child")
    unnamed = Amendable(part, Column("identity", "code", codes="identity"), "Child")
    measure = next(iter(store.pack.counting.measures.values()))
    return {
        "AmendScreen": lambda: AmendScreen(desk, contact),
        "AmendScreen, a field": lambda: AmendScreen(desk, contact, number),
        "AddUserScreen": lambda: AddUserScreen(desk),
        "AskAgainScreen": lambda: AskAgainScreen(desk),
        "ContactScreen": lambda: ContactScreen(desk, drafts.new(store, ADVISOR)),
        "EmailScreen": lambda: EmailScreen(desk),
        "InviteScreen": lambda: InviteScreen(desk),
        "MarkScreen": lambda: MarkScreen(desk, measure, "note", date(2026, 11, 2)),
        "MemberScreen": lambda: MemberScreen(desk, child_record),
        "OpeningScreen": lambda: OpeningScreen(desk, contact),
        "PasteScreen": lambda: PasteScreen(desk),
        "PlaceScreen": lambda: PlaceScreen(desk),
        "ReasonScreen": lambda: ReasonScreen(desk, "Why", "Say why."),
        "RecordScreen": lambda: RecordScreen(desk, "Answered", RELEASE_FORM, _refuse, "this"),
        "NameChildScreen": lambda: NameChildScreen(desk, contact, unnamed),
        "SomebodyElseScreen": lambda: SomebodyElseScreen(desk, contact, name),
    }


def _refuse(said: Any) -> Any:
    raise BadInput("Something is still missing.")


@cache
def source(kind: type) -> str:
    return inspect.getsource(kind)


def takes_typing(kind: type) -> bool:
    """Whether a page, or one it is made of, has a line or a page to write on."""
    own = [each for each in kind.__mro__ if each.__module__.startswith("spoc.")]
    return any(re.search(r"\b(LineInput|TextBox|Fields|Walk)\(", source(each)) for each in own)


def pages() -> set[type]:
    """Every page that the program opens."""
    opened, found, unseen = every_screen(), set[type](), list[type]([Screen])
    while unseen:
        further = set(unseen.pop().__subclasses__()) - found
        found |= further
        unseen += further
    return {each for each in found if each.__name__ in opened}


def texts(screen: Screen[Any]) -> list[str]:
    lines = [each.value for each in screen.query(LineInput)]
    return [*lines, *(each.text for each in screen.query(TextBox))]


@contextmanager
def killed(store: Store, folder: Path, clock: Clock) -> Iterator[Store]:
    """The store as a kill would leave it now: its files as they are, opened again elsewhere."""
    folder.mkdir()
    for each in store.path.parent.glob(f"{store.path.name}*"):
        if not each.name.endswith("-shm"):
            shutil.copy(each, folder / each.name)
    again = start(folder / store.path.name, KEY, GENERIC, now=clock)
    again.keyring.hold(ADVISOR.id, PRIVATE)
    yield again
    again.close()


def kept(store: Store, name: str) -> bool:
    if name in ("ContactScreen", "EmailScreen"):
        return any(TYPED in str(each.sheet) for each in drafts.waiting(store, ADVISOR))
    marked = name.partition(",")[0]
    found = store.reader.conn.execute("SELECT count(*) FROM form_draft WHERE kind = ?", (marked,))
    return bool(found.fetchone()[0])


def test_every_page_that_takes_typing_keeps_it_or_is_excused_with_a_reason(store: Store) -> None:
    close_one(store)
    desk: Any = type("Desk", (), {"store": store})()
    tried = {name.partition(",")[0] for name in forms(desk)}
    takes = {each.__name__ for each in pages() if takes_typing(each)}
    assert takes - tried - NOT_KEPT.keys() == set()
    assert NOT_KEPT.keys() - takes == set(), "an excuse that nothing needs"


@pytest.mark.long
async def test_what_was_typed_on_every_page_is_back_after_a_kill(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    close_one(store)
    async with at_the_board(store) as pilot:
        for name, page in forms(pilot.app.desk).items():
            top = await walk(pilot, [page()])
            assert TYPED not in "".join(texts(top))
            await type_in(pilot, TYPED)
            await until(pilot, lambda name=name: kept(store, name))
        await super(SpocApp, pilot.app).pop_screen()
        with killed(store, tmp_path / "again", clock) as again:
            waiting = [str(each.sheet) for each in drafts.waiting(again, ADVISOR)]
            assert len(waiting) == 2 and all(TYPED in each for each in waiting)
            async with at_the_board(again) as second:
                for name, page in forms(second.app.desk).items():
                    if name in ("ContactScreen", "EmailScreen"):
                        continue  # the board has them, as drafts
                    top = await walk(second, [page()])
                    assert any(TYPED in each for each in texts(top)), name
                    said = str(top.query_one("#message", Static).content)
                    assert "is back" in said, name


async def test_a_half_written_note_is_there_again_until_it_is_written(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        note = await walk(pilot, [AmendScreen(pilot.app.desk, contact)])
        await type_in(pilot, TYPED)
        await until(pilot, lambda: kept(store, "AmendScreen"))
        assert TYPED not in str(store.reader.conn.execute("SELECT * FROM form_draft").fetchall())
        with killed(store, tmp_path / "again", clock) as again:
            draft = form_drafts.draft_of(ADVISOR.id, "AmendScreen", contact.hex(), "")
            assert form_drafts.read(again, draft).lines == {"value": TYPED}  # type: ignore[union-attr]
            again.keyring.hold(b"somebody-else-01", PRIVATE)
            assert form_drafts.read(again, draft) is None, "nobody else reads it"
        await type_in(pilot, "<ctrl+q>")
        leaving = await shown(pilot, LeaveScreen)
        assert "half filled in" in str(leaving.query_one("#words", Static).content)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is note)
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: pilot.app.screen is not note)
        await until(pilot, lambda: not kept(store, "AmendScreen"))
        top = await walk(pilot, [AmendScreen(pilot.app.desk, contact)])
        assert texts(top) == [""]
        await type_in(pilot, "other", "<escape>", "<escape>")
        await until(pilot, lambda: pilot.app.screen is not top)
        await until(pilot, lambda: not kept(store, "AmendScreen"))


def test_what_ends_a_draft_ends_it_in_the_transaction_of_the_act(store: Store) -> None:
    contact = close_one(store)
    draft = form_drafts.draft_of(ADVISOR.id, "AmendScreen", contact.hex(), "")
    form_drafts.save(store, draft, {"value": TYPED}).result()

    def refused(db: Database) -> None:
        raise BadInput("A colleague was first.")

    with store.alongside(lambda db: form_drafts.end(db, draft)):
        assert store.submit(refused).exception()
    assert form_drafts.read(store, draft), "what was refused is not gone"
    with store.alongside(lambda db: form_drafts.end(db, draft)):
        contacts.add_note(store, ADVISOR, contact, TYPED).result()
    assert form_drafts.read(store, draft) is None


def test_a_call_that_a_colleague_closed_meanwhile_is_not_said_to_be_saved(store: Store) -> None:
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, draft.sheet).result()
    contacts.close(store, ADVISOR, draft, a_sheet(store.now())).result()
    with pytest.raises(BadInput, match="what you typed since is not in it"):
        drafts.save(store, draft, draft.sheet).result()
