"""A call that is restricted: said on the page as soon as it is, with who will have it and who will not."""

from spoc.model.errors import BadInput
from spoc.model.rules import recipients
from spoc.screens.call.questions import AskingScreen
from spoc.storage.secrecy import restricted
from spoc.widgets.entry import settled

PLACE = "RESTRICTED"
BESIDE = (
    "An open contact: the desk sees all of it. Write what the child's safety needs, and no more."
)
OFFER = (
    "The desk will see nothing of it. Ctrl+B begins an open contact for the child; F2 again closes."
)


class RestrictingScreen(AskingScreen):
    """A sheet that may be kept from colleagues."""

    offered = False  # an open contact beside it
    restricted = ""  # to whom it will be opened, in words; "" where the desk will see it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An open contact is begun beside a restricted one, and no visit leads to one."""
        if action == "beside":
            return bool(self.restricted)
        if action == "next_child" and self.restricted:
            return False
        return super().check_action(action, parameters)

    def offers_beside(self) -> bool:
        """Whether it was offered just now, before a restricted call closes, to begin an open contact for its
        child: once, and only where none was begun."""
        said = self.sheet.values.get(recipients.BESIDE) or not self.sheet.children
        if not self.restricted or self.offered or said:
            return False
        self.offered = True
        self._say(OFFER)
        return True

    def _take(self, slot: str) -> bool:
        """Whom it is about is a user, nobody here or not sure: no other words are taken, as no part of a name
        says who is shut out."""
        typed = self._line(slot).value.strip() if slot == recipients.ABOUT else ""
        if typed and self.offered_for != (slot, self._line(slot).value):
            self._offer()
        if typed and not self.strip.marked:
            try:
                recipients.named(typed, restricted.users(self.desk.store.reader))
            except BadInput as refused:
                self._keep_typed()
                self._say(str(refused))
                return False
        return super()._take(slot)

    async def action_restrict(self) -> None:
        """Go to the question that says why."""
        await settled(self.focused)
        self._leave(self.slot)
        self._go(recipients.FIELD)

    def _look_again(self) -> None:
        """Say when it has become restricted, and when that changes who will have it."""
        super()._look_again()
        words = ""
        if recipients.reasons(self.sheet, self.desk.store.pack):
            every = restricted.users(self.desk.store.reader)
            about = recipients.about(self.sheet, self.desk.store.pack)
            words = recipients.words(every, self.desk.actor.id, about, self.keeper.draft.actor)
        if words != self.restricted:
            self.restricted = words
            self.header.place = PLACE if words else "Call"
            self._say(words or "Not restricted any more: the desk will see it.")
            self.refresh_bindings()
