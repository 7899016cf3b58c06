"""One attendance as lines of its page: what came on the list, why it is flagged, what was known before, and
what the desk has done about it."""

from collections.abc import Iterator
from datetime import date

from textual.content import Content

from spoc.model.attendance.cell_values import from_text
from spoc.model.attendance.review import BASES
from spoc.model.attendance.row import DATES
from spoc.model.forms.child import number_words
from spoc.model.rules.clock import shown_instant as shown_at
from spoc.model.rules.guiding.guide import source_words
from spoc.model.values import nhs_number
from spoc.model.values.dates import age, shown_day
from spoc.model.values.instants import from_text as instant
from spoc.model.values.plain import visible
from spoc.screens.contacts.page.page_lines import PageLine, under
from spoc.screens.safety_net.lines import moment_words
from spoc.storage.attendances import listing
from spoc.storage.attendances.showing import Shown
from spoc.storage.desk import Desk
from spoc.storage.persons import persons
from spoc.storage.store import Store

_AS_SENT = ("complaint", "diagnosis", "body_part", "injury_at", "injury_mechanism", "mobility", "observations",
            "arrival_mode", "accompanied_by", "assessed_at", "seen_at", "departed", "discharge_status",
            "discharge_destination")  # fmt: skip
_STATED = ("safeguarding", "cpis", "social_worker", "referred_to", "school", "gp_practice", "gp_name", "postcode", "address")  # fmt: skip
_LABELS = {"cpis": "CP-IS", "gp_practice": "GP practice", "gp_name": "GP", "departed": "left", "discharge_status": "how it ended"}  # fmt: skip
_SEXES = {"M": "boy", "1": "boy", "F": "girl", "2": "girl"}


def child_words(shown: Shown) -> Content:
    """Who was at the hospital, when and where, for the top of the page."""
    fields, line = shown.fields, shown.line
    when = from_text(line.arrived)
    born = fields.get("birth_date")
    old = age(date.fromisoformat(born), when.day) if born else "age unknown"
    if not born and fields.get("age"):
        old = f"age as written: {fields['age']}"
    sex = fields.get("sex", "")
    parts = [old, _SEXES.get(sex, sex)]
    if born:
        parts.append(f"born {shown_day(date.fromisoformat(born))}{shown.unsure('dob')}")
    number = fields.get("nhs_number", "")
    parts.append(
        nhs_number.grouped(number) + shown.unsure("nhs_number") if number else "no NHS number"
    )
    clock = when.at.strftime("%H:%M") if when.at else "time unknown"
    state = "IN ED" if not line.departed else ""
    name = fields.get("name") or fields.get("called") or "name not given"
    return Content.assemble(
        (visible(name), "bold"), "   ", visible("   ".join(filter(None, parts))), "   ", (state, "bold $warning"), "\n",
        (visible(f"{line.site}, {shown_day(when.day)} {clock}, attendance {line.number}"), "$dim"),
    )  # fmt: skip


def review_lines(desk: Desk, shown: Shown, *, sources: bool) -> Iterator[PageLine]:
    """All lines of the page; with ``sources``, each flag names the documents that it follows."""
    pack = desk.store.pack
    yield from _changed(shown)
    yield from _as_sent(shown)
    yield from _flags(shown, listing.local_now(desk.store).date() if sources else None)
    yield from under("ED stated", _stated(shown))
    yield from under(
        "Before",
        (
            f"{moment_words(each.arrived)} {each.site}  {each.complaint}  "
            f"{each.state or pack.label('disposition', each.disposition)}"
            for each in shown.earlier
        ),
    )
    yield from _child(desk, shown)
    if not shown.earlier:
        known = shown.fields.get("nhs_number") and shown.fields.get("birth_date")
        none = "none here" if known else "cannot be looked up: no NHS number or date of birth"
        yield PageLine("Before", none)
    yield from under("Pattern", shown.pattern, "bold")
    contacts = [
        f"{shown_at(instant(at))}  {pack.label('category', category or '')}"
        for _, at, category in shown.contacts
    ]
    yield from under("Contacts", contacts or ["none with this NHS number and date of birth"])
    yield from under(
        "Household",
        (
            f"{each.name}, born {each.birth_date or 'unknown'}, here {moment_words(each.arrived)}"
            for each in shown.family
        ),
    )
    yield from _of_desk(desk.store, shown)


