"""Which pack a desk works by: its own as it was adopted, whatever has become of the files beside the store."""

import json
import os
import sys
from pathlib import Path

import pytest
from samples import ADVISOR, KEY, Clock, a_colleague, close_one, raw, set_up

from spoc.guidance.pack import load
from spoc.model.errors import BadInput, BadPack
from spoc.model.ledger.entry import Actor
from spoc.storage.migrations import keep_local
from spoc.storage.service import adopting, settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store
from spoc.storage.upkeep.verify import verify

OWN = """
id = "ours"
title = "Our own desk"
extends = "generic"
"""


def adopt(store: Store, by: Actor, pack: str = "ours") -> None:
    adopting.adopt(store, by, load(pack, store.path.parent / "packs")).result()


@pytest.fixture
def own(tmp_path: Path, clock: Clock) -> Path:
    """The folder of a pack that the store works by from the next start: T2 in words of its own."""
    folder = tmp_path / "packs" / "ours"
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(OWN)
    (folder / "prompts.toml").write_text('[T2]\ntitle = "Bruise, our words"\n')
    store = set_up(tmp_path, clock)
    with pytest.raises(BadInput, match="The pack ours is not adopted; nothing was changed"):
        settings.change(store, ADVISOR, "pack", "ours").result()
    adopt(store, a_colleague(store, "Nina Named", "named-professional")[0])
    settings.change(store, ADVISOR, "pack", "ours").result()
    store.close()
    return folder


def opened(own: Path, clock: Clock) -> Store:
    return start(own.parent.parent / DB_NAME, KEY, now=clock)


def t2(store: Store) -> str:
    return store.pack.guide.prompt_by_code["T2"].title


def test_a_pack_of_its_own_is_in_force_once_it_is_adopted_and_a_page_says_by_whom(
    own: Path, clock: Clock
) -> None:
    store = opened(own, clock)
    assert (store.pack.title, store.pack_note) == ("Our own desk", "")
    assert t2(store) == "Bruise, our words" and adopting.note(store) == ""
    named, who = adopting.who(store)
    assert named.startswith(f"Our own desk (ours), digest {store.pack.digest[:16]}")
    assert who == "Adopted by Nina Named, Fri 20 Nov 2026 09:00."
    store.close()


def test_a_changed_file_does_not_come_into_force_by_itself_and_is_said(
    own: Path, clock: Clock
) -> None:
    """Whoever may write into the folder took away the rule that restricts."""
    (own / "prompts.toml").write_text("[T2]\noff = true\n")
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words" and not store.pack.guide.prompt_by_code["T2"].off
    assert "The files of the pack ours beside the store were changed" in store.pack_note
    assert (
        "A named professional reads them and adopts them: spoc pack adopt ours" in store.pack_note
    )
    adopt(store, a_colleague(store, "Omar Other", "named-professional")[0])
    store.close()
    store = opened(own, clock)
    assert store.pack.guide.prompt_by_code["T2"].off and store.pack_note == ""
    assert adopting.who(store)[1].startswith("Adopted by Omar Other")
    store.close()


def test_a_pack_that_was_adopted_before_is_in_force_again_when_it_is_adopted_again(
    own: Path, clock: Clock
) -> None:
    first = (own / "prompts.toml").read_text()
    store = opened(own, clock)
    nurse, _ = a_colleague(store, "Omar Other", "named-professional")
    for text in ("[T2]\noff = true\n", first):
        (own / "prompts.toml").write_text(text)
        adopt(store, nurse)
    store.close()
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words" and store.pack_note == ""
    store.close()


def test_nothing_beside_the_store_takes_the_place_of_a_pack_of_spoc(
    tmp_path: Path, clock: Clock
) -> None:
    set_up(tmp_path, clock).close()
    false = tmp_path / "packs" / "generic"
    false.mkdir(parents=True)
    (false / "pack.toml").write_text('id = "generic"\ntitle = "False"\nextends = "somerset"\n')
    store = start(tmp_path / DB_NAME, KEY, now=clock)
    assert store.pack.digest == load("generic").digest
    assert store.pack_note.startswith("The folder packs/generic beside the store is not used")
    assert load("generic", false.parent).digest == store.pack.digest
    store.close()


def test_with_spoilt_files_the_desk_goes_on_with_what_was_adopted_and_says_so(
    own: Path, clock: Clock
) -> None:
    (own / "prompts.toml").write_text('[T2]\ntitle = "Other words"\nwhen = "issues has no-such"\n')
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words"
    assert "ours/prompts.toml, line 1: “T2”: “no-such” is not a code of issues." in store.pack_note
    assert "goes on with the pack as it was adopted" in store.pack_note
    assert close_one(store), "calls are taken as before"
    store.close()


def test_a_pack_whose_files_are_gone_is_said_and_serves(own: Path, clock: Clock) -> None:
    (own / "pack.toml").unlink()
    store = opened(own, clock)
    assert store.pack.title == "Our own desk" and "There is no pack “ours”" in store.pack_note
    store.close()


def test_a_pack_that_was_in_force_before_packs_were_adopted_stays_as_it_last_held(
    own: Path, clock: Clock
) -> None:
    """A store of an earlier version: the ledger holds nothing of the pack, this desk what it last held."""
    opened(own, clock).close()
    store = opened(own, clock)
    with_ours = raw(store)
    with_ours.conn.execute("DELETE FROM pack_files")
    with_ours.conn.execute("DELETE FROM setting WHERE key = 'adopted.ours'")
    with_ours.conn.execute("DROP TRIGGER signature_is_kept")
    with_ours.conn.execute("DELETE FROM signature")
    with_ours.close()
    store.close()
    (own / "prompts.toml").write_text("[T2]\noff = true\n")
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words" and "were changed" in store.pack_note
    store.submit(lambda db: keep_local(db, "pack_files", None)).result()
    store.close()
    store = opened(own, clock)
    assert store.pack.guide.prompt_by_code["T2"].off, "nothing was kept: the files it is"
    store.close()


