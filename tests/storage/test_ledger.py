"""The ledger: nothing in it is changed or lost, by whatever statement and however many write."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samples import ADVISOR, KEY, Clock, a_colleague, a_sheet, close_one, dump, raw

from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.ledger.entry import FIRST, Actor, Command
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading import history
from spoc.storage.driver import Database, IntegrityError
from spoc.storage.ledger import append, projection
from spoc.storage.migrations import local
from spoc.storage.start import open_store
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import rebuild, verify

ENTRY = "(stream, seq, entry_id, hlc, tbl, record, header)"
OF_ENTRY = "SELECT stream, seq, entry_id, hlc, tbl, record, X'00' FROM entry LIMIT 1"

REFUSED = {
    "update": "UPDATE entry SET hlc = hlc + 1",
    "update of one": "UPDATE entry SET tbl = 'x' WHERE seq = 1",
    "update or replace": "UPDATE OR REPLACE entry SET seq = 1",
    "update or ignore": "UPDATE OR IGNORE entry SET seq = 1",
    "update from": "UPDATE entry SET hlc = other.hlc FROM entry AS other",
    "delete": "DELETE FROM entry",
    "delete of the last": "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
    "delete returning": "DELETE FROM entry RETURNING header",
    "insert or replace": f"INSERT OR REPLACE INTO entry{ENTRY} {OF_ENTRY}",
    "replace": f"REPLACE INTO entry{ENTRY} {OF_ENTRY}",
    "replace by row number": f"REPLACE INTO entry(rowid, {ENTRY[1:]} "
    "SELECT 1, stream, seq + 900, entry_id, hlc, tbl, record, X'00' FROM entry LIMIT 1",
    "upsert": f"INSERT INTO entry{ENTRY} {OF_ENTRY.replace('LIMIT 1', 'WHERE true LIMIT 1')}"
    " ON CONFLICT DO UPDATE SET header = excluded.header",
    "update of a payload": "UPDATE payload SET body = X'00'",
    "update or replace of a payload": "UPDATE OR REPLACE payload SET entry_id ="
    " (SELECT entry_id FROM entry WHERE seq = 1)",
    "delete of a payload": "DELETE FROM payload",
    "insert or replace of a payload": "INSERT OR REPLACE INTO payload SELECT entry_id, X'00' FROM payload",
    "replace of a payload": "REPLACE INTO payload SELECT entry_id, X'00' FROM payload",
    "replace of a payload by row number": "REPLACE INTO payload(rowid, entry_id, body)"
    " VALUES(1, zeroblob(16), X'00')",
    "upsert of a payload": "INSERT INTO payload SELECT entry_id, X'00' FROM payload WHERE true"
    " ON CONFLICT(entry_id) DO UPDATE SET body = excluded.body",
}


def held(db: Database) -> list[list[tuple[Any, ...]]]:
    return [
        db.conn.execute(f"SELECT rowid, * FROM {table} ORDER BY 1").fetchall()
        for table in ("entry", "payload")
    ]


def commit(store: Store, *commands: Command) -> append.WrittenAct:
    return store.act(ADVISOR, list(commands)).result()


def person(store: Store, name: str, number: bytes = b"") -> Command:
    return Command("person", number or append.new_id(store.now()), {"name": name, "kind": "adult"})


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_no_statement_changes_or_removes_what_was_written(store: Store, statement: str) -> None:
    before = held(store.reader)
    with pytest.raises(IntegrityError, match="append-only"):
        store.submit(lambda db: db.conn.execute(statement)).result()
    assert held(store.reader) == before


def test_nor_does_sqlite_utils(store: Store) -> None:
    before = held(store.reader)
    (number,) = store.reader.conn.execute("SELECT max(rowid) FROM entry").fetchone()
    for change in (
        lambda db: db["entry"].delete_where(),
        lambda db: db["entry"].delete(number),
        lambda db: db["entry"].update(number, {"tbl": "x"}),
        lambda db: db["payload"].delete_where("entry_id IS NOT NULL"),
        lambda db: db["payload"].insert(
            {"entry_id": before[1][0][1], "body": b"x"}, pk="entry_id", replace=True
        ),
        lambda db: db["payload"].upsert({"entry_id": before[1][0][1], "body": b"x"}, pk="entry_id"),
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            store.submit(change).result()
        assert held(store.reader) == before


def test_what_stands_twice_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError, match="UNIQUE"):
        store.submit(lambda db: db.conn.execute(f"INSERT INTO entry{ENTRY} {OF_ENTRY}")).result()


@pytest.mark.parametrize("guard", ["entry_stays", "entry_is_kept", "payload_stays"])
def test_a_dropped_guard_is_seen(store: Store, guard: str) -> None:
    db = raw(store)
    db.conn.execute(f"DROP TRIGGER {guard}")
    db.close()
    assert verify(store).findings == (
        f"The guard {guard} of the ledger is missing: somebody took it away.",
    )


def test_a_payload_goes_only_where_an_erasure_names_it(store: Store) -> None:
    (entry,) = commit(store, person(store, "Molly Mulberry")).entries
    (other,) = commit(store, person(store, "Oscar Oak")).entries
    nora, _ = a_colleague(store, "Nora Named", "named-professional")
    store.act(nora, [Command("erase", entry.id, {"why": "retention"})]).result()

    def erase(which: bytes) -> int:
        return store.submit(
            lambda db: db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (which,)).rowcount
        ).result()

    assert erase(entry.id) == 0  # gone with the erasure
    with pytest.raises(IntegrityError, match="append-only"):
        erase(other.id)
    store.submit(lambda db: rebuild(db, store.book)).result()
    assert verify(store).findings == ()
    names = store.reader.conn.execute("SELECT id, name FROM person").fetchall()
    assert dict(names) == {entry.record: None, other.record: "Oscar Oak"}


def test_each_entry_names_the_one_before_it(store: Store, clock: Clock) -> None:
    for _ in range(3):
        close_one(store)
        clock.step(minutes=-10)  # a clock that goes back does not turn the order round
    own = bytes.fromhex(local(store.reader, "stream"))
    prev, clocks = FIRST, []
    rows = store.reader.conn.execute(
        "SELECT seq, hlc, header FROM entry WHERE stream = ? ORDER BY seq", (own,)
    ).fetchall()
    for number, (seq, hlc, header) in enumerate(rows, 1):
        said = json.loads(header)
        assert (seq, said["seq"], bytes.fromhex(said["prev"])) == (number, number, prev)
        prev = hashlib.sha256(header).digest()
        clocks.append(hlc)
    assert clocks == sorted(set(clocks))
    assert append.head(store.reader, "stream") == (own, len(rows), prev, max(clocks))


def test_an_act_is_written_whole_or_not_at_all(store: Store) -> None:
    before = held(store.reader)

    def half(db: Database) -> None:
        store.append(db, ADVISOR, [person(store, "Half")])
        raise OSError("pulled out")

    with pytest.raises(OSError, match="pulled out"):
        store.submit(half).result()
    assert held(store.reader) == before
    assert not store.reader.conn.execute("SELECT 1 FROM person").fetchone()
    written = commit(store, person(store, "One"), person(store, "Two"))
    assert {(each.act, each.size) for each in written.entries} == {(written.act, 2)}
    assert verify(store).sound


def test_what_is_read_back_is_what_was_written(store: Store) -> None:
    written = commit(store, person(store, "Zoë [/] 'x' \x00 😀"))
    (entry,) = written.entries
    assert projection.entries_of(store.reader, "person", entry.record) == [entry]


def test_two_stale_amendments_are_both_kept_and_listed(store: Store, actor: Actor) -> None:
    contact = close_one(store)
    shown = contacts.get(store, actor, contact)[0]
    contacts.amend(store, actor, shown, {"category": "neglect"}, "heard more").result()
    contacts.amend(store, actor, shown, {"category": "sexual"}, "heard otherwise").result()
    now = contacts.get(store, actor, contact)[0]
    assert now.conflicts == {"category": ["sexual", "neglect"]}
    assert now.values["category"] == "sexual" and len(now.heads["category"]) == 2
    assert verify(store).sound
    contacts.amend(store, actor, now, {"category": "neglect"}, "settled").result()
    settled = contacts.get(store, actor, contact)[0]
    assert settled.conflicts == {} and settled.values["category"] == "neglect"
    assert [
        (each.before, each.value, each.why)
        for each in history.changes(store, actor, contact)
        if each.field == "category"  # what it raised, a STOP, stands there too
    ] == [
        ("physical", "neglect", "heard more"),
        ("neglect", "sexual", "heard otherwise"),
        ("sexual", "neglect", "settled"),
    ]


def test_an_amendment_keeps_both_versions(store: Store, actor: Actor, clock: Clock) -> None:
    contact = close_one(store)
    shown = contacts.get(store, actor, contact)[0]
    at = clock.step(hours=1)
    contacts.amend(store, actor, shown, {"category": "neglect"}, "heard more").result()
    (change,) = history.changes(store, actor, contact)
    assert (change.before, change.value, change.why) == ("physical", "neglect", "heard more")
    assert (change.by, change.tbl, change.field) == (actor.name, "contact", "category")
    assert change.at == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said = [each.fields for each in projection.entries_of(store.reader, "contact", contact)]
    assert [each["category"] for each in said if each] == ["physical", "neglect"]


CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from samples import KEY, close_one
from spoc.storage.start import open_store
store = open_store(Path(sys.argv[1]), KEY)
print("open", flush=True)
sys.stdin.readline()
for _ in range(40):
    print(close_one(store).hex(), flush=True)
store.close()
"""


