"""The contact while it is taken: one fixed form, always there, nothing required until it closes."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from spoc.model.clock import to_local
from spoc.model.errors import BadInput, Refusal
from spoc.model.forms import Field
from spoc.model.instants import from_text
from spoc.model.plain import visible
from spoc.model.sheet import UNBORN, Sheet, children_words, copied, with_pending
from spoc.model.taking import hours_code, onward, slots, take, text_of, without_last
from spoc.screens.glance import call_clock, chosen, side
from spoc.screens.offers import HINTS, marked, offers, words_for
from spoc.storage import contacts, drafts, sheets
from spoc.storage.desk import Desk
from spoc.storage.drafts import Draft
from spoc.widgets.candidates import Candidates
from spoc.widgets.entry import Entry, settled
from spoc.widgets.fields import Fields, Words
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.page import Page

SAVE_AFTER = 0.12  # seconds from the first unsaved key to the save: a draft is never 300 ms behind
TRY_AGAIN = 2.0  # seconds after a save that failed


class ContactScreen(Screen[bytes | None]):
    """Takes a call. Dismissed with the contact's id once it is closed, or None where it was left."""

    CSS_PATH = "contact.tcss"
    AUTO_FOCUS = None
    call_running = True  # the idle lock waits longer
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("enter", "next", "next", priority=True, tooltip="Take what is marked and go on"),
        Binding("tab", "step(1)", "next field", show=False, priority=True),
        Binding("shift+tab", "step(-1)", "back", priority=True, tooltip="Go back a field"),
        Binding("f2", "close", "close", priority=True, tooltip="Close the contact"),
        Binding("f3", "same", "as last", priority=True, tooltip="Copy from the last contact"),
        Binding(
            "f9,escape", "leave", "leave as draft", priority=True, tooltip="Keep it as a draft"
        ),
        Binding("up", "mark(-1)", "candidate above", show=False, priority=True),
        Binding("down", "mark(1)", "candidate below", show=False, priority=True),
    ]

    @dataclass
    class Saved(Message):
        """The draft is safe on disk up to ``version``; ``at`` is UTC text."""

        at: str
        version: int

    @dataclass
    class Failed(Message):
        """A save or a close did not happen; ``why`` is a sentence."""

        why: str

    @dataclass
    class Closed(Message):
        """The contact is in the ledger."""

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__()
        self.desk, self.draft = desk, draft
        self.form = desk.store.form
        self.fields: dict[str, Field] = {field.key: field for field in self.form}
        self.slots = slots(self.form)
        self.sheet = draft.sheet
        self.fresh = draft.sheet if not draft.saved_at else None
        self.version = self.saved_version = 0
        self.entries: dict[str, Entry] = {}
        self.saving: Timer | None = None
        self.closing = self.failed = False

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "New contact")
        with Horizontal(id="body"):
            with Vertical(id="sheet"):
                yield Fields(self.form)
                yield Static("", id="message", markup=False)
                yield Candidates()
            yield Static("", id="side", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.header = self.query_one(Header)
        self.strip = self.query_one(Candidates)
        self.entries = {entry.slot: entry for entry in self.query(Entry)}
        self.page = self.query_one(Page)
        self.words = {words.id: words for words in self.query(Words)}
        self._show_all()
        self.set_focus(self.entries[self.slots[0]])
        self._offer()
        self.set_interval(1, self._tick)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and the arrows belong to the notes while one writes there."""
        return not (action in ("next", "mark") and isinstance(self.focused, Page))

    # -- typing ----------------------------------------------------------------------------------

    @property
    def slot(self) -> str:
        """The slot that has the focus."""
        focused = self.focused
        return focused.slot if isinstance(focused, Entry | Page) else self.slots[0]

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(event.input, Entry):
            self._typed(
                event.input.slot, event.input.value
            )  # what stands now: the event may be late
            if event.input.has_focus:
                self._offer()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._wrote(event.text_area.text)

    def on_entry_rubbed(self, event: Entry.Rubbed) -> None:
        if self._kind(event.entry.slot) in ("many", "actions", "child"):
            self._keep(without_last(self.sheet, event.entry.slot))
            self._show_all()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._offer()

    def _keep_typed(self) -> None:
        """Keep what stands in the field, its last event come or not."""
        if self.slot == "notes":
            self._wrote(self.page.text)
        else:
            self._typed(self.slot, self.entries[self.slot].value)

    def _typed(self, slot: str, text: str) -> None:
        """Keep what is being typed, taken or not."""
        bare = with_pending(self.sheet, slot, "")
        taken = text_of(bare, slot, self.form)
        changed = bare if text == taken else with_pending(self.sheet, slot, text)
        if changed != self.sheet:
            self._keep(changed)

    def _wrote(self, notes: str) -> None:
        if notes != self.sheet.notes:
            self._keep(replace(self.sheet, notes=notes))

    def _offer(self) -> None:
        slot = self.slot
        field = self.fields.get(slot)
        entry = self.entries.get(slot)
        if entry is None:
            self.strip.offer((), -1, HINTS.get(slot, ""))
            return
        taken = text_of(with_pending(self.sheet, slot, ""), slot, self.form)
        text = "" if entry.value == taken else entry.value
        found = offers(self.desk, self.sheet, slot, text, field)
        self.offered_for = (slot, entry.value)
        self.strip.offer(found, marked(slot, text, found, taken), HINTS.get(slot, ""))

    # -- going on --------------------------------------------------------------------------------

    async def action_next(self) -> None:
        """Take what is marked, or what was typed, and go to the next slot that is empty."""
        await settled(self.focused)
        slot = self.slot
        took = self._take(slot)
        self._go(onward(self.sheet, slot, took, self.form, self.desk.store.pack))

    async def action_step(self, step: int) -> None:
        """Take what was typed and go one slot on or back, whatever it holds."""
        await settled(self.focused)
        slot = self.slot
        self._take(slot)
        place = self.slots.index(slot) + step
        self._go(self.slots[place % len(self.slots)])

    def action_mark(self, step: int) -> None:
        self.strip.move(step)

    async def action_same(self) -> None:
        """Copy this one field from the last contact that was closed."""
        await settled(self.focused)
        last = sheets.last_sheet(self.desk.store, self.desk.actor)
        slot = self.slot
        if last is None or slot not in self.fields:
            self._say("There is no last contact to copy from." if last is None else "")
            return
        self._keep(copied(self.sheet, last, slot, self._kind(slot)))
        self._show_all()

    def _take(self, slot: str) -> bool:
        """Take the slot's text; whether anything was there to take."""
        if slot == "notes":
            self._wrote(self.page.text)
            return False
        entry = self.entries[slot]
        if self.offered_for != (slot, entry.value):  # keys came faster than the strip
            self._offer()
        taken = text_of(with_pending(self.sheet, slot, ""), slot, self.form)
        if entry.value == taken and self.strip.marked is None:
            self._say("")
            return False
        candidate = self.strip.marked
        store = self.desk.store
        try:
            sheet = take(
                self.sheet,
                slot,
                entry.value,
                candidate.choice if candidate else None,
                self.form,
                store.now(),
                store.hours,
            )
            self._say("")
        except BadInput as refused:
            self._say(str(refused))
            return False
        self._keep(sheet)
        self._show_all()
        return True

    def _go(self, slot: str) -> None:
        """Move the focus now, so that a key typed ahead finds its field."""
        self.set_focus(self.page if slot == "notes" else self.entries[slot])
        self._offer()

    def _kind(self, slot: str) -> str:
        field = self.fields.get(slot)
        return field.kind if field else slot

    # -- showing ---------------------------------------------------------------------------------

    def _show_all(self) -> None:
        """Bring every slot to what the sheet says: derived, so it cannot disagree."""
        sheet = self.sheet
        with self.prevent(Input.Changed, TextArea.Changed):
            for slot, entry in self.entries.items():
                value = text_of(sheet, slot, self.form)
                if entry.value != value:
                    entry.value = value
                entry.set_class(slot in sheet.last, "-last")
                mark, words = words_for(self.desk, sheet, slot, self.fields.get(slot))
                self._words(slot, mark, words)
            if self.page.text != sheet.notes:
                self.page.load_text(sheet.notes)
        unborn = bool(sheet.children) and sheet.children[-1].kind == UNBORN
        self.query_one("#child-date-label", Static).update("Due date" if unborn else "Born")
        self.query_one("#child-ref-label", Static).update("Mother" if unborn else "NHS no.")
        for field in self.form:
            if field.kind in ("many", "actions", "child"):
                self._words(field.key, "", chosen(self.sheet, field))
        self._show_header()
        self.query_one("#side", Static).update(side(self.desk, sheet), layout=False)

    def _words(self, slot: str, mark: str, words: str) -> None:
        """Say what stands beside a slot; the second column has room for the mark alone."""
        found = self.words.get(f"{slot.replace('.', '-')}-words")
        if found is not None:
            found.say(
                mark if found.has_class("second") else " · ".join(filter(None, (mark, words)))
            )

    def _show_header(self) -> None:
        about = " · ".join(filter(None, (self.sheet.caller.name, children_words(self.sheet))))
        self.header.about = visible(about)
        self._tick()

    def _tick(self) -> None:
        call = call_clock(self.sheet, self.desk.store.now())
        self.header.state = f"{call}   {self._saved_words()}"

    def _saved_words(self) -> str:
        if self.failed:
            return "NOT SAVED"
        if self.version > self.saved_version or not self.draft.saved_at:
            return "not saved yet" if self.version else "nothing typed yet"
        return f"saved {to_local(from_text(self.draft.saved_at)):%H:%M:%S}"

    def _say(self, sentence: str) -> None:
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)), layout=False)
        message.set_class(bool(sentence), "-said")

    # -- keeping ---------------------------------------------------------------------------------

    def _keep(self, sheet: Sheet) -> None:
        """The sheet as it now stands, saved at most SAVE_AFTER later."""
        self.sheet = sheet
        self.version += 1
        if self.saving is None:
            self.saving = self.set_timer(SAVE_AFTER, self._save)

    def _save(self) -> None:
        self.saving = None
        if self.closing or self.version == self.saved_version:
            return
        version = self.version
        done = drafts.save(self.desk.store, self.draft, self.sheet)
        done.add_done_callback(partial(self._when_saved, version))

    def _when_saved(self, version: int, done: "Future[str]") -> None:
        error = done.exception()
        self.post_message(self.Failed(str(error)) if error else self.Saved(done.result(), version))

    def on_contact_screen_saved(self, event: Saved) -> None:
        self.draft = replace(self.draft, saved_at=event.at)
        self.saved_version = max(self.saved_version, event.version)
        if self.failed:
            self.failed = False
            self._say("Saved again; nothing is lost.")
        self._tick()

    def on_contact_screen_failed(self, event: Failed) -> None:
        """Say so, and go on trying: the sheet stays on the screen meanwhile."""
        self.closing, self.failed = False, True
        self._say(event.why)
        self._tick()
        if self.saving is None:
            self.saving = self.set_timer(TRY_AGAIN, self._save)

    # -- leaving ---------------------------------------------------------------------------------

    async def action_close(self) -> None:
        """Close the contact, or say what it lacks and go there."""
        await settled(self.focused)
        if self.closing:
            return
        self._take(self.slot)
        lacks = contacts.missing(self.desk.store, self.sheet)
        if lacks:
            more = f"  And {len(lacks) - 1} more." if len(lacks) > 1 else ""
            self._say(f"Not closed yet. {lacks[0].sentence}{more}")
            self._go(lacks[0].key)
            return
        self.closing = True
        try:
            done = contacts.close(self.desk.store, self.desk.actor, self.draft, self.sheet)
        except Refusal as refused:
            self.post_message(self.Failed(str(refused)))
            return
        done.add_done_callback(self._when_closed)

    def _when_closed(self, done: "Future[object]") -> None:
        error = done.exception()
        self.post_message(self.Failed(str(error)) if error else self.Closed())

    def on_contact_screen_closed(self) -> None:
        self.dismiss(self.draft.id)

    async def action_leave(self) -> None:
        """Go back to the board; what was typed stays as a draft, an untouched sheet leaves nothing."""
        await settled(self.focused)
        self._keep_typed()
        if self.sheet == self.fresh:
            self.closing = True
            if self.version:
                drafts.discard(self.desk.store, self.draft)
        self._save()
        self.dismiss(None)

    def on_unmount(self) -> None:
        """However the screen ends, what was typed goes to the store first."""
        self._save()


def new_draft(desk: Desk) -> Draft:
    """A fresh sheet with what the form fills in by itself: the defaults, and whether it is in hours."""
    draft = drafts.new(desk.store, desk.actor)
    values = {field.key: field.default for field in desk.store.form if field.default}
    values["hours"] = hours_code(from_text(draft.sheet.opened_at), desk.store.hours)
    return replace(draft, sheet=replace(draft.sheet, values=values))
