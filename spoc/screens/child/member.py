"""Who lives with a child, or cares for them: somebody the desk knows, or somebody new."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Person
from spoc.model.persons.record_fields import HOUSEHOLD_FORM
from spoc.model.values.dates import parse_day
from spoc.screens.call.typing.suggestions import CHOOSES, people
from spoc.screens.contacts.record import RecordScreen
from spoc.storage.desk import Desk
from spoc.storage.persons import statements
from spoc.storage.persons.record import Record
from spoc.widgets.forms.candidates import Candidate
from spoc.widgets.forms.fields import Fields
from spoc.widgets.forms.line_input import LineInput

NAME = "name"
CHOOSE = "Somebody known may be meant: ↓ chooses them, or somebody new. Nothing was changed."
_HINT = "A name or NHS number: known people are offered."
_KINDS = ("child", "unborn", "adult")
_NEW = "somebody new"


class MemberScreen(RecordScreen):
    """Asks for a member of the household. Nobody known is taken without being chosen; nor is somebody new,
    if anybody known may be meant."""

    CSS_PATH = "../contacts/record.tcss"

    def __init__(self, desk: Desk, child: Record) -> None:
        title = "Who else lives there, or cares for the child?"
        super().__init__(desk, title, HOUSEHOLD_FORM, self._add, child.id.hex())
        self.child = child
        self.chosen: Candidate | None = None

    @property
    def who(self) -> Candidate | None:
        """Who was chosen, as long as the name is unchanged."""
        return self.chosen if self.chosen and self.chosen.name == self._text(NAME) else None

    def _meant(self) -> list[Candidate]:
        """Who may be meant by the name, and somebody new; empty if nobody known is."""
        own = {each.hex() for each in self.child.ids}
        found = [
            each
            for each in people(self.desk, self._text(NAME), _KINDS, _NEW, self.today)
            if not (isinstance(each.choice, Person) and each.choice.id in own)
        ]
        return found if any(each.choice for each in found) else []

    def _offer(self) -> None:
        if self.slot != NAME:
            super()._offer()
            return
        self.offered_for = (NAME, self._text(NAME))
        found = self._meant()
        marked = found.index(self.who) if self.who in found else -1
        self.strip.offer(found, marked, CHOOSES if found else _HINT)

    def _take(self) -> None:
        if self.slot != NAME:
            super()._take()
            return
        self._keep_offered()
        line, self.chosen = self.slots[NAME], self.strip.marked
        if self.chosen and isinstance(line, LineInput):
            line.value = self.chosen.name
        self._show_words(NAME)

    def _show_words(self, slot: str) -> None:
        if slot == NAME:
            self.query_one(Fields).say(NAME, self.who.words if self.who else "")
        else:
            super()._show_words(slot)

    def _add(self, fields: Mapping[str, str]) -> "Future[Any]":
        if self.who is None and self._meant():
            self._go(NAME)
            raise BadInput(CHOOSE)
        person = self.who.choice if self.who else None
        until = fields["until"].strip()
        written = {
            **fields,
            "other": person.id if isinstance(person, Person) else "",
            "until": parse_day(until, self.today).isoformat() if until else "",
        }
        return statements.add_member(self.desk.store, self.desk.actor, self.child.id, written)
