"""Bounds of what is read: too long, too deep or no TOML ends in a refusal, and writes nothing."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data, integers, sampled_from
from samples import ADVISOR, Clock, a_sheet, close_one

import spoc.guidance
from spoc.guidance.pack import load
from spoc.intake import reading
from spoc.intake.source_table import Unreadable
from spoc.model.errors import BadInput, BadPack
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.bounds import _WRITTEN_OUT as WRITTEN_OUT
from spoc.model.ledger.entry import Command
from spoc.model.values import jsontext
from spoc.model.values.instants import utc_text
from spoc.model.values.plain import visible
from spoc.storage.attendances import listing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.service import settings
from spoc.storage.store import Store
from spoc.widgets import preferences

SHIPPED = Path(spoc.guidance.__file__).parent


# -- bounds --------------------------------------------------------------------------------------


def test_what_is_far_too_long_is_refused_and_nothing_is_written(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    contact = close_one(store)
    entries = store.reader.conn.execute("SELECT count(*) FROM entry").fetchone()
    with pytest.raises(
        BadInput, match=r"Note is longer than 100 kB; nothing was written. Shorten it"
    ):
        contacts.add_note(store, ADVISOR, contact, "é" * 50_001).result()
    with pytest.raises(BadInput, match=r"Note is longer than 100 kB"):
        close_one(store, notes="x" * 50_000_000)
    many = [Action("verbal-csc-caller", "x" * 90_000, "24h", utc_text(store.now()))] * 12
    with pytest.raises(BadInput, match=r"This is more than a contact holds \(1 MB\); nothing was"):
        close_one(store, actions=tuple(many))
    draft = drafts.new(store, ADVISOR)
    with pytest.raises(BadInput, match="more than a contact holds"):
        drafts.save(store, draft, a_sheet(store.now(), notes="x" * 1_000_001)).result()
    assert store.reader.conn.execute("SELECT count(*) FROM entry").fetchone() == entries
    assert drafts.waiting(store, ADVISOR) == []
    contacts.add_note(store, ADVISOR, contact, "é" * 50_000).result()
    large = tmp_path / "list.csv"
    with large.open("wb") as file:
        file.truncate(200_000_001)
    with pytest.raises(Unreadable, match=r"list.csv cannot be read: it is larger than 200 MB"):
        reading.bytes_of(large)
    for name in ("spoc.db", "spoc.db-shm"):  # the picker shows them where somebody looks for a list
        with pytest.raises(Unreadable, match="holds a desk's records, not a list"):
            reading.bytes_of(tmp_path / name)


def test_no_text_of_any_record_is_longer_than_a_field(store: Store) -> None:
    """A name, a setting, what social care answered: not only what stands in a contact's own table."""
    entries = store.reader.conn.execute("SELECT count(*) FROM entry").fetchone()
    tried = 0
    for table in store.tables.values():
        for column in table.columns:
            if (
                column.kind in ("text", "code", "word")
                and (table.name, column.name) not in WRITTEN_OUT
            ):
                command = Command(table.name, os.urandom(16), {column.name: "x" * 100_001})
                with pytest.raises(BadInput, match="is longer than 100 kB; nothing was written"):
                    store.act(ADVISOR, [command]).result()
                tried += 1
    assert tried > 200
    assert store.reader.conn.execute("SELECT count(*) FROM entry").fetchone() == entries


def test_the_doors_refuse_what_is_too_long(store: Store, tmp_path: Path, clock: Clock) -> None:
    long = "y" * 100_001
    with pytest.raises(BadInput, match="Name is longer than 100 kB"):
        close_one(store, children=(Person(long, "child", dob="2024-02-29"),))
    many = tuple(Person("y" * 90_000, "child", dob=f"2024-02-{n:02}") for n in range(1, 13))
    with pytest.raises(BadInput, match=r"more than a contact holds \(1 MB\)"):
        close_one(store, children=many)
    with pytest.raises(BadInput, match="Value is longer than 100 kB"):
        settings.change(store, ADVISOR, "backup_folder", long).result()
    night = (
        "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n"
        f"N1,Elm,Ida,19/07/2016,19/11/2026 20:10,{long}\nN2,Fir,Al,19/07/2016,19/11/2026 21:10,cut"
    )
    rows = list(reading.of_bytes(night.encode(), "list", listing.local_now(store)).rows)
    assert [type(each).__name__ for each in rows] == ["Rejected", "Attendance"]
    assert rows[0].reason == "longer than 100 kB"  # type: ignore[union-attr]


