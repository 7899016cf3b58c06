"""Telling others about an attendance: shares, which are copied and then sent, and letters. Only what was sent
counts as told."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.attendance import sharing
from spoc.model.attendance.letters import LetterText as Letter
from spoc.model.attendance.letters import offered
from spoc.model.attendance.sharing import SharedAttendance
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.attendances import listing, showing
from spoc.storage.attendances.reviewing import write
from spoc.storage.attendances.showing import Shown
from spoc.storage.attendances.stored import history
from spoc.storage.contacts.call import guidance_facts, sheets
from spoc.storage.driver import Database
from spoc.storage.ledger import append as ledger
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.persons import deaths
from spoc.storage.store import Store


def text(store: Store, actor: Actor, team: str, shown: Sequence[Shown]) -> str:
    """The text that tells one team about these attendances."""
    attendances = [
        SharedAttendance(each.fields, _site(store, each), each.line.number, each.flags, each.line.disposition,
             each.reviews[0].note if each.reviews and not each.reviews[0].void else "",
             deaths.of_person(store.reader, each.person), bool(each.unsure("nhs_number")))
        for each in shown
    ]  # fmt: skip
    label = store.pack.label("told", team)
    return sharing.text(
        label, attendances, store.settings.get("service", "the service"), actor.name
    )


def subject(store: Store, team: str, count: int, address: str) -> str:
    """The subject line of a share: no names, and ``[secure]`` if the address needs it."""
    accredited = store.settings.get("accredited_domains", "").split()
    return sharing.subject(store.pack.label("told", team), count, address, accredited)


def copied(store: Store, actor: Actor, team: str, records: Sequence[bytes]) -> "Future[None]":
    """Records that a team's text was copied, for each of these attendances. That tells nobody yet."""
    require(actor.role, "attendance.review")
    if store.pack.find("told", team) is None:
        raise BadInput("Choose a team from the list; nothing was recorded.")
    at = utc_text(store.now())

    def job(db: Database) -> None:
        for record in records:
            fields = {"attendance": record.hex(), "to_whom": team, "copied_at": at}
            write(store, db, actor, record, {("share", ledger.new_id(store.now())): fields})

    return store.submit(job)


def sent(store: Store, actor: Actor, share: bytes, address: str) -> "Future[WrittenAct]":
    """Records that a share was sent, and to which address. Raises BadInput without one."""
    require(actor.role, "attendance.review")
    if not address.strip():
        raise BadInput("Say to which address it was sent, or by what means. Nothing was recorded.")

    def job(db: Database) -> WrittenAct:
        fields: dict[str, Value] = {"sent_at": utc_text(store.now()), "address": address.strip()}
        (of,) = db.conn.execute(
            "SELECT coalesce(attendance, sealed) FROM share WHERE id = ?", (share,)
        ).fetchone()
        return write(store, db, actor, of, {("share", share): fields})

    return store.submit(job)


def unsent(store: Store, actor: Actor) -> list[tuple[bytes, bytes, str, str]]:
    """The shares that were copied but not sent, oldest first: share, attendance, team, when copied."""
    require(actor.role, "attendance.list")
    return list(
        store.reader.conn.execute(
            "SELECT share.id, attendance, to_whom, copied_at FROM share JOIN attendance ON attendance.id = attendance"
            " WHERE sent_at IS NULL AND share._void = 0 AND attendance._void = 0 ORDER BY copied_at"
        ).fetchall()
    )


def letters(store: Store, actor: Actor, shown: Shown) -> list[Letter]:
    """The letters that an attendance offers, or why one must not be written."""
    require(actor.role, "attendance.review")
    return offered(
        shown.fields,
        store.pack.book,
        history(store.reader, shown.fields, shown.line.site),
        listing.local_now(store),
        site=_site(store, shown),
        service=store.settings.get("service", ""),
        by=actor.name,
        do_not_tell=_not_to_be_told(store, actor, shown),
        died=deaths.of_person(store.reader, shown.person),
    )


def write_letter(
    store: Store, actor: Actor, shown: Shown, letter: Letter, why: str = ""
) -> "Future[WrittenAct]":
    """Records that a letter was written, with its text. Raises BadInput if it must not be, or if it needs
    to know ``why`` it goes to the family all the same."""
    require(actor.role, "attendance.review")
    if letter.refused:
        raise BadInput(letter.refused)
    if letter.asks and not why.strip():
        raise BadInput(f"{letter.asks} Say why it is written anyway. Nothing was written.")
    fields: dict[str, Value] = {
        "attendance": shown.line.id.hex(),
        "kind": letter.letter.code,
        "at": utc_text(store.now()),
        "text": letter.text,
    }
    if why.strip():
        fields["why"] = why.strip()
    own, record = ledger.new_id(store.now()), shown.line.id
    return store.submit(lambda db: write(store, db, actor, record, {("letter", own): fields}))


def _site(store: Store, shown: Shown) -> str:
    label = store.pack.label("service", shown.line.site)
    inside = label.partition(",")[2].partition("(")[0].strip()
    return inside or shown.line.site


def _not_to_be_told(store: Store, actor: Actor, shown: Shown) -> bool:
    """Whether a contact about this child has a reason not to tell the family."""
    for contact, _, _ in shown.contacts:
        sheet = sheets.sheet_of(store, actor, contact)
        if guidance_facts.guided(store, sheet).hides:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Team:
    """A team's cases: still to copy, copied but not sent, sent; each with its share's id (b"" if there is
    none yet)."""

    code: str
    to_copy: tuple[tuple[Shown, bytes], ...]
    copied: tuple[tuple[Shown, bytes], ...]
    sent: tuple[tuple[Shown, bytes], ...]


def teams(store: Store, actor: Actor, only: bytes | None = None) -> list[Team]:
    """The teams with somebody to be told about, according to the reviews; ``only`` for one attendance."""
    require(actor.role, "attendance.review")
    found: dict[str, tuple[list[tuple[Shown, bytes]], ...]] = {}
    for record in [only] if only else _told_of(store):
        shown = showing.get(store, actor, record)
        shares = {each.to_whom: each for each in shown.shares}
        for code in [*sharing.whom(shown.fields, store.pack), *shares]:
            to_copy, copied, sent_to = found.setdefault(code, ([], [], []))
            share = shares.get(code)
            place = to_copy if share is None else sent_to if share.sent_at else copied
            if all(each.line.id != record for each, _ in place):
                place.append((shown, share.id if share else b""))
    order = [each.code for each in store.pack.lists.get("told", ())]
    return [
        Team(code, *(tuple(each) for each in found[code]))
        for code in sorted(
            found, key=lambda code: order.index(code) if code in order else len(order)
        )
    ]


def _told_of(store: Store) -> list[bytes]:
    """The attendances whose review says that somebody must be told, and whose share is not sent yet."""
    codes = [each.code for each in store.pack.lists.get("disposition", ()) if each.group == "told"]
    marks = ", ".join("?" * len(codes))
    rows = store.reader.conn.execute(
        f"SELECT a.id FROM attendance a JOIN review r ON r.id = a.reviewed WHERE r.disposition IN ({marks})"
        " AND a._void = 0 AND a.closed_to IS NULL AND (NOT EXISTS (SELECT 1 FROM share WHERE attendance = a.id"
        " AND _void = 0) OR EXISTS (SELECT 1 FROM share WHERE attendance = a.id AND sent_at IS NULL AND _void = 0))"
        " ORDER BY r.at",
        codes,
    ).fetchall()
    return [each[0] for each in rows]
