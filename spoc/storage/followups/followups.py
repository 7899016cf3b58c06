"""Follow-ups: one queue of every promise with a time, and the acts that end, claim or move one."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime

from spoc.model.errors import BadInput
from spoc.model.followups.followup import KEPT, NOT_DONE, FollowUp
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.due import DueRule, due, parse_when
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database
from spoc.storage.followups.naming import with_names
from spoc.storage.followups.reading import KINDS, ORDER, READ, follow_ups, queue_position, sealed
from spoc.storage.ledger import projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

_SHORT = 4  # the fewest digits of an id that can be searched for


# -- reading -------------------------------------------------------------------------------------


def open_ones(store: Store, actor: Actor) -> list[FollowUp]:
    """All open follow-ups, earliest first, those without a known time last; a role that sees no identifiers
    sees no names. Those of restricted contacts are included for the people who can open them."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    found = list(
        follow_ups(store.reader, f"SELECT * FROM ({READ.format('ended IS NULL')}) {ORDER}", ())
    )
    more = [each for each in sealed(store, actor) if not each.ended]
    return with_names(store, actor, sorted([*found, *more], key=queue_position))


def every(store: Store, actor: Actor) -> list[FollowUp]:
    """All follow-ups ever, open or ended, in the order of their times."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    found = list(follow_ups(store.reader, f"SELECT * FROM ({READ.format('1')}) {ORDER}", ()))
    return with_names(store, actor, [*found, *sealed(store, actor)])


def ended_since(store: Store, actor: Actor, since: datetime) -> list[FollowUp]:
    """Those that ended since then, latest first, each with who said so and when."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    where = READ.format("ended_at >= ? AND ended IS NOT NULL")
    sql = f"SELECT * FROM ({where}) ORDER BY ended_at DESC, id"
    return with_names(
        store, actor, list(follow_ups(store.reader, sql, [utc_text(since)] * len(KINDS)))
    )


def find(store: Store, actor: Actor, typed: str) -> FollowUp:
    """The follow-up, open or ended, with this id, or beginning or end of an id, to act on it. Raises BadInput."""
    require(actor.role, "followup.act")
    wanted = typed.strip().lower().replace("-", "")
    if len(wanted) < _SHORT or set(wanted) - set("0123456789abcdef"):
        raise BadInput(
            f"An id is {_SHORT} to 32 of the letters a to f and digits; nothing was changed. Take it from: "
            "spoc followup list"
        )
    where = READ.format("(lower(hex(id)) LIKE ? OR lower(hex(id)) LIKE ?)")
    either = (f"{wanted}%", f"%{wanted}") * len(KINDS)
    found = with_names(store, actor, list(follow_ups(store.reader, where, either)))
    found += [
        each
        for each in sealed(store, actor)
        if each.id.hex().startswith(wanted) or each.id.hex().endswith(wanted)
    ]
    if len(found) != 1:
        text = "No follow-up has" if not found else "Several follow-ups have"
        raise BadInput(f"{text} such an id; nothing was changed. Take it from: spoc followup list")
    return found[0]


def is_of(each: FollowUp, actor: Actor) -> bool:
    """Whether it is somebody's own: they claimed it, or it names them and nobody has."""
    named = actor.name.casefold() in each.who.casefold()
    return each.claimed_by == actor.id or (named and not each.claimed_by)


def events(store: Store, each: FollowUp) -> list[dict[str, str]]:
    """The ledger entries behind a follow-up, oldest first: which, when, what they set."""
    return [
        {"entry": entry.id.hex(), "at": entry.at, "set": ", ".join(sorted(entry.fields or ()))}
        for entry in projection.entries_of(store.reader, each.tbl, each.id)
    ]


# -- acts ----------------------------------------------------------------------------------------


def end(
    store: Store, actor: Actor, each: FollowUp, how: str = KEPT, why: str = "", at: str = ""
) -> "Future[WrittenAct]":
    """Records that it was kept, or not done (``not-done``, which needs a reason); ``at`` is when, as typed,
    otherwise now. The future holds BadInput if a colleague has ended it meanwhile."""
    require(actor.role, "followup.act")
    if how == NOT_DONE and not why.strip():
        raise BadInput("Say why it was not done; nothing was changed.")
    if how == KEPT and each.stops(store.pack) and not why.strip():
        raise BadInput(
            "The child has died, and this goes to the family: say why it is done anyway, or that it is "
            "not done. Nothing was changed."
        )
    fields: dict[str, Value] = {
        "ended": how,
        "ended_at": utc_text(past(store, at)),
        "ended_by": actor.id.hex(),
        "ended_why": why.strip() or None,
    }
    return _write(store, actor, each, fields, why)


