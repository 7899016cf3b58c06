"""Handing over: what was written since somebody was last here, and the shift and end-of-day sheets."""

import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from spoc.model.errors import BadInput
from spoc.model.followups.followup import KEPT, NOT_DONE, OVERDUE, TODAY, FollowUp
from spoc.model.forms.form_input import labels
from spoc.model.forms.sheet import children_words, where_was_i
from spoc.model.ledger.entry import Actor, Command, Entry, decode
from spoc.model.rules.access import may, require
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.rules.guiding.guide import STOP
from spoc.model.values.dates import MONTHS, WEEKDAYS
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.driver import Database, row
from spoc.storage.followups import followups, requests, unborn
from spoc.storage.followups.naming import named_people
from spoc.storage.ledger.append import WrittenAct, new_id
from spoc.storage.migrations import keep_local, local
from spoc.storage.store import Store

NEWS = 200  # entries read at once; later ones wait for the next time
_TOLD = (
    "contact",
    "note",
    "outcome",
    "action",
    "clock",
    "request",
    "chase",
    "handover",
    "attendance_action",
)
_NIGHT = timedelta(hours=24)  # answers in calls about a child who was not safe
UNSAFE = "unsafe"
_BRACKETS = re.compile(r" \([^)]*\)")
_NOTE = "added a note"


