"""The walk through SBAR in a call: one question at a time, one key to answer, skip or mark it not known."""

from collections.abc import Mapping, Sequence
from functools import partial

from textual.timer import Timer
from textual.widgets import Input

from spoc.model.forms.child import AGE_BAND
from spoc.model.forms.form_input import filled, text_of
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import with_pending, with_value
from spoc.model.hearing.code_match import exact
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code
from spoc.model.rules.guiding.guide import LETTERS, Question
from spoc.model.rules.guiding.guiding import (
    ANSWERED,
    NOT_KNOWN,
    OPEN,
    SKIPPED,
    answer_of,
    answered,
    onward,
    state,
)
from spoc.model.values.ages import parse_age
from spoc.model.values.dates import quoted
from spoc.model.values.instants import from_text
from spoc.screens.call.typing.one_key import NOBODY_KNOWS, Tail, goes_on, meaning, phrases
from spoc.screens.call.typing.sheet import SheetScreen
from spoc.screens.call.typing.suggestions import words_for
from spoc.widgets.forms.line_input import settled
from spoc.widgets.forms.questions import AnswerLine, Walk
from spoc.widgets.pages.bindings import WALK, key

SETTLES = 0.6  # seconds after which one letter is an answer rather than the beginning of a word


class WalkScreen(SheetScreen):
    """A sheet with its walk: a second page, on which the pack's questions are asked."""

    BINDINGS = [
        key("alt+o", "walk('O')", "first page", "Go to the first page", "call.first-page", WALK),
        key("alt+s", "walk('S')", "SBAR", "Go to Situation", "call.situation", WALK),
        key("alt+b", "walk('B')", "background", "Go to Background", "call.background", WALK, show=False),
        key("alt+a", "walk('A')", "assessment", "Go to Assessment", "call.assessment", WALK, show=False),
        key("alt+r", "walk('R')", "recommendation", "Go to Recommendation", "call.recommendation", WALK, show=False),
        key("alt+c", "walk('C')", "close", "Go to Close", "call.closing", WALK, show=False),
    ]  # fmt: skip

    settling: Timer | None = None
    tail: Tail | None = None  # of the answer just taken by its first letter
    left_at: tuple[str, int] | None = None  # the place on the first page, and the cursor there

    def on_mount(self) -> None:
        self.query_one(Walk).line.at_once = self._at_once
        self.query_one(Walk).line.before = self._before

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The way back to the first page is there once one has left it; an answer is never copied."""
        if action == "walk" and parameters == ("O",):
            return bool(self.asking)
        if action == "same" and self.asking:
            return False
        return super().check_action(action, parameters)

    @property
    def order(self) -> Sequence[str]:
        return [each.code for each in self.now.asked] if self.asking else self.slots

    async def action_next(self) -> None:
        if not self.asking:
            await super().action_next()
            return
        await settled(self.focused)
        if self.tail and self.tail.held and not self.walk.line.value:
            self.tail = None  # the end of a word whose first letter was the answer
            return
        self._answer()

    async def action_mark(self, step: int) -> None:
        """Goes to another question, on every question, until something with several meanings is typed."""
        await settled(self.focused)
        without_pending = with_pending(self.sheet, self.asking, "")
        if self.asking and self.walk.line.value in (
            "",
            text_of(without_pending, self.asking, self.form),
        ):
            await self.action_step(step)
        else:
            await super().action_mark(step)

    def _go(self, slot: str) -> None:
        asking = "" if slot in self.entries or slot == "notes" else slot
        if asking and not self.asking and self.focused:
            self.left_at = self.place
        self._turn(asking)
        super()._go(slot)

    def _show_all(self) -> None:
        super()._show_all()
        if self.asking:
            self._show_walk()

    def _question(self, slot: str) -> Question | None:
        return self.desk.store.pack.guide.by_code.get(slot)

    async def action_walk(self, letter: str) -> None:
        """Goes to a letter: its first open question, or else its first; O is the first page, where one left
        it."""
        await settled(self.focused)
        self._leave(self.slot)
        here = [each.code for each in self.now.asked if each.letter == letter]
        if here:
            still = (code for code in here if state(self.sheet, code) == OPEN)
            self._go(next(still, here[0]))
        elif letter == "O" and self.asking and self.left_at:
            self._return_to(*self.left_at)
        elif letter == "O":
            empty = (each for each in self.slots if not filled(self.sheet, each, self.form))
            self._go(next(empty, self.slots[-1]))
        else:
            self.say(f"{LETTERS[letter]}: there is nothing to ask here.")

    def _to_form(self) -> None:
        """Turns to the first page, so that the next letters answer no question unseen."""
        if self.asking:
            self._go(self.slots[-1])

    def _answer(self) -> None:
        """Takes the typed answer, or skips the question if there is none, and goes on."""
        code = self.asking
        if self._each_of(code, self.walk.line.value):
            self._answer_each(self.walk.line.value)
            return
        if self.walk.line.value.strip() or answer_of(self.sheet, code):
            bare = with_pending(self.sheet, code, "")
            same = self.walk.line.value == text_of(bare, code, self.form)
            if not same and not self._take(code) and self.walk.line.value.strip():
                return
        if state(self.sheet, code) == OPEN:
            self.keeper.keep(answered(self.sheet, code, SKIPPED))
        self._ask_on(code)

    def _at_once(self, typed: str) -> bool:
        """Whether one key is a whole answer, whatever follows: ``?`` is, as no word begins with it."""
        if typed != "?" or self._question(self.asking) is None:
            return False
        self.keeper.keep(answered(self.sheet, self.asking, NOT_KNOWN))
        self._show_walk()
        self._ask_on(self.asking)
        return True

    def _phrases(self, slot: str) -> Mapping[str, str]:
        question, field = self._question(slot), self.fields.get(slot)
        if question is None or not self._one_key(question):
            return {}
        return phrases(
            question.kind == "yes-no", self._codes(field) if field and field.codes else ()
        )

    def _before(self, letter: str) -> bool:
        """Takes a letter that is not this line's: the rest of the previous answer, or the beginning of the
        next."""
        line = self.walk.line
        if self.tail is not None and not line.value:
            if self.tail.takes(letter):
                self._corrected(self.tail)
                return True
            text, self.tail = self.tail.held, None
            if text:  # they were this line's own after all
                line.value = text + letter
                line.cursor_position = len(line.value)
                return True
        self.tail = None
        return False

    def _each_of(self, slot: str, typed: str) -> bool:
        """Whether every letter is a whole answer: the first to this question, the next to the one after."""
        if len(typed) < 2 or goes_on(typed, self._phrases(slot)):
            return False
        for letter in typed:
            known = self._phrases(slot)
            if not known or not (letter == "?" or meaning(letter, known)):
                return False
            slot = onward(self.sheet, self.now.asked, slot)
        return True

    def _answer_each(self, typed: str) -> None:
        """Takes each letter as the answer to one question after the other."""
        line = self.walk.line
        for letter in typed:
            slot = self.asking
            if letter == "?":
                self._at_once(letter)
            else:
                with self.prevent(Input.Changed):
                    line.value = letter
                self._answer()
            if not self.asking or self.asking == slot:
                return

    def _corrected(self, tail: Tail) -> None:
        """Replaces the first letter's meaning with the whole word's: "not sure" is not "no"."""
        meant = tail.meaning
        if meant == NOBODY_KNOWS:
            bare = (
                with_value(self.sheet, tail.slot, "")
                if self.sheet.values.get(tail.slot)
                else self.sheet
            )
            self.keeper.keep(answered(bare, tail.slot, NOT_KNOWN))
        elif meant and meant != answer_of(self.sheet, tail.slot):
            field = self.fields.get(tail.slot)
            self.keeper.keep(
                with_value(self.sheet, tail.slot, meant)
                if field
                else answered(self.sheet, tail.slot, ANSWERED, meant)
            )
        self._look_again()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Takes one letter that is an answer once no other follows: it may begin a word."""
        if self.settling is not None:
            self.settling.stop()
            self.settling = None
        if isinstance(event.input, AnswerLine) and event.input.value:
            slot, typed = self.asking, event.input.value
            question = self._question(slot)
            alone = len(typed) == 1 and question and self._one_key(question)
            if (alone and self._meant(slot, typed)) or self._each_of(slot, typed):
                self.settling = self.set_timer(SETTLES, partial(self._settle, slot, typed))

    def _settle(self, slot: str, typed: str) -> None:
        """Takes the one letter if it is still alone on its line."""
        if slot == self.asking and self.walk.line.value == typed and self.is_current:
            known = self._phrases(slot)
            if len(typed) > 1:
                self._answer_each(typed)
                return
            self._answer()
            if self.asking != slot:
                self.tail = Tail(slot, typed, known)

    def _meant(self, slot: str, typed: str) -> str:
        """The meaning of words as an answer: themselves, a code, yes or no; "" if none of these."""
        question, field = self._question(slot), self.fields.get(slot)
        if question is None:
            return typed
        if slot == AGE_BAND and parse_age(typed):
            return typed
        if question.kind == "yes-no":
            meant = meaning(typed, phrases(True, ()))
            return "" if meant == NOBODY_KNOWS else meant
        if field and field.codes:
            found = exact(typed, self._codes(field))
            return found.code if found else ""
        return typed

    def _take(self, slot: str) -> bool:
        """Takes the answer. Words that match none of a question's answers stay as typed and answer nothing."""
        line = self.walk.line
        typed = line.value.strip()
        if slot != self.asking or not typed or typed == answer_of(self.sheet, slot):
            return super()._take(slot)
        known = self._phrases(slot)
        if known and meaning(typed, known) == NOBODY_KNOWS:
            self.keeper.keep(answered(with_pending(self.sheet, slot, ""), slot, NOT_KNOWN))
            self._show_walk()
            return True
        marked = self.strip.marked if self.offered_for == (slot, line.value) else None
        meant = self._meant(slot, typed) or (isinstance(marked and marked.choice, Code) and typed)
        if not meant:
            self._keep_typed()
            self.say(
                f"{quoted(typed)} is not an age: 4/12, 3/52, 5/7, 4 months or 15y; ? if nobody knows."
                if slot == AGE_BAND
                else f"{quoted(typed)} is not one of the answers: press a key from the list, or ? if nobody knows."
                if self.fields.get(slot)
                else f"{quoted(typed)} is neither yes nor no: press y, n, or ? if nobody knows."
            )
            return False
        if self._meant(slot, typed) and meant != typed:
            with self.prevent(Input.Changed):
                line.value = str(meant)
            self._offer()
        return super()._take(slot)

    def _one_key(self, question: Question) -> bool:
        """Whether a question is answered with one key."""
        if question.code == AGE_BAND:
            return False
        field = self.fields.get(question.code)
        return question.kind == "yes-no" or bool(field and field.codes)

    def _codes(self, field: Field) -> tuple[Code, ...]:
        on = to_local(from_text(self.sheet.received_at)).date()
        return self.desk.store.pack.codes(field.codes, on)

    def _ask_on(self, code: str) -> None:
        """Goes to the next open question; after the last, back to the first page."""
        self._look_again()
        following = onward(self.sheet, self.now.asked, code)
        if following:
            self._go(following)
        else:
            self._show_all()
            empty = (each for each in self.slots if not filled(self.sheet, each, self.form))
            self._go(next(empty, self.slots[-1]))
            self.say("Every question is answered.")

    def _turn(self, asking: str) -> None:
        """Shows the first page, or the walk at a question."""
        turned = bool(asking) != bool(self.asking)
        if asking != self.asking:
            self.asking = asking
            self.refresh_bindings()
        self.strip.set_class(bool(asking), "-asking")
        self.walk.display, self.first_page.display = bool(asking), not asking
        if asking:
            self._show_walk()
        if turned:
            self._look_again()

    def _show_walk(self) -> None:
        question = self._question(self.asking)
        if question is None:
            return
        line = self.walk.line
        value = text_of(self.sheet, self.asking, self.form)
        field = self.fields.get(self.asking)
        if line.value != value:
            with self.prevent(Input.Changed):
                line.value = value
            line.cursor_position = len(value)
        if value and value == answer_of(self.sheet, self.asking) and self._one_key(question):
            line.select_all()  # another key is another answer, not a longer one
        keys = "A key of the list answers   ? not known   Enter alone skips"
        keys = keys if field and field.codes and self.asking != AGE_BAND else ""
        self.walk.show(self.sheet, self.now.asked, question, self._answer_words, keys)
        words = words_for(self.desk, self.sheet, self.asking, field)[1]
        coded = (
            bool(words) and self._one_key(question) and value == answer_of(self.sheet, self.asking)
        )
        line.answer(value if coded else "", words)
        self.walk.words("" if coded else words)

    def _answer_words(self, question: Question) -> str:
        """The answer to a question, in words."""
        text, field = answer_of(self.sheet, question.code), self.fields.get(question.code)
        return self.desk.store.pack.label(field.codes, text) if field and field.codes else text
