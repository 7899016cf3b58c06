"""What somebody wrote on a contact without knowing that another desk had restricted it: it is not sealed, so
it does not count (decision 21). Only its author is told, and can read it again to pass it on."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.documents.change_words import field_label, value_words
from spoc.model.ledger.entry import Actor, Entry
from spoc.model.ledger.fold import VOID, in_clear_after
from spoc.model.ledger.table import Table, owned
from spoc.model.values.dates import counted
from spoc.storage.driver import Database
from spoc.storage.ledger import projection
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy.restricted import OWNERS, opened_to
from spoc.storage.store import Store

_KEY = "passed_on"  # acts (hex) that their author has passed on; kept on this desk
_SHOWN = ("text", "code", "many", "word", "flag")  # kinds of field that can be shown as they are


@dataclass(frozen=True, slots=True)
class Uncounted:
    """One act: the contact or attendance, when it was written (UTC text), what it says in lines, and who can open
    the contact now."""

    act: bytes
    record: bytes
    at: str
    lines: tuple[str, ...]
    ask: tuple[str, ...]


def written_by(store: Store, actor: Actor) -> list[Uncounted]:
    """What this person wrote and has not passed on yet, oldest first."""
    db = store.reader
    done = {*(local(db, _KEY) or [])}
    found: dict[tuple[bytes, bytes], list[tuple[Table, Entry]]] = {}
    for owner, table, entry in _entries(store, db, actor):
        if entry.act.hex() not in done:
            found.setdefault((owner, entry.act), []).append((table, entry))
    return sorted(
        (
            Uncounted(
                act,
                owner,
                entries[0][1].at,
                tuple(line for table, entry in entries for line in _lines(store, table, entry)),
                tuple(each.name for each in opened_to(db, owner)),
            )
            for (owner, act), entries in found.items()
        ),
        key=lambda each: (each.at, each.act),
    )


def note(store: Store, actor: Actor) -> str:
    """What to say about it on the board; "" if there is nothing."""
    many = len(written_by(store, actor))
    if not many:
        return ""
    noun = "1 thing you wrote does" if many == 1 else f"{counted(many, 'thing')} you wrote do"
    them = "it" if many == 1 else "them"
    return f"{noun} not count, because the contact had been restricted meanwhile: y, then w, shows {them}"


def passed_on(store: Store, each: Uncounted) -> "Future[None]":
    """Notes that its author has passed it on, so that it is no longer shown."""

    def job(db: Database) -> None:
        keep_local(db, _KEY, sorted({*(local(db, _KEY) or []), each.act.hex()}))

    return store.submit(job)


def _entries(store: Store, db: Database, actor: Actor) -> Iterator[tuple[bytes, Table, Entry]]:
    """Each entry of this person that does not count because it is not sealed, with the restricted owner."""
    for name in OWNERS:
        owner = store.tables[name]
        sealable = (each for each in owned(store.tables, name) if each.sealable)
        for table in (owner, *sealable):
            for whose, record in _candidates(db, actor, name, table.name):
                for each in _left_out(table.name, projection.entries_of(db, table.name, record)):
                    if each.actor == actor.id:
                        yield whose, table, each


def _left_out(tbl: str, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Those of a record's entries that say something and do not count, because they are not sealed."""
    aside = {*in_clear_after(tbl, entries)}
    never_sealed = not any(each.sealed for each in entries)
    for each in entries:
        if each.fields and not each.sealed and (never_sealed or each.id in aside):
            yield each


def _candidates(db: Database, actor: Actor, owner: str, tbl: str) -> list[tuple[bytes, bytes]]:
    """The restricted owners, and their records in which this person wrote something unsealed."""
    return db.conn.execute(
        f'SELECT DISTINCT owner.id, own.id FROM "{owner}" AS owner CROSS JOIN "{tbl}" AS own ON own.sealed = owner.id'
        " CROSS JOIN entry ON entry.record = own.id AND entry.tbl = ?2 JOIN payload USING(entry_id)"
        " WHERE owner.sealed IS NOT NULL AND header ->> 'actor' = ?1"
        " AND CAST(payload.body AS TEXT) ->> '$.box' IS NULL",
        (actor.id.hex(), tbl),
    ).fetchall()


def _lines(store: Store, table: Table, entry: Entry) -> Iterator[str]:
    """An entry in words: each field with its value, and why."""
    for name, value in (entry.fields or {}).items():
        column = table.column(name.partition(".")[0])
        if name == VOID:
            yield f"{table.name.replace('_', ' ')} taken out"
        elif value not in (None, "") and column is not None and column.kind in _SHOWN:
            label = field_label(table, column.name, store.form, store.pack)
            yield f"{label}: {value_words(table, name, value, store.pack)}"
    if entry.why:
        yield f"because: {entry.why}"
