"""Desks of one service: acting at them, carrying entries between them, and reading everything they show.

What can be done follows from the kinds of record: one that is added is written, changed, removed and
carried here by its description alone.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from samples import ADVISOR, Clock, a_sheet, set_up

from spoc.cli import output
from spoc.model.errors import Refusal
from spoc.model.forms.sheet import Answer, Person
from spoc.model.ledger.entry import Carried, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Column, Value, natural_id
from spoc.model.ledger.written_by import WRITTEN_BY
from spoc.model.rules.access import may
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts, prompts, releases
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.contacts.reading import finding, listing
from spoc.storage.followups import queue
from spoc.storage.ledger import append, projection
from spoc.storage.ledger.conflicts import conflicts, of, removal
from spoc.storage.ledger.receive import carry
from spoc.storage.persons import persons
from spoc.storage.secrecy import sealed_acts
from spoc.storage.service import settings
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

# Written by acts of their own, by nobody, or by each desk for itself.
APART = {
    "contact", "person", "audit", "opening", "user", "user_key", "desk", "setting", "recovery", "cover",
    "shut_out", "both_ways",
}  # fmt: skip
EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)
WORDS = ("kettle", "stair", "scald", "ward", "molly")
SAID = {
    "body": "police",
    "asked_by": "DC Marsh",
    "basis": "assessment",
    "released": "Dates of two attendances.",
    "approved_by": "Dr Lowe",
}


def desks(folder: Path, count: int, chance: random.Random) -> list[Store]:
    """So many desks of one service, each with a clock of its own, which may be hours wrong."""
    made = []
    for number in range(count):
        (folder / str(number)).mkdir()
        clock = Clock(
            datetime(2026, 11, 20, 9, tzinfo=UTC) + chance.randint(-8, 4) * timedelta(hours=1)
        )
        made.append(set_up(folder / str(number), clock, another=True))
    return made


def begin(stores: list[Store], chance: random.Random) -> None:
    """An open contact and a closed one that all desks have: what they do next, they do to the same."""
    _leave_open(stores[0], chance)
    _close(stores[0], chance)
    carry_all(stores, chance)


# -- what is done at a desk ------------------------------------------------------------------------


def act(store: Store, chance: random.Random) -> None:
    """Something that an advisor does; what the desk refuses was not done."""
    store.now.step(seconds=chance.randint(0, 2500))  # type: ignore[attr-defined]
    with suppress(Refusal):
        chance.choice(ACTS)(store, chance)


def _close(store: Store, chance: random.Random) -> None:
    children = tuple(
        Person(name, "child", dob="2024-02-29")
        for name in chance.sample(("Molly Mulberry", "Oscar Oak", "Ty Brook"), chance.randint(1, 2))
    )
    draft = drafts.new(store, ADVISOR)
    values = (
        {"restricted": "staff-allegation", "about_staff": "Sam"} if chance.random() < 0.2 else {}
    )
    sheet = a_sheet(store.now(), children=children, values=values, notes=chance.choice(WORDS) + ".")
    caller = persons.suggest(store, ADVISOR, "nora", ("professional",))
    if caller and chance.random() < 0.7:
        sheet = replace(sheet, caller=caller[0].person)
    contacts.close(store, ADVISOR, draft, sheet).result()


def _leave_open(store: Store, chance: random.Random) -> None:
    draft = drafts.new(store, ADVISOR)
    contacts.leave_open(store, ADVISOR, draft, a_sheet(store.now())).result()


def add_child(store: Store, contact: bytes, name: str) -> None:
    """Go on with an open contact: one more child; it stays open."""
    draft = sheets.take_over(store, ADVISOR, contact).result()
    answers = draft.sheet.answers | {"worry": Answer("answered", f"{name} may be next.")}
    children = (*draft.sheet.children, Person(name, "child"))
    sheet = replace(draft.sheet, children=children, answers=answers)
    contacts.leave_open(store, ADVISOR, draft, sheet).result()


def _go_on(store: Store, chance: random.Random) -> None:
    """Go on with an open contact: take something away, say something else, close it or leave it open."""
    row = chance.choice(contacts.still_open(store, ADVISOR) or [None])
    if row is None:
        return
    draft = sheets.take_over(store, ADVISOR, row.id).result()
    sheet = draft.sheet
    if chance.random() < 0.5:
        answers = {"considered": Answer("answered", chance.choice(WORDS))}
        answers |= {"worry": Answer("unknown")} if chance.random() < 0.5 else {}
        sheet = replace(sheet, answers=answers if chance.random() < 0.5 else {})
    if chance.random() < 0.5:
        sheet = replace(sheet, children=(*sheet.children[1:], Person("Ada Ash", "child")))
    if chance.random() < 0.3:
        sheet = replace(sheet, actions=())
    done = contacts.close if chance.random() < 0.5 else contacts.leave_open
    try:
        done(store, ADVISOR, draft, sheet).result()
    except Refusal:
        contacts.leave_open(store, ADVISOR, draft, sheet).result()


def _amend(store: Store, chance: random.Random) -> None:
    contact = _some_contact(store, chance)
    part = chance.choice(contacts.get(store, ADVISOR, contact)) if contact else None
    if part is None:
        return
    table = store.tables[part.tbl]
    said = [each for each in table.columns if each.kind in ("text", "code", "many")]
    if said:
        column = chance.choice(said)
        name, value = _value(store, chance, column)
        contacts.amend(store, ADVISOR, part, {name: value}, "rang back").result()


def _note(store: Store, chance: random.Random) -> None:
    if contact := _some_contact(store, chance):
        contacts.add_note(store, ADVISOR, contact, chance.choice(WORDS)).result()


def _outcome(store: Store, chance: random.Random) -> None:
    if contact := _some_contact(store, chance):
        codes = [each.code for each in store.pack.lists["outcome"]]
        contacts.add_outcome(store, ADVISOR, contact, chance.choice(codes)).result()


def _release(store: Store, chance: random.Random) -> None:
    if contact := _some_contact(store, chance):
        releases.add(store, ADVISOR, contact, SAID).result()


def _user(store: Store, chance: random.Random) -> None:
    found = store.reader.conn.execute("SELECT id FROM user WHERE role = 'reviewer' ORDER BY id")
    name = {"name": f"Nurse {chance.choice(WORDS)}", "role": "reviewer"}
    commands = [Command("user", append.new_id(store.now()), name)]
    if chance.random() < 0.3 and (reviewer := found.fetchone()):  # whom an advisor may remove
        commands = [removal(store.reader, "user", *reviewer)]
    store.act(ADVISOR, commands).result()


def _setting(store: Store, chance: random.Random) -> None:
    week = chance.choice(("Mon-Fri 09:00-17:00", "Mon-Fri 08:00-18:00"))
    settings.change(store, ADVISOR, "hours.desk", week).result()


def _write_any(store: Store, chance: random.Random) -> None:
    """Write a record of any kind that is not apart and that an advisor may write, by its description."""
    table = chance.choice(
        [
            each
            for name, each in store.tables.items()
            if name not in APART and any(may(ADVISOR.role, by) for by in WRITTEN_BY.get(name, ()))
        ]
    )
    fields: dict[str, Value] = {}
    contact = b""
    for column in table.columns:
        if column.name == table.owner == "contact":
            contact = _some_contact(store, chance)
            if not contact:
                return
            fields["contact"] = contact.hex()
        elif column.name != "sealed" and (
            column.name in (table.begins, "at", *table.natural) or chance.random() < 0.7
        ):
            name, value = _value(store, chance, column)
            fields[name] = value
    record = natural_id(table, fields) if table.natural else append.new_id(store.now())
    if not store.reader.conn.execute(
        f'SELECT 1 FROM "{table.name}" WHERE id = ?', (record,)
    ).fetchone():
        _write(store, contact, Command(table.name, record, fields))


def _change_any(store: Store, chance: random.Random) -> None:
    if found := _some_record(store, chance):
        table, record, contact, heads = found
        stays = {table.owner, "sealed", *table.natural}
        said = [each for each in table.columns if each.name not in stays]
        if said:
            name, value = _value(store, chance, chance.choice(said))
            on = {name: tuple(heads[name])} if name in heads else {}
            why = chance.choice(("", "rang back"))
            _write(store, contact, Command(table.name, record, {name: value}, on, why))


def _remove_any(store: Store, chance: random.Random) -> None:
    if found := _some_record(store, chance):
        table, record, contact, _ = found
        _write(store, contact, removal(store.reader, table.name, record))


def _write(store: Store, contact: bytes, command: Command) -> None:
    if contact:
        store.submit(lambda db: sealed_acts.append(store, db, ADVISOR, contact, [command])).result()
    else:
        store.act(ADVISOR, [command]).result()


def _some_contact(store: Store, chance: random.Random) -> bytes:
    found = store.reader.conn.execute(
        "SELECT id FROM contact WHERE _void = 0 ORDER BY id"
    ).fetchall()
    return chance.choice(found)[0] if found else b""


def _some_record(store: Store, chance: random.Random) -> Any:
    """A record of some kind that is there and not sealed: its table, id, contact and what stands for it."""
    kinds = [each for name, each in store.tables.items() if name not in APART or name == "person"]
    chance.shuffle(kinds)
    for table in kinds:
        own = "contact" if table.owner == "contact" else "NULL"
        sealed = " AND sealed IS NULL" if table.sealable else ""
        found = store.reader.conn.execute(
            f'SELECT id, {own}, _heads FROM "{table.name}" WHERE _void = 0{sealed} ORDER BY id'
        ).fetchall()
        if found:
            record, contact, heads = chance.choice(found)
            if (
                contact
                and store.reader.conn.execute(
                    "SELECT 1 FROM contact WHERE id = ? AND sealed IS NOT NULL", (contact,)
                ).fetchone()
            ):
                continue
            return table, record, contact or b"", projection.json.loads(heads)
    return None


def _value(store: Store, chance: random.Random, column: Column) -> tuple[str, Value]:
    """A field of a column and something it can say."""
    match column.kind:
        case "many":
            return f"{column.name}.{_code(store.pack, chance, column)}", chance.choice(
                (True, True, False)
            )
        case "code":
            return column.name, _code(store.pack, chance, column)
        case "instant":
            return column.name, utc_text(store.now())
        case "day":
            return column.name, f"2026-11-{chance.randint(10, 28)}"
        case "ref":
            return column.name, bytes([chance.randint(0, 3)] * 16).hex()
        case "flag":
            return column.name, True
        case "int":
            return column.name, chance.randint(0, 9)
        case _:
            return column.name, chance.choice(WORDS)


def _code(pack: Pack, chance: random.Random, column: Column) -> str:
    codes = [each.code for each in pack.lists.get(column.codes, ())]
    return chance.choice(codes or WORDS)


ACTS: tuple[Callable[[Store, random.Random], None], ...] = (
    _close, _leave_open, _go_on, _go_on, _go_on, _amend, _amend, _note, _note, _outcome, _outcome, _release,
    _user, _setting, _write_any, _write_any, _change_any, _change_any, _remove_any,
)  # fmt: skip


# -- what is carried -------------------------------------------------------------------------------


def held(store: Store) -> list[Carried]:
    """All that a desk could hand on: what it wrote, and what it has of the others."""
    streams = store.reader.conn.execute(
        "SELECT DISTINCT stream FROM entry ORDER BY stream"
    ).fetchall()
    return [each for (stream,) in streams for each in carry(store.reader, stream)]


def carry_some(one: Store, other: Store, chance: random.Random) -> None:
    """Carry a piece of what one desk holds: in any order, acts cut, some of it twice."""
    every = held(one)
    begins = chance.randint(0, len(every))
    piece = every[begins : begins + chance.randint(1, 30)]
    if chance.random() < 0.7:
        chance.shuffle(piece)
    assert other.receive([*piece, *piece[: chance.randint(0, 3)]]).problems == ()


def carry_all(stores: list[Store], chance: random.Random) -> None:
    """Carry until all have all."""
    every = list({each.header: each for store in stores for each in held(store)}.values())
    for store in stores:
        chance.shuffle(every)
        done = store.receive(every)
        assert (done.waiting, done.problems) == (0, ())


# -- what is shown ---------------------------------------------------------------------------------


def half_shown(store: Store) -> list[Any]:
    """Acts of which some entries were folded and others are not there yet, and records of which only a change
    is there: none, ever. What was erased has no beginning any more."""
    acts = store.reader.conn.execute(
        "SELECT header ->> 'act', count(*), max(header ->> 'size') AS size FROM entry"
        " GROUP BY 1 HAVING count(*) <> size"
    ).fetchall()
    for table in store.tables.values():
        if table.begins:
            clear = " AND sealed IS NULL" if table.sealable else ""
            acts += store.reader.conn.execute(
                f'SELECT id FROM "{table.name}" AS shown WHERE "{table.begins}" IS NULL AND _void = 0{clear}'
                " AND NOT EXISTS (SELECT 1 FROM entry JOIN entry AS erase ON erase.record = entry.entry_id"
                " WHERE erase.tbl = 'erase' AND entry.record = shown.id)"
            ).fetchall()
    return acts


def shown(store: Store) -> dict[str, Any]:
    """All that a desk shows, part by part."""
    rows = contacts.recent(store, ADVISOR, 1000)
    said = list(listing.stream(store, ADVISOR, listing.ContactFilter()))
    return {
        "list": rows,
        "board": (
            contacts.still_open(store, ADVISOR),
            contacts.count_since(store, ADVISOR, "2026-11-20"),
        ),
        "pages": {row.id: listing.page_of(store, ADVISOR, row.id) for row in rows},
        "JSON": said,
        "CSV": [output._cells(each) for each in said if not each.get("sealed")],
        "search": {
            text: list(_found(store, text)) for text in (*WORDS, "molly", "brok", "2024", "open:")
        },
        "persons": [
            persons.suggest(store, ADVISOR, text, ("child",)) for text in ("mol", "ada", "osk")
        ],
        "counts": (
            listing.count(store, ADVISOR, listing.ContactFilter(open=True)),
            prompts.counts(store, ADVISOR),
            queue.count(store, ADVISOR),
        ),
        "conflicts": conflicts(store.reader),
        "projection": {
            table.name: store.reader.conn.execute(
                f'SELECT {", ".join(map(repr_name, projection.names(table)))} FROM "{table.name}" ORDER BY id'
            ).fetchall()
            for table in store.tables.values()
            if table.name != "audit"
        },
        "verify": _verified(store),
    }


def doubled(store: Store) -> list[Any]:
    """What can exist once, and is there twice."""
    found = []
    for table in store.tables.values():
        if table.natural:
            about = ", ".join(map(repr_name, table.natural))
            clear = " AND sealed IS NULL" if table.sealable else ""
            found += store.reader.conn.execute(
                f"SELECT '{table.name}', {about} FROM \"{table.name}\" WHERE _void = 0{clear}"
                f" GROUP BY {about} HAVING count(*) > 1"
            ).fetchall()
    return found


def lost(store: Store) -> list[str]:
    """What somebody said that neither shows, nor is listed as in conflict, nor was replaced by somebody who had
    seen it; a removal replaces what its author had seen. Worked out here from the entries alone."""
    found = []
    for table in store.tables.values():
        for (record,) in store.reader.conn.execute(f'SELECT id FROM "{table.name}"').fetchall():
            entries = projection.entries_of(store.reader, table.name, record)
            if any(each.fields is None for each in entries):
                continue  # sealed
            listed = of(store.reader, table.name, record)
            names = {name for each in entries for name in each.fields or ()}
            ids = {
                name: {each.id.hex() for each in entries if name in (each.fields or ())}
                - {
                    one
                    for each in entries
                    if name in (each.fields or ())
                    for one in each.parents.get(name, ())
                }
                for name in names
            }
            said = {each.id.hex(): each.fields or {} for each in entries}
            for name, heads in ids.items():
                values = {said[one][name] for one in heads}
                told = {each.value for each in listed.get(name, ())}
                if len(values) > 1 and not values <= told:
                    found.append(f"{table.name}.{name}: {values} listed as {told}")
            (void,) = store.reader.conn.execute(
                f'SELECT _void FROM "{table.name}" WHERE id = ?', (record,)
            ).fetchone()
            if void:
                gone = [each for each in entries if each.id.hex() in ids[VOID]]
                seen = {one for each in gone for some in each.parents.values() for one in some}
                unseen = {
                    one for name, heads in ids.items() if name != VOID for one in heads
                } - seen
                if unseen - {each.id.hex() for each in gone}:
                    found.append(f"{table.name} removed with what its author had not seen")
    return found


def repr_name(name: str) -> str:
    return f'"{name}"'


def _found(store: Store, text: str) -> Iterator[Any]:
    """What a search finds, page by page, and what only a near spelling finds."""
    after = None
    while True:
        page = finding.find(store, ADVISOR, text, 2, after=after)
        yield page.rows
        after = page.next
        if after is None:
            break
    yield finding.find_near(store, ADVISOR, text, [])


def _verified(store: Store) -> Any:
    report = verify(store)
    return report.findings, report.waiting, dict(report.heads), report.entries, report.records


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """In which parts two desks differ."""
    return [part for part in one if one[part] != other[part]]
