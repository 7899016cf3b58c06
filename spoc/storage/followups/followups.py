"""Follow-ups: one queue of all that was promised with a time, and the acts that end, claim or move one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.followups.followup import KEPT, NOT_DONE, OVERDUE, TODAY, FollowUp
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import FOLLOWED, Value
from spoc.model.rules.access import require, visible
from spoc.model.rules.clock import from_local, shown, to_local
from spoc.model.rules.due import DueRule, due, parse_when
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database, row
from spoc.storage.followups.naming import named
from spoc.storage.ledger import projection
from spoc.storage.ledger.append import Written
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

OF_REVIEW = "attendance_action"
KINDS = ("action", "clock", OF_REVIEW)  # the tables whose records are followed up
_SHORT = 4  # digits below which an id is not looked for
_OWN = (
    "id",
    "contact",
    "attendance",
    "code",
    "at",
    "who",
    "due",
    "due_at",
    *(each.name for each in FOLLOWED),
)
_IDS = ("id", "contact", "attendance", "ended_by", "claimed_by")
_EMPTIES: tuple[Any, ...] = tuple(b"" if name in _IDS else "" for name in _OWN)  # in their order
_TIMED = "_void = 0 AND (due_at IS NOT NULL OR due <> '')"


def _column(tbl: str, name: str) -> str:
    """A column of a follow-up; NULL under its name where it is of a contact or of an attendance alone."""
    none = "contact" if tbl == OF_REVIEW else "attendance"
    return f"NULL AS {name}" if name == none else name


READ = " UNION ALL ".join(
    f"SELECT '{tbl}', {', '.join(_column(tbl, each) for each in _OWN)}, _heads, _conflicts FROM \"{tbl}\" WHERE {_TIMED} AND {{0}}"
    for tbl in KINDS
)
_ORDER = "ORDER BY coalesce(snoozed_to, due_at) IS NULL, coalesce(snoozed_to, due_at), id"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many follow-ups are overdue, and how many more are due today."""

    overdue: int = 0
    today: int = 0

    def words(self) -> str:
        """For a header: "2 overdue, 5 due today", "" where nothing is."""
        said = (f"{self.overdue} overdue", self.overdue), (f"{self.today} due today", self.today)
        return ", ".join(words for words, number in said if number)


# -- reading -------------------------------------------------------------------------------------


def open_ones(store: Store, actor: Actor, limit: int = -1) -> list[FollowUp]:
    """The open follow-ups, the earliest first, those without a known time last; a role that sees no
    identifiers sees no names. Those of restricted contacts stand among them for whom they are opened to."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return []
    found = list(
        follow_ups(
            store.reader,
            f"SELECT * FROM ({READ.format('ended IS NULL')}) {_ORDER} LIMIT ?",
            (limit,),
        )
    )
    more = [each for each in sealed(store, actor) if not each.ended]
    if more:
        last = datetime.max.replace(tzinfo=from_text(utc_text(store.now())).tzinfo)
        found = sorted([*found, *more], key=lambda each: each.wakes or last)
    return named(store, actor, found if limit < 0 else found[:limit])


def every(store: Store, actor: Actor) -> list[FollowUp]:
    """All follow-ups that ever were, open or ended, in the order of their times."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return []
    found = list(follow_ups(store.reader, f"SELECT * FROM ({READ.format('1')}) {_ORDER}", ()))
    return named(store, actor, [*found, *sealed(store, actor)])


