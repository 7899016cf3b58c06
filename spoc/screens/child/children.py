"""The children the desk knows: found by any spelling of the name; opening one asks why."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from spoc.model.forms.sheet import Person
from spoc.model.rules.clock import to_local
from spoc.model.values.plain import visible
from spoc.screens.call.typing.suggestions import person_words
from spoc.screens.child.child_page import ChildPage
from spoc.screens.desk.pages.list_screen import LinesScreen, list_keys
from spoc.storage.desk import Desk
from spoc.storage.persons import duplicates, persons
from spoc.storage.persons import record as records
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.cells import fitted
from spoc.widgets.pages.keybar import KeyBar

_KINDS = ("child", "unborn")
_MOST = 50
_WIDE = 100  # cells from which a line has room for more words
REASONS = (
    "call back", "follow-up", "another professional asks", "review of the record", "audit",
    "subject access", "to correct the record", "training",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A child in the list; ``near`` if only a near spelling was found, ``twice`` if another record may be
    the same child."""

    id: bytes
    person: Person
    near: bool = False
    twice: bool = False


class ChildrenScreen(LinesScreen[None, ChildRow]):
    """Lists children, newest record first, or possible matches for what is typed."""

    CSS_PATH = "children.tcss"
    BINDINGS = [
        key("enter", "open", "open", "Open the marked child; spoc asks why", "children.open", LIST),
        *list_keys("children"),
    ]
    PLACE = "Children"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.entry = LineInput("child", classes="wide")
        self.looked_for = ""

    def typed_in(self) -> Iterable[Widget]:
        yield self.entry

    def on_mount(self) -> None:
        self.set_focus(self.entry)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.read()

    def above(self) -> str:
        if not self.looked_for.strip():
            return "Type a name however it is written, a date of birth or an NHS number."
        many = len(self.rows.items)
        return f"{many} found" if many else "Nobody found. Try fewer letters."

    def read(self) -> None:
        """Shows possible matches for what was typed."""
        store, actor = self.desk.store, self.desk.actor
        self.looked_for = self.entry.value
        if self.looked_for.strip():
            found = [
                ChildRow(bytes.fromhex(each.person.id), each.person, each.near)
                for each in persons.suggest(store, actor, self.looked_for, _KINDS, _MOST)
            ]
        else:
            listed = [each[0] for each in records.listed(store, actor, _MOST)]
            twins = [
                own for each in duplicates.pairs(store, actor) for own in (each.person, each.other)
            ]
            both = list(dict.fromkeys(twins))
            order = [*both, *(own for own in listed if own not in both)]
            known = (persons.get(store, actor, own.hex()) for own in order)
            found = [
                ChildRow(bytes.fromhex(each.id), each, twice=bytes.fromhex(each.id) in both)
                for each in known
                if each
            ]
        self.take(found)

    def paint(self, item: ChildRow, width: int) -> Content:
        on = to_local(self.desk.store.now()).date()
        wide = width >= _WIDE
        near = "  near spelling" if item.near else ""
        if item.twice:
            near = "  may be recorded twice: l on the page links" if wide else "  here twice?"
        words = visible(person_words(item.person, self.desk.store.pack, on))
        name = fitted(visible(item.person.name), 31 if wide else 25)
        return Content.assemble((name, "bold"), words, (near, "$warning"))

    async def action_open(self) -> None:
        """Opens the marked child, once the reason is given."""
        await settled(self.entry)
        if self.looked_for != self.entry.value:
            self.read()
        row = self.item
        if row is None:
            return

        def opened(why: str | None) -> None:
            if why:
                self.app.push_screen(ChildPage(self.desk, row.id, why))

        self.app.push_screen(WhyScreen(row.person.name), opened)


class WhyScreen(ModalScreen[str]):
    """Asks why a child is opened: one key. Dismissed with the reason, or with "" if nobody is opened."""

    CSS_PATH = "card.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        *(
            key(str(n), f"because({n})", reason, f"Open it: {reason}", f"why.{n}", LIST, show=False)
            for n, reason in enumerate(REASONS, 1)
        ),
        key("escape", "back", "back", "Go back; nobody is opened", "why.back", LIST),
    ]

    def __init__(self, whom: str) -> None:
        super().__init__()
        self.whom = whom

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            title = Content(visible(f"Why are you opening {self.whom or 'this child'}?"))
            yield Static(title, id="title", markup=False)
            listed = "\n".join(f"  {n}  {reason}" for n, reason in enumerate(REASONS, 1))
            yield Static(
                Content(f"It is recorded with your name: one key.\n\n{listed}"),
                id="words",
                markup=False,
            )
        yield KeyBar()

    def action_because(self, number: int) -> None:
        self.dismiss(REASONS[number - 1])

    def action_back(self) -> None:
        self.dismiss("")
