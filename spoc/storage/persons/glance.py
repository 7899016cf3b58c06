"""What an advisor should see about a child as soon as a call names them, most serious first."""

from spoc.model.errors import Refusal
from spoc.model.ledger.entry import Actor
from spoc.model.persons import record as model
from spoc.model.persons import record_fields
from spoc.storage.persons import person_page
from spoc.storage.store import Store

_ALERTS, _HOUSEHOLD, _EVENTS = 4, 4, 3  # lines of each kind; the record has the rest
_DAYS = 4  # names shown of a pattern

Glance = tuple[tuple[str, str], ...]  # each line with its kind: grave, pattern, fact, event


def glance(store: Store, actor: Actor, person: bytes) -> Glance:
    """The lines about a child for a call's panel; none if the record cannot be read."""
    try:
        of = person_page.page(store, actor, person)
    except Refusal:
        return ()
    record = of.record
    lines = [("grave", model.died_words(record.died).upper())] if record.died else []
    if of.seen_after:
        lines.append(("grave", "CONTRADICTION: seen after that"))
    for alert in [each for each in record.alerts if not each.ended_on][:_ALERTS]:
        lines.append(("grave", model.alert_in_short(alert, store.pack, of.today)))
    for hit in of.found.hits:
        lines.append(("pattern", f"{hit.words(_DAYS)} ({hit.rule.code})"))
    for near in of.found.near:
        lines.append(("pattern", f"{near.words()} ({near.rule.code})"))
    for key in ("social_worker", "gp"):
        for statement in record.of(key)[:1]:
            label = record_fields.BY_KEY[key].label
            lines.append(("fact", f"{label}: {statement.words(store.pack)}"))
    members = [each for each in record.household if not each.until]
    for each in members[:_HOUSEHOLD]:
        relation = store.pack.label("relation", each.relation).lower()
        lines.append(("fact", f"{each.name or 'not named'}, {relation}"))
    if len(members) > _HOUSEHOLD:
        lines.append(("fact", f"and {len(members) - _HOUSEHOLD} more in the household"))
    events = [each for each in of.events if each.tbl in ("contact", "attendance", "outcome")]
    for event in events[:_EVENTS]:
        day, kind, words = person_page.event_line(event, store)
        lines.append(("event", f"{day} {words or kind}"))
    return tuple(lines)
