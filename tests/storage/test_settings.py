"""Settings: the service's hold on every desk that they reach, a desk's own on that desk alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import ADVISOR, KEY, Clock, a_colleague, set_up

from spoc.guidance.pack import load
from spoc.storage.desk import sign_in
from spoc.storage.ledger import conflicts
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.service import adopting, settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store

STORES = Path(__file__).parents[1] / "stores"
MONDAY = "Mon 08:00-12:00"


@pytest.fixture
def there(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Another desk of the service."""
    (tmp_path / "there").mkdir()
    store = set_up(tmp_path / "there", clock, another=True)
    yield store
    store.close()


def carried(one: Store, other: Store) -> None:
    stream = bytes.fromhex(local(one.reader, "stream"))
    assert other.receive(carry(one.reader, stream)).problems == ()


def test_what_the_service_sets_holds_everywhere_and_what_a_desk_sets_on_it_alone(
    store: Store, there: Store
) -> None:
    for each, name, minutes in ((store, "Ward desk", "7"), (there, "Clinic desk", "20")):
        settings.change(each, ADVISOR, "desk", name).result()
        settings.change(each, ADVISOR, "idle_minutes", minutes).result()
    settings.change(there, ADVISOR, "hours.desk", MONDAY).result()
    carried(there, store)
    carried(store, there)
    for each, name, minutes in ((store, "Ward desk", "7"), (there, "Clinic desk", "20")):
        held = settings.all_of(each.reader)
        assert (held["desk"], held["idle_minutes"], held["hours.desk"]) == (name, minutes, MONDAY)
    assert conflicts.count(store.reader) == 0
    kept = store.reader.conn.execute("SELECT value FROM setting WHERE key = 'desk'").fetchall()
    assert sorted(kept) == [("Clinic desk",), ("Ward desk",)], "kept, and not applied"


def test_two_desks_that_set_the_same_of_the_service_are_seen(store: Store, there: Store) -> None:
    settings.change(store, ADVISOR, "hours.desk", MONDAY).result()
    settings.change(there, ADVISOR, "hours.desk", "Tue 08:00-12:00").result()
    carried(there, store)
    (found,) = conflicts.conflicts(store.reader)
    assert (found.tbl, found.field) == ("setting", "value") and len(found.values) == 2


def test_a_new_setting_has_to_say_whether_it_is_the_services_or_a_desks() -> None:
    with pytest.raises(ValueError, match="must say whether it is the service's"):
        settings.command("colour", "blue")
    with pytest.raises(ValueError, match="must say whether it is the service's"):
        settings.command("desk", "Ward desk")


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.3.0", "0.4.0"])
def test_a_desk_of_an_earlier_version_keeps_its_name_and_changes_it(
    version: str, tmp_path: Path
) -> None:
    shutil.copytree(STORES / version, tmp_path / "store")
    desk = sign_in(tmp_path / "store", "a store from long ago")
    assert (desk.name, desk.service) == ("Northtown duty desk", "Northshire safeguarding")
    settings.change(desk.store, desk.actor, "desk", "Southtown").result()
    assert settings.all_of(desk.store.reader)["desk"] == "Southtown"
    desk.close()


def test_a_desk_without_the_files_of_the_services_pack_opens_with_what_they_say(
    store: Store, there: Store, tmp_path: Path, clock: Clock
) -> None:
    own = there.path.parent / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Our own desk"\nextends = "generic"\n')
    (own / "prompts.toml").write_text('[T2]\ntitle = "Bruise, our words"\n')
    nurse, _ = a_colleague(there, "Nina Named", "named-professional")
    adopting.adopt(there, nurse, load("ours", own.parent)).result()
    settings.change(there, ADVISOR, "pack", "ours").result()
    carried(there, store)
    store.close()
    opened = start(tmp_path / DB_NAME, KEY, now=clock)
    with_files = start(there.path, KEY, now=clock)
    assert opened.pack.guide.prompt_by_code["T2"].title == "Bruise, our words"
    assert (opened.pack.digest, opened.pack_note) == (with_files.pack.digest, "")
    opened.close()
    with_files.close()