def reopen(store: Store, actor: Actor, each: FollowUp) -> "Future[WrittenAct]":
    """Opens it again: the mark was a slip."""
    now = find(store, actor, each.id.hex())
    gone: dict[str, Value] = dict.fromkeys(("ended", "ended_at", "ended_by", "ended_why"))
    return _write(store, actor, now, gone, "taken back")


def claim(
    store: Store, actor: Actor, each: FollowUp, *, let_go: bool = False
) -> "Future[WrittenAct]":
    """Claims it, so that nobody else does it too; or lets it go again."""
    by = None if let_go else actor.id.hex()
    return _write(
        store,
        actor,
        each,
        {"claimed_by": by, "claimed_at": None if let_go else utc_text(store.now())},
    )


def snooze(store: Store, actor: Actor, each: FollowUp, to: str, why: str) -> "Future[WrittenAct]":
    """Puts it off until a time, as typed, with a reason. Its due time stays the same."""
    if not why.strip():
        raise BadInput("Say why it can wait; nothing was changed.")
    now = store.now()
    when = parse_when(to, now, store.hours)
    at = due(when, now, store.hours).at if isinstance(when, DueRule) else when
    if at is None or at <= now:
        raise BadInput("It can only be put off to a time in the future; nothing was changed.")
    fields: dict[str, Value] = {"snoozed_to": utc_text(at), "snoozed_why": why.strip()}
    return _write(store, actor, each, fields, why)


def hand_on(store: Store, actor: Actor, each: FollowUp, to: str, why: str) -> "Future[WrittenAct]":
    """Hands it on to somebody else by name; nobody at the desk holds it any longer."""
    if not to.strip() or not why.strip():
        raise BadInput("Say to whom it goes and why; nothing was changed.")
    fields: dict[str, Value] = {"who": to.strip(), "claimed_by": None, "claimed_at": None}
    return _write(store, actor, each, fields, why)


def hold(
    store: Store, actor: Actor, each: FollowUp, fields: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Records who holds it while nobody is there, how to reach them, since when; whether the child is safe
    until then, and who confirmed that: the fields of ``HOLDER_FORM``."""
    return _write(store, actor, each, {name: text.strip() or None for name, text in fields.items()})


def past(store: Store, typed: str) -> datetime:
    """When something happened, as typed; nothing typed means now. Raises BadInput."""
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
    store: Store, actor: Actor, each: FollowUp, fields: Mapping[str, Value], why: str = ""
) -> "Future[WrittenAct]":
    require(actor.role, "followup.act")
    on = {name: each.heads[name] for name in fields if name in each.heads}
    change = Command(each.tbl, each.id, fields, on, why.strip())

    def job(db: Database) -> WrittenAct:
        _still_open(store, actor, db, each)
        return _append(store, db, actor, each, change)

    return store.submit(job)


def _append(
    store: Store, db: Database, actor: Actor, each: FollowUp, change: Command
) -> WrittenAct:
    """Writes a change to a follow-up, within a job: sealed with what it belongs to."""
    if each.contact:
        return sealed_acts.append(store, db, actor, each.contact, [change])
    return sealed_acts.within(store, db, actor, each.attendance, [change])


def _still_open(store: Store, actor: Actor, db: Database, each: FollowUp) -> None:
    """Refuses one that was ended since it was read, saying by whom and when."""
    at = restricted.reader(store, actor, each.owner, db) if each.restricted else db
    ended, by, when = at.conn.execute(
        f'SELECT ended, ended_by, ended_at FROM "{each.tbl}" WHERE id = ?', (each.id,)
    ).fetchone()
    if ended and not each.ended:
        name = contacts.authors(store).get(by or b"", "a colleague")
        word = {KEPT: "kept", NOT_DONE: "not done"}.get(ended, "stopped")
        text = f" at {shown_instant(from_text(when))}" if when else ""
        raise BadInput(f"{name} has marked it {word}{text}; nothing was changed.")
