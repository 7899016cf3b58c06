"""The users of the service: who they are, adding one, and changing one's own passphrase.

Every passphrase costs an Argon2 run, so it is checked and made in a thread; the page says so meanwhile.
"""

from collections.abc import Iterator
from typing import ClassVar

from spoc.model.errors import LooksAlike
from spoc.model.rules.access import ROLES
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted, shown_day
from spoc.model.values.instants import from_text
from spoc.screens.desk.arriving.form import refused
from spoc.screens.desk.pages.asking import AskedLine, AskingScreen
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, ListScreen, list_keys
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.storage.secrecy import keys
from spoc.storage.service import users
from spoc.storage.service.users import User
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.header import Header

LONG = f"{keys.PASSPHRASE_LENGTH} characters or more; four plain words are good."


class UsersScreen(ListScreen[None, User]):
    """Lists who may sign in to this store. Single letters act."""

    BINDINGS = [
        key("a", "add", "add a user", "Add a user; they type their own passphrase", "users.add", DESK),
        key("x", "remove", "remove", "Remove the marked user", "users.remove", DESK),
        key("p", "passphrase", "my passphrase", "Change your own passphrase", "users.passphrase", DESK),
        *list_keys("users"),
    ]  # fmt: skip

    PLACE = "Users"
    NEEDS: ClassVar = {"add": "user.add", "remove": "user.remove"}
    COLUMNS = (ListColumn("Name", share=70), ListColumn("Role", 28), ListColumn("Since"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Adding and removing need the role for it; nobody can remove themselves."""
        if action == "remove" and (self.item is None or self.item.id == self.desk.actor.id):
            return False
        return self.allows(action)

    def query_items(self) -> list[User]:
        return users.all(self.desk.store, self.desk.actor)

    def read(self, mark: str = "") -> None:
        """Shows everybody; the mark goes to the person named."""
        everybody = self.query_items()
        named = [at for at, each in enumerate(everybody) if mark and each.name == mark]
        self.take(everybody, named[0] if named else None)
        self.query_one(Header).state = counted(len(everybody), "user")

    def cells(self, item: User) -> tuple[Cell, ...]:
        you = " (you)" if item.id == self.desk.actor.id else ""
        day = shown_day(to_local(from_text(item.since)).date())
        return f"{item.name}{you}", ROLES.get(item.role, item.role), day

    def action_add(self) -> None:
        self.app.push_screen(AddUserScreen(self.desk), self._added)

    def action_passphrase(self) -> None:
        from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen

        self.app.push_screen(ChangePassphraseScreen(self.desk), self._changed)

    def action_remove(self) -> None:
        if self.item is not None:
            self.app.push_screen(RemoveUserScreen(self.desk, self.item), self._removed)

    def _removed(self, name: str | None) -> None:
        if name:
            self.read()
            after = users.KEY_LATER if self.desk.store.is_extract else users.AFTER
            self.say(f"{name} cannot sign in any more. {after}")

    def _added(self, name: str | None) -> None:
        if name:
            self.read(name)
            self.say(f"{name} can sign in now, with exactly this name.")

    def _changed(self, name: str | None) -> None:
        if name:
            self.say("Your passphrase is changed. Earlier backups still open with the old one.")


class SecretScreen(AskingScreen):
    """A few lines, at least one of them secret."""

    def beside(self, fields: dict[str, str]) -> Iterator[tuple[str, str]]:
        """What is known about each line, without showing it."""
        yield from super().beside(fields)
        short = keys.PASSPHRASE_LENGTH - len(fields["new"])
        words = f"{short} more at least" if short > 0 else "long enough"
        yield "new", words if fields["new"] else ""
        same = "the same" if fields["again"] == fields["new"] else "not the same yet"
        yield "again", same if fields["again"] else ""

    async def wrong_at_once(self, slot: str) -> str:
        if slot != "new":
            return ""
        await settled(self.focused)
        return refused(self.lines["new"])

    def fault(self, fields: dict[str, str]) -> tuple[str, str]:
        slot, sentence = super().fault(fields)
        if sentence:
            return slot, sentence
        if why := keys.fault_of(fields["new"]):
            return "new", why
        if fields["again"] != fields["new"]:
            return "again", "The two passphrases differ; type the second again, or both."
        return "", ""


class AddUserScreen(SecretScreen):
    """Lets somebody use the store: their name, their role, and a passphrase that only they know."""

    TITLE = "Add a user"
    WORKING = "adding …"
    LINES = (
        AskedLine("name", "Name", "As it should appear beside what they write; they sign in with it.",
             "something is needed here"),
        AskedLine("role", "Role", "What they may do:", "choose one"),
        AskedLine("new", "Passphrase", f"Your colleague types it, not you. {LONG}",
             "your colleague types their own", secret=True),
        AskedLine("again", "Once more", "The same again, in case of a slip.",
             "the same again", secret=True),
    )  # fmt: skip

    _alike = ""  # a name that could be mistaken for another's, after spoc said so

    def act(self, fields: dict[str, str]) -> str:
        name = fields["name"]
        try:
            return users.add(
                self.desk, name, fields["role"], fields["new"], sure=name == self._alike
            ).name
        except LooksAlike as alike:
            self._alike = name
            raise LooksAlike(f"{alike} Then save once more, with F2.") from None