@dataclass(frozen=True, slots=True)
class News:
    """Something that a colleague wrote, or that arrived: its place in this desk's ledger (``n``), when it
    was written (UTC text), by whom, what it was, and its contact (its id, or empty)."""

    n: int
    at: str
    by: str
    words: str
    contact: bytes = b""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a sheet: its heading, and one sentence per line; empty if there is nothing."""

    title: str
    lines: tuple[str, ...]


# -- since you were last here ---------------------------------------------------------------------


def news(store: Store, actor: Actor) -> list[News]:
    """What others wrote and what arrived since this person last saw it here, oldest first: in the order of
    arrival at this desk, so that what was written earlier but arrived since is included."""
    require(actor.role, "followup.act")
    seen = local(store.reader, _key(actor))
    if seen is None:  # the first time: since what they wrote last, or in the last day
        day = _before(store, store.now() - timedelta(days=1))
        seen = min(day, _own(store, actor) or day)
    marks = ", ".join("?" * len(_TOLD))
    found: dict[tuple[bytes, bytes], list[tuple[int, Entry]]] = {}
    for n, header, body in store.reader.conn.execute(
        "SELECT entry.rowid, header, body FROM entry LEFT JOIN payload USING(entry_id)"
        f" WHERE entry.rowid > ? AND tbl IN ({marks}) ORDER BY entry.rowid LIMIT ?",
        (seen, *_TOLD, NEWS),
    ):
        try:
            entry = decode(header, body)
        except ValueError:
            continue
        if entry.actor != actor.id:
            found.setdefault((entry.act, _contact(store, entry)), []).append((n, entry))
    users = contacts.authors(store)
    people = named_people(store, actor, sorted({contact for _, contact in found if contact}))
    return [
        News(
            n=max(n for n, _ in entries),
            at=entries[0][1].at,
            by=users.get(entries[0][1].actor, "another desk"),
            words=_words(store, [entry for _, entry in entries], people.get(contact, {})),
            contact=contact,
        )
        for (_, contact), entries in found.items()
    ]


def seen(store: Store, actor: Actor, up_to: int) -> "Future[None]":
    """Records that this person has seen everything up to a place in this desk's ledger; never less than
    before."""

    def job(db: Database) -> None:
        before = local(db, _key(actor)) or 0
        if up_to > before:
            keep_local(db, _key(actor), up_to)

    return store.submit(job)


def _key(actor: Actor) -> str:
    return f"seat:{actor.id.hex()}"


def _before(store: Store, at: datetime) -> int:
    """The place of the last entry written before an instant."""
    found = store.reader.conn.execute(
        "SELECT coalesce(max(rowid), 0) FROM entry WHERE header ->> 'at' < ?", (utc_text(at),)
    )
    return int(row(found.fetchone()))


def _own(store: Store, actor: Actor) -> int:
    """The place of the last entry that this person wrote; 0 if there is none."""
    found = store.reader.conn.execute(
        "SELECT coalesce(max(rowid), 0) FROM entry WHERE tbl <> 'audit' AND header ->> 'actor' = ?",
        (actor.id.hex(),),
    )
    return int(row(found.fetchone()))


def _contact(store: Store, entry: Entry) -> bytes:
    if entry.sealed:
        return entry.sealed
    if entry.tbl == "contact":
        return entry.record
    if entry.tbl in ("handover", "attendance_action"):
        return b""
    found = store.reader.conn.execute(
        f'SELECT contact FROM "{entry.tbl}" WHERE id = ?', (entry.record,)
    ).fetchone()
    return found[0] or b"" if found else b""


def _words(store: Store, entries: list[Entry], people: dict[str, list[str]]) -> str:
    """What an act did to one contact, in a few words."""
    if any(each.sealed for each in entries):
        return "a restricted contact was written to"
    about = "; ".join(people.get("child", ()))
    parts = list(dict.fromkeys(filter(None, (_did(store, each) for each in entries))))
    if len(parts) > 1 and any(each.tbl == "contact" for each in entries):  # the call's own note
        parts = [each for each in parts if each != _NOTE]
    return (f"{about}: " if about else "") + ("; ".join(parts) or "changed")


def _did(store: Store, entry: Entry) -> str:
    fields = entry.fields or {}
    if entry.tbl == "contact":
        if "closed_at" in fields:
            return "closed a contact"
        return "left a contact open" if "opened_at" in fields else "amended a contact"
    if entry.tbl == "handover":
        return f"“{fields.get('text', '')}”"
    if entry.tbl in ("action", "clock", "attendance_action"):
        return _followed(store, entry)
    if entry.tbl == "request":
        decision = fields.get("decision_after") or fields.get("decision")
        text = store.pack.label("decision", str(decision)) if decision else ""
        return f"social care: {text}" if text else "a step of a request to social care"
    if entry.tbl == "outcome":
        return f"outcome: {store.pack.label('outcome', str(fields.get('code', '')))}"
    return {"note": _NOTE, "chase": "chased social care"}.get(entry.tbl, "")


def _followed(store: Store, entry: Entry) -> str:
    fields = entry.fields or {}
    value = store.reader.conn.execute(
        f'SELECT code FROM "{entry.tbl}" WHERE id = ?', (entry.record,)
    ).fetchone()
    what = store.pack.label("action", value[0] or "") if value else ""
    if "code" in fields:  # an action that is new is reported with its contact
        return f"agreed from a review: {what}" if entry.tbl == "attendance_action" else ""
    if fields.get("ended"):
        word = {KEPT: "done", NOT_DONE: "not done"}.get(str(fields["ended"]), "stopped")
        return f"{word}: {what}"
    if fields.get("claimed_by"):
        return f"claimed {what}"
    if fields.get("snoozed_to"):
        return f"put off {what}"
    return f"handed on {what}" if "who" in fields else f"changed {what}"


# -- a word for the next -------------------------------------------------------------------------


def leave_word(store: Store, actor: Actor, text: str) -> "Future[WrittenAct]":
    """Leaves a message for the next person; it stays on the sheet until another is left."""
    require(actor.role, "followup.act")
    if not text.strip():
        raise BadInput("The message is empty; nothing was left.")
    return store.act(actor, [Command("handover", new_id(store.now()), {"text": text.strip()})])


def _last_word(store: Store) -> Iterator[str]:
    found = store.reader.conn.execute(
        "SELECT text, _first_at, _by FROM handover WHERE _void = 0 ORDER BY _first_at DESC, n DESC LIMIT 1"
    ).fetchone()
    if found:
        by = contacts.authors(store).get(found[2], "a colleague")
        yield f"{by}, {shown_instant(from_text(found[1]))}: {found[0]}"


# -- the sheets ----------------------------------------------------------------------------------


def shift_sheet(store: Store, actor: Actor) -> list[Section]:
    """What the next shift takes over."""
    require(actor.role, "followup.act")
    now, found = store.now(), followups.open_ones(store, actor)
    rings = {each.code for each in store.pack.lists.get("action", ()) if each.rings}
    overdue = [each for each in found if each.state(now) == OVERDUE]
    today = [each for each in found if each.state(now) == TODAY and each.code not in rings]
    return [
        Section("From the last shift", tuple(_last_word(store))),
        Section("Parked calls", tuple(_parked(store, actor))),
        Section("Open contacts", tuple(_open(store, actor))),
        Section("Overdue", _lines(store, overdue)),
        Section("Due today", _lines(store, today)),
        Section(
            "Call-backs promised", _lines(store, [each for each in found if each.code in rings])
        ),
        Section("At risk tonight", tuple(_at_risk(store, actor, found))),
        Section("Out-of-hours plan", tuple(_plan(store, found))),
        Section("Social care undecided", tuple(_undecided(store, actor))),
        Section("Unborn, not heard of", tuple(_not_heard_of(store, actor))),
    ]


def end_of_day(store: Store, actor: Actor) -> list[Section]:
    """What must be settled before the last person goes (W18)."""
    require(actor.role, "followup.act")
    now, found = store.now(), followups.open_ones(store, actor)
    rings = {each.code for each in store.pack.lists.get("action", ()) if each.rings}
    due = [each for each in found if each.state(now) in (OVERDUE, TODAY)]
    return [
        Section(
            "Call-backs still to ring", _lines(store, [each for each in due if each.code in rings])
        ),
        Section("Parked calls", tuple(_parked(store, actor))),
        Section(
            "Held by nobody tonight",
            _lines(store, [each for each in found if each.asks_holder(store.hours, now)]),
        ),
        Section(
            "Due and unclaimed",
            _lines(store, [each for each in due if not each.claimed_by and each.code not in rings]),
        ),
        Section("At risk tonight", tuple(_at_risk(store, actor, found))),
    ]


def _lines(store: Store, found: list[FollowUp]) -> tuple[str, ...]:
    now, users = store.now(), contacts.authors(store)
    return tuple(
        f"{each.when(now)}  {_brief(store, each)} · {_about(each)}"
        + f" · {f'claimed by {users.get(each.claimed_by)}' if each.claimed_by else each.who or 'nobody yet'}"
        + (f" · ring {each.callback}" if each.callback and _rings(store, each) else "")
        for each in found
    )


def _brief(store: Store, each: FollowUp) -> str:
    """The words for a promise, without the part in brackets."""
    return _BRACKETS.sub("", store.pack.label("action", each.code))


def _rings(store: Store, each: FollowUp) -> bool:
    found = store.pack.find("action", each.code)
    return found is not None and found.rings


def _about(each: FollowUp) -> str:
    return "restricted" if each.restricted else "; ".join(each.children) or "no child named"


def _parked(store: Store, actor: Actor) -> Iterator[str]:
    users = contacts.authors(store)
    if not may(actor.role, "contact.log"):
        return
    for each in drafts.waiting(store, actor):
        by = users.get(each.actor, "a colleague")
        if each.shut:
            yield f"a restricted call of {by}"
            continue
        about = children_words(each.sheet) or "no child yet"
        where = where_was_i(each.sheet, labels(store.form, store.pack.guide.questions))
        at = shown_instant(from_text(each.sheet.opened_at))
        yield f"{at}  {about} · {each.sheet.caller.name or 'somebody'} rang · taken by {by}" + (
            f" · last in {where}" if where else ""
        )


def _open(store: Store, actor: Actor) -> Iterator[str]:
    for each in contacts.still_open(store, actor):
        about = "restricted" if each.restricted else "; ".join(each.children) or "no child named"
        issues = ", ".join(store.pack.label("issue", code) for code in each.issues)
        yield f"{shown_instant(from_text(each.received_at))}  {about}" + (
            f" · {issues}" if issues else ""
        )


def _at_risk(store: Store, actor: Actor, found: list[FollowUp]) -> Iterator[str]:
    """The children not known to be safe: according to a call of the last day, or to somebody who holds a
    promise."""
    since = utc_text(store.now() - _NIGHT)
    rows = store.reader.conn.execute(
        "SELECT id FROM contact WHERE safety_now = ? AND received_at >= ? AND _void = 0 AND sealed IS NULL"
        " ORDER BY received_at",
        (UNSAFE, since),
    ).fetchall()
    people = named_people(store, actor, [contact for (contact,) in rows])
    for (contact,) in rows:
        names = "; ".join(people.get(contact, {}).get("child", ())) or "no child named"
        yield f"{names}: not safe, or nobody knows, as the call said"
    yield from _stopped(
        store, actor, since, {each.contact for each in found if each.safe_tonight == "yes"}
    )
    for each in found:
        if each.holder and each.safe_tonight == "no":
            yield f"{_about(each)}: not safe, as {each.safe_with} said; held by {each.holder}"


def _stopped(store: Store, actor: Actor, since: str, safe: set[bytes]) -> Iterator[str]:
    """The children of calls since then that met a STOP, where nobody has said whether the child is safe."""
    stops = {each.code: each.title for each in store.pack.guide.prompts if each.kind == STOP}
    marks = ", ".join("?" * len(stops))
    rows = store.reader.conn.execute(
        "SELECT contact.id, prompt.code FROM prompt JOIN contact ON contact.id = prompt.contact"
        " WHERE contact.received_at >= ? AND coalesce(contact.safety_now, '') = '' AND contact._void = 0"
        f" AND contact.sealed IS NULL AND prompt._void = 0 AND prompt.code IN ({marks})"
        " ORDER BY contact.received_at, prompt.code",
        (since, *stops),
    ).fetchall()
    by_contact: dict[bytes, list[str]] = {}
    for contact, code in rows:
        if contact not in safe:
            by_contact.setdefault(contact, []).append(stops[code])
    people = named_people(store, actor, list(by_contact))
    for contact, titles in by_contact.items():
        names = "; ".join(people.get(contact, {}).get("child", ())) or "no child named"
        yield f"{names}: {'; '.join(titles)}; nobody has said whether the child is safe"


def _plan(store: Store, found: list[FollowUp]) -> Iterator[str]:
    now = store.now()
    for each in found:
        what = _brief(store, each)
        if each.holder and not each.ended:
            yield (
                f"{_about(each)}: {what}, {each.when(now)}. Held by {each.holder}, {each.holder_bleep}, "
                f"since {each.holder_since}; safe tonight: {each.safe_tonight}, {each.safe_with}"
            )
        elif each.asks_holder(store.hours, now):
            yield f"{_about(each)}: {what}, {each.when(now)}. NOBODY HOLDS IT YET"


def _undecided(store: Store, actor: Actor) -> Iterator[str]:
    for each in requests.every(store, actor):
        if not each.fields["decision"]:
            first = each.first(store.now())
            then = f" · next {first.when(store.now())}: {_brief(store, first)}" if first else ""
            asked = _day(each.fields["asked_at"])
            yield f"{'; '.join(each.children) or 'no child named'} · asked {asked}{then}"


def _not_heard_of(store: Store, actor: Actor) -> Iterator[str]:
    """The babies who should have been born long ago, about whom nothing has been recorded."""
    late = store.pack.limits.get("not-born", timedelta.max)
    today = to_local(store.now()).date()
    for each in unborn.board(store, actor):
        if each.overdue(today, late):
            yield f"{each.name}: {each.weeks(today, late)}, nothing heard"


def _day(text: str) -> str:
    if not text:
        return "at an unknown time"
    local = to_local(from_text(text))
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local:%H:%M}"