def unheld(store: Store, actor: Actor, most: int = -1) -> list[FollowUp]:
    """Those that fall due soon (the pack's limit ``unheld``) while nobody is there, and nobody has said who holds
    them until then (W15), the earliest first; names stand with the first ``most`` alone."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return []
    where = READ.format(
        "ended IS NULL AND due_at >= ? AND due_at < ? AND (holder IS NULL OR safe_tonight IS NULL)"
    )
    now = store.now()
    until = now + store.pack.limits.get("unheld", timedelta(days=7))
    bounds = [utc_text(now), utc_text(until)] * len(KINDS)
    found = follow_ups(store.reader, f"SELECT * FROM ({where}) {_ORDER}", bounds)
    more = (each for each in sealed(store, actor) if not each.ended)
    asking = [each for each in (*found, *more) if each.asks_holder(store.hours, now)]
    first = asking if most < 0 else asking[:most]
    return [*named(store, actor, first), *asking[len(first) :]]


def moved_lately(store: Store, actor: Actor) -> list[FollowUp]:
    """The open ones that the calendar moved within the last day: the board says from when to when, and why."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return []
    since = utc_text(store.now() - timedelta(days=1))
    where = READ.format("ended IS NULL AND due_why IS NOT NULL AND _last_at >= ?")
    return named(store, actor, list(follow_ups(store.reader, where, [since] * len(KINDS))))


def ended_since(store: Store, actor: Actor, since: datetime) -> list[FollowUp]:
    """Those that ended since then, the last first: who said so, and when, stands with each."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return []
    where = READ.format("ended_at >= ? AND ended IS NOT NULL")
    sql = f"SELECT * FROM ({where}) ORDER BY ended_at DESC, id"
    return named(store, actor, list(follow_ups(store.reader, sql, [utc_text(since)] * len(KINDS))))


def count(store: Store, actor: Actor) -> Counts:
    """How many are overdue and how many more are due by the end of today: as many as the list shows so."""
    require(actor.role, "followup.list")
    if not visible(actor.role).rows:
        return Counts()
    now = store.now()
    midnight = datetime.combine(to_local(now).date() + timedelta(days=1), datetime.min.time())
    bounds = utc_text(now), utc_text(from_local(midnight)[0])
    overdue = today = 0
    for tbl in KINDS:
        found = store.reader.conn.execute(
            f'SELECT count(*) FILTER (WHERE coalesce(snoozed_to, due_at) < ?1), count(*) FROM "{tbl}"'
            " WHERE ended IS NULL AND _void = 0 AND coalesce(snoozed_to, due_at) < ?2",
            bounds,
        ).fetchone()
        overdue, today = overdue + found[0], today + found[1] - found[0]
    stands = [each.stands(now) for each in sealed(store, actor) if not each.ended]
    return Counts(overdue + stands.count(OVERDUE), today + stands.count(TODAY))


def find(store: Store, actor: Actor, typed: str) -> FollowUp:
    """The follow-up, open or ended, that an id or the beginning or end of one names. Raises BadInput."""
    require(actor.role, "followup.list")
    wanted = typed.strip().lower().replace("-", "")
    if len(wanted) < _SHORT or set(wanted) - set("0123456789abcdef"):
        raise BadInput(
            f"An id is {_SHORT} to 32 of the letters a to f and digits; nothing was changed. Take it from: "
            "spoc followup list"
        )
    where = READ.format("(lower(hex(id)) LIKE ? OR lower(hex(id)) LIKE ?)")
    either = (f"{wanted}%", f"%{wanted}") * len(KINDS)
    found = named(store, actor, list(follow_ups(store.reader, where, either)))
    found += [
        each
        for each in sealed(store, actor)
        if each.id.hex().startswith(wanted) or each.id.hex().endswith(wanted)
    ]
    if len(found) != 1:
        said = "No follow-up has" if not found else "Several follow-ups have"
        raise BadInput(f"{said} such an id; nothing was changed. Take it from: spoc followup list")
    return found[0]


def is_of(each: FollowUp, actor: Actor) -> bool:
    """Whether it is somebody's own: they claimed it, or it names them and nobody has."""
    named = actor.name.casefold() in each.who.casefold()
    return each.claimed_by == actor.id or (named and not each.claimed_by)


