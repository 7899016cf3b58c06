"""The page of a call: its form, the walk, the strip and the panels, all derived from the sheet."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from spoc.model.forms import form_input
from spoc.model.forms.forms import Field
from spoc.model.forms.kinds import KINDS
from spoc.model.forms.sheet import UNBORN, Person, Sheet, children_words
from spoc.model.rules.clock import to_local
from spoc.model.rules.guiding.guiding import Guided, margin, only_asked, only_fired
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.call.summary import (
    call_clock,
    chosen,
    gone_words,
    guide_words,
    hides_words,
    low_rows,
    side,
)
from spoc.screens.call.typing.autosave import Keeper
from spoc.screens.call.typing.suggestions import meaning, words_for
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk
from spoc.widgets.forms.candidates import Candidates
from spoc.widgets.forms.fields import Fields
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.questions import AnswerLine, Walk
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.painting import PaintedScreen


class SheetPage(PaintedScreen[bytes | None]):
    """Shows a call sheet. The screens based on this one take what is typed."""

    # Includes what opens over it: styles that came later would restyle the whole page.
    CSS_PATH = ["sheet.tcss", "prompt.tcss", "reason.tcss", "../contacts/readback.tcss"]
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]

    # Its widgets, once it is composed.
    header: Header
    strip: Candidates
    first_page: Fields
    walk: Walk
    page: TextBox

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__()
        self.desk = desk
        self.keeper = Keeper(self, desk, draft, lambda: self.place)
        self.form = desk.store.form
        self.fields: dict[str, Field] = {field.key: field for field in self.form}
        self.slots = form_input.slots(self.form)
        self.entries: dict[str, LineInput] = {}
        self.asking = ""  # the walk's question that is shown; "" on the first page
        self.now = Guided()
        self.offered_for = ("", "")  # the slot and the text whose suggestions the strip shows
        # After Enter left a text that is not a code: its slot, where Enter went, and what was there.
        self.left: tuple[str, str, str] | None = None
        self.refused = False  # whether a close was refused for what is missing
        self.looked_at = draft.sheet  # the sheet for which ``now`` was worked out

    @property
    def sheet(self) -> Sheet:
        """The sheet as it is."""
        return self.keeper.sheet

    def compose(self) -> ComposeResult:
        self.fit()
        yield Header(self.desk.name, "Call")
        yield Static("", id="band", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="sheet"):
                first = [field for field in self.form if not field.walk]
                yield Fields(first, self.desk.store.pack.abbreviations)
                yield Walk()
                yield Static("", id="message", markup=False)
                yield Candidates()
            yield Static("", id="side", markup=False)
        yield Static("", id="guide", markup=False)
        yield KeyBar()

    @property
    def slot(self) -> str:
        """The slot with the focus."""
        focused = self.focused
        if isinstance(focused, AnswerLine):
            return self.asking
        return focused.slot if isinstance(focused, LineInput | TextBox) else self.slots[0]

    def _line(self, slot: str) -> LineInput:
        """Where to type into a slot: its own line on the first page, or the line of the walk."""
        return self.entries.get(slot, self.walk.line)

    @property
    def place(self) -> tuple[str, int]:
        """The current place: the slot, and the cursor in it."""
        if not self.entries:  # not on the screen yet
            return self.sheet.slot, self.sheet.cursor
        if self.slot == "notes":
            return "notes", self.page.cursor_index
        return self.slot, self._line(self.slot).cursor_position

    def _show_all(self) -> None:
        """Updates every slot from the sheet: derived, so it cannot disagree."""
        sheet = self.sheet
        with self.prevent(Input.Changed, TextArea.Changed):
            for slot, entry in self.entries.items():
                value = form_input.text_of(sheet, slot, self.form)
                if entry.value != value:
                    entry.value = value
                entry.set_class(slot in sheet.last or slot in sheet.came, "-last")
                self._say_beside(slot)
            if self.page.text != sheet.notes:
                self.page.load_text(sheet.notes)
        unborn = bool(sheet.children) and sheet.children[-1].kind == UNBORN
        self.first_page.name_slot("child.date", "Due date" if unborn else "Born")
        self.first_page.name_slot("child.ref", "Mother" if unborn else "NHS no.")
        self._show_header()
        self._look_again()

    def _say_beside(self, slot: str) -> None:
        field = self.fields.get(slot)
        if field and KINDS[field.kind].several:
            picked = getattr(self, "picked", None) if slot == self.slot else None
            self.first_page.say(slot, chosen(self.sheet, field, self.desk.store.pack, picked))
        elif slot in self.entries:
            mark, words = words_for(self.desk, self.sheet, slot, field)
            self.entries[slot].mean(meaning(self.desk, self.sheet, field))
            self.first_page.say(slot, words, mark)

    def _look_again(self) -> None:
        """Works out what guides the call, from everything known so far."""
        before, self.looked_at = self.now, self.sheet
        self.now = guidance_facts.guided(self.desk.store, self.sheet)
        sheet = only_asked(only_fired(self.sheet, self.now), self.now)
        if sheet is not self.sheet:
            left_out = [code for code in self.sheet.answers if code not in sheet.answers]
            self.keeper.keep(sheet)
            self.looked_at = sheet
            if left_out:
                label = self.desk.store.pack.guide.by_code[left_out[0]].label
                self.say(f"“{label}” was taken out: it belonged to the previous answer.")
        gone = [each for each in before.stops if each not in self.now.fired]
        if gone:  # never silently: it may be a slip
            self.say(
                gone_words(gone[0], [each for each in self.now.stops if each not in before.fired])
            )
        if (bool(before.fired), bool(before.stops)) != (bool(self.now.fired), bool(self.now.stops)):
            self.refresh_bindings()  # the keys below are those that work now
        self._show_guide()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_guide)

    def _show_guide(self) -> None:
        """Shows what guides the call, as far as there is space; reasons not to tell are above everything else."""
        band = self.query_one("#band", Static)
        words = hides_words(self.now, self.size.width - 2)
        if bool(words) != bool(band.display) or str(band.content) != words:
            band.display = bool(words)
            band.update(Content(visible(words)))
        on = to_local(from_text(self.sheet.received_at)).date()
        notes = margin(self.sheet, self.desk.store.pack, self.now, on)
        guide = guide_words(self.sheet, self.now, notes, self.size, asking=bool(self.asking))
        self.query_one("#guide", Static).update(guide, layout=False)
        self.set_class(low_rows(self.now) > 1, "-two")
        panel = side(self.desk, self.sheet, self.now, self.known_of, closing=self.refused)
        self.query_one("#side", Static).update(panel, layout=False)

    def known_of(self, child: Person) -> Content:
        """What is known about a child: nothing, for a bare form."""
        return Content("")

    def _show_header(self) -> None:
        about = " · ".join(filter(None, (self.sheet.caller.name, children_words(self.sheet))))
        self.header.about = visible(about)
        self._tick()

    def _tick(self) -> None:
        call, saved = call_clock(self.sheet, self.desk.store.now()), self.keeper.words()
        waiting = self.waiting_words()
        few = waiting.partition(",")[0]
        states = (call, saved, waiting), (call, saved, few), (call, self.keeper.brief(), few)
        state, *self.header.shorter = ("   ".join(filter(None, each)) for each in states)
        self.header.state = state

    def waiting_words(self) -> str:
        """What else is waiting: nothing, for a bare form."""
        return ""

    def say(self, sentence: str) -> None:
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)), layout=False)
        message.set_class(bool(sentence), "-said")
        message.set_class(cell_len(sentence) > message.size.width, "-long")
