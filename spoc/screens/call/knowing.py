"""What the service knows about a call's child: beside the form, and in full with one key."""

from textual.content import Content

from spoc.model.forms.sheet import Person
from spoc.model.values.plain import visible
from spoc.screens.call.restricting import RestrictingScreen
from spoc.screens.call.summary import SIDE
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.persons.glance import glance
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.bindings import CALL, key

_STYLES = {"grave": "bold $warning", "pattern": "$warning", "fact": "", "event": "$dim"}


class KnowingScreen(RestrictingScreen):
    """A call whose child may be known: looked up once when the child is named, never while one types."""

    BINDINGS = [
        key("ctrl+k", "child", "record", "Show all that is known of the child; Esc comes back to the letter",
            "call.child", CALL),
    ]  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The record opens only if a named child is known to the desk."""
        if action == "child":
            return any(each.id for each in self.sheet.children)
        return super().check_action(action, parameters)

    def on_mount(self) -> None:
        self.glances: dict[str, Content] = {}
        self.likes: dict[tuple[str, ...], str] = {}

    def on_screen_resume(self) -> None:
        """Shows what was meanwhile written in the record."""
        self.glances, self.likes = {}, {}

    def _take(self, slot: str) -> bool:
        """Says of a new child, once there is more than a name, if they may be known already."""
        took = super()._take(slot)
        if took and slot in ("child.date", "child.ref") and self.sheet.children:
            alike = self.like(self.sheet.children[-1])
            if alike:
                self.say(alike)
        return took

    def like(self, child: Person) -> str:
        """That a new child may be known already; looked up once for what is known of them."""
        words = (child.name, child.dob, child.age, child.edd, child.nhs_number)
        if child.id or not any(words[1:]):
            return ""
        if words not in self.likes:
            found = guidance_facts.alike_words(self.desk.store, self.desk.actor, child)
            self.likes[words] = found
        return self.likes[words]

    def known_of(self, child: Person) -> Content:
        """The lines about a child, most serious first; of a new one, whether they may be known already."""
        if not child.id:
            alike = self.like(child)
            return Content.styled(f"{visible(alike)}\n", "$warning") if alike else Content("")
        known: dict[str, Content] = self.__dict__.setdefault("glances", {})
        if child.id not in known:
            lines: list[Content] = []
            for kind, text in glance(self.desk.store, self.desk.actor, bytes.fromhex(child.id)):
                wrapped = Content(visible(text)).wrap(SIDE - 1)
                if kind == "event":  # one line each: the record has the rest
                    wrapped = [Content(visible(text)).truncate(SIDE, ellipsis=True)]
                lines += [
                    Content.styled(f"{' ' if at else ''}{str(each).rstrip()}", _STYLES[kind])
                    for at, each in enumerate(wrapped)
                ]
            known[child.id] = Content("\n").join([*lines, Content("")]) if lines else Content("")
        return known[child.id]

    async def action_child(self) -> None:
        """Opens the record of the child named last, and comes back to the same letter."""
        from spoc.screens.child.child_page import ChildPage

        await settled(self.focused)
        self._leave(self.slot)
        known = [each for each in self.sheet.children if each.id]
        if not known:
            self.say("This call names no child who is already known.")
            return
        child = bytes.fromhex(known[-1].id)
        self.app.push_screen(ChildPage(self.desk, child, "call", beside=True))