def follow_ups(db: Database, sql: str, values: Iterable[Any]) -> Iterator[FollowUp]:
    for tbl, *held, heads, conflicts in db.conn.execute(sql, tuple(values)):
        said: list[Any] = [
            empty if value is None else value for value, empty in zip(held, _EMPTIES, strict=True)
        ]
        apart = json.loads(conflicts) if conflicts else {}
        disputed = {name: tuple(str(each or "") for each in both) for name, both in apart.items()}
        said += [heads or "{}", disputed]
        yield FollowUp(tbl, *said)


def events(store: Store, each: FollowUp) -> list[dict[str, str]]:
    """The ledger entries a follow-up rests on, oldest first: which, when, what they set."""
    return [
        {"entry": entry.id.hex(), "at": entry.at, "set": ", ".join(sorted(entry.fields or ()))}
        for entry in projection.entries_of(store.reader, each.tbl, each.id)
    ]


def rows_of(db: Database, contact: bytes, codes: Sequence[str]) -> list[FollowUp]:
    """The follow-ups of one contact with these codes, open and ended, in the order of their times."""
    marks = ", ".join("?" * len(codes))
    where = READ.format(f"contact = ? AND code IN ({marks})")
    values = [contact, *codes] * len(KINDS)
    return list(follow_ups(db, f"SELECT * FROM ({where}) {_ORDER}", values))


def of_attendance(db: Database, record: bytes) -> list[FollowUp]:
    """What the review of an attendance agreed, open and ended, in the order of its times."""
    where = READ.format("attendance = ?")
    return list(follow_ups(db, f"SELECT * FROM ({where}) {_ORDER}", [record] * len(KINDS)))


def sealed(store: Store, actor: Actor) -> list[FollowUp]:
    """The follow-ups of restricted contacts that are opened to the actor; no name stands in a list."""
    db = store.reader
    found = []
    for (contact,) in db.conn.execute(
        "SELECT DISTINCT contact FROM opening WHERE user = ? AND _void = 0 AND contact IN"
        " (SELECT sealed FROM action WHERE sealed IS NOT NULL UNION SELECT sealed FROM clock"
        "  WHERE sealed IS NOT NULL)",
        (actor.id,),
    ).fetchall():
        found += _ofsealed(store, actor, contact)
    return found


def _ofsealed(store: Store, actor: Actor, contact: bytes) -> list[FollowUp]:
    """The follow-ups of one restricted contact: read again only once something of it was written."""
    stamp = row(
        store.reader.conn.execute(
            "SELECT count(*) FROM entry WHERE record IN (SELECT id FROM action WHERE sealed = ?1"
            " UNION ALL SELECT id FROM clock WHERE sealed = ?1)",
            (contact,),
        ).fetchone()
    )
    held = store.sealed_followups.get((actor.id, contact))
    if held and held[0] == stamp:
        return held[1]  # type: ignore[no-any-return]
    try:
        memory = restricted.reader(store, actor, contact)
    except NotAllowed:  # locked, or its key is gone: what was read before still stands
        return held[1] if held else []
    read = [replace(each, restricted=True) for each in follow_ups(memory, READ.format("1"), ())]
    store.sealed_followups[actor.id, contact] = (stamp, read)
    return read


# -- acts ----------------------------------------------------------------------------------------


def end(
    store: Store, actor: Actor, each: FollowUp, how: str = KEPT, why: str = "", at: str = ""
) -> "Future[Written]":
    """Say that it was kept, or not done (``not-done``, which wants a reason); ``at`` is when, as it is typed,
    else now. The future holds BadInput where a colleague has ended it meanwhile."""
    require(actor.role, "followup.act")
    if how == NOT_DONE and not why.strip():
        raise BadInput("Say why it was not done; nothing was changed.")
    if how == KEPT and each.stops(store.pack) and not why.strip():
        raise BadInput(
            "The child has died, and this goes to the family: say why it is done all the same, or that it is "
            "not done. Nothing was changed."
        )
    said: dict[str, Value] = {
        "ended": how,
        "ended_at": utc_text(past(store, at)),
        "ended_by": actor.id.hex(),
        "ended_why": why.strip() or None,
    }
    return _write(store, actor, each, said, why)


