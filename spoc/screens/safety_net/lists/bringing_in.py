"""Bringing a list in: pick a file or paste rows, look at how they were understood, and only then write them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from spoc.intake.reading import bytes_of, of_bytes, sites_of
from spoc.model.attendance.row import Attendance, Rejected
from spoc.model.attendance.summary import Summary
from spoc.model.errors import Refusal
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible
from spoc.screens.safety_net.lists.mapping import MappingScreen
from spoc.screens.safety_net.lists.pasting import PasteScreen
from spoc.storage.attendances import headings, importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import FIELD, LIST, arrows, key, leaves
from spoc.widgets.pages.cells import fitted
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen

PREVIEW = 40  # rows shown as understood
PICK, SITE, LOOK, RUNNING, DONE = "pick", "site", "look", "running", "done"
_ASKED = {
    PICK: "Type or mark a file, then Enter. F3 takes rows copied from a spreadsheet or an email.",
    SITE: "Which department is this list from? Enter goes on.",
    LOOK: "The first rows as understood. F2 brings the list in; m names its columns.",
    RUNNING: "Bringing it in; Esc stops after the rows that are done.",
    DONE: "Brought in. Esc goes back to the worklist.",
}


@dataclass(frozen=True, slots=True)
class PickerLine:
    """A line of the picker."""

    path: Path
    folder: bool
    words: str = ""


class BringInScreen(MessageScreen[str]):
    """Dismissed with what was brought in, in words.

    Not a list: each step has lines of its own kind beneath the line that is typed in.
    """

    CSS_PATH = "bringing_in.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "next", "next", "Take what is marked and go on", "bring-in.next", FIELD),
        key("f2", "bring", "bring in", "Bring the list in", "bring-in.bring", LIST),
        key("f3", "paste", "paste rows", "Take rows that were copied", "bring-in.paste", LIST),
        key("m", "columns", "columns", "Name the columns of this list", "bring-in.columns", LIST),
        key("f6", "headings", "name its columns", "Name the columns of a list whose headings spoc does not know",
            "bring-in.headings", LIST),
        *arrows("bring-in"),
        *leaves("bring-in"),
        key("escape", "back", "back", "Go back a step; while it runs, stop", "bring-in.back", LIST),
    ]  # fmt: skip

    @dataclass
    class Read(Message):
        """A file was read: the site codes in it, or ``why`` it cannot be read."""

        data: bytes
        name: str
        sites: list[str]
        why: str = ""

    @dataclass
    class Going(Message):
        """How many rows are done."""

        done: int

    @dataclass
    class Ended(Message):
        """The list is brought in, or ``why`` says why not."""

        summary: Summary | None
        why: str = ""

    def __init__(self, desk: Desk, folder: Path | None = None) -> None:
        super().__init__()
        self.desk, self.folder = desk, folder or _beginning(desk)
        self.step = PICK
        self.data, self.file_name, self.site = b"", "", ""
        self.sites: list[str] = []
        self.stopping = self.unknown = False
        self.words = ""

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Bring in a list")
        yield Static("", id="asked", markup=False)
        yield LineInput("typed")
        yield Static("", id="where", markup=False)
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows, self.entry = self.query_one(Rows), self.query_one(LineInput)
        self._go(PICK)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        allowed = {"next": (PICK, SITE), "bring": (LOOK,), "paste": (PICK,), "columns": (LOOK,)}
        if action == "headings":
            return self.step == PICK and self.unknown
        return action not in allowed or self.step in allowed[action]

    def _go(self, step: str, text: str = "") -> None:
        """Shows a step."""
        self.step = step
        self.query_one("#asked", Static).update(_ASKED[step])
        self.entry.display = step in (PICK, SITE)
        with self.prevent(Input.Changed):
            self.entry.value = self.site if step == SITE else ""
        self.set_focus(self.entry if self.entry.display else self.rows)
        if step == PICK:
            self._files()
        elif step == SITE:
            self.rows.show(self._known_sites())
        self.query_one("#where", Static).update(
            visible(str(self.folder) if step == PICK else self.file_name)
        )
        self.say(text)
        self.refresh_bindings()

    # -- picking -----------------------------------------------------------------------------------

    def _files(self) -> None:
        typed = self.entry.value.strip().casefold()
        try:
            inside = sorted(self.folder.iterdir(), key=lambda each: each.name.casefold())
        except OSError as error:
            self.rows.show(())
            self.say(f"{self.folder} cannot be read: {(error.strerror or '').lower()}.")
            return
        seen = [
            each
            for each in inside
            if not each.name.startswith(".") and typed in each.name.casefold()
        ]
        found = [PickerLine(each, True, "folder") for each in seen if each.is_dir()]
        found = [PickerLine(each, False, _size(each)) for each in seen if each.is_file()] + found
        self.rows.show([*found, PickerLine(self.folder.parent, True, "the folder above")])

    def _known_sites(self) -> list[str]:
        services = self.desk.store.pack.lists.get("service", ())
        known = [each.code for each in services if each.code.startswith("ED-")]
        return list(dict.fromkeys([*self.sites, *known]))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.step == PICK:
            self._files()

    async def action_next(self) -> None:
        await settled(self.entry)
        typed = self.entry.value.strip()
        if self.step == SITE:
            self._take_site(typed or (self.rows.item if not self.sites else "") or "")
            return
        path = Path(typed).expanduser() if typed else None
        if path and path.is_absolute() and path.is_dir():
            self.folder = path
            self._go(PICK)
        elif path and path.is_file():
            self._open(path)
        elif isinstance(self.rows.item, PickerLine):
            chosen = self.rows.item
            if chosen.folder:
                self.folder = chosen.path
                self._go(PICK)
            else:
                self._open(chosen.path)

    def _open(self, path: Path) -> None:
        try:
            self._take(bytes_of(path), path.name)
        except Refusal as refused:
            self.say(str(refused))

    def _take(self, data: bytes, name: str) -> None:
        """Reads through a file or the clipboard, off the screen."""
        self.say(f"Reading {name} …")
        self._scan(data, name, headings.of_site(self.desk.store, self.site))

    @work(thread=True, exclusive=True, group="scan")
    def _scan(self, data: bytes, name: str, own: dict[str, str]) -> None:
        try:
            found = self.Read(data, name, sites_of(data, name, own))
        except Refusal as refused:
            found = self.Read(data, name, [], str(refused))
        self._tell(found)

    def on_bring_in_screen_read(self, event: Read) -> None:
        """Goes on to the department, or says why not."""
        if self.step != PICK:
            return
        self.data, self.file_name, self.sites = event.data, event.name, event.sites
        self.unknown = bool(event.why) and "headings" in event.why
        if event.why:
            self.say(event.why + (" F6 opens it." if self.unknown else ""))
            self.refresh_bindings()
            return
        self.site = ""
        self._go(SITE, f"The list itself says: {', '.join(self.sites)}." if self.sites else "")

    def action_paste(self) -> None:
        def pasted(text: str | None) -> None:
            if text and text.strip():
                self._take(text.encode(), "pasted rows")

        self.app.push_screen(PasteScreen(self.desk), pasted)

    # -- looking -----------------------------------------------------------------------------------

    def _take_site(self, site: str) -> None:
        self.site = site
        listed = Listed(self.file_name, (), self.sites)
        why = importing.refusal(self.desk.store, listed, site)
        if why:
            self.say(why)
            return
        self._look()

    def _look(self) -> None:
        """Shows the first rows as understood, and which of their headings are not known."""
        own = headings.of_site(self.desk.store, self.site)
        try:
            reading = of_bytes(self.data, self.file_name, listing.local_now(self.desk.store), own)
            found = list(islice(reading.rows, PREVIEW))
        except Refusal as refused:
            self.say(str(refused))
            return
        unknown = [word for each in reading.sheets for word in each.unknown]
        self._go(LOOK, f"Headings not known: {', '.join(unknown)}." if unknown else "")
        self.rows.show(found)

    def action_columns(self) -> None:
        page = MappingScreen(self.desk, self.data, self.file_name, self.site)
        self.app.push_screen(page, lambda _: self._look())

    def action_headings(self) -> None:
        """Names the columns of a list with no known heading, then reads it again."""
        page = MappingScreen(self.desk, self.data, self.file_name, "")
        self.app.push_screen(page, lambda _: self._take(self.data, self.file_name))

    # -- bringing in -------------------------------------------------------------------------------

    def action_bring(self) -> None:
        self.stopping = False
        self._go(RUNNING)
        self._run()

    @work(thread=True, exclusive=True, group="import")
    def _run(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        own = headings.of_site(store, self.site)
        try:
            reading = of_bytes(self.data, self.file_name, listing.local_now(store), own)
            listed = Listed(self.file_name, reading.rows, self.sites)
            run = importing.bring_in(
                store, actor, [listed], self.site,
                on_progress=lambda done: self._tell(self.Going(done)), go_on=lambda: not self.stopping,
            )  # fmt: skip
            reading.tell(run.summary)
        except Refusal as refused:
            self._tell(self.Ended(None, str(refused)))
            return
        self._tell(self.Ended(run.summary))

    def _tell(self, message: Message) -> None:
        if self.is_attached:
            self.post_message(message)

    def on_bring_in_screen_going(self, event: Going) -> None:
        if self.step == RUNNING:
            self.say(f"{counted(event.done, 'row')} done …")

    def on_bring_in_screen_ended(self, event: Ended) -> None:
        if event.summary is None:
            self._go(PICK, event.why)
            return
        fields = event.summary.as_json()
        stopped = (
            "Stopped: what is done stays; bring the list in again for the rest. "
            if self.stopping
            else ""
        )
        self.words = (
            f"{stopped}{self.file_name}: {fields['imported']} brought in ({fields['children']} children, {fields['adults']} adults,"
            f" {fields['age_unknown']} of unknown age), {fields['updated']} changed, {fields['duplicate']} there already,"
            f" {fields['conflict']} in conflict, {len(fields['rejected'])} rejected."
        )
        self._go(DONE, self.words)
        self.rows.show(_summary_lines(fields))

    # -- keys --------------------------------------------------------------------------------------

    def _paint(self, item: object, width: int) -> Content:
        if isinstance(item, PickerLine):
            return Content.assemble(
                (fitted(visible(item.path.name or "/"), width - 20), "bold"), (item.words, "$dim")
            )
        if isinstance(item, Attendance):
            fields = item.fields
            cells = (
                (fields["arrived"].replace("T", " "), 17), (fields.get("name") or fields.get("called") or "–", 24),
                (fields.get("birth_date", "born ?"), 11), (fields.get("nhs_number") or item.issue, 12),
                (" ".join(fields.get("complaint", "").split()), max(10, width - 66)),
            )  # fmt: skip
            return Content("".join(fitted(visible(text), size - 1) + " " for text, size in cells))
        if isinstance(item, Rejected):
            return Content.styled(
                visible(f"line {item.where.line}: rejected, {item.reason}"), "$warning"
            )
        return Content(visible(str(item)))

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        if self.step == SITE and isinstance(self.rows.item, str):
            self.entry.value = self.rows.item

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)

    def action_back(self) -> None:
        back: dict[str, Callable[[], object]] = {
            PICK: lambda: self.dismiss(""),
            SITE: lambda: self._go(PICK),
            LOOK: lambda: self._go(SITE),
            RUNNING: self._stop,
            DONE: lambda: self.dismiss(self.words),
        }
        back[self.step]()

    def _stop(self) -> None:
        self.stopping = True
        self.say("Stopping after the rows that are done …")


def _beginning(desk: Desk) -> Path:
    """Where to look for files first: the downloads, if there are any."""
    home = Path.home()
    return next((each for each in (home / "Downloads", home) if each.is_dir()), desk.folder)


def _size(path: Path) -> str:
    try:
        return f"{path.stat().st_size / 1000:.0f} kB"
    except OSError:
        return ""


def _summary_lines(fields: Mapping[str, Any]) -> list[str]:
    """The summary, line by line: each sheet, each reason."""
    lines: list[str] = []
    for sheet in fields["sheets"]:
        state = f"{sheet['rows']} rows read" if sheet["read"] else f"not read: {sheet['why']}"
        lines.append("; ".join([f"{sheet['sheet'] or sheet['file']}: {state}", *sheet["notes"]]))
    lines.append(f"{fields['blank']} blank lines, {fields['footer']} lines without a record")
    flags = ", ".join(f"{code} {n}" for code, n in fields["flags"].items())
    lines.append(f"Flags: {flags or 'none'}")
    for what in ("rejected", "conflicts"):
        for each in fields[what]:
            lines.append(f"{what[:8]}  {each['sheet']} line {each['line']}: {each['reason']}")
    return [*lines, *fields["notes"]]
