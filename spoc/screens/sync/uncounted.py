"""What does not count because its contact had been restricted meanwhile: shown to its author, to pass on."""

from textual import getters
from textual.content import Content

from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible, visible_lines
from spoc.model.values.reference import reference
from spoc.screens.sync.one_by_one import OneByOneScreen
from spoc.storage.ledger import audit
from spoc.storage.secrecy import uncounted
from spoc.storage.secrecy.uncounted import Uncounted
from spoc.widgets import clipboard
from spoc.widgets.pages.bindings import LIST, arrows, key
from spoc.widgets.pages.screens import when_written


class UncountedScreen(OneByOneScreen[Uncounted]):
    """Shows one act at a time, and whom to ask; ``c`` copies it, ``x`` says that it was passed on."""

    NAME = "Does not count"
    NONE = "Everything you wrote counts. What had been restricted meanwhile at another desk is shown here."
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        key("c", "copy", "copy", "Copy it for a minute; recorded", "uncounted.copy", LIST),
        key("x", "passed_on", "passed on", "I have passed it on: show it no more", "uncounted.passed-on", LIST),
        *arrows("uncounted", above="The previous one", below="The next one"),
        key("escape", "back", "back", "Go back", "uncounted.back", LIST),
    ]  # fmt: skip

    def findings(self) -> list[Uncounted]:
        return uncounted.written_by(self.desk.store, self.desk.actor)

    def words(self, finding: Uncounted) -> Content:
        """What happened, what to do, and the text."""
        who = visible(" or ".join(finding.ask)) or "a named professional"
        when = shown_instant(from_text(finding.at))
        return Content.assemble(
            (f"Contact {reference(finding.record)}, {when}\n\n", "bold"),
            "What you wrote does not count, because the contact had been restricted meanwhile and this desk did not "
            f"know yet. Ask {who} to add it, or to open the contact to you. Only you are shown it again, here.\n\n",
            visible_lines("\n".join(finding.lines)),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("copy", "passed_on") or bool(self.marked)

    def action_copy(self) -> None:
        if self.marked:
            audit.record(
                self.desk.store, self.desk.actor, "export",
                subject=self.marked.record, purpose="does not count", detail="clipboard",
            )  # fmt: skip
            self.app.copy_out("\n".join(self.marked.lines))
            self.say("Copied for a minute; a terminal may refuse it, so look at what you paste.")

    def action_passed_on(self) -> None:
        def noted(error: str) -> None:
            self.say(error)
            self.read_again()

        if finding := self.marked:
            when_written(self, lambda: uncounted.passed_on(self.desk.store, finding), noted)
