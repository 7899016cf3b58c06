"""Telling the teams: one text for each, about its children only; copied, then sent, and to which address."""

from asyncio import wrap_future
from collections.abc import Iterable, Sequence

from textual import getters
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.pages.list_screen import LinesScreen
from spoc.storage.attendances import telling
from spoc.storage.attendances.telling import Team
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.widgets import clipboard
from spoc.widgets.pages.bindings import CONTACT, LIST, arrows, key
from spoc.widgets.pages.cells import fitted


class TellScreen(LinesScreen[None, Team]):
    """Shows what each team has yet to be told. ``only`` narrows it to one attendance."""

    CSS_PATH = "telling.tcss"
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        key("c", "copy", "copy", "Copy the text of the marked team for a minute; that tells nobody yet", "tell.copy", CONTACT),
        key("x", "sent", "sent", "Say that it was sent, and to which address", "tell.sent", CONTACT),
        *arrows("tell", above="The team above", below="The team below"),
        key("escape", "back", "back", "Go back", "tell.back", LIST),
    ]  # fmt: skip
    PLACE = "Telling others"

    def __init__(self, desk: Desk, only: bytes | None = None) -> None:
        super().__init__(desk)
        self.only = only

    def beneath(self) -> Iterable[Widget]:
        yield Static("", id="text", markup=False)

    def read(self) -> None:
        self.take(telling.teams(self.desk.store, self.desk.actor, self.only))

    def take(self, items: Sequence[Team], marked: int | None = None) -> None:
        super().take(items, marked)
        self.rows.refresh(layout=True)  # as many lines as there are teams
        self.marked_another()

    def marked_another(self) -> None:
        super().marked_another()
        team = self.item
        if team is None:
            text = (
                "There is nobody to tell. A review that ends with “Information shared” says whom."
            )
        else:
            waiting = team.to_copy or team.copied
            text = telling.text(
                self.desk.store, self.desk.actor, team.code, [each for each, _ in waiting]
            )
        self.query_one("#text", Static).update(Content(visible_lines(text)))

    def paint(self, item: Team, width: int) -> Content:
        label = self.desk.store.pack.label("told", item.code)
        todo = f"{counted(len(item.to_copy), 'case')} to copy" if item.to_copy else ""
        copied = f"{counted(len(item.copied), 'case')} copied, NOT SENT" if item.copied else ""
        sent = f"{len(item.sent)} sent" if item.sent else ""
        words = "   ".join(filter(None, (todo, copied, sent)))
        return Content.assemble((fitted(visible(label), 22), "bold"), words)

    async def action_copy(self) -> None:
        """Copies the team's text, recorded for each of its children."""
        team = self.item
        cases = (team.to_copy or team.copied) if team else ()
        if team is None or not cases:
            self.say("There is nothing to copy for this team.")
            return
        store, actor = self.desk.store, self.desk.actor
        text = telling.text(store, actor, team.code, [each for each, _ in cases])
        try:  # what cannot be recorded is not copied
            for shown, _ in cases:
                await wrap_future(
                    audit.record(
                        store,
                        actor,
                        "export",
                        subject=shown.line.id,
                        purpose="share",
                        detail=team.code,
                    )
                )
            if team.to_copy:
                ids = [each.line.id for each, _ in cases]
                await wrap_future(telling.copied(store, actor, team.code, ids))
        except Refusal as refused:
            self.say(str(refused))
            return
        self.app.copy_out(text)
        self.read()
        subject = telling.subject(store, team.code, len(cases), "")
        self.say(
            f"{counted(len(cases), 'case')} copied. Subject: {subject}. Send it, then x says to which address."
        )

    def action_sent(self) -> None:
        """Asks for the address, and records that the copied text was sent there."""
        team = self.item
        if team is None or not team.copied:
            self.say("Copy it first: only what was copied can be sent.")
            return

        async def with_address(address: str | None) -> None:
            if address:
                try:
                    for _, share in team.copied:
                        await wrap_future(
                            telling.sent(self.desk.store, self.desk.actor, share, address)
                        )
                except Refusal as refused:
                    self.read()
                    self.say(f"{refused} The address was: {address}")
                    return
                self.read()
                subject = telling.subject(self.desk.store, team.code, len(team.copied), address)
                self.say(
                    f"Told: {counted(len(team.copied), 'case')} sent to {address}. Subject line: {subject}"
                )

        title = f"{self.desk.store.pack.label('told', team.code)}: {counted(len(team.copied), 'case')} copied"
        self.app.push_screen(
            ReasonScreen(
                self.desk,
                title,
                "To which address was it sent, or how?",
                team.code,
                *(each.line.id.hex() for each, _ in team.copied),
                label="Sent to",
            ),
            with_address,
        )