def test_json_obeys_nothing_that_was_typed() -> None:
    typed = "a\u009b31m\u0085\u2028\u202eb\x7f é"
    text = jsontext.dumps({"notes": typed}, indent=1)
    assert json.loads(text) == {"notes": typed} and "é" in text
    assert not any(visible(each) != each for each in text.replace("\n", ""))


# -- TOML ----------------------------------------------------------------------------------------

BAD_TOML = [
    "a = " + "[" * 5000, "a = " + "9" * 5000, "a = 2026-02-30", 'a = "\\ud800"', "a = 1e99999", "[a]\n[a]", "a.b.c = 1\na.b = 2",
    "a = { b = " * 3000, "\x00", "a = nan", '"" = ""', "extends = 5", 'extends = "../../x"', "id = 1", "[[close]]",
    "close = 3", "[close]\nrequired = 3", "[hours]\ncsc = 5", "[limits]\nparked = { minutes = -9223372036854775808999, source = \"local\" }",
    "grave = [1]", "[safer]\nx = 1", "[ambiguous]\nx = 3", "[[source]]\nkey = 4", "source = 3", "[kinds]\nx = 1", "[denial]\nwords = 1",
    '[plausible]\nchild-age = { years = 999999999999999999999, source = "local" }', "[parents-may-read]\nissue = 5",
    '[limits]\nparked = { minutes = 99999999999999, source = "local" }',
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(BAD_TOML)))
def test_no_toml_ends_in_anything_but_a_refusal(tmp_path: Path, number: int) -> None:
    text = BAD_TOML[number]
    own = tmp_path / "ours"
    own.mkdir()
    head = 'id = "ours"\ntitle = "Ours"\nextends = "generic"\n'
    (own / "pack.toml").write_text(text if text.startswith(("extends", "id")) else head + text)
    with suppress(BadPack):
        load("ours", tmp_path)
    (own / "pack.toml").write_text(head)
    for name in (
        "issue",
        "prompts",
        "walk",
        "conditions",
        "margin",
        "measures",
        "flags",
        "returns",
        "terms",
    ):
        file = own / f"{name}.toml"
        file.write_text(text)
        with suppress(BadPack):
            load("ours", tmp_path)
        file.unlink()
    (tmp_path / "settings.toml").write_text(text)
    assert preferences.read(tmp_path / "settings.toml").theme == "dark"


@pytest.mark.long
@given(data())
def test_no_change_of_a_pack_ends_in_anything_but_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, draw: DataObject
) -> None:
    """A line of a real file put elsewhere, cut, doubled, or with another value."""
    name = draw.draw(
        sampled_from(["pack", "issue", "prompts", "walk", "measures", "flags", "conditions"])
    )
    lines = (SHIPPED / "generic" / f"{name}.toml").read_text("utf-8").splitlines()
    line = lines[draw.draw(integers(0, len(lines) - 1))]
    value = draw.draw(
        sampled_from(["5", "-1", "true", "[]", "{}", '""', "[[]]", "1979-05-27", '"x"', "0.5"])
    )
    changed = draw.draw(
        sampled_from(
            [line, line[: len(line) // 2], f"{line}\n{line}", f"{line.partition('=')[0]}= {value}"]
        )
    )
    own = tmp_path_factory.mktemp("pack") / "ours"
    own.mkdir()
    head = 'id = "ours"\ntitle = "Ours"\nextends = "generic"\n'
    (own / "pack.toml").write_text(head + (changed if name == "pack" else ""), "utf-8")
    if name != "pack":
        header = draw.draw(sampled_from(["", "[x]\n", "[T2]\n", "[[source]]\n"]))
        (own / f"{name}.toml").write_text(header + changed, "utf-8")
    with suppress(BadPack):
        load("ours", own.parent)
