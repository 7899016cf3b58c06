"""Adding contacts from another program, one by one, each in its own transaction.

The transaction that writes a contact also looks up whether it is already there and who is known, so that
two programs at the same time add nothing twice.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from spoc.model.documents import contact_from_json
from spoc.model.documents.child_from_json import ChildSaid
from spoc.model.documents.contact_from_json import ContactInput
from spoc.model.forms.child import NUMBER, doubted
from spoc.model.forms.contact import Missing
from spoc.model.forms.sheet import Person, Sheet
from spoc.model.forms.sheet_commands import written
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import REF
from spoc.model.persons.match import Described
from spoc.model.rules import recipients
from spoc.model.rules.access import require
from spoc.model.rules.guiding.guiding import outcomes
from spoc.model.values import nhs_number
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.contacts.contacts import writing_by
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.persons import contact_facts, matching, persons
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

_TOLD = 3  # among the possible matches
_KNOWN = "SELECT id, name, kind, dob, nhs_number FROM person WHERE _void = 0"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a contact: its id (hex); what it lacks, if it was written open; and what one should
    know: who may be a known person, which time was doubtful. ``attached`` says who was treated as known,
    and why; ``for_tests`` which NHS numbers are reserved for testing."""

    ref: str
    id: str
    result: Literal["added", "open", "already there"]
    lacks: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    # for a restricted contact: the names of the people who can read it
    opened_to: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    for_tests: tuple[str, ...] = ()


def rules(store: Store) -> contact_from_json.Rules:
    """The rules for reading a contact here and now."""
    return contact_from_json.Rules(store.form, store.pack, store.hours, store.now())


def add(store: Store, actor: Actor, source: ContactInput) -> "Future[Added]":
    """Writes a contact, closed if it lacks nothing, otherwise open; if its ``ref`` is already there, adds
    nothing.

    Persons known by NHS number and date of birth, and callers known by name and service, are attached as
    they are; nothing recorded about them changes.
    """
    require(actor.role, "contact.log")
    now_guided = guidance_facts.guided(store, source.sheet)
    lacks = tuple(guidance_facts.missing(store, source.sheet, now_guided))
    sealed = bool(recipients.reasons(source.sheet, store.pack, now_guided.facts))

    closed = not lacks and not source.open

    def job(db: Database) -> Added:
        there = _there(db, source.ref)
        if there:
            return Added(source.ref, there.hex(), "already there")
        now = store.now()
        contact = append.new_id(now)
        sheet, notes, attached = _attached(store, actor, db, source.sheet)
        known = {each.id for each in _people(sheet) if each.id}
        sheet = _numbered(_about_a_user(db, sheet), now)
        if closed:
            sheet = replace(sheet, prompts=outcomes(sheet, now_guided))
        if source.ref:
            ref = _hidden(source.ref) if sealed else source.ref
            sheet = replace(sheet, values={**sheet.values, "ref": ref})
        by = writing_by(store, contact, actor.id, now, sealed=sealed)
        commands = [*_commands(written(sheet, by, closed=closed), known)]
        of_each = zip(
            sheet.children, source.said or [ChildSaid()] * len(sheet.children), strict=True
        )
        commands += contact_facts.commands(
            store, actor, db, list(of_each), contact, sheet.caller.name, now, sheet.received_at
        )
        if sealed:
            sealed_acts.write(store, db, actor, contact, commands, now, sheet=sheet)
        else:
            store.append(db, actor, commands, now)
        return Added(
            source.ref,
            contact.hex(),
            "added" if closed else "open",
            lacks,
            (*source.words, *notes),
            tuple(each.name for each in restricted.opened_to(db, contact)) if sealed else (),
            tuple(attached),
            _for_tests(sheet),
        )

    return store.submit(job)


def _numbered(sheet: Sheet, now: datetime) -> Sheet:
    """The sheet with an id for each child who is not a known person."""
    children = (
        each if each.id else replace(each, id=append.new_id(now).hex()) for each in sheet.children
    )
    return replace(sheet, children=tuple(children))


def _commands(commands: Iterable[Command], known: Collection[str]) -> Iterator[Command]:
    """What is written of a sheet: nothing about persons who are known, and no length of call, because nobody
    was on the telephone here."""
    for each in commands:
        if each.tbl != "person" or each.record.hex() not in known:
            fields = {name: value for name, value in each.fields.items() if name != "seconds"}
            yield replace(each, fields=fields)


