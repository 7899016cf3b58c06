"""A restricted call: the page says so as soon as it is one, with who will be able to open it and who will
not."""

from spoc.model.errors import BadInput
from spoc.model.rules import recipients
from spoc.screens.call.typing.questions import WalkScreen
from spoc.storage.secrecy import restricted
from spoc.widgets.forms.line_input import settled

PLACE = "RESTRICTED"
BESIDE = (
    "An open contact: the desk sees all of it. Write what the child's safety needs, and no more."
)
OFFER = (
    "The desk will see none of it. Ctrl+B begins an open contact for the child; F2 again closes."
)


class RestrictingScreen(WalkScreen):
    """A sheet that may be kept from colleagues."""

    offered = False  # an open contact beside it
    restricted = ""  # whom it will open for, in words; "" if the desk will see it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An open contact can be begun beside a restricted one; a visit cannot lead to a restricted one."""
        if action == "beside":
            return bool(self.restricted)
        if action == "next_child" and self.restricted:
            return False
        return super().check_action(action, parameters)

    def offers_beside(self) -> bool:
        """Whether it has just offered, before a restricted call closes, to begin an open contact for its
        child: once, and only if none was begun."""
        known = self.sheet.values.get(recipients.BESIDE) or not self.sheet.children
        if not self.restricted or self.offered or known:
            return False
        self.offered = True
        self.say(OFFER)
        return True

    def _take(self, slot: str) -> bool:
        """Takes whom it is about: a user, nobody here or not sure. No other words are taken, because part
        of a name does not say who is shut out."""
        typed = self._line(slot).value.strip() if slot == recipients.ABOUT else ""
        if typed and self.offered_for != (slot, self._line(slot).value):
            self._offer()
        if typed and not self.strip.marked:
            try:
                recipients.parse_about(typed, restricted.users(self.desk.store.reader))
            except BadInput as refused:
                self._keep_typed()
                self.say(str(refused))
                return False
        return super()._take(slot)

    async def action_restrict(self) -> None:
        """Goes to the question that asks why."""
        await settled(self.focused)
        self._leave(self.slot)
        self._go(recipients.FIELD)

    def _look_again(self) -> None:
        """Says when the call has become restricted, and when that changes who can open it."""
        super()._look_again()
        words = ""
        if recipients.reasons(self.sheet, self.desk.store.pack):
            every = restricted.users(self.desk.store.reader)
            about = recipients.about(self.sheet, self.desk.store.pack)
            words = recipients.words(every, self.desk.actor.id, about, self.keeper.draft.actor)
        if words != self.restricted:
            self.restricted = words
            self.header.place = PLACE if words else "Call"
            self.say(words or "No longer restricted: the desk will see it.")
            self.refresh_bindings()