@pytest.mark.long
def test_two_programs_write_at_once_and_nothing_is_lost(store: Store, tmp_path: Path) -> None:
    tests = Path(__file__).parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(tests)],
        cwd=tests.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout and child.stdin
    assert child.stdout.readline() == "open\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    ours = {close_one(store) for _ in range(40)}
    theirs = {bytes.fromhex(line) for line in child.communicate()[0].split()}
    assert child.returncode == 0 and len(ours) == len(theirs) == 40
    shown = {each for (each,) in store.reader.conn.execute("SELECT id FROM contact")}
    assert shown == ours | theirs
    report = verify(store)
    assert report.findings == ()
    actors = {row.id for row in contacts.recent(store, ADVISOR, 100)}
    assert actors == shown


def test_a_field_of_a_later_version_is_kept_and_takes_its_column_when_there_is_one(
    store: Store, actor: Actor, tmp_path: Path
) -> None:
    contact = close_one(store)
    commit(store, Command("contact", contact, {"language": "Romani"}))
    (extra,) = store.reader.conn.execute("SELECT _extra FROM contact").fetchone()
    assert json.loads(extra) == {"language": "Romani"}
    assert verify(store).sound
    store.close()
    later = open_store(tmp_path, KEY, form=(*CONTACT_FORM, Field("language", "Language", "text")))
    assert contacts.get(later, actor, contact)[0].values["language"] == "Romani"
    assert [row.id for row in contacts.find(later, actor, "romani")] == [contact]
    assert verify(later).findings == ()
    later.close()


