"""A store for a journey in a real terminal, with a passphrase that costs next to nothing to try."""

from pathlib import Path

import pytest

from spoc.storage import sealing, set_up

PASSPHRASE = "four plain words here"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk that one advisor, Ada Shah, has set up."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    place = tmp_path / "store"
    set_up.prepare(
        place, "Northshire", "Northtown desk", "Ada Shah", "advisor", PASSPHRASE
    ).commit()
    return place
