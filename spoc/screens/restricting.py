"""A call that is restricted: said on the page as soon as it is, with who will have it and who will not."""

from spoc.model import restricting
from spoc.screens.asking import AskingScreen
from spoc.storage import restricted
from spoc.widgets.entry import settled

PLACE = "RESTRICTED"


class RestrictingScreen(AskingScreen):
    """A sheet that may be kept from colleagues."""

    restricted = ""  # to whom it will be opened, in words; "" where the desk will see it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An open contact is begun beside a restricted one, and no visit leads to one."""
        if action == "beside":
            return bool(self.restricted)
        if action == "next_child" and self.restricted:
            return False
        return super().check_action(action, parameters)

    async def action_restrict(self) -> None:
        """Go to the question that says why."""
        await settled(self.focused)
        self._leave(self.slot)
        self._go(restricting.FIELD)

    def _look_again(self) -> None:
        """Say when it has become restricted, and when that changes who will have it."""
        super()._look_again()
        words = ""
        if restricting.reasons(self.sheet, self.desk.store.pack):
            every = restricted.users(self.desk.store.reader)
            about = self.sheet.values.get(restricting.ABOUT, "")
            words = restricting.words(every, self.desk.actor.id, about, self.keeper.draft.actor)
        if words != self.restricted:
            self.restricted = words
            self.header.place = PLACE if words else "Call"
            self._say(words or "Not restricted any more: the desk will see it.")
            self.refresh_bindings()
