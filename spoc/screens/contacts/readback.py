"""The read-back on the screen: one version at a time, to read aloud, to copy, or to save to a file."""

import os

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from spoc.model.documents.readback.readback import SAFE, VERSIONS, banner, lines_of, text_of
from spoc.model.documents.readback.readback_safe import withheld
from spoc.model.documents.readback.readback_words import Call
from spoc.model.errors import Refusal
from spoc.model.forms.sheet import children_words
from spoc.model.values.plain import visible
from spoc.screens.followups.outputs import OutputsScreen
from spoc.storage.contacts import readback
from spoc.storage.desk import Desk
from spoc.storage.service import outputs
from spoc.widgets import clipboard
from spoc.widgets.pages.bindings import CONTACT, DESK, MOVE, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen, when_written

NAMES = tuple(VERSIONS)


class ReadBackScreen(MessageScreen[None]):
    """Shows a call as the text that both sides record. The text is made when it is shown."""

    CSS_PATH = "readback.tcss"
    AUTO_FOCUS = None
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        Binding("1", "version(1)", "version", key_display="1–5", priority=True,
                tooltip="Show the professional record", group=CONTACT, id="read-back.professional"),
        key("2", "version(2)", "", "Show the safe version", "read-back.safe", CONTACT, show=False),
        key("3", "version(3)", "", "Show the SAFER referral", "read-back.safer", CONTACT, show=False),
        key("4", "version(4)", "", "Show the script to read aloud", "read-back.script", CONTACT, show=False),
        key("5", "version(5)", "", "Show what the caller promised", "read-back.promises", CONTACT, show=False),
        key("c", "copy", "copy", "Copy it for a minute; recorded", "read-back.copy", CONTACT),
        key("f", "file", "file", "Write a page to print: press twice; recorded", "read-back.file", CONTACT),
        key("o", "outputs", "files", "Show the unencrypted files, and delete them", "read-back.files", DESK,
            show=False),
        key("down", "scroll(1)", "down", "Read on", "read-back.down", MOVE, show=False),
        key("up", "scroll(-1)", "up", "Read back", "read-back.up", MOVE, show=False),
        key("pagedown,space", "leaf(1)", "page down", "Go down a page", "read-back.page-down", MOVE),
        key("pageup", "leaf(-1)", "page up", "Go up a page", "read-back.page-up", MOVE, show=False),
        key("escape,f8", "back", "back", "Go back", "read-back.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, call: Call) -> None:
        super().__init__()
        self.desk, self.call = desk, call
        self.version = NAMES[0]
        self.warned = False  # a second press saves a file

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Read-back")
        yield Static("", id="versions", markup=False)
        yield Static("", id="title", markup=False)
        yield Static("", id="above", classes="banner", markup=False)
        with VerticalScroll(id="scroll", can_focus=False):
            yield Static("", id="text", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        names = " · ".join(
            filter(None, (self.call.sheet.caller.name, children_words(self.call.sheet)))
        )
        self.query_one(Header).about = visible(names)
        self._show()

    def _show(self) -> None:
        """Shows the version. Its banner stays above however far one reads, and also ends the text."""
        here = VERSIONS[self.version]
        names = [
            Content.styled(
                f" {number} {each.title.split()[0]} ", "reverse" if each is here else "$dim"
            )
            for number, each in enumerate(VERSIONS.values(), 1)
        ]
        self.query_one("#versions", Static).update(Content(" ").join(names))
        why = withheld(self.call) if self.version == SAFE else ""
        short = f": the short form, as {why}" if why else f": {here.for_whom}"
        self.query_one("#title", Static).update(Content(f"{here.title}{short}"))
        around = banner(self.call, self.version)
        lines = lines_of(self.call, self.version)
        above = self.query_one("#above", Static)
        above.update(Content("\n".join(around)))
        above.display = bool(around)
        text = (
            Content.styled(each, "bold" if each.isupper() or each in around else "")
            for each in lines[len(around) :]
        )
        self.query_one("#text", Static).update(Content("\n").join(text))
        self.query_one("#scroll", VerticalScroll).scroll_home(animate=False)
        self.warned = False
        self.say("")

    def action_version(self, number: int) -> None:
        """Shows another version."""
        self.version = NAMES[number - 1]
        self._show()

    # -- copying and writing -------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Copies what is shown, after recording that."""
        self.warned = False
        version, text = self.version, text_of(self.call, self.version)

        def recorded(error: str) -> None:
            """Sends the text out, now that it is on record. If it could not be recorded, it goes nowhere."""
            if error:
                self.say(f"Nothing left spoc, because it could not be recorded. {error}")
            else:
                self._copy(version, text)

        contact = bytes.fromhex(self.call.contact)
        when_written(
            self, lambda: readback.record(self.desk, contact, version, "clipboard"), recorded
        )

    def action_file(self) -> None:
        """Says what a file means; the second press saves it."""
        if self.warned:
            self.warned = False
            self._write()
            return
        self.warned = True
        self.say(
            "A file is not encrypted: anybody who can open this computer's files can read it. Delete it "
            f"after use. f again writes it into {self.desk.folder / outputs.FOLDER}"
        )

    def action_outputs(self) -> None:
        self.app.push_screen(OutputsScreen(self.desk))

    def _copy(self, version: str, text: str) -> None:
        self.app.copy_out(text)
        title = VERSIONS[version].title
        read = f"Other programs on this computer can read it; it is cleared after {clipboard.KEPT:.0f} seconds"
        if clipboard.is_taken(os.environ):
            self.say(f"Copied: {title}, {self.call.reference}. {read}.")
        else:
            self.say(
                f"Sent to the terminal: {title}, {self.call.reference}. Copying cannot be confirmed here, so "
                f"paste it to see; f writes a file instead. {read} where the terminal allows."
            )

    def _write(self) -> None:
        from spoc.reports import paper

        title = VERSIONS[self.version].title
        try:
            path = paper.write(
                self.desk,
                f"read-back-{self.call.reference}",
                f"{title}, {self.call.reference}",
                text=text_of(self.call, self.version),
                detail=self.version,
                subject=bytes.fromhex(self.call.contact),
            )
        except Refusal as refused:
            self.say(f"Nothing left spoc. {refused}")
            return
        self.say(f"{title}. {paper.written(path)}")

    # -- moving about --------------------------------------------------------------------------------

    def action_scroll(self, step: int) -> None:
        self.query_one("#scroll", VerticalScroll).scroll_relative(y=step * 3, animate=False)

    def action_leaf(self, step: int) -> None:
        scroll = self.query_one("#scroll", VerticalScroll)
        scroll.scroll_relative(y=step * max(1, scroll.size.height - 1), animate=False)

    def action_back(self) -> None:
        self.dismiss(None)
