"""Conflicts between desks: the values side by side, who wrote each and when; a person decides."""

from typing import Any

from textual.content import Content

from spoc.model.rules.access import may
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.sync import sides
from spoc.screens.sync.one_by_one import OneByOneScreen
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts
from spoc.storage.desks.conflicts import ConflictSides, Side
from spoc.storage.ledger import audit
from spoc.widgets.pages.bindings import LIST, arrows, key
from spoc.widgets.pages.screens import when_written

_UNTIL = "Until somebody decides, the safer or the later one shows everywhere."
_SEALED = (
    "What was added cannot be opened any more. Ask whoever added it to write it down in a new contact; a named "
    "professional then lets it go with the erased one (1)."
)


class ConflictsScreen(OneByOneScreen[ConflictSides]):
    """Shows one field at a time, with both values; a digit keeps one, ``b`` both, ``w`` writes another."""

    NAME = "Conflicts"
    NONE = "No conflicts. What two desks write at once is shown here."
    BINDINGS = [
        *(
            key(str(n), f"keep({n})", f"keep {n}", f"Keep number {n}", f"conflicts.keep-{n}", LIST, show=n < 3)
            for n in range(1, 6)
        ),
        key("b", "both", "keep both", "Keep both texts, each with who wrote it", "conflicts.both", LIST),
        key("w", "write", "write another", "Write another in their place", "conflicts.write", LIST),
        key("o", "open", "open", "Open its contact", "conflicts.open", LIST),
        *arrows("conflicts", above="The previous one", below="The next one"),
        key("escape", "back", "back", "Go back", "conflicts.back", LIST),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.viewed = set[bytes | None]()  # the restricted contacts whose view is recorded

    def findings(self) -> list[ConflictSides]:
        store, actor = self.desk.store, self.desk.actor
        found = conflicts.open_conflicts(store, actor)
        for contact in {each.contact for each in found if each.restricted} - self.viewed:
            self.viewed.add(contact)
            audit.record(store, actor, "view", subject=contact, purpose="conflict")
        return found

    def words(self, finding: ConflictSides) -> Content:
        return Content.assemble(
            sides.shown(finding, self.desk.store, max(20, self.size.width - 2)),
            "\n",
            (_SEALED if finding.sealed else _UNTIL, "$dim"),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "keep":
            number, sides = int(str(parameters[0])), self.marked.sides if self.marked else ()
            return number <= len(sides) and self._can_stand(sides[number - 1])
        if action in ("both", "write"):
            return bool(self.marked and self.marked.text)
        if action == "open":
            return bool(self.marked and self.marked.contact)
        return True

    def _can_stand(self, side: Side) -> bool:
        """What is under a key that was erased can only go, and only somebody who may erase lets it go."""
        sealed = bool(self.marked and self.marked.sealed)
        return not sealed or (bool(side.value) and may(self.desk.actor.role, "contact.erase"))

    # -- deciding ------------------------------------------------------------------------------------

    def action_keep(self, number: int) -> None:
        if self.marked:
            self._decide(self.marked, self.marked.sides[number - 1].value)

    def action_both(self) -> None:
        if self.marked:
            self._decide(self.marked, conflicts.both(self.marked.sides))

    def action_write(self) -> None:
        conflict = self.marked
        if conflict is None:
            return

        def written(value: str | None) -> None:
            if value:
                self._decide(conflict, value)

        words = "It replaces what the desks wrote, which stays in the history."
        about = (conflict.record.hex(), conflict.field)
        self.app.push_screen(
            ReasonScreen(self.desk, "Write another", words, *about, label="Now"), written
        )

    def _decide(self, conflict: ConflictSides, value: Any) -> None:
        def decided(error: str) -> None:
            self.say(error or "Decided; it reaches the other desks with the next sync.")
            self.read_again()

        store, actor = self.desk.store, self.desk.actor
        when_written(self, lambda: conflicts.decide(store, actor, conflict, value), decided)

    async def action_open(self) -> None:
        from spoc.screens.contacts.page.contact_page import ContactPage

        if self.marked and self.marked.contact:
            await self.app.push_screen(ContactPage(self.desk, self.marked.contact))
