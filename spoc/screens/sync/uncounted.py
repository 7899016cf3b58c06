"""What does not count because its contact had been restricted meanwhile: shown to its author, to pass on."""

from dataclasses import dataclass

from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible, visible_lines
from spoc.model.values.reference import reference
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.storage.secrecy import uncounted
from spoc.storage.secrecy.uncounted import Uncounted
from spoc.widgets import clipboard
from spoc.widgets.pages.bindings import LIST, arrows, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen


class UncountedScreen(MessageScreen[None]):
    """Shows one act at a time, and whom to ask; ``c`` copies it, ``x`` says that it was passed on."""

    CSS_PATH = "uncounted.tcss"
    AUTO_FOCUS = None
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        key("c", "copy", "copy", "Copy it for a minute; recorded", "uncounted.copy", LIST),
        key("x", "passed_on", "passed on", "I have passed it on: show it no more", "uncounted.passed-on", LIST),
        *arrows("uncounted", above="The previous one", below="The next one"),
        key("escape", "back", "back", "Go back", "uncounted.back", LIST),
    ]  # fmt: skip

    @dataclass
    class PassedOn(Message):
        """It was saved, or ``why`` says why not."""

        why: str = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.found: list[Uncounted] = []
        self.at = 0

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Does not count")
        with VerticalScroll(id="all"):
            yield Static("", id="shown", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("copy", "passed_on") or bool(self.marked)

    @property
    def marked(self) -> Uncounted | None:
        return self.found[self.at] if self.at < len(self.found) else None

    def _read(self) -> None:
        self.found = uncounted.written_by(self.desk.store, self.desk.actor)
        self.at = min(self.at, max(0, len(self.found) - 1))
        self._show()

    def _show(self) -> None:
        words = _words(self.marked, self.at, len(self.found)) if self.marked else Content(_NONE)
        self.query_one("#shown", Static).update(words)
        self.refresh_bindings()

    def action_mark(self, step: int) -> None:
        if self.found:
            self.at = (self.at + step) % len(self.found)
            self._show()

    def action_copy(self) -> None:
        if self.marked:
            audit.record(
                self.desk.store, self.desk.actor, "export",
                subject=self.marked.record, purpose="does not count", detail="clipboard",
            )  # fmt: skip
            self.app.copy_out("\n".join(self.marked.lines))
            self._say("Copied for a minute; a terminal may refuse it, so look at what you paste.")

    def action_passed_on(self) -> None:
        if self.marked:
            done = uncounted.passed_on(self.desk.store, self.marked)
            done.add_done_callback(
                lambda done: self.post_message(self.PassedOn(str(done.exception() or "")))
            )

    def on_uncounted_screen_passed_on(self, event: PassedOn) -> None:
        self._say(event.why)
        self._read()

    def action_back(self) -> None:
        self.dismiss(None)


_NONE = (
    "Everything you wrote counts. What had been restricted meanwhile at another desk is shown here."
)


def _words(each: Uncounted, at: int, of: int) -> Content:
    """The page for one act: what happened, what to do, and the text."""
    who = visible(" or ".join(each.ask)) or "a named professional"
    return Content.assemble(
        (f"{at + 1} of {of}   ", "$dim"),
        (f"Contact {reference(each.record)}, {shown_instant(from_text(each.at))}\n\n", "bold"),
        "What you wrote does not count, because the contact had been restricted meanwhile and this desk did not know "
        f"yet. Ask {who} to add it, or to open the contact to you. Only you are shown it again, here.\n\n",
        visible_lines("\n".join(each.lines)),
    )
