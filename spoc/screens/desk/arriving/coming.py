"""Getting a desk in an existing service: with an invitation, from a backup, or with only a passphrase."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from spoc.model.errors import Refusal
from spoc.screens.desk.arriving.form import NEW_PASSPHRASE, FormScreen
from spoc.screens.desk.arriving.setup import CodeScreen
from spoc.screens.desk.arriving.signin import SignInScreen
from spoc.widgets.forms.paths import typed_path

if TYPE_CHECKING:
    from spoc.storage.desk import Desk
    from spoc.storage.set_up import Prepared

_PLACE = "The shared folder or hub of the service's desks"


class _WithCode(FormScreen):
    """A form that ends with the recovery code of the new store, and then syncs."""

    def _show_code(self, prepared: "Prepared", place: str) -> None:
        if not self.is_attached:
            prepared.discard()
            return
        screen = CodeScreen(prepared, self._now, then=_meets(place))
        self.app.push_screen(screen, self._came_back)

    def _came_back(self, _: None) -> None:
        self.refused("Nothing was set up. Change what you like, then go on.", self.FIELDS[0][0])


class JoinScreen(_WithCode):
    """Joining with an invitation: its file and code, the desk's name, a passphrase."""

    ABOUT = "Another desk of a service: a colleague has invited you."
    FIELDS = (
        ("invitation", "Invitation", "The full path of the file you were sent"),
        ("code", "Code", "Seven groups of four; it works once, for a day"),
        ("desk", "Desk", "What colleagues call this desk: Yeovil duty desk"),
        ("place", "Share", f"{_PLACE}; can be left empty"),
        *NEW_PASSPHRASE,
    )  # fmt: skip
    OPTIONAL = ("place",)

    def build(self, fields: dict[str, str]) -> None:
        from spoc.sync.joining import invitations, joining

        self.doubtful = "place"
        place = _reached(fields["place"], self.folder) if fields["place"].strip() else ""
        self.doubtful, invitation = "invitation", typed_path(fields["invitation"])
        invitations.read(invitation)
        self.doubtful = "code"
        prepared = joining.prepare(
            self.folder, invitation, fields["code"], fields["desk"], fields["passphrase"], now=self._now,
        )  # fmt: skip
        self.app.call_from_thread(self._show_code, prepared, place)


class ComeBackScreen(_WithCode):
    """Coming back to a desk of the service, on a computer that kept nothing."""

    ABOUT = "Back to your own desk, if the service allows it."
    FIELDS = (
        ("place", "Share", _PLACE),
        ("name", "Your name", "The name you signed in with"),
        ("passphrase", "Passphrase", "The one you had"),
    )

    def build(self, fields: dict[str, str]) -> None:
        from spoc.sync.joining import coming_back
        from spoc.sync.places import place_of

        self.doubtful = "place"
        place = _reached(fields["place"], self.folder)
        with closing(place_of(place)) as transport:
            self.doubtful = "passphrase"
            prepared = coming_back.prepare(
                self.folder, transport, fields["name"], fields["passphrase"], now=self._now
            )
        self.app.call_from_thread(self._show_code, prepared, place)


class RestoreScreen(FormScreen):
    """Restoring a desk from the folder of its backup."""

    ABOUT = "A desk that was lost, from its backup."
    FIELDS = (("backup", "Backup", "The full path of the folder spoc-backup-…"),)

    def build(self, fields: dict[str, str]) -> None:
        from spoc.storage import set_up

        self.doubtful = "backup"
        set_up.restore(typed_path(fields["backup"]), self.folder)
        self.app.call_from_thread(self._restored)

    def _restored(self) -> None:
        text = "The backup is restored. It opens with the passphrases from the day it was made."
        self.app.switch_screen(SignInScreen(self.folder, self._now, text))


def _reached(typed: str, own: Path) -> str:
    """A place of sync as a setting keeps it, once it was opened. Raises a Refusal."""
    from spoc.sync.places import place_of, usable

    place = usable(typed, own)
    place_of(place).close()
    return place


def _meets(place: str) -> "Callable[[Desk], None]":
    """A function that names the place of sync at a new desk."""

    def name(desk: "Desk") -> None:
        from spoc.storage.service import settings

        with suppress(Refusal):  # the desk is ready; the place can be named later
            if place:
                settings.recorded(desk.store, desk.actor, "sync", place).result()
                settings.take(desk.store)

    return name
