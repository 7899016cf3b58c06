"""Telling the teams: one text for each, with its children only; copied, then sent, and to which address."""

from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.values.dates import counted
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.call.reason import ReasonScreen
from spoc.storage.attendances import telling
from spoc.storage.attendances.telling import Team
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.widgets import clipboard
from spoc.widgets.bindings import CONTACT, LIST, arrows, key
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows


class TellScreen(Screen[None]):
    """Shows what each team is still to be told. ``only`` narrows it to one attendance."""

    CSS_PATH = "telling.tcss"
    AUTO_FOCUS = None
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        key("c", "copy", "copy", "Copy the text of the marked team for a minute; that tells nobody yet", "tell.copy", CONTACT),
        key("x", "sent", "sent", "Say that it was sent, and to which address", "tell.sent", CONTACT),
        *arrows("tell", above="The team above", below="The team below"),
        key("escape", "back", "back", "Go back", "tell.back", LIST),
    ]  # fmt: skip

    def __init__(self, desk: Desk, only: bytes | None = None) -> None:
        super().__init__()
        self.desk, self.only = desk, only

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Telling others")
        yield Rows(self._paint)
        yield Static("", id="text", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        self._read()

    def _read(self) -> None:
        found = telling.teams(self.desk.store, self.desk.actor, self.only)
        self.rows.show(found, self.rows.marked)
        self._show()

    def _show(self) -> None:
        team = self.rows.item
        if team is None:
            text = "Nobody is to be told. A review that ends with “Information shared” says whom."
        else:
            waiting = team.to_copy or team.copied
            text = telling.text(
                self.desk.store, self.desk.actor, team.code, [each for each, _ in waiting]
            )
        self.query_one("#text", Static).update(Content(visible_lines(text)))

    def _paint(self, team: Team, width: int) -> Content:
        label = self.desk.store.pack.label("told", team.code)
        todo = f"{counted(len(team.to_copy), 'case')} to copy" if team.to_copy else ""
        copied = f"{counted(len(team.copied), 'case')} copied, NOT SENT" if team.copied else ""
        sent = f"{len(team.sent)} sent" if team.sent else ""
        words = "   ".join(filter(None, (todo, copied, sent)))
        return Content.assemble((fitted(visible(label), 22), "bold"), words)

    def _say(self, words: str) -> None:
        self.query_one("#message", Static).update(Content(visible(words)))

    def action_copy(self) -> None:
        """Copy the team's text, recorded for each of its children."""
        team = self.rows.item
        cases = (team.to_copy or team.copied) if team else ()
        if team is None or not cases:
            self._say("There is nothing to copy for this team.")
            return
        store, actor = self.desk.store, self.desk.actor
        text = telling.text(store, actor, team.code, [each for each, _ in cases])
        for shown, _ in cases:
            audit.record(
                store, actor, "export", subject=shown.line.id, purpose="share", detail=team.code
            )
        if team.to_copy:
            telling.copied(store, actor, team.code, [each.line.id for each, _ in cases]).result()
        self.app.copy_out(text)
        self._read()
        subject = telling.subject(store, team.code, len(cases), "")
        self._say(
            f"{counted(len(cases), 'case')} copied. Subject: {subject}. Send it, then x says to which address."
        )

    def action_sent(self) -> None:
        """Ask for the address, and record that what was copied was sent there."""
        team = self.rows.item
        if team is None or not team.copied:
            self._say("Copy it first: only what was copied can be sent.")
            return

        def told(address: str | None) -> None:
            if address:
                for _, share in team.copied:
                    telling.sent(self.desk.store, self.desk.actor, share, address).result()
                self._read()
                subject = telling.subject(self.desk.store, team.code, len(team.copied), address)
                self._say(
                    f"Told: {counted(len(team.copied), 'case')} sent to {address}. The subject line was to be: {subject}"
                )

        title = f"{self.desk.store.pack.label('told', team.code)}: {counted(len(team.copied), 'case')} copied"
        self.app.push_screen(
            ReasonScreen(self.desk, title, "To which address was it sent, or how?"), told
        )

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self._show()

    def action_back(self) -> None:
        self.dismiss(None)
