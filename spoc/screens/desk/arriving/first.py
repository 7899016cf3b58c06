"""The first page without a store: begin a new service, or get existing records in one of three ways."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from spoc.screens.desk.arriving.form import NewDesk
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar

WAYS = (
    ("n", "New service", "its first desk"),
    ("j", "Join a service", "with an invitation and its code"),
    ("r", "Restore a backup", "with the passphrase from that day"),
    ("c", "Come back", "on a computer that keeps nothing"),
)


class FirstScreen(NewDesk):
    """Asks which kind of desk this should be."""

    BINDINGS = [
        key("n", "new", "new service", "Set up the first desk of a new service", "first.new", DESK),
        key("j", "join", "join", "Join a service with an invitation", "first.join", DESK),
        key("r", "restore", "restore", "Restore a backup of a desk", "first.restore", DESK),
        key("c", "come_back", "come back", "Come back to your desk with only your passphrase", "first.come-back", DESK),
    ]  # fmt: skip

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("spoc", id="mark", markup=False)
            yield Static(
                "This computer holds no records yet. What would you like to do?",
                id="about",
                markup=False,
            )
            yield Static(_ways(), id="ways", markup=False)
            yield Static("", id="state", markup=False)
        yield KeyBar()

    async def action_new(self) -> None:
        from spoc.screens.desk.arriving.setup import SetUpScreen

        await self.app.push_screen(SetUpScreen(self.folder, self._now))

    async def action_join(self) -> None:
        from spoc.screens.desk.arriving.coming import JoinScreen

        await self.app.push_screen(JoinScreen(self.folder, self._now))

    async def action_restore(self) -> None:
        from spoc.screens.desk.arriving.coming import RestoreScreen

        await self.app.push_screen(RestoreScreen(self.folder, self._now))

    async def action_come_back(self) -> None:
        from spoc.screens.desk.arriving.coming import ComeBackScreen

        await self.app.push_screen(ComeBackScreen(self.folder, self._now))


def _ways() -> Content:
    width = max(len(what) for _, what, _ in WAYS) + 2
    lines = [
        Content.assemble((letter, "bold"), f"  {what:<{width}}", (words, "$dim"))
        for letter, what, words in WAYS
    ]
    return Content("\n").join(lines)