def _changed(shown: Shown) -> Iterator[PageLine]:
    """What a later list of the hospital did with the attendance."""
    line, merged = shown.line, shown.fields.get("merged_into")
    if line.state:
        into = f" into {merged}" if merged else ""
        text = f"{line.state}{into} by the hospital: kept, but not a visit"
        yield PageLine("Gone", text, "bold $warning")
    if line.reopened:
        yield PageLine("Changed", f"a later list changed: {line.reopened}", "bold $warning")


def _as_sent(shown: Shown) -> Iterator[PageLine]:
    """What the hospital wrote about the visit itself."""
    fields = shown.fields
    label = "As sent"
    for name in _AS_SENT:
        if fields.get(name):
            text = moment_words(fields[name]) if name in DATES else fields[name]
            yield PageLine(label, f"{_label(name)}: {text}", "bold" if name == "complaint" else "")
            label = ""
    if not fields.get("departed"):
        last = f" of {shown_at(instant(shown.lists_at))}" if shown.lists_at else ""
        yield PageLine("", f"no departure on the list{last}", "$warning")
    if label:
        yield PageLine(label, "no complaint, no diagnosis, no outcome", "$warning")


def _flags(shown: Shown, today: date | None) -> Iterator[PageLine]:
    """The flags and the reason for each; with ``today``, also its documents, and which are out of date."""
    for n, flag in enumerate(shown.flags):
        text = f"{flag.title}: {flag.why}" + ("  (words suggest it)" if flag.suggested else "")
        yield PageLine("" if n else "Flags", text, "$warning" if flag.eyes else "")
        if today:
            for source in flag.sources:
                yield PageLine("", f"    {source_words(source, today)}", "$dim")
    if not shown.flags:
        yield PageLine("Flags", "none")


def _stated(shown: Shown) -> Iterator[str]:
    """What the hospital said about the child."""
    fields = shown.fields
    for name in _STATED:
        if fields.get(name):
            yield f"{_label(name)}: {fields[name]}"
    if fields.get("cpis"):
        at = fields.get("cpis_at")
        when = moment_words(at) if at else "no time given"
        by = fields.get("cpis_by", "somebody")
        yield f"CP-IS as checked by {by}, {when}: a statement, not a live claim"


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def _child(desk: Desk, shown: Shown) -> Iterator[PageLine]:
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


def _of_desk(store: Store, shown: Shown) -> Iterator[PageLine]:
    """What the desk has done about an attendance: reviews, who was told, what was agreed; and the row as it
    came."""
    pack, now = store.pack, store.now()
    yield from under("Reviews", _reviews(store, shown))
    yield from under(
        "Told",
        (
            f"{pack.label('told', each.to_whom)}: "
            + (
                f"sent {shown_at(instant(each.sent_at))} to {each.address}"
                if each.sent_at
                else "copied, NOT SENT"
            )
            + f", {each.by}"
            for each in shown.shares
        ),
    )
    yield from under(
        "Follow-up",
        (
            f"{pack.label('action', each.code)}: {each.who}, {each.ended or each.when(now)}"
            for each in shown.agreed
        ),
    )
    if shown.line.late_why:
        yield PageLine("Late", shown.line.late_why)
    for kind, at, _ in shown.letters:
        yield PageLine("Letter", f"{kind}, {shown_at(instant(at))}")
    yield from under("Not on", (f"the list of {shown_at(instant(at))}" for at in shown.missed))
    if shown.notes:
        yield PageLine("Doubts", shown.notes)
    yield from under("The row", _row(shown), "$dim")


def _reviews(store: Store, shown: Shown) -> Iterator[str]:
    """The reviews so far, and which of them counts."""
    for each in shown.reviews:
        how = "one key, checklist not gone through" if each.one_key else BASES.get(each.basis, "")
        counts = each.id == shown.line.reviewed
        state = "taken back: " if each.void else "" if counts else "former: "
        ended = store.pack.label("disposition", each.disposition)
        yield f"{state}{shown_at(instant(each.at))} {each.by}: {ended} ({how})  {each.note}".rstrip()


def _row(shown: Shown) -> Iterator[str]:
    """The row as it came; where it has the child's NHS number, whether that is in doubt."""
    for name, text in shown.sent.items():
        number = "".join(each for each in text if each.isdecimal())
        unsure = shown.unsure("nhs_number") if number == shown.fields.get("nhs_number") else ""
        yield f"{name}: {text}{unsure}"