def reopen(store: Store, actor: Actor, each: FollowUp) -> "Future[Written]":
    """Open it again: what it was marked as was a slip."""
    now = find(store, actor, each.id.hex())
    gone: dict[str, Value] = dict.fromkeys(("ended", "ended_at", "ended_by", "ended_why"))
    return _write(store, actor, now, gone, "taken back")


def claim(store: Store, actor: Actor, each: FollowUp, *, let_go: bool = False) -> "Future[Written]":
    """Take it on, so that nobody else does too; or let it go again."""
    by = None if let_go else actor.id.hex()
    return _write(
        store,
        actor,
        each,
        {"claimed_by": by, "claimed_at": None if let_go else utc_text(store.now())},
    )


def snooze(store: Store, actor: Actor, each: FollowUp, to: str, why: str) -> "Future[Written]":
    """Put it off until a time, as it is typed, with a reason. Its due time stays what it was."""
    if not why.strip():
        raise BadInput("Say why it can wait; nothing was changed.")
    now = store.now()
    when = parse_when(to, now, store.hours)
    at = due(when, now, store.hours).at if isinstance(when, DueRule) else when
    if at is None or at <= now:
        raise BadInput("It can be put off to a time that is to come only; nothing was changed.")
    said: dict[str, Value] = {"snoozed_to": utc_text(at), "snoozed_why": why.strip()}
    return _write(store, actor, each, said, why)


def hand_on(store: Store, actor: Actor, each: FollowUp, to: str, why: str) -> "Future[Written]":
    """Hand it on to somebody else by name; nobody of the desk holds it any longer."""
    if not to.strip() or not why.strip():
        raise BadInput("Say to whom it goes and why; nothing was changed.")
    said: dict[str, Value] = {"who": to.strip(), "claimed_by": None, "claimed_at": None}
    return _write(store, actor, each, said, why)


def hold(store: Store, actor: Actor, each: FollowUp, said: Mapping[str, str]) -> "Future[Written]":
    """Who holds it while nobody is there, how they are reached, since when; whether the child is safe until
    then, and with whom that was confirmed: the fields of ``HOLDER_FORM``."""
    return _write(store, actor, each, {name: text.strip() or None for name, text in said.items()})


def past(store: Store, typed: str) -> datetime:
    """When something happened, as it was typed; nothing typed is now. Raises BadInput."""
    now = store.now()
    if not typed.strip():
        return now
    when = parse_when(typed, now, store.hours)
    if isinstance(when, DueRule) or when > now:
        raise BadInput(
            "That is still to come; nothing was changed. Type when it was: 1430 or t-1 1630."
        )
    return when


def _write(
    store: Store, actor: Actor, each: FollowUp, said: Mapping[str, Value], why: str = ""
) -> "Future[Written]":
    require(actor.role, "followup.act")
    on = {name: each.heads[name] for name in said if name in each.heads}
    change = Command(each.tbl, each.id, said, on, why.strip())

    def job(db: Database) -> Written:
        _still_open(store, actor, db, each)
        return sealed_acts.append(store, db, actor, each.contact, [change])

    return store.submit(job)


def _still_open(store: Store, actor: Actor, db: Database, each: FollowUp) -> None:
    """Refuse what was ended since it was read, saying by whom and when."""
    sealed = each.restricted and each.contact
    at = restricted.reader(store, actor, each.contact, db) if sealed else db
    ended, by, when = at.conn.execute(
        f'SELECT ended, ended_by, ended_at FROM "{each.tbl}" WHERE id = ?', (each.id,)
    ).fetchone()
    if ended and not each.ended:
        name = contacts.authors(store).get(by or b"", "a colleague")
        word = {KEPT: "kept", NOT_DONE: "not done"}.get(ended, "stopped")
        said = f" at {shown(from_text(when))}" if when else ""
        raise BadInput(f"{name} has marked it {word}{said}; nothing was changed.")
