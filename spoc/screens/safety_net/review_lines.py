"""What the desk has done about an attendance, as lines of its page."""

from collections.abc import Iterator
from datetime import date

from spoc.model.attendance.review import BASES
from spoc.model.forms.child import number_words
from spoc.model.rules.clock import shown_instant as shown_at
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text as instant
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.storage.attendances.showing import Shown
from spoc.storage.desk import Desk
from spoc.storage.persons import persons
from spoc.storage.store import Store


def child_lines(desk: Desk, shown: Shown) -> Iterator[PageLine]:
    """Whose attendance it is: the record it is attached to and why, or that there is none yet."""
    if shown.person is None:
        if not shown.line.parent:
            words = "not attached to a record of the desk: k shows who it may be"
            yield PageLine("Child", words, "$warning")
        return
    person = persons.get(desk.store, desk.actor, shown.person.hex())
    if person is None or not person.name:
        return
    fields = shown.fields
    agree = (person.nhs_number, person.dob) == (fields.get("nhs_number"), fields.get("birth_date"))
    born = shown_day(date.fromisoformat(person.dob)) if person.dob else ""
    who = ", ".join(filter(None, (person.name, born, number_words(person))))
    why = "NHS number and date of birth agree" if agree else "as a reviewer said"
    yield PageLine("Child", f"{who}: {why}; k changes it")


def of_desk(store: Store, shown: Shown) -> Iterator[PageLine]:
    """What the desk has done about an attendance: reviews, who was told, what was agreed; and the row as it
    came."""
    pack = store.pack
    for n, each in enumerate(shown.reviews):
        how = "one key, checklist not gone through" if each.one_key else BASES.get(each.basis, "")
        state = (
            "taken back: " if each.void else "" if each.id == shown.line.reviewed else "former: "
        )
        words = f"{state}{shown_at(instant(each.at))} {each.by}: {pack.label('disposition', each.disposition)} ({how})"
        yield PageLine("" if n else "Reviews", f"{words}  {each.note}".rstrip())
    for n, share in enumerate(shown.shares):
        state = (
            f"sent {shown_at(instant(share.sent_at))} to {share.address}"
            if share.sent_at
            else "copied, NOT SENT"
        )
        yield PageLine(
            "" if n else "Told", f"{pack.label('told', share.to_whom)}: {state}, {share.by}"
        )
    now = store.now()
    for n, agreed in enumerate(shown.agreed):
        by = f"{agreed.ended}" if agreed.ended else agreed.when(now)
        words = f"{pack.label('action', agreed.code)}: {agreed.who}, {by}"
        yield PageLine("" if n else "Follow-up", words)
    if shown.line.late_why:
        yield PageLine("Late", shown.line.late_why)
    for kind, at, _ in shown.letters:
        yield PageLine("Letter", f"{kind}, {shown_at(instant(at))}")
    for n, at in enumerate(shown.missed):
        yield PageLine("" if n else "Not on", f"the list of {shown_at(instant(at))}")
    if shown.notes:
        yield PageLine("Doubts", shown.notes)
    for n, (name, text) in enumerate(shown.sent.items()):
        number = "".join(each for each in text if each.isdecimal())
        unsure = shown.unsure("nhs_number") if number == shown.fields.get("nhs_number") else ""
        yield PageLine("" if n else "The row", f"{name}: {text}{unsure}", "$dim")