def _for_tests(sheet: Sheet) -> tuple[str, ...]:
    """A sentence for each NHS number that is reserved for testing."""
    return tuple(
        f"{nhs_number.grouped(each)} is an NHS number for tests: no patient has it"
        for each in dict.fromkeys(each.nhs_number for each in _people(sheet))
        if nhs_number.for_tests(each)
    )


def _there(db: Database, ref: str) -> bytes | None:
    """The contact with that name, or the one this was once listed from; removed ones too."""
    if not ref:
        return None
    own = bytes.fromhex(ref) if REF.fullmatch(ref) else b""
    found = db.conn.execute(
        "SELECT id FROM contact WHERE ref IN (?1, ?3) UNION ALL SELECT id FROM contact WHERE id = ?2 LIMIT 1",
        (ref, own, _hidden(ref)),
    ).fetchone()
    return bytes(found[0]) if found else None


def _hidden(ref: str) -> str:
    """The visible part of another program's name for a restricted contact: enough to recognise it."""
    return f"sha256 {hashlib.sha256(ref.encode()).hexdigest()}"


def _about_a_user(db: Database, sheet: Sheet) -> Sheet:
    """The sheet with the full name of the user it is about. Raises BadInput for anybody else."""
    if not (text := sheet.values.get(recipients.ABOUT)):
        return sheet
    name = recipients.parse_about(text, restricted.users(db))
    return replace(sheet, values={**sheet.values, recipients.ABOUT: name})


def _people(sheet: Sheet) -> list[Person]:
    mothers = [child.mother for child in sheet.children if child.mother]
    return [sheet.caller, *sheet.children, *mothers]


def _attached(
    store: Store, actor: Actor, db: Database, sheet: Sheet
) -> tuple[Sheet, list[str], list[str]]:
    """The sheet with everybody attached who is certainly known, and words on who may be known and who is."""
    notes: list[str] = []
    attached: list[str] = []

    def known(new: Person, where: str, mother: str = "") -> Person:
        found, certain = _known(store, actor, db, new, mother)
        parts = attached if certain else notes
        parts += [f"{where} {each}" for each in found]
        if new.nhs_number and not certain and (owners := persons.with_number(db, new.nhs_number)):
            notes.append(
                f"{where}: the NHS number is that of person {owners[0].id[-8:]} already; it is kept, in doubt"
            )
            new = doubted(new, NUMBER, doubt=True)
        return replace(new, id=certain)

    children = []
    for number, child in enumerate(sheet.children, 1):
        if child.mother:
            child = replace(child, mother=known(child.mother, f"children {number} mother"))
        of = child.mother.name if child.mother else ""
        children.append(known(child, f"children {number}", of))
    caller = _known_caller(db, sheet.caller, sheet.values.get("service", ""))
    return replace(sheet, children=tuple(children), caller=caller), notes, attached


def _known(
    store: Store, actor: Actor, db: Database, new: Person, mother: str
) -> tuple[list[str], str]:
    """Possible matches, in words; and the one known person (hex id) with this NHS number and date of birth
    whom nothing contradicts, or ""."""
    dob, edd, told_on = (
        date.fromisoformat(each) if each else None for each in (new.dob, new.edd, new.age_on)
    )
    asked = Described(new.name, dob, new.age, told_on, edd, new.nhs_number, mother=mother)
    found = matching.find(store, actor, asked, db=db)
    certain = [each for each in found if each.certain]
    alone = len(certain) == 1
    parts = []
    for each in certain if alone else found[:_TOLD]:
        against = f"; against it: {', '.join(each.against)}" if each.against else ""
        text = "is" if alone else "may be"
        parts.append(f"{text} person {each.of.id[-8:]}: {', '.join(each.reasons)}{against}")
    return parts, certain[0].of.id if alone else ""


def _known_caller(db: Database, caller: Person, service: str) -> Person:
    """The known caller with this name in this service, the first if there are several, otherwise the new
    one."""
    if not caller.name or not service:
        return caller
    wanted = caller.name.casefold()
    for each in _persons(
        db,
        "service = ? AND kind = 'professional'"
        " AND (name = ? COLLATE NOCASE OR name GLOB '*[^ -~]*') ORDER BY _hlc, id",  # only Python can fold this
        service,
        caller.name,
    ):
        if each.name.casefold() == wanted:
            return replace(caller, id=each.id)
    return caller


def _persons(db: Database, where: str, *values: str) -> list[Person]:
    rows: Iterable[tuple[bytes, str | None, str | None, str | None, str | None]]
    rows = db.conn.execute(f"{_KNOWN} AND {where}", values).fetchall()
    return [
        Person(name or "", kind or "", record.hex(), dob or "", nhs_number=number or "")
        for record, name, kind, dob, number in rows
    ]
