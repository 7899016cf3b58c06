"""Which pack a desk works by: its own beside the store, and the last good one where that is spoilt."""

from pathlib import Path

import pytest
from samples import ADVISOR, KEY, Clock, close_one, set_up

from spoc.model.errors import BadPack
from spoc.storage.service import settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store

OWN = """
id = "ours"
title = "Our own desk"
extends = "generic"
"""


@pytest.fixture
def own(tmp_path: Path, clock: Clock) -> Path:
    """A store that works by a pack of its own, and that pack's folder."""
    folder = tmp_path / "packs" / "ours"
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(OWN)
    store = set_up(tmp_path, clock)
    settings.change(store, ADVISOR, "pack", "ours").result()
    store.close()
    return folder


def opened(own: Path, clock: Clock) -> Store:
    return start(own.parent.parent / DB_NAME, KEY, now=clock)


def test_a_pack_beside_the_store_is_in_force(own: Path, clock: Clock) -> None:
    (own / "prompts.toml").write_text("[T2]\noff = true\n")
    store = opened(own, clock)
    assert (store.pack.title, store.pack_note) == ("Our own desk", "")
    assert store.pack.guide.prompt_by_code["T2"].off
    store.close()


def test_with_a_spoilt_pack_the_desk_goes_on_with_the_last_good_one_and_says_so(
    own: Path, clock: Clock
) -> None:
    (own / "prompts.toml").write_text('[T2]\ntitle = "Bruise, our words"\n')
    opened(own, clock).close()
    (own / "prompts.toml").write_text('[T2]\ntitle = "Other words"\nwhen = "issues has no-such"\n')
    store = opened(own, clock)
    assert store.pack.guide.prompt_by_code["T2"].title == "Bruise, our words"
    assert "ours/prompts.toml, line 1: “T2”: “no-such” is not a code of issues." in store.pack_note
    assert "goes on with the pack as it last held" in store.pack_note
    assert close_one(store), "calls are taken as before"
    store.close()
    (own / "prompts.toml").unlink()
    store = opened(own, clock)
    assert (
        store.pack_note == "" and store.pack.guide.prompt_by_code["T2"].title != "Bruise, our words"
    )
    store.close()


def test_a_pack_that_is_gone_is_said_and_the_last_good_one_serves(own: Path, clock: Clock) -> None:
    opened(own, clock).close()
    (own / "pack.toml").unlink()
    store = opened(own, clock)
    assert store.pack.title == "Our own desk" and "There is no pack “ours”" in store.pack_note
    store.close()


def test_a_pack_that_is_spoilt_before_it_was_opened_is_the_one_that_the_service_set(
    own: Path, clock: Clock
) -> None:
    (own / "margin.toml").write_text("nonsense = \n")
    store = opened(own, clock)
    assert store.pack.title == "Our own desk"
    assert "ours/margin.toml, line 1: this is not TOML" in store.pack_note
    assert "goes on with the pack as the service last set it" in store.pack_note
    store.close()


def test_a_pack_that_never_held_is_refused(own: Path, clock: Clock) -> None:
    store = opened(own, clock)
    (own / "margin.toml").write_text("nonsense = \n")
    with pytest.raises(BadPack, match=r"ours/margin\.toml, line 1: this is not TOML"):
        settings.change(store, ADVISOR, "pack", "ours").result()
    store.close()
