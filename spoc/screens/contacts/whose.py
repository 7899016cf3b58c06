"""A wrong name: is the contact about somebody else, or is the name wrong everywhere?"""

from concurrent.futures import Future
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Person
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.call.typing.suggestions import marked, people
from spoc.screens.contacts.amend import Amendable, AmendScreen
from spoc.screens.contacts.list_lines import when
from spoc.storage.contacts import corrections
from spoc.storage.contacts.contacts import Part
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.pages.bindings import CONTACT, key
from spoc.widgets.pages.keybar import KeyBar

OTHER, NAME = "other", "name"
SHOWN = 8  # contacts that a change of name shows; see whose.tcss
KINDS = {"caller": ("professional",), "child": ("child", "unborn"), "mother": ("adult",)}


class WhoseScreen(ModalScreen[str]):
    """Asks which of the two it is. Dismissed with OTHER, NAME, or "" if nothing is to be done."""

    CSS_PATH = "whose.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("1", "choose('other')", "somebody else", "This contact is about somebody else: its link changes",
            "whose.other", CONTACT),
        key("2", "choose('name')", "wrong everywhere", "The name is wrong everywhere: the record changes",
            "whose.name", CONTACT),
        key("escape", "choose('')", "leave it as it was", "Leave it as it was", "whose.leave", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, amends: Amendable) -> None:
        super().__init__()
        self.desk, self.amends = desk, amends

    def compose(self) -> ComposeResult:
        name = visible(self.amends.current or "")
        rows = corrections.contacts_of(self.desk.store, self.desk.actor, self.amends.part.id)
        today = to_local(self.desk.store.now()).date()
        lines = [
            f"    {when(row.received_at, today)}  {', '.join(row.children) or 'no child'}"
            for row in rows[:SHOWN]
        ]
        if len(rows) > SHOWN:
            lines.append(f"    and {len(rows) - SHOWN} more")
        one = len(rows) == 1
        changed = (
            "heading of this contact is" if one else f"headings of these {len(rows)} contacts are"
        )
        with Vertical(id="card"):
            yield Static(f"{self.amends.label}: {name}", id="title", markup=False)
            yield Static(
                Content(
                    f"1  This contact is about somebody other than {name}.\n"
                    "   Only this contact changes, no name.\n\n"
                    f"2  The name {name} is wrong everywhere.\n"
                    f"   The {changed} changed with it:\n" + visible_lines("\n".join(lines))
                ),
                id="words",
                markup=False,
            )
        yield KeyBar()

    def action_choose(self, which: str) -> None:
        self.dismiss(which)


class SomebodyElseScreen(AmendScreen):
    """Asks who it is instead, and why. Dismissed with True once the link is changed."""

    instead = "This contact is about somebody else: who?"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Whom it may be, a new one the first of them."""
        assert self.amends is not None
        return KINDS[self.amends.part.part]

    def _offer(self) -> None:
        text = self._text()
        self.offered_for = text
        today = to_local(self.desk.store.now()).date()
        found = people(self.desk, text, self.kinds, "somebody new", today)
        self.strip.offer(
            found, marked(text, found, ""), "A name or NHS number: known people are offered."
        )

    def _write(self, code: Code | None) -> "Future[Any] | None":
        assert self.amends is not None
        text = self._text()
        if self.offered_for != text:
            self._offer()
        chosen = self.strip.marked
        if not text.strip() or chosen is None:
            raise BadInput("Say who it is: a name or an NHS number. Nothing was changed.")
        person = chosen.choice
        if not isinstance(person, Person):
            person = Person(text.strip(), self.kinds[0])
        why = self.query_one("#why", LineInput).value
        return self.act(self.amends.part, person, why)

    def act(self, part: Part, person: Person, why: str) -> "Future[Any]":
        """Writes who it is."""
        store, actor = self.desk.store, self.desk.actor
        return corrections.somebody_else(store, actor, self.contact, part, person, why)


class NameChildScreen(SomebodyElseScreen):
    """Asks who the child of a contact without names is, and why that is known now."""

    instead = "No names were given: who is the child?"
    kinds = KINDS["child"]

    def act(self, part: Part, person: Person, why: str) -> "Future[Any]":
        return corrections.name_child(self.desk.store, self.desk.actor, part, person, why)
