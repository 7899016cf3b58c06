"""Patterns in what the desk knows about a child and the household: rule sets that somebody adopted.

Every rule set is off until a named professional adopts it, which is recorded with name and day.
"""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from spoc.guidance.patterns import patterns
from spoc.model.attendance import visits
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.rules.guiding.thresholds import (
    Event,
    Pattern,
    ThresholdRule,
    find_patterns,
    letter_offered,
)
from spoc.model.values.dates import quoted, shown_day
from spoc.model.values.instants import from_text
from spoc.storage.driver import Database
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.service import settings
from spoc.storage.store import Store

_KEY = "pattern."
_LETTER = "frequent-attender-letter"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A rule set in force, since a day, adopted by somebody."""

    rule: ThresholdRule
    by: str
    on: date


def adopt(store: Store, actor: Actor, code: str) -> "Future[WrittenAct]":
    """Switches a rule set on, recorded as adopted by the actor for this service. Raises BadInput if there
    is no such rule."""
    require(actor.role, "pattern.adopt")
    rule = rule_set(code)
    day = to_local(store.now()).date()
    text = json.dumps({"by": actor.name, "on": day.isoformat()})
    return _set(store, actor, rule.code, text)


def drop(store: Store, actor: Actor, code: str) -> "Future[WrittenAct]":
    """Switches a rule set off again."""
    require(actor.role, "pattern.adopt")
    return _set(store, actor, rule_set(code).code, "")


def _set(store: Store, actor: Actor, code: str, value: str) -> "Future[WrittenAct]":
    return settings.recorded(store, actor, _KEY + code, value)


def rule_set(code: str) -> ThresholdRule:
    """The rule set with a code. Raises BadInput with the codes there are."""
    known = patterns().rules
    rule = known.get(code.strip().upper())
    if rule is None:
        raise BadInput(
            f"There is no rule set {quoted(code)}; nothing was changed. There are {', '.join(known)}."
        )
    return rule


def adopted(db: Database) -> list[Adopted]:
    """The rule sets in force, in the order they are shipped."""
    groups = dict(
        db.conn.execute(
            "SELECT key, value FROM setting WHERE key GLOB ? AND _void = 0", (f"{_KEY}*",)
        ).fetchall()
    )
    found = []
    for code, rule in patterns().rules.items():
        value = groups.get(_KEY + code)
        if value:
            row = json.loads(value)
            found.append(Adopted(rule, row["by"], date.fromisoformat(row["on"])))
    return found


def patterns_of(
    store: Store,
    persons: Sequence[bytes],
    siblings: Sequence[tuple[bytes, str]],
    in_force: Sequence[Adopted],
) -> Pattern:
    """What the rule sets in force find about a person (all records of them), and about the household if a
    rule counts it; ``siblings`` are records of brothers and sisters with their names."""
    rules = [each.rule for each in in_force]
    if not rules:
        return Pattern()
    events = _events(store.reader, persons, "")
    if any(rule.household for rule in rules):
        for person, name in siblings:
            events += _events(store.reader, [person], name)
    return find_patterns(events, rules, to_local(store.now()).date())


def _events(db: Database, persons: Sequence[bytes], owner: str) -> list[Event]:
    """The events about these persons that can be counted."""
    marks = ", ".join("?" * len(persons))
    kinds = patterns().kinds
    made = []
    for record, received, service, category, issues, actions in db.conn.execute(
        "SELECT DISTINCT contact.id, contact.received_at, contact.service, contact.category, contact.issues,"
        " (SELECT json_group_array(code) FROM action WHERE action.contact = contact.id AND action._void = 0)"
        " FROM contact_person JOIN contact ON contact.id = contact_person.contact"
        f" WHERE contact_person.person IN ({marks}) AND contact_person.part = 'child'"
        " AND contact_person._void = 0 AND contact._void = 0 AND contact.sealed IS NULL",
        list(persons),
    ):
        found = {
            "service": {service},
            "category": {category},
            "issues": set(json.loads(issues or "[]")),
            "action": set(json.loads(actions or "[]")),
        }
        own = frozenset(
            kind
            for kind, fields in kinds.items()
            if any(found[name] & codes for name, codes in fields.items())
        )
        if own and received:
            day = to_local(from_text(received)).date()
            made.append(Event(day, own, "contact", record.hex(), "contact", sibling=owner))
    attended = db.conn.execute(
        "SELECT id, arrived, site, flags, attendance_category FROM attendance"
        f" WHERE person IN ({marks}) AND _void = 0 AND arrived IS NOT NULL AND state IS NULL",
        list(persons),
    )
    made += visits.events(
        (
            visits.Visit(
                arrived, site or "", json.loads(flags or "[]"), category or "", record.hex()
            )
            for record, arrived, site, flags, category in attended
        ),
        owner,
    )
    for record, at, checked in db.conn.execute(
        f"SELECT id, at, checked FROM alert WHERE person IN ({marks}) AND code = 'support-withdrawn'"
        " AND _void = 0 AND sealed IS NULL",
        list(persons),
    ):
        day = date.fromisoformat(checked) if checked else to_local(from_text(at)).date()
        made.append(
            Event(day, frozenset({"support-withdrawn"}), "support withdrawn", record.hex(), "alert")
        )
    return made


def letters(db: Database, persons: Sequence[bytes]) -> list[date]:
    """The local days on which a frequent attender's letter was agreed for these persons, or written."""
    marks = ", ".join("?" * len(persons))
    rows = db.conn.execute(
        "SELECT action.at FROM action JOIN contact_person ON contact_person.contact = action.contact"
        f" WHERE contact_person.person IN ({marks}) AND contact_person._void = 0 AND action._void = 0"
        f" AND action.code = '{_LETTER}' AND action.at IS NOT NULL"
        " UNION SELECT letter.at FROM letter JOIN attendance ON attendance.id = letter.attendance"
        f" WHERE attendance.person IN ({marks}) AND letter._void = 0 AND letter.at IS NOT NULL",
        [*persons, *persons],
    ).fetchall()
    return sorted(to_local(from_text(at)).date() for (at,) in rows)


def lines(pattern: Pattern, adopters: Sequence[Adopted], sent: Sequence[date] = ()) -> list[str]:
    """Each hit and near miss as one line: what was counted, the rule and its source, what it asks for,
    whether its letter is offered (``sent`` are earlier ones), who adopted it."""
    by = {each.rule.code: f"adopted {shown_day(each.on)} by {each.by}" for each in adopters}
    parts = []
    for hit in pattern.hits:
        rule = hit.rule
        letter = ""
        if rule.letter:
            last = f" The last letter: {shown_day(sent[-1])}." if sent else ""
            letter = f" A letter is due.{last}" if letter_offered(hit, sent) else last
        parts.append(
            f"{rule.title}, {hit.words()} ({rule.code}: {rule.source.edition}; {by[rule.code]}). {rule.asks}{letter}"
        )
    for near in pattern.near:
        rule = near.rule
        parts.append(f"{rule.title}, {near.words()} ({rule.code}; {by[rule.code]})")
    return parts
