"""Typing into a contact's form: one fixed page, always there, with every key kept."""

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.widgets import Input, Static, TextArea

from spoc.model.errors import BadInput
from spoc.model.forms import form_input
from spoc.model.forms.child import AGE_BAND, Interpretation, birth_in_doubt
from spoc.model.forms.kinds import kind_of
from spoc.model.forms.sheet import UNBORN, Person, not_taken, pending_in, with_pending
from spoc.model.hearing.code_match import exact
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code
from spoc.model.values.dates import quoted
from spoc.model.values.instants import from_text
from spoc.screens.call.typing.suggestions import (
    ANOTHER,
    HINTS,
    OF_UNBORN,
    chooses,
    keyed,
    marked,
    nowhere,
    of_a_visit,
    offers,
    untaken,
    words_for,
)
from spoc.screens.call.typing.taking_out import TakingOut
from spoc.storage.contacts.call import guidance_facts, sheets
from spoc.widgets.forms.candidates import Candidates
from spoc.widgets.forms.fields import Fields
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.forms.questions import AnswerLine, Walk
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import FIELD, arrows, key
from spoc.widgets.pages.header import Header


class SheetScreen(TakingOut):
    """Types into a call sheet: coded entry, candidates, Enter to the next empty field."""

    # somebody typed here before; an email that was just read begins at the first gap
    resumes = True

    BINDINGS = [
        key("enter", "next", "next", "Take what is marked and go on", "call.next", FIELD),
        key("tab", "step(1)", "next field", "Go to the next field", "call.next-field", FIELD, show=False),
        key("shift+tab", "step(-1)", "back", "Go to the previous field", "call.back", FIELD, show=False),
        key(
            "f3",
            "same",
            "same as last",
            "Copy this field from the last contact",
            "call.same",
            FIELD,
        ),
        key("ctrl+z", "bring_back", "bring back", "Bring back what was taken out last", "call.bring-back", FIELD,
            show=False),
        key("alt+t", "time", "time", "Write the time in the notes", "call.time", FIELD),
        *arrows("call", above="Mark the choice above", below="Mark the choice below"),
    ]  # fmt: skip

    def on_mount(self) -> None:
        self.header = self.query_one(Header)
        self.strip = self.query_one(Candidates)
        self.first_page = self.query_one(Fields)
        self.walk = self.query_one(Walk)
        self.entries = {entry.slot: entry for entry in self.first_page.query(LineInput)}
        for entry in self.entries.values():
            entry.rubbed = self._rub
            entry.stepped = self._move_pick
        self.page = self.query_one(TextBox)
        self._show_all()
        self._return_to(self.sheet.slot, self.sheet.cursor)
        self.set_interval(1, self._tick)

    def _return_to(self, slot: str, cursor: int) -> None:
        """Goes to the field and the letter where one was, or else to the first empty field."""
        if slot not in self.slots and slot not in self.desk.store.pack.guide.by_code:
            if self.resumes and self.keeper.draft.saved_at and self.sheet.notes:
                self._go("notes")
                self.page.cursor_index = len(self.sheet.notes)
                return
            empty = (
                each for each in self.slots if not form_input.filled(self.sheet, each, self.form)
            )
            self._go(next(empty, self.slots[0]))
            return
        self._go(slot)
        if slot == "notes":
            self.page.cursor_index = cursor
        else:  # after the focus, which selects the whole line, and before any key that follows
            entry = self._line(slot)
            entry.call_later(setattr, entry, "cursor_position", cursor)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and the arrows belong to the notes while one writes there."""
        if action == "bring_back":
            return self.may_bring_back()
        if action == "time":
            return isinstance(self.focused, TextBox)
        return not (action in ("next", "mark") and isinstance(self.focused, TextBox))

    # -- typing ----------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(event.input, LineInput):
            slot = self.asking if isinstance(event.input, AnswerLine) else event.input.slot
            if slot:
                if not event.input.picking:
                    self._unpick()
                stood = form_input.text_of(self.sheet, slot, self.form)
                if not event.input.value and len(stood) > 1:
                    self.taken_out(slot, stood)
                self._typed(slot, event.input.value)  # what is there now: the event may be late
            if event.input.has_focus and self.offered_for != (slot, event.input.value):
                self._offer()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._wrote(event.text_area.text)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Shows suggestions for a field on arrival, unless the mouse or the page itself moved the focus."""
        self.set_class(self.slot == "notes", "-writing")  # notes use the strip's space
        if self.slot == "notes" or self.offered_for != (self.slot, self._line(self.slot).value):
            self._offer()

    def _keep_typed(self) -> None:
        """Keeps what is in the field, whether or not its last event has arrived."""
        if self.slot == "notes":
            self._wrote(self.page.text)
        else:
            self._typed(self.slot, self._line(self.slot).value)

    def _typed(self, slot: str, text: str) -> None:
        """Keeps what is being typed, taken or not."""
        bare = with_pending(self.sheet, slot, "")
        accepted = form_input.text_of(bare, slot, self.form)
        changed = bare if text == accepted else with_pending(self.sheet, slot, text)
        if changed != self.sheet:
            self.keeper.keep(changed)

    def _wrote(self, notes: str) -> None:
        if notes != self.sheet.notes:
            self.keeper.keep(replace(self.sheet, notes=notes))

    def _offer(self) -> None:
        slot = self.slot
        field = self.fields.get(slot)
        if slot == "notes":
            self.strip.offer((), -1, HINTS.get(slot, ""))
            return
        entry = self._line(slot)
        accepted = form_input.text_of(with_pending(self.sheet, slot, ""), slot, self.form)
        confirm = (
            slot == "child.date" and self.sheet.children and birth_in_doubt(self.sheet.children[-1])
        )
        text = "" if entry.value == accepted and not confirm else entry.value
        if slot == self.asking and slot != AGE_BAND and field and field.codes and not text:
            self.offered_for = (slot, entry.value)
            self.strip.offer(keyed(self.desk, self.sheet, field), -1)
            return
        found = offers(self.desk, self.sheet, slot, text, field)
        self.offered_for = (slot, entry.value)
        index = marked(text, found, accepted)
        if not found and text.strip() and field and field.codes:
            on = to_local(from_text(self.sheet.received_at)).date()
            hint = nowhere(text, field, self.desk.store.form, self.desk.store.pack, on)
        else:
            hint = chooses(text, found, index) if found and text else self._hint(slot)
        self.strip.offer(found, index, hint)

    def _hint(self, slot: str) -> str:
        """What to type, including hints for an unborn baby, one of several children, and an action."""
        children = self.sheet.children
        if children and slot == "child":
            return ANOTHER
        if children and slot.startswith("child."):
            words = (OF_UNBORN if children[-1].kind == UNBORN else HINTS)[slot]
            return f"{children[-1].name}. {words}" if len(children) > 1 else words
        if not slot.startswith("actions.") or not self.sheet.actions:
            return HINTS.get(slot, "")
        action = self.desk.store.pack.label("action", self.sheet.actions[-1].code)
        return f"{action}. {HINTS[slot]}"

    # -- going on --------------------------------------------------------------------------------

    async def action_next(self) -> None:
        """Takes the marked suggestion, or what was typed, and goes to the next empty slot."""
        await settled(self.focused)
        slot = self.slot
        if self.picked is not None and slot in ("child", "actions"):
            self._go_to_picked(slot)
            return
        empty = slot != "notes" and not self._line(slot).value
        took = self._take(slot)
        if slot.startswith("actions.") and self._lacking_last():
            slot, took = "actions", True  # on to what that action asks for
        following = form_input.onward(self.sheet, slot, took, self.form, self.desk.store.pack)
        refused = [each for each, _, _ in not_taken(self.sheet) if each in self.slots]
        if following == self.slots[-1] and not refused:
            refused = [each for each in self.entries if self._no_code(each)]
        if slot == "child" and slot in refused:
            return  # what comes next belongs to the child, and without one there is nowhere to put it
        if refused and slot not in refused and (empty or following == self.slots[-1]):
            self._to(refused[0])  # first to what was refused, then to what is empty
            typed = pending_in(self.sheet, refused[0]) or self._no_code(refused[0])
            self.say(f"{quoted(typed)} was typed here and not taken.")
            return
        left = self._left_as_typed(slot)
        self._go(following)
        self.left = (slot, following, self._text_at(following)) if left else None
        if not str(self.query_one("#message", Static).content):
            at_the_end = "Notes, the last of the form: Tab leaves them, F2 closes."
            if of_a_visit(self.sheet, self.desk.store.pack):
                at_the_end += " Ctrl+G closes and goes on with the next child of the visit."
            self.say(left or (at_the_end if following == self.slots[-1] else ""))

    def _left_as_typed(self, slot: str) -> str:
        """The message when Enter leaves a text that is not a code; "" if it is taken."""
        typed = pending_in(self.sheet, slot) or self._no_code(slot)
        return untaken(typed, self.strip.offered)

    def _no_code(self, slot: str) -> str:
        """The text in a coded field that is not a code; "" if there is none."""
        if slot not in self.entries:
            return ""
        mark, _ = words_for(self.desk, self.sheet, slot, self.fields.get(slot))
        return self._line(slot).value if mark == "?" else ""

    def _text_at(self, slot: str) -> str:
        return self.page.text if slot == "notes" else self._line(slot).value

    def _go_to_picked(self, slot: str) -> None:
        """Goes to the details of the marked child or action."""
        place, self.picked = self.picked, None
        self.say("")
        if place is not None and form_input.held_in(self.sheet, slot):
            self.keeper.keep(form_input.with_last(self.sheet, slot, place))
            self._show_all()
            self._go("child.date" if slot == "child" else "actions.who")

    async def action_step(self, step: int) -> None:
        """Takes what was typed and goes one slot on or back, whether or not that one is filled."""
        await settled(self.focused)
        slot = self.slot
        self._leave(slot)
        order = self.order
        place = order.index(slot) + step if slot in order else 0
        self._go(order[place % len(order)])

    def _lacking_last(self) -> bool:
        """Moves an earlier action that lacks its owner or its time to where they are typed; returns whether
        there was one."""
        sheet = form_input.lacking_last(self.sheet, self.desk.store.pack)
        if sheet is self.sheet:
            return False
        self.keeper.keep(sheet)
        self._show_all()
        return True

    def _to(self, slot: str) -> None:
        """Goes to a slot; if there are several children, to the one with something open there."""
        if slot.startswith("child."):
            self.keeper.keep(form_input.doubtful_last(self.sheet))
            self._show_all()
        self._go(slot)

    def _to_lacking(self) -> None:
        """Goes to the owner or the time that an action lacks, if one does."""
        self._lacking_last()
        if self.sheet.actions:
            slot = form_input.onward(self.sheet, "actions", True, self.form, self.desk.store.pack)
            if slot != "actions":
                self._go(slot)

    @property
    def order(self) -> Sequence[str]:
        """The slots that Tab goes through."""
        return self.slots

    async def action_mark(self, step: int) -> None:
        """Marks another suggestion for everything typed so far; right after Enter has left a text that is not
        a code, goes back to it, so that an arrow never chooses in a field that nobody has looked at."""
        await settled(self.focused)
        if self.left and self.left[1:] == (self.slot, self._text_at(self.slot)):
            self._go(self.left[0])
        self.left = None
        if self.offered_for != (self.slot, self._line(self.slot).value):
            self._offer()
        self.strip.move(step)

    async def action_same(self) -> None:
        """Copies this field from the last contact that was closed."""
        await settled(self.focused)
        last = sheets.last_sheet(self.desk.store, self.desk.actor)
        slot = self.slot
        if last is None or slot not in self.fields:
            self.say("There is no last contact to copy from." if last is None else "")
            return
        self.keeper.keep(kind_of(slot, self.fields[slot]).copied(self.sheet, last, slot))
        self._show_all()

    def action_time(self) -> None:
        """Writes the time into the notes at the cursor."""
        self.page.insert(f"{to_local(self.desk.store.now()):%H:%M} ")

    def _take(self, slot: str) -> bool:
        """Takes the slot's text; returns whether there was anything to take."""
        if slot == "notes":
            self._wrote(self.page.text)
            return False
        entry = self._line(slot)
        if self.offered_for != (slot, entry.value):  # keys came faster than the strip
            self._offer()
        accepted = form_input.text_of(with_pending(self.sheet, slot, ""), slot, self.form)
        if entry.value == accepted and self.strip.marked is None:
            self.say("")
            return False
        candidate = self.strip.marked
        store = self.desk.store
        try:
            self._refuse_anothers(slot, entry.value)
            sheet = form_input.take(
                self.sheet,
                slot,
                entry.value,
                candidate.choice if candidate else None,
                self.form,
                store.now(),
                store.hours,
                store.pack,
            )
            known = len(sheet.children) > len(self.sheet.children)
            self.say(guidance_facts.earlier_words(store, self.desk.actor, sheet) if known else "")
            if slot == "child" and candidate and not known and isinstance(candidate.choice, Person):
                self.say(f"{candidate.choice.name} is already named in this contact.")
        except BadInput as refused:
            self.say(str(refused))
            self._typed(slot, entry.value)
            self._say_beside(slot)
            return False
        if accepted and form_input.text_of(sheet, slot, self.form) != accepted:
            self.taken_out(slot, self.sheet)
        self.keeper.keep(sheet)
        self._show_all()
        return True

    def _refuse_anothers(self, slot: str, typed: str) -> None:
        """Refuses an NHS number that belongs to somebody else until the advisor chooses what is right."""
        offered = self.strip.offered
        if slot == "child.ref" and offered and self.strip.marked is None:
            people = [each for each in offered if isinstance(each.choice, Person)]
            if people and isinstance(offered[-1].choice, Interpretation):
                raise BadInput(
                    f"{quoted(typed)} is the number of {people[0].name}, "
                    f"{people[0].words.removeprefix('the same child: ')}. ↓ chooses: the same child, or in "
                    "doubt; otherwise type it again."
                )

    def jump_to(self, field: LineInput | TextBox) -> None:
        """Goes where a letter of F4 says."""
        self._leave(self.slot)
        self._go(field.slot)

    def _leave(self, slot: str) -> None:
        """Takes what was typed in full; only Enter takes a marked suggestion for less, which otherwise
        stays as typed."""
        if slot != "notes":
            if self.offered_for != (slot, self._line(slot).value):
                self._offer()
            marked = self.strip.marked
            choice = marked.choice if marked else None
            typed = self._line(slot).value
            if choice is not None and not (isinstance(choice, Code) and exact(typed, [choice])):
                self._keep_typed()
                return
        self._take(slot)

    def _go(self, slot: str) -> None:
        """Moves the focus now, so that a key typed ahead finds its field."""
        self._unpick()
        self.set_focus(self.page if slot == "notes" else self._line(slot))
        self._offer()
