"""The walk: the questions of one letter of SBAR, the one asked now, and a line for its answer."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static

from spoc.model.forms.sheet import Sheet
from spoc.model.rules.guiding.guide import LETTERS, Question
from spoc.model.rules.guiding.guiding import ANSWERED, NOT_KNOWN, OPEN, SKIPPED, state
from spoc.model.values.plain import visible
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.pages.cells import cropped

SIGNS = {ANSWERED: "●", SKIPPED: "–", NOT_KNOWN: "?", OPEN: "○"}
_KEYS = {"yes-no": "y yes   n no   ? not known   Enter alone skips"}
_TYPED = "Type the answer, Enter   ? not known   Enter alone skips"


_Shown = tuple[Sheet, Sequence[Question], Question, Callable[[Question], str]]


class AnswerLine(LineInput):
    """The line of the walk. In an empty line a single key may be a whole answer."""

    def __init__(self) -> None:
        super().__init__("answer", classes="wide")
        self.at_once: Callable[[str], bool] = lambda key: False
        # Called for each letter; true if it is not for this line: it was used elsewhere, or the line was
        # taken first.
        self.before: Callable[[str], bool] = lambda letter: False
        self.code = self.words = ""  # the code that was answered, and its meaning

    def answer(self, code: str, words: str) -> None:
        """Says which code is there, and what it means; "" if there is none."""
        self.code, self.words = code, visible(words)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The meaning of the present code, with the cursor after it; otherwise what is typed."""
        if y or not self.code or self.value != self.code:
            return super().render_line(y)
        width, marked = self.size.width, not self.selection.is_empty
        style = self.get_component_rich_style("input--selection") if marked else None
        cursor = self.get_component_rich_style("input--cursor") if self.has_focus else None
        words = [Segment(cropped(self.words, width - 1), style), Segment(" ", cursor)]
        return Strip(words).adjust_cell_length(width).apply_style(self.rich_style)

    async def on_key(self, event: events.Key) -> None:
        """Here, in the line's own queue, so that a key typed ahead goes to the question it was typed for."""
        letter = event.character or ""
        if letter.isprintable() and letter and self.before(letter):
            event.stop()
            event.prevent_default()
            return
        fresh = not self.value or self.selected_text == self.value
        if fresh and event.character and self.at_once(event.character):
            event.stop()
            event.prevent_default()  # otherwise the line's own handler comes next


class Walk(Vertical):
    """Shows where the call is in the walk. The screen decides what an answer does."""

    DEFAULT_CSS = """
    Walk { height: 1fr; display: none; }
    Walk #walk-letters { height: 1; padding: 0 1; }
    Walk #walk-list { height: 1fr; padding: 1 1 0 1; }
    Walk #walk-question { height: auto; max-height: 4; padding: 1 1 0 1; text-style: bold; }
    Walk .row { height: 1; padding: 0 1; }
    Walk AnswerLine { width: 1fr; }
    Walk #walk-words { width: auto; max-width: 60%; height: 1; padding: 0 1; color: $dim; }
    Walk #walk-keys { height: 1; padding: 0 1; color: $dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = AnswerLine()  # the slot where the answer is typed
        self._shown: _Shown | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="walk-letters", markup=False)
        yield Static("", id="walk-question", markup=False)
        with Horizontal(classes="row"):
            yield self.line
            yield Static("", id="walk-words", markup=False)
        yield Static("", id="walk-keys", markup=False)
        yield Static("", id="walk-list", markup=False)

    def show(
        self,
        sheet: Sheet,
        asked: Sequence[Question],
        now: Question,
        answer_of: Callable[[Question], str],
        keys: str = "",
    ) -> None:
        """Shows the questions of the letter of ``now``; ``answer_of`` gives the words of an answer, ``keys``
        what a single key answers."""
        self._shown = (sheet, asked, now, answer_of)
        self._say("letters", letters_line(sheet, asked, now.letter))
        self.query_one("#walk-question", Static).update(Content(visible(now.asks)))
        self._say("keys", Content(visible(keys or _KEYS.get(now.kind, _TYPED))))
        self._list()

    def on_resize(self) -> None:
        self._list()

    def _list(self) -> None:
        """The questions of the letter, as many as fit around the one that is asked."""
        if self._shown is None:
            return
        sheet, asked, now, answer_of = self._shown
        here = [each for each in asked if each.letter == now.letter]
        width = max(20, self.size.width - 4)
        room = max(2, self.query_one("#walk-list").size.height)
        place = here.index(now) if now in here else 0
        first = max(0, min(place - room // 2, len(here) - room))
        rows = [
            self._row(sheet, each, each is now, answer_of(each), width)
            for each in here[first : first + room]
        ]
        self._say("list", Content("\n").join(rows))

    def _say(self, part: str, words: Content) -> None:
        self.query_one(f"#walk-{part}", Static).update(words, layout=False)

    def words(self, words: str) -> None:
        """Says what a code stands for, beside the line."""
        self.query_one("#walk-words", Static).update(Content(visible(words)))

    def _row(self, sheet: Sheet, each: Question, here: bool, text: str, width: int) -> Content:
        how = state(sheet, each.code)
        words = {SKIPPED: "skipped", NOT_KNOWN: "not known"}.get(how, " ".join(text.split()))
        label = cropped(visible(each.label), 30)
        answer = cropped(visible(words), max(8, width - 36))
        mark = ("▸ ", "bold $primary") if here else "  "
        style = "bold $primary" if here else ("" if how == OPEN else "$dim")
        return Content.assemble(
            mark, (f"{SIGNS[how]} ", style), (f"{label:<31}", style), (answer, "")
        )


def letters_line(sheet: Sheet, asked: Sequence[Question], here: str = "") -> Content:
    """All letters with a sign for each question: "S ●●○ B ? A –○"; the present one by its name."""
    parts = []
    for letter in LETTERS:
        of_letter = [each for each in asked if each.letter == letter]
        if of_letter:
            signs = "".join(SIGNS[state(sheet, each.code)] for each in of_letter)
            name = (f" {LETTERS[letter]} ", "bold reverse") if letter == here else (letter, "bold")
            parts.append(Content.assemble(name, f" {signs}"))
    return Content("  ").join(parts)
