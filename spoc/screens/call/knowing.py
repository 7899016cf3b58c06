"""What the service knows about a call's child: beside the form, and in full with one key."""

from textual.content import Content

from spoc.model.values.plain import visible
from spoc.screens.call.restricting import RestrictingScreen
from spoc.screens.call.summary import SIDE
from spoc.storage.persons.glance import glance
from spoc.widgets.bindings import CALL, key
from spoc.widgets.line_input import settled

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

    def on_screen_resume(self) -> None:
        """Shows what was meanwhile written in the record."""
        self.glances = {}

    def known_of(self, child: str) -> Content:
        """The lines about a child (hex id), most serious first; empty for a new one."""
        if not child:
            return Content("")
        held: dict[str, Content] = self.__dict__.setdefault("glances", {})
        if child not in held:
            lines: list[Content] = []
            for kind, text in glance(self.desk.store, self.desk.actor, bytes.fromhex(child)):
                wrapped = Content(visible(text)).wrap(SIDE - 1)
                if kind == "event":  # one line each: the record has the rest
                    wrapped = [Content(visible(text)).truncate(SIDE, ellipsis=True)]
                lines += [
                    Content.styled(f"{' ' if at else ''}{str(each).rstrip()}", _STYLES[kind])
                    for at, each in enumerate(wrapped)
                ]
            held[child] = Content("\n").join([*lines, Content("")]) if lines else Content("")
        return held[child]

    async def action_child(self) -> None:
        """Opens the record of the child named last, and comes back to the same letter."""
        from spoc.screens.child.child_page import ChildPage

        await settled(self.focused)
        self._leave(self.slot)
        known = [each for each in self.sheet.children if each.id]
        if not known:
            self._say("No child that the desk knows is named on this call yet.")
            return
        child = bytes.fromhex(known[-1].id)
        self.app.push_screen(ChildPage(self.desk, child, "call", beside=True))
