"""A pasted email: its headers fill a new sheet, and all of it goes into the notes."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.widgets import Static, TextArea

from spoc.model.forms.email import read
from spoc.model.forms.new_sheet import EMAIL_IN, mailed, words_of
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen, new_draft
from spoc.screens.call.typing.autosave import Keeper, stays
from spoc.storage.contacts import visits
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import settled
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import CALL, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen


class EmailScreen(MessageScreen[None]):
    """Saves what is pasted as a draft, as a call is saved; F2 reads it and continues in the sheet."""

    CSS_PATH = "email.tcss"
    AUTO_FOCUS = None
    call_running = True  # the idle lock waits longer
    BINDINGS = [
        key("f2", "take", "take it", "Take it into a new contact", "email.take", CALL),
        key("f9,escape", "park", "leave", "Leave it; what was pasted is kept as a draft", "email.park", CALL),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.keeper = Keeper(self, desk, new_draft(desk), lambda: ("", 0))
        self.fresh = self.keeper.sheet

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Email")
        yield Static(
            "Paste the whole email, with its lines From, Sent and Subject, or type it. F2 reads who wrote "
            "it and when; all of the text goes into the notes.",
            id="advice", markup=False,
        )  # fmt: skip
        yield TextBox("email")
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.page = self.query_one(TextBox)
        self.set_focus(self.page)
        self._show_state()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._keep()

    def _keep(self) -> None:
        """Keeps what is on the page, whether or not its last event has arrived."""
        text = self.page.text
        if text == self.keeper.sheet.notes:
            return
        values = {**self.fresh.values, "channel": EMAIL_IN}
        sheet = replace(self.fresh, values=values, notes=text, came={"channel": "email"})
        self.keeper.keep(sheet if text else self.fresh)
        self._show_state()

    def on_keeper_saved(self, event: Keeper.Saved) -> None:
        if self.keeper.saved(event):
            self.say("Saved again; nothing is lost.")
        self._show_state()

    def on_keeper_failed(self, event: Keeper.Failed) -> None:
        self.keeper.not_saved()
        self.say(stays(event.why))
        self._show_state()

    def on_unmount(self) -> None:
        self.keeper.save()

    async def action_take(self) -> None:
        """Reads the email and continues in a sheet that has all of it."""
        await settled(self.page)
        self._keep()
        store, actor, text = self.desk.store, self.desk.actor, self.page.text
        if not text.strip():
            self.say("Nothing is pasted yet: copy the email in its program, then paste it here.")
            return
        email = read(text, store.now())
        known = visits.known_caller(store, actor, email.sender_name)
        sheet = mailed(self.fresh, email, text, known, store.hours)
        sheet, whom = visits.children_of_mail(store, actor, sheet, text)
        self.keeper.keep(sheet)
        if why := await self.keeper.unsaved():
            self.say(why)
            return
        at = self.keeper.draft.saved_at or utc_text(store.now())
        draft = replace(self.keeper.draft, sheet=sheet, saved_at=at)
        self.app.switch_screen(ContactScreen(self.desk, draft, whom or words_of(email)))

    async def action_park(self) -> None:
        """Goes back to the board; what was pasted waits there as a draft."""
        await settled(self.page)
        self._keep()
        if self.page.text.strip():
            at = utc_text(self.desk.store.now())
            self.keeper.keep(replace(self.keeper.sheet, slot="notes", parked_at=at))
            if why := await self.keeper.unsaved():
                self.say(why)
                return
        else:
            self.keeper.end()
            if self.keeper.version:
                drafts.discard(self.desk.store, self.keeper.draft)
        self.dismiss(None)

    async def unwritten(self) -> str:
        """The part of the email that leaving spoc would lose."""
        await settled(self.page)
        self._keep()
        return await self.keeper.unsaved() if self.page.text.strip() else ""

    def _show_state(self) -> None:
        self.query_one(Header).state = self.keeper.words()
