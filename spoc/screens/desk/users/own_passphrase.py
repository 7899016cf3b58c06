"""One's own passphrase: changed on request, and before anything else if somebody else chose it."""

from spoc.model.errors import WrongPassphrase
from spoc.screens.desk.pages.asking import AskedLine
from spoc.screens.desk.users.users import LONG, SecretScreen
from spoc.storage.desk import not_too_soon
from spoc.storage.service import passphrases
from spoc.widgets.pages.bindings import DESK, key


class ChangePassphraseScreen(SecretScreen):
    """Gives the person at the desk another passphrase, after the old one has opened their key."""

    TITLE = "Change your passphrase"
    WORKING = "changing …"
    LINES = (
        AskedLine("old", "Old", "The passphrase you sign in with now.", "type the one you have",
             secret=True),
        AskedLine("new", "New", LONG, "type a new one", secret=True),
        AskedLine("again", "Once more", "The new one again, in case of a slip.",
             "the new one again", secret=True),
    )  # fmt: skip

    def act(self, fields: dict[str, str]) -> str:
        try:
            not_too_soon(self.desk.folder, self.desk.store.now())
            passphrases.change(self.desk, fields["old"], fields["new"])
        except WrongPassphrase as wrong:
            self.doubtful = "old"
            if "waits" in str(wrong):
                raise
            raise WrongPassphrase(
                "The old passphrase is not right; nothing was changed. Type it again."
            ) from None
        return self.desk.actor.name


class FirstPassphraseScreen(ChangePassphraseScreen):
    """Asks for a passphrase of one's own if somebody else chose the one that was typed, before anything
    else."""

    TITLE = "Choose a passphrase of your own: somebody else chose this one, and knows it"
    BINDINGS = [
        key("escape", "cancel", "leave", "Say why this comes first", "user.cancel", DESK, show=False),
        key("ctrl+q", "app.leave", "leave spoc", "Leave spoc; the passphrase stays as it is", "app.leave", DESK),
    ]  # fmt: skip

    async def action_cancel(self) -> None:
        self.say(
            "Choose your own first; what is open to you is sealed again with it. Ctrl+Q leaves spoc."
        )