def test_a_field_that_went_is_kept_beside_and_comes_back_with_its_column(
    store: Store, actor: Actor, tmp_path: Path
) -> None:
    contact = close_one(store)
    store.close()
    for form in (
        tuple(field for field in CONTACT_FORM if field.key != "callback"),
        tuple(
            replace(field, kind="text") if field.key == "issues" else field
            for field in CONTACT_FORM
        ),
        CONTACT_FORM,
    ):
        changed = open_store(tmp_path, KEY, form=form)
        assert verify(changed).findings == ()
        row = contacts.get(changed, actor, contact)[0].values
        assert row.get("callback") == ("01632 960111" if "callback" in row else None)
        assert row["issues"] == (["burn"] if _many(form) else None)
        changed.close()


def _many(form: tuple[Field, ...]) -> bool:
    return any(field.key == "issues" and field.kind == "many" for field in form)


def test_search_follows_the_words_of_an_edited_pack(
    store: Store, actor: Actor, tmp_path: Path
) -> None:
    contact = close_one(store)
    pack = store.pack
    codes = tuple(
        replace(code, label="Thermal injury") if code.code == "burn" else code
        for code in pack.lists["issue"]
    )
    edited = replace(pack, digest="edited", lists=dict(pack.lists) | {"issue": codes})
    store.close()
    later = open_store(tmp_path, KEY, pack=edited)
    assert [row.id for row in contacts.find(later, actor, "thermal")] == [contact]
    assert verify(later).findings == ()
    later.close()


def test_a_link_that_moves_leaves_nothing_behind_in_search(store: Store, actor: Actor) -> None:
    one, other = close_one(store, notes="Quincunx."), close_one(store, notes="Another.")
    note = next(part for part in contacts.get(store, actor, one) if part.tbl == "note")
    contacts.amend(store, actor, note, {"contact": other.hex()}, "wrong contact").result()
    assert [row.id for row in contacts.find(store, actor, "quincunx")] == [other]
    assert verify(store).findings == ()


def test_rebuilding_leaves_the_same_rows(store: Store, actor: Actor, clock: Clock) -> None:
    first = close_one(store)
    clock.step(minutes=5)
    close_one(store, values={"category": "neglect"}, many={"issues": ("burn", "poisoning")})
    shown = contacts.get(store, actor, first)[0]
    for category in ("neglect", "sexual"):
        contacts.amend(store, actor, shown, {"category": category}, "heard more").result()
    contacts.add_note(store, actor, first, "Rang back.").result()
    drafts.save(store, drafts.new(store, actor), a_sheet(clock())).result()
    tables = [*store.tables, "search", "names", "entry", "payload", "draft", "local"]
    triggers = "SELECT name, sql FROM sqlite_master ORDER BY name"
    before = dump(store.reader, tables), store.reader.conn.execute(triggers).fetchall()

    def spoil_and_rebuild(db: Database) -> None:
        db.conn.execute("UPDATE person SET name = 'Somebody Else'")
        db.conn.execute("DELETE FROM contact")
        db.conn.execute("DELETE FROM search")
        db.conn.execute("DROP TABLE names")
        rebuild(db, store.book)

    store.submit(spoil_and_rebuild).result()
    assert (
        dump(store.reader, tables),
        store.reader.conn.execute(triggers).fetchall(),
    ) == before
    assert verify(store).sound
    assert [row.id for row in contacts.find(store, actor, "mulbery")] == [
        row.id for row in contacts.recent(store, actor)
    ]


def test_a_connection_that_knows_no_guard_still_meets_them(store: Store) -> None:
    # The guards are in the file; only REPLACE goes past them without recursive_triggers.
    db = raw(store)
    db.conn.execute("PRAGMA recursive_triggers=OFF")
    for statement in ("UPDATE entry SET hlc = 1", "DELETE FROM payload"):
        with pytest.raises(IntegrityError, match="append-only"):
            db.conn.execute(statement)
    db.close()
