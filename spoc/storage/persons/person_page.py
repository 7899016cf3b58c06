"""A person's record on one page, for a screen and a command."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from spoc.model.documents import person_to_json
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.persons import record as model
from spoc.model.persons.record_fields import RECORD
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.rules.guiding.thresholds import Pattern
from spoc.model.values import nhs_number
from spoc.model.values.dates import age, gestation_words, shown_day
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.storage.persons import deaths, links, looks, patterns, timeline
from spoc.storage.persons import record as persons
from spoc.storage.persons.persons import born_with
from spoc.storage.persons.record import Record
from spoc.storage.persons.timeline import TimelineEvent
from spoc.storage.store import Store

_SEEN = ("contact", "attendance")  # kinds of event in which somebody was seen or rung about
_LOOKS = 10  # how many of those who looked a command's page shows; JSON has all


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What is shown about a person, as of a day. ``pattern`` are the lines of the pattern lens,
    ``seen_after`` the days after a death with a call or an attendance; ``twins`` are other children of the
    family name born on the same day; ``siblings`` maps the id of a person or contact to the brother's or
    sister's name."""

    record: Record
    today: date
    pattern: tuple[str, ...]
    events: tuple[TimelineEvent, ...]
    found: Pattern
    seen_after: tuple[date, ...]
    twins: tuple[str, ...] = ()
    siblings: Mapping[bytes, str] = field(default_factory=dict)

    def whose(self, event: TimelineEvent) -> str:
        """Whom an event is about, if not the person of the page: a brother or sister to whom it happened, or
        somebody who was said to live with them; otherwise ""."""
        if event.tbl == "household":
            members = (*self.record.household, *self.record.cares_for)
            return next((each.name for each in members if each.id == event.id.hex()), "")
        person = bytes.fromhex(event.person) if event.person else event.contact
        return self.siblings.get(person, "") if person else ""


def page(store: Store, actor: Actor, person: bytes, *, household: bool = False) -> PersonPage:
    """A person's page; with ``household`` the timeline includes brothers and sisters. Raises BadInput if
    there is none, NotAllowed by role."""
    record = persons.read(store, actor, person)
    if record is None:
        raise BadInput("No person has such an id; nothing was opened.")
    today = to_local(store.now()).date()
    in_force = patterns.adopted(store.reader)  # read once: somebody may drop one meanwhile
    found = patterns.patterns_of(store, record.ids, record.siblings, in_force)
    sent = patterns.letters(store.reader, record.ids) if found.hits else []
    lines = patterns.lines(found, in_force, sent)
    others = _siblings(store, record) if household else {}
    siblings = others | _their_contacts(store, record, others)
    events = tuple(timeline.shown_events(store, actor, [*record.ids, *others]))
    twins = tuple(dict.fromkeys(born_with(store.reader, person.hex())))
    of = PersonPage(record, today, tuple(lines), events, found, (), twins, siblings)
    if not record.died:
        return of
    own = (each for each in events if each.tbl in _SEEN and not of.whose(each))
    days = {day_of(each) for each in own if not deaths.is_about(each.fields)}
    return replace(of, seen_after=tuple(model.contradicted(record.died, sorted(days))))


def _siblings(store: Store, record: Record) -> dict[bytes, str]:
    """The names of brothers and sisters, by the id of each of their records."""
    db = store.reader
    return {each: name for one, name in record.siblings for each in links.linked_records(db, one)}


def _their_contacts(store: Store, record: Record, others: dict[bytes, str]) -> dict[bytes, str]:
    """The names of brothers and sisters, by the id of each contact that is not also about the person."""
    if not others:
        return {}
    contacts = timeline.contacts_of(store.reader, [*record.ids, *others])
    own = set[bytes]().union(*(contacts.get(each, ()) for each in record.ids))
    return {
        each: name for person, name in others.items() for each in contacts.get(person, set()) - own
    }


def day_of(event: TimelineEvent) -> date:
    """The local day of an event; an attendance keeps local time."""
    if event.at.endswith("Z"):
        return to_local(from_text(event.at)).date()
    return date.fromisoformat(event.at[:10])


GAP = "   "  # between the parts of the headline


def headline(of: PersonPage, store: Store) -> str:
    """Who it is, on one line: name, sex, age and birth, NHS number."""
    record = of.record
    parts = [record.first("name") or "no name"]
    sex = record.of("sex")
    if sex:
        parts.append(store.pack.label("sex", sex[0].value).partition(",")[0].lower())
    doubt = " (in doubt)"
    parts.append(birth_words(record, of.today) + doubt * record.in_doubt("dob", "edd", "age"))
    number = record.first("nhs_number")
    shown_number = (
        nhs_number.grouped(number) + doubt * record.in_doubt("nhs_number") if number else ""
    )
    parts.append(shown_number or "no NHS number")
    authority = record.of("authority")
    if authority:
        parts.append(authority[0].words(store.pack))
    gp = record.of("gp")
    parts.append(f"GP {gp[0].value}" if gp else "no GP recorded")
    return GAP.join(filter(None, parts))


def birth_words(record: Record, today: date) -> str:
    """ "4 months (19 Jul 2026)", an age as it was given, or the due date."""
    dob, edd = record.first("dob"), record.first("edd")
    if dob:
        born = date.fromisoformat(dob)
        return f"{age(born, max(born, today))} ({shown_day(born)})"
    if edd:
        return gestation_words(date.fromisoformat(edd), today)
    words, on = record.first("age"), record.first("age_on")
    if words:
        return f"{words}, as told {shown_day(date.fromisoformat(on))}" if on else words
    return "birth not known"


