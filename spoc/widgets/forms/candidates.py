"""The strip under a form: what the typed letters may mean. It has a fixed height and never the focus."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from spoc.model.forms.child_input import Choice
from spoc.model.rules.codes import Code
from spoc.model.values.plain import visible
from spoc.widgets.pages.cells import columns, cropped, fitted, people

_NAME = 24  # cells for a person's name: what tells two apart follows


@dataclass(frozen=True, slots=True)
class Candidate:
    """One suggestion for what was typed; ``choice`` is None for "as typed". ``near`` is only a near
    spelling; ``sure`` is a code that Enter takes by itself."""

    name: str
    words: str
    choice: Choice
    near: bool = False
    sure: bool = False


class Candidates(Static):
    """Shows candidates and holds which one Enter takes. ``index`` is -1 if Enter takes none."""

    DEFAULT_CSS = """
    Candidates { height: 5; padding: 0 1; color: $foreground; border-top: solid $rule; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False, id="candidates")
        self.offered: Sequence[Candidate] = ()
        self.index = -1
        self.hint = ""
        self.listed: Sequence[str] = ()

    def offer(
        self, offered: Sequence[Candidate], index: int, hint: str = "", listed: Sequence[str] = ()
    ) -> None:
        """Shows candidates, with the one at ``index`` marked; ``hint`` is shown if there are none, and
        beside the first if none is marked. ``listed`` is what may be typed, in columns under the hint."""
        self.offered, self.index, self.hint, self.listed = offered, index, hint, listed
        self._paint()

    def move(self, step: int) -> None:
        """Marks the next or the previous candidate, going round at either end."""
        if self.offered:
            start = self.index if self.index >= 0 else (-1 if step > 0 else 0)
            self.index = (start + step) % len(self.offered)
            self._paint()

    @property
    def marked(self) -> Candidate | None:
        """What Enter takes."""
        return self.offered[self.index] if 0 <= self.index < len(self.offered) else None

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        room = max(1, self.size.height)
        if not self.offered:
            listed = columns([visible(each) for each in self.listed], self.size.width - 2, room - 1)
            words = "\n".join((visible(self.hint), *listed))
            self.update(Content.styled(words, "$dim"), layout=False)
            return
        first = max(0, min(self.index - room + 2, len(self.offered) - room))
        shown = self.offered[first : first + room]
        most = 30 if any(isinstance(each.choice, Code) for each in shown) else _NAME
        wide = min(most, max(cell_len(visible(each.name)) for each in shown) + 2)
        below = len(self.offered) - first - len(shown)
        lines = [
            self._row(
                each,
                wide,
                first + place == self.index,
                place == 0 and self.index < 0,
                f"   ↓ {below} more" if below and place == len(shown) - 1 else "",
            )
            for place, each in enumerate(shown)
        ]
        self.update(Content("\n").join(lines), layout=False)

    def _row(
        self, candidate: Candidate, wide: int, marked: bool, hinted: bool, more: str
    ) -> Content:
        """One candidate, with what a key does at its end, and how many ``more`` are below the last."""
        name = fitted(people(visible(candidate.name), wide - 1), wide - 1) + " "
        words = visible(candidate.words) + ("  (near spelling)" if candidate.near else "")
        end = "   Enter takes it" if marked else f"   {visible(self.hint)}" if hinted else ""
        end += more
        room = max(8, self.size.width - 4 - wide - len(end))
        if marked and cell_len(words) > room:  # what tells two people apart comes first
            end = f"  Enter{more}"
            room = max(8, self.size.width - 4 - wide - len(end))
        if cell_len(words) > room and isinstance(candidate.choice, Code):
            words = visible(candidate.choice.in_brief)  # two that begin alike differ in it
            if hinted and cell_len(words) > room:  # what it is, before what to do with it
                end, words = more, visible(candidate.words)
                room = max(8, self.size.width - 4 - wide - len(end))
        if not marked:
            return Content.assemble("  ", name, (cropped(words, room) + end, "$dim"))
        return Content.assemble(
            ("▸ ", "bold $primary"),
            (name, "bold $primary"),
            cropped(words, room),
            (end, "$dim"),
        )
