"""What guides a call, including what the store knows about its children."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar, cast

from spoc.guidance.patterns import patterns as pattern_rules
from spoc.model.forms import contact as model
from spoc.model.forms.contact import Missing
from spoc.model.forms.sheet import Person, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.persons.match import Described
from spoc.model.rules.access import require
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.rules.guiding import guiding
from spoc.model.rules.guiding.guide import STOP
from spoc.model.rules.guiding.guiding import RAISED, SHOWN, Guided
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.contacts.outcomes import LATEST
from spoc.storage.persons import links, matching, patterns, persons, record
from spoc.storage.store import Store

Read = TypeVar("Read")


def missing(store: Store, sheet: Sheet, now: Guided | None = None) -> list[Missing]:
    """What the contact lacks before it can close; ``now`` is what guides it, if that is already known."""
    on = to_local(from_text(sheet.received_at)).date()
    return model.missing_to_close(sheet, store.pack, store.form, on, now or guided(store, sheet))


def guided(store: Store, sheet: Sheet) -> Guided:
    """What now guides the call: questions, prompts, margin notes."""
    on = to_local(from_text(sheet.received_at)).date()
    return guiding.guided(
        sheet, store.pack.guide, on, earlier(store, sheet), _thresholds(store, sheet)
    )


def get_ready(store: Store) -> None:
    """Works out once what guides an empty call: the words, rules and questions that a call's first page would
    otherwise read at its first letter."""
    now = utc_text(store.now())
    empty = Sheet(opened_at=now, values={"received_at": now})
    now_guided = guided(store, empty)
    guiding.margin(empty, store.pack, now_guided, to_local(store.now()).date())
    _ = now_guided.asked, pattern_rules()


def _thresholds(store: Store, sheet: Sheet) -> list[str]:
    """The adopted rule sets that one of the children reaches, or is one short of: each with what was
    counted, and the rule and its source. If there are several children, each line says whose it is."""
    in_force = patterns.adopted(store.reader)
    if not in_force:
        return []
    return _kept(store, b"", "thresholds", sheet, lambda: _reached(store, sheet, in_force))


def _reached(store: Store, sheet: Sheet, in_force: Sequence[patterns.Adopted]) -> list[str]:
    parts: list[str] = []
    for child in sheet.children:
        if child.id:
            ids, siblings = record.family(store, bytes.fromhex(child.id))
            lines = patterns.lines(patterns.patterns_of(store, ids, siblings, in_force), in_force)
            of = f"{child.name}: " if len(sheet.children) > 1 else ""
            parts += [f"{of}{each}" for each in lines]
    return parts


def earlier(store: Store, sheet: Sheet) -> int:
    """How many earlier contacts there are about a sheet's children, or an unborn child's mother, however old
    (domain O12)."""
    return len(_earlier(store, sheet))


def earlier_words(store: Store, actor: Actor, sheet: Sheet) -> str:
    """A line for the beginning of a call if the desk knows these children: what matters most, then the latest
    contact; "" if it does not know them."""
    require(actor.role, "contact.log")

    def read() -> str:
        found = _earlier(store, sheet)
        grave = _gravest(store, actor, sheet, [each[-1] for each in found])
        return ". ".join(
            filter(None, (_twins(store, sheet), "; ".join(grave), _last(store, sheet, found)))
        )

    return _kept(store, actor.id, "earlier", sheet, read)


def _kept(store: Store, actor: bytes, what: str, sheet: Sheet, read: Callable[[], Read]) -> Read:
    """What the store knows about a sheet's children. Reading it makes keys wait, so it is read again only for
    other children, after something was written, or on another day."""
    (newest,) = store.reader.conn.execute("SELECT max(rowid) FROM entry").fetchone()
    about = tuple((each.id, each.name, each.mother and each.mother.id) for each in sheet.children)
    today = to_local(store.now()).date()
    stamp = (newest, today, store.keyring.holds(actor), sheet.opened_at, about)
    kept = store.opened.get((actor, what.encode()))
    if kept is None or kept[0] != stamp:
        kept = store.opened[actor, what.encode()] = (stamp, read())
    return cast(Read, kept[1])


def alike_words(store: Store, actor: Actor, child: Person) -> str:
    """A line if a child who is new to the desk may be a known one, with the reasons for and against; "" if
    nobody is similar."""
    require(actor.role, "contact.log")
    dob, edd, told_on = (
        date.fromisoformat(each) if each else None for each in (child.dob, child.edd, child.age_on)
    )
    mother = child.mother.name if child.mother else ""
    asked = Described(child.name, dob, child.age, told_on, edd, child.nhs_number, mother=mother)
    found = matching.find(store, actor, asked, 1)
    if not found:
        return ""
    born = f", {shown_day(found[0].of.dob)}" if found[0].of.dob else ""
    head = "ANOTHER CHILD?" if found[0].contradicted else "KNOWN ALREADY?"
    against = f"; against it: {found[0].against[0]}" if found[0].against else ""
    # the reasons about names come last, because anybody can see them
    reasons = list(reversed(found[0].reasons))
    while True:
        words = f"{head} {found[0].of.name or 'no name'}{born}: {', '.join(reasons)}{against}"
        if len(words) <= _ROOM or len(reasons) == 1:
            return words
        reasons.pop()


def _twins(store: Store, sheet: Sheet) -> str:
    """A line if another child of that family name was born on the same day: the wrong one may have been picked."""
    named = {each.name for each in sheet.children}
    found = [
        name
        for each in sheet.children
        if each.id
        for name in persons.born_with(store.reader, each.id)
        if name not in named
    ]
    return f"TWIN? {', '.join(found[:3])}, born the same day, is known too" if found else ""


def _last(store: Store, sheet: Sheet, found: "Sequence[_Before]") -> str:
    if not found:
        return ""
    received, outcome, still_open, _ = found[0]
    day = shown_day(to_local(from_text(received)).date())
    ended = "still open" if still_open else store.pack.brief("outcome", outcome or "")
    before = "1 earlier contact" if len(found) == 1 else f"{len(found)} earlier contacts"
    whom = "this child" if len(sheet.children) == 1 else "these children"
    return f"{before} about {whom}, the last {day}" + (f": {ended}" if ended else "")


def _gravest(store: Store, actor: Actor, sheet: Sheet, contacts: list[bytes]) -> list[str]:
    """What matters most in these contacts and in the children's records, most serious first: open danger,
    what must not be told, an enquiry, a plan, a STOP that was answered."""
    from spoc.storage.contacts.call import sheets  # which reads contacts by these facts
    from spoc.storage.persons.glance import glance

    pack, marks = store.pack, ", ".join("?" * len(contacts))
    stops = {each.code: each.title for each in pack.guide.prompts if each.kind == STOP}
    fired = store.reader.conn.execute(
        f"SELECT code, state, at FROM prompt WHERE contact IN ({marks}) AND _void = 0 AND state <> ?"
        " ORDER BY at DESC, id DESC",
        (*contacts, SHOWN),
    ).fetchall()
    danger = [
        (state, f"{stops[code]}, {shown_instant(from_text(at))}")
        for code, state, at in fired
        if code in stops
    ]
    parts = [f"STOP OPEN: {words}" for state, words in danger if state == RAISED][:1]
    hides = [
        each.label
        for contact in contacts[:_LOOKED_AT]
        for each in guided(store, sheets.sheet_of(store, actor, contact)).hides
    ]
    parts += [f"DO NOT TELL: {', '.join(dict.fromkeys(hides))}"] if hides else []
    ended = store.reader.conn.execute(
        f"SELECT code, at FROM outcome WHERE contact IN ({marks}) AND _void = 0 ORDER BY at DESC, id DESC",
        contacts,
    ).fetchall()
    for grave in pack.grave:
        parts += [
            f"{pack.label('outcome', code)}, {shown_day(to_local(from_text(at)).date())}"
            for code, at in ended
            if code == grave
        ][:1]
    for child in sheet.children:
        lines = glance(store, actor, bytes.fromhex(child.id)) if child.id else ()
        parts += [words for kind, words in lines if kind == "grave"][:1]
    parts += [f"STOP: {words}" for state, words in danger if state != RAISED][:1]
    return parts[:_NAMED]


_ROOM = 150  # letters for the line about a similar child: two lines of a small page
_LOOKED_AT = 5  # how many of the last contacts are checked for what must not be told
_NAMED = 3  # how many of the gravest facts are named: nobody would read more
_Before = tuple[str, str | None, int, bytes]


def _earlier(store: Store, sheet: Sheet) -> list[_Before]:
    """When each earlier contact was received, its last outcome, whether it is open, its id; latest first."""
    known = [each.id for child in sheet.children for each in (child, child.mother) if each]
    db = store.reader
    own = [bytes.fromhex(each) for each in known if each]
    ids = list(dict.fromkeys(each for one in own for each in links.linked_records(db, one)))
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    found = db.conn.execute(
        f"SELECT DISTINCT contact.received_at, {LATEST}, contact.closed_at IS NULL, contact.id"
        " FROM contact_person JOIN contact ON contact.id = contact_person.contact"
        f" WHERE person IN ({marks}) AND part <> 'caller' AND contact_person._void = 0"
        " AND contact._void = 0 AND contact.opened_at < ? ORDER BY contact.received_at DESC, contact.id DESC",
        (*ids, sheet.opened_at),
    )
    return [(received, outcome, is_open, record) for received, outcome, is_open, record in found]