def warnings(of: PersonPage, store: Store) -> list[str]:
    """What to see first: a death and what contradicts it, then alerts, most serious first."""
    record = of.record
    lines = []
    if record.died:
        lines.append(
            f"{model.died_words(record.died).replace('Died', 'DIED', 1)}. Letters and calls to the family stop; tell CDOP; brothers and sisters safe?"
        )
    if of.seen_after:
        days = ", ".join(shown_day(each) for each in of.seen_after)
        lines.append(
            f"CONTRADICTION: seen or rung about after that, {days}. Is the death right? Nothing was changed."
        )
    lines += [each.words(store.pack, of.today) for each in record.alerts]
    if of.twins:
        lines.append(f"TWIN, or one child? Born the same day: {'; '.join(of.twins[:3])}.")
    return lines


def fact_lines(of: PersonPage, store: Store) -> list[tuple[str, str]]:
    """Each present fact, with who said it and when; two that differ are both listed."""
    lines = []
    for fact in RECORD:
        for statement in of.record.of(fact.key):
            if fact.key != "died":
                lines.append((fact.label, f"{statement.words(store.pack)} ({statement.source()})"))
    return lines


def event_line(event: TimelineEvent, store: Store) -> tuple[str, str, str]:
    """An event as a line: its day, its kind, what happened."""
    words = timeline.words(event, dict(store.tables), store.pack)
    return shown_day(day_of(event)), timeline.kind_words(event.tbl), words


def as_text(store: Store, actor: Actor, person: bytes) -> Iterator[str]:
    """The record as lines of text."""
    of = page(store, actor, person)
    yield headline(of, store)
    yield from warnings(of, store)
    for label, text in fact_lines(of, store):
        yield f"{label:>16}  {text}"
    for each in of.record.household:
        yield f"{'Household':>16}  {each.words(store.pack, of.today)}"
    for line in of.pattern:
        yield f"{'Pattern':>16}  {line}"
    for link in of.record.links:
        yield f"{'Link':>16}  {link_words(link, of.record)}"
    for at, who, why, kind in looks.looked(store, actor, of.record)[:_LOOKS]:
        yield f"{'Looked':>16}  {shown_instant(from_text(at))}  {who}  {kind}: {why}"
    yield ""
    for event in of.events:
        day, kind, words = event_line(event, store)
        words = ": ".join(filter(None, (of.whose(event), words)))
        yield f"{day:>12}  {kind:<16} {visible(words)}"


def link_words(link: links.Link, record: Record) -> str:
    """A link in words: its kind, the other record by name and the end of its id, when and why."""
    _, one, other, kind, at, why, _ = link
    whom = other if one == record.id else one
    name = next((each.name for each in record.own if each.id == whom and each.name), "")
    fields = {"same": "the same as", "born": "unborn and born, with", "not-same": "not the same as"}
    when = shown_day(to_local(from_text(at)).date())
    called = f"{name} ({whom.hex()[-8:]})" if name else whom.hex()[-8:]
    return f"{fields.get(kind, kind)} {called}, {when}" + (f": {why}" if why else "")


def as_json(store: Store, actor: Actor, person: bytes) -> dict[str, Any]:
    """The record as JSON: what a child of ``contact add`` takes, and everything that was said."""
    of = page(store, actor, person)
    record = of.record
    own = record.own[0]
    mother = next((m for m in record.household if m.relation == "mother" and not m.until), None)
    fields: dict[str, Any] = {
        key: value
        for key in ("name", "dob", "edd", "age", "age_on", "nhs_number", "kind")
        if (value := getattr(own, key))
    }
    if (own.kind == "unborn" and own.edd) or own.kind != "unborn":
        fields.pop("kind", None)
    if own.mother and mother:
        fields["mother"] = {"name": mother.name, **({"dob": mother.dob} if mother.dob else {})}
    fields |= person_to_json.facts({fact.key: record.of(fact.key) for fact in RECORD})
    alerts = [(each, each.words(store.pack, of.today)) for each in record.alerts]
    fields["alerts"] = [person_to_json.alert(a, words) for a, words in alerts if not a.sibling]
    fields["household"] = [
        person_to_json.member(each) for each in record.household if not each.implied
    ]
    fields["id"] = own.id.hex()
    fields["said"] = [person_to_json.saying(each) for each in record.statements]
    fields["alerts_of_siblings"] = [
        person_to_json.alert(a, words) for a, words in alerts if a.sibling
    ]
    fields["links"] = [
        {
            "id": link[0].hex(),
            "person": link[1].hex(),
            "other": link[2].hex(),
            "kind": link[3],
            "why": link[5],
        }
        for link in record.links
    ]
    fields["contacts"] = [e.id.hex() for e in of.events if e.tbl == "contact"]
    fields["patterns"] = [
        *(_hit(each.rule.code, each.days, "", each.words()) for each in of.found.hits),
        *(_hit(each.rule.code, each.days, each.by, each.words()) for each in of.found.near),
    ]  # fmt: skip
    fields["looked"] = [
        {"at": at, "who": who, "why": why, "kind": kind}
        for at, who, why, kind in looks.looked(store, actor, record)
    ]
    return fields


def _hit(code: str, days: list[date], by: date | str | None, words: str) -> dict[str, Any]:
    near = {} if by == "" else {"one_more_by": by.isoformat() if isinstance(by, date) else None}
    return {"rule": code, "dates": [each.isoformat() for each in days], "words": words, **near}
