"""A contact's page: what it says, line by line, and how it came to say that."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from spoc.model.errors import NotAllowed
from spoc.model.followups.followup import KEPT, NOT_DONE
from spoc.model.forms.child import birth_words, child_of, number_words
from spoc.model.forms.contact import due_of, late_entry
from spoc.model.forms.forms import RELEASE_FORM
from spoc.model.forms.sheet import Action
from spoc.model.ledger.table import owned
from spoc.model.rules.access import may
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.values.ages import age_on_day
from spoc.model.values.dates import duration
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.model.values.reference import reference
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import Amendable, AmendScreen
from spoc.screens.contacts.key_grant import OpeningScreen
from spoc.screens.contacts.matter import died_lines, linking, matter_lines, maybe_lines, visit_lines
from spoc.screens.contacts.page.conflict_lines import with_conflicts
from spoc.screens.contacts.page.page_head import PARTS, agreed_lines, claim_lines, who_lines
from spoc.screens.contacts.page.page_history import history_lines
from spoc.screens.contacts.page.page_lines import PageLine, guided_lines, place_of, wrapped
from spoc.screens.contacts.page.righting import RightingPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.storage.attendances import opening
from spoc.storage.contacts import contacts, readback, releases
from spoc.storage.contacts.call import sheets
from spoc.storage.contacts.contacts import Part
from spoc.storage.contacts.reading import history
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.storage.secrecy import exposure, restricted
from spoc.widgets.pages.bindings import CONTACT, arrows, key, leaves
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import RowsScreen, when_written

LABEL, BRIEF, WIDE = 23, 15, 100  # cells for the labels' column; brief ones on a narrower page


class ContactPage(RowsScreen[None], RightingPage):
    """Shows one contact. Lines can be amended; notes and outcomes added; nothing is ever overwritten."""

    CSS_PATH = "contact_page.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("a,enter", "amend", "amend", "Amend the marked line", "page.amend", CONTACT),
        key("t", "note", "add note", "Add a note", "page.note", CONTACT),
        key("p", "open_to", "open it to", "Open this restricted contact to one more person", "page.open-to", CONTACT),
        key("o", "outcome", "add outcome", "Add a later outcome", "page.outcome", CONTACT),
        key("b,f8", "read_back", "read-back", "Read it back: what both sides record", "page.read-back", CONTACT),
        key("r", "release", "request answered", "Add a request that was answered for MASH, court or police",
            "page.release", CONTACT),
        key("c", "child", "child", "Open the child's record", "page.child", CONTACT),
        key("m", "matter", "same matter", "Link it with another contact about the same matter", "page.matter", CONTACT),
        *arrows("page"),
        *leaves("page"),
        key("g", "go_on", "go on with it", "Go on with it as a call of yours", "page.go-on", CONTACT),
        key("z", "erase", "erase", "Erase this contact for good, at every desk", "page.erase", CONTACT),
        key("escape", "back", "back", "Go back", "page.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, contact: bytes) -> None:
        super().__init__()
        self.desk, self.contact = desk, contact
        self.open = self.restricted = self.refused = self.told = False
        self.of_children: list[bytes] = []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Amending and adding need the role for it; continuing needs an open contact."""
        if self.refused:
            return action in ("mark", "leaf", "back")
        if action == "open_to":
            return self.restricted
        if action == "go_on":
            return self.open and may(self.desk.actor.role, "contact.log")
        if action == "child":
            return bool(self.of_children)
        rights = self.rights(action)
        changes = action in ("amend", "note", "outcome", "release", "matter") or rights is not None
        return rights is not False and (not changes or may(self.desk.actor.role, "contact.amend"))

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, f"Contact {reference(self.contact)}")
        yield Static("", id="band", markup=False)
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        self._read()
        if not self.refused:
            store, actor = self.desk.store, self.desk.actor
            audit.record(store, actor, "view", subject=self.contact, purpose="desk")

    def on_resize(self, event: events.Resize) -> None:
        self._read()

    @property
    def column(self) -> int:
        """The cells of the labels' column: a whole label has room on a wide page only."""
        return LABEL if self.size.width >= WIDE else BRIEF

    def _read(self) -> None:
        try:
            parts = contacts.get(self.desk.store, self.desk.actor, self.contact)
        except NotAllowed as refused:
            self._refuse(str(refused))
            return
        self.parts = parts
        self.open = parts[0].values["closed_at"] is None
        self.of_children = [each.id for each in parts if each.part == "child" and not each.of]
        self.restricted = bool(parts[0].of)
        self.query_one(Header).state = "OPEN: g goes on with it" if self.open else ""
        self.say("")
        self.refresh_bindings()
        changes = history.changes(self.desk.store, self.desk.actor, self.contact)
        users = contacts.authors(self.desk.store)
        names = [part.values["name"] or "" for part in parts if part.part in ("caller", "child")]
        self.query_one(Header).about = visible(" · ".join(filter(None, names)))
        width = max(20, self.size.width - self.column - 6)
        own = with_conflicts(self._lines(parts, users), parts, self.desk.store, users)
        lines = [*self._open_stops(parts), *own]
        released = [each for each in parts if each.tbl == "release"]
        lines += history_lines(self.desk.store, changes, released, users, self._words)
        rows = [each for line in lines for each in wrapped(line, width)]
        was = self.rows.item
        self.rows.show(
            rows, place_of(was if isinstance(was, PageLine) else None, rows, self.rows.marked)
        )

    def _refuse(self, why: str) -> None:
        """Shows only that there is a restricted contact, because the advisor cannot open it."""
        self.refused = True
        self.refresh_bindings()
        self.rows.show(
            wrapped(PageLine("Restricted", why), max(20, self.size.width - self.column - 6))
        )

    def _lines(self, parts: list[Part], users: dict[bytes, str]) -> Iterator[PageLine]:
        own, store = parts[0], self.desk.store
        yield from claim_lines(self.desk, self.contact, self.open)
        yield from died_lines(self.desk, self.of_children)
        yield from matter_lines(self.desk, self.contact)
        yield from maybe_lines(self.desk, self.contact)
        width = max(20, self.size.width - self.column - 6)
        yield from who_lines(store, parts, width)
        yield from self._owned(parts, users, ("note",))
        yield from agreed_lines(store, parts, store.now(), width)
        for part in parts:
            if part.tbl == "outcome":  # what else is known about it is below
                yield next(self._part(part, users))
        yield PageLine("", "")
        logged = own.values["opened_at"] or own.first_at
        received = own.values["received_at"] or logged
        late = late_entry(received, logged, store.pack)
        at = shown_instant(from_text(received))
        yield PageLine(
            "Received",
            at + ("  (late entry)" if late else ""),
            "bold",
            self._field(own, "received_at", "Received"),
        )
        took = duration(own.values["seconds"] or 0)
        by = users.get(own.values["advisor"], "unknown")
        yield PageLine("Logged", f"{shown_instant(from_text(logged))} by {by}, {took}")
        if own.of:
            yield from self._restricted(own)
        yield from self._of_form(own, "before")
        for part in parts[1:]:
            if part.tbl == "person":
                yield from self._person(part, received)
        yield from self._of_form(own, "after")
        rest = [each.name for each in owned(store.tables, "contact") if each.labelled]
        yield from self._owned(parts, users, [each for each in rest if each != "note"])
        yield from guided_lines(store, parts)
        yield from visit_lines(self.desk, own)
        for _, site, arrived in opening.attendances_of(self.desk.store, own.id):
            yield PageLine(
                "ED visit", f"opened from the review of {site}, {arrived.replace('T', ' ')}"
            )

    def _owned(
        self, parts: list[Part], users: dict[bytes, str], tables: Sequence[str]
    ) -> Iterator[PageLine]:
        """A contact's records in these tables."""
        for name in tables:
            for part in parts:
                if part.tbl == name:
                    yield from self._part(part, users)

    def _restricted(self, own: Part) -> Iterator[PageLine]:
        """Who can open it and who let them in; and the open contact beside it."""
        self.query_one(Header).place = "RESTRICTED contact"
        openings = restricted.opened_to(self.desk.store.reader, own.id)
        people = ", ".join(each.words(openings[0].at) for each in openings)
        yield PageLine("Opened to", people, "bold")
        for each in exposure.exposed(self.desk.store, self.desk.actor, own.id):
            yield PageLine("Could read", each.words(), "bold $warning")
        beside = own.values["beside"]
        if beside:
            yield PageLine(
                "Beside it", "an open contact for the child: Enter opens it", opens=beside
            )

    def _of_form(self, own: Part, where: str) -> Iterator[PageLine]:
        """The contact's own fields: the caller's side before the persons, the rest after them."""
        before = True
        for field in self.desk.store.form:
            if field.kind == "child":
                before = False
            if field.kind not in ("text", "code", "many", "age") or before != (where == "before"):
                continue
            label = field.label if self.column == LABEL else field.in_brief
            value = own.values.get(field.key)
            if not value and (field.walk or field.kind == "age"):
                continue
            if field.kind == "age":
                on = to_local(from_text(own.values["received_at"])).date()
                yield PageLine(label, age_on_day(str(value), on.isoformat()))
                continue
            yield PageLine(
                label,
                self._words(field.codes, own.values.get(field.key)) or "–",
                "",
                self._field(own, field.key, field.label),
            )

    def _words(self, codes: str, value: Any) -> str:
        pack = self.desk.store.pack
        if isinstance(value, list):
            return ", ".join(pack.label(codes, each) for each in value)
        return pack.label(codes, value) if codes and value else value or ""

    def _shown(self, part: Part) -> list[tuple[str, str]]:
        """The columns of a record to show, with their labels."""
        return [(each.name, each.label) for each in self.desk.store.tables[part.tbl].labelled]

    def _field(self, part: Part, name: str, label: str) -> Amendable | None:
        column = self.desk.store.tables[part.tbl].column(name)
        return Amendable(part, column, label) if column else None

    def _person(self, part: Part, received: str) -> Iterator[PageLine]:
        on = to_local(from_text(received)).date()
        child = child_of(part.values)
        for name, label in self._shown(part):
            value = part.values[name] or ""
            if not value and (name == "edd" or part.part != "child"):
                continue
            text = value
            if name == "dob" and child.age and not value:
                name, text = "age", birth_words(child, on)
            elif name == "dob" and value:
                text = birth_words(child, on) + " then"
            elif name == "edd" and value:
                text = birth_words(child, on)
            elif name == "nhs_number" and value:
                text = number_words(child)
            head = PARTS.get(part.part, part.part) if name == "name" else label
            yield PageLine(
                head, text, "bold" if name == "name" else "", self._field(part, name, head)
            )

    def _part(self, part: Part, users: dict[bytes, str]) -> Iterator[PageLine]:
        for place, (name, label) in enumerate(self._shown(part)):
            value = part.values[name]
            if not value and place and name not in ("said_by", "office"):
                continue
            column = self.desk.store.tables[part.tbl].column(name)
            text = self._words(
                column.codes if column else "", value
            ).rstrip()  # empty lines end here
            text = text or ("–" if place else "")
            if column and column.kind == "instant":
                text = shown_instant(from_text(value))
            if part.tbl == "action" and name == "due":
                text = self._due(part)
            if part.tbl in ("outcome", "release", "note") and place == 0:
                by = users.get(part.by, "unknown")
                words = f"({shown_instant(from_text(part.first_at))}, {by})"
                text += f"\n{words}" if part.tbl == "note" else f"  {words}"
            yield PageLine(label, text, "" if place else "bold", self._field(part, name, label))
        if part.tbl == "action" and part.values.get("ended"):
            how = {KEPT: "done", NOT_DONE: "not done"}.get(part.values["ended"], "no longer needed")
            ended = part.values.get("ended_at")
            at = shown_instant(from_text(ended)) if ended else ""
            why = part.values.get("ended_why")
            words = " ".join(filter(None, (how, at)))
            yield PageLine("Ended", f"{words}, because {why}" if why else words)

    def _due(self, part: Part) -> str:
        """When an action is due, in words; as typed if that was not understood."""
        values, store = part.values, self.desk.store
        action = Action(values["code"] or "", due=values["due"], at=values["at"] or part.first_at)
        found = due_of(action, store.hours)
        at_once = store.pack.at_once(action.code, action.due)
        return found.words(store.now(), at_once) if found else str(values["due"])

    def _paint(self, line: PageLine, width: int) -> Content:
        label = Content.styled(f"{visible(line.label):>{self.column}}  ", "$dim")
        return label + Content.styled(visible(line.text), line.style)

    def action_amend(self) -> None:
        """Amends the marked line."""
        line = self.rows.item
        if isinstance(line, PageLine) and line.opens:
            self.app.switch_screen(ContactPage(self.desk, line.opens))
        elif isinstance(line, PageLine) and line.amends:
            if line.amends.part.tbl == "person" and line.amends.column.name == "name":
                self.amend_person(line.amends)
            else:
                self.app.push_screen(AmendScreen(self.desk, self.contact, line.amends), self._after)

    def action_go_on(self) -> None:
        """Continues an open contact: recorded. If another desk has it open, only when asked twice."""
        if not self.told and [*claim_lines(self.desk, self.contact, self.open)]:
            self.told = True
            self._read()
            self.rows.move(-len(self.rows.items))
            self.say("Another desk has this contact open: press g again to go on with it here too.")
            return
        taking = sheets.take_over(self.desk.store, self.desk.actor, self.contact)

        def taken_over(error: str) -> None:
            if error:
                self.say(error)
            else:
                self.app.switch_screen(ContactScreen(self.desk, taking.result()))

        when_written(self, lambda: taking, taken_over)

    def action_read_back(self) -> None:
        """Shows the contact as the text that both sides record."""
        readback.given(self.desk, self.contact)
        self.app.push_screen(
            ReadBackScreen(self.desk, readback.of_contact(self.desk, self.contact))
        )

    def action_note(self) -> None:
        self.app.push_screen(AmendScreen(self.desk, self.contact), self._after)

    def action_outcome(self) -> None:
        self.app.push_screen(AmendScreen(self.desk, self.contact, codes="outcome"), self._after)

    def action_open_to(self) -> None:
        self.app.push_screen(OpeningScreen(self.desk, self.contact), self._after)

    def action_child(self) -> None:
        """Opens the record of the marked child, or else of the first."""
        from spoc.screens.child.child_page import ChildPage

        line = self.rows.item
        marked = line.amends.part.id if isinstance(line, PageLine) and line.amends else b""
        child = marked if marked in self.of_children else self.of_children[0]
        why = f"contact {reference(self.contact)}"
        self.app.push_screen(ChildPage(self.desk, child, why), lambda _: self._read())

    def action_matter(self) -> None:
        self.app.push_screen(linking(self.desk, self.contact), self._after)

    def action_release(self) -> None:
        """Adds an answered request for information."""
        write = partial(releases.add, self.desk.store, self.desk.actor, self.contact)
        form = RecordScreen(
            self.desk, "A request that was answered", RELEASE_FORM, write, self.contact.hex()
        )
        self.app.push_screen(form, self._after)

    def marked_another(self) -> None:
        self.refresh_bindings()