def test_a_pack_that_does_not_hold_is_not_adopted(own: Path, clock: Clock) -> None:
    store = opened(own, clock)
    nurse, _ = a_colleague(store, "Omar Other", "named-professional")
    (own / "margin.toml").write_text("nonsense = \n")
    with pytest.raises(BadPack, match=r"ours/margin\.toml, line 1: this is not TOML"):
        adopt(store, nurse)
    store.close()


# -- attacks --------------------------------------------------------------------------------------


def chosen(store: Store, by: Actor, pack: str) -> None:
    """Make a pack the service's with a script, past what the program asks."""
    (heads,) = store.reader.conn.execute(
        "SELECT _heads FROM setting WHERE id = ?", (settings.record_of("pack"),)
    ).fetchone()
    store.act(by, [settings.command("pack", pack, tuple(json.loads(heads)["value"]))]).result()


def planted(folder: Path, pack: str, prompts: str = "[T27]\noff = true\n") -> Path:
    place = folder / "packs" / pack
    place.mkdir(parents=True)
    (place / "pack.toml").write_text(OWN.replace("ours", pack))
    (place / "prompts.toml").write_text(prompts)
    return place


def test_a_pack_that_nobody_adopted_is_not_in_force_though_a_signed_setting_names_it(
    own: Path, clock: Clock
) -> None:
    """An advisor may change settings: with a script, to a pack without the rule that restricts."""
    planted(own.parent.parent, "theirs")
    store = opened(own, clock)
    chosen(store, a_colleague(store, "Eve Evers", "advisor")[0], "theirs")
    store.close()
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words", "the one before, which was adopted"
    assert not store.pack.guide.prompt_by_code["T27"].off
    assert store.pack_note == (
        "Eve Evers chose the pack theirs, which nobody adopted, so it is not in force: the desk works by ours. Ask "
        "Eve Evers about it; a named professional reads it and adopts it (spoc pack adopt theirs), or sets the "
        "former one: spoc setting set pack ours"
    )
    settings.change(store, ADVISOR, "pack", "ours").result()
    store.close()
    store = opened(own, clock)
    assert store.pack_note == ""
    store.close()


def test_a_pack_that_is_named_beside_the_ledger_is_not_in_force(own: Path, clock: Clock) -> None:
    planted(own.parent.parent, "theirs")
    store = opened(own, clock)
    beside = raw(store)
    beside.conn.execute("UPDATE setting SET value = 'theirs' WHERE key = 'pack'")
    beside.close()
    store.close()
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words"
    assert verify(store).findings, "and verifying names the row"
    store.close()


@pytest.mark.parametrize("name", ["GENERIC", "gener1c", "gen-eric", "s0merset", "SOMERSET"])
def test_a_pack_whose_id_looks_like_one_of_spocs_is_not_adopted(
    tmp_path: Path, clock: Clock, name: str
) -> None:
    planted(tmp_path, name)
    store = set_up(tmp_path, clock)
    nurse, _ = a_colleague(store, "Omar Other", "named-professional")
    with pytest.raises(BadInput, match=f"The pack {name} could be taken for (generic|somerset)"):
        adopt(store, nurse, name)
    assert f"adopted.{name}" not in settings.all_of(store.reader)
    store.close()


@pytest.mark.parametrize(
    "name", ["Generic", "generic ", "g\u0435neric", "generic.", "gener\u200bic"]
)
def test_a_folder_whose_name_looks_like_a_pack_of_spocs_is_no_pack(
    tmp_path: Path, name: str
) -> None:
    planted(tmp_path, name)
    with pytest.raises(BadPack, match=r"There is no pack .*; there are generic, somerset\."):
        load(name, tmp_path / "packs")
    assert not load("generic", tmp_path / "packs").guide.prompt_by_code["T27"].off


def test_files_that_change_while_a_pack_is_adopted_are_not_adopted(own: Path, clock: Clock) -> None:
    """What the named professional read, and its digest, is one thing; what lies there a moment later another."""
    store = opened(own, clock)
    nurse, _ = a_colleague(store, "Omar Other", "named-professional")
    read = load("ours", own.parent)
    (own / "prompts.toml").write_text("[T27]\noff = true\n")
    with pytest.raises(BadInput, match="were changed while it was being adopted; nothing was"):
        adopting.adopt(store, nurse, read).result()
    store.close()
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words"
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and devices as POSIX has them")
@pytest.mark.parametrize(
    "what", ["a pipe", "a device", "a link elsewhere", "a loop", "too large", "a folder"]
)
def test_what_is_no_file_of_a_pack_stops_no_desk(own: Path, clock: Clock, what: str) -> None:
    """A pipe in the folder once kept every command waiting for ever."""
    file = own / "prompts.toml"
    file.unlink()
    match what:
        case "a pipe":
            os.mkfifo(file)
        case "a device":
            file.symlink_to("/dev/zero")
        case "a link elsewhere":
            file.symlink_to("/etc/passwd")
        case "a loop":
            file.symlink_to(file)
        case "too large":
            with file.open("wb") as large:
                large.truncate(300_000_000)
        case "a folder":
            file.mkdir()
    store = opened(own, clock)
    assert t2(store) == "Bruise, our words"
    assert store.pack_note.startswith("ours/prompts.toml")
    assert store.pack_note.endswith("the desk goes on with the pack as it was adopted.")
    assert "root:" not in store.pack_note, "nothing of another file is told"
    store.close()
