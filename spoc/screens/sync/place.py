"""Naming the place of sync: the shared folder or the hub through which the desks sync."""

from spoc.model.rules.access import require
from spoc.screens.desk.pages.asking import AskedLine, AskingScreen


class PlaceScreen(AskingScreen):
    """Asks for the folder or hub. Dismissed with the place once this desk has it in its settings."""

    TITLE = "The folder or hub that your desks share"
    WORKING = "looking at it …"
    LINES = (
        AskedLine(
            "place",
            "Share",
            "A shared folder on a file server, with its full path, which IT has made: S:\\safeguarding. Or a hub: "
            "postgresql://login@server/database",
            "type a folder or a hub",
            wide=True,
        ),
    )

    def act(self, fields: dict[str, str]) -> str:
        from spoc.storage.service import settings
        from spoc.sync.places import usable

        store, actor = self.desk.store, self.desk.actor
        require(actor.role, "desk.setup")
        place = usable(fields["place"], self.desk.folder)
        settings.change(store, actor, "sync", place).result()
        settings.take(store)
        return place
