"""A store for a journey in a real terminal, with a passphrase that costs next to nothing to try."""

import os
from pathlib import Path

import pytest

from spoc.storage import sealing, set_up

PASSPHRASE = "four plain words here"
# Of the window: the smaller one in every run, where more can go wrong; both with SPOC_SOAK=1.
SIZES = [(80, 24), (120, 36)][: 2 if os.environ.get("SPOC_SOAK") else 1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk that one advisor, Ada Shah, has set up."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    place = tmp_path / "store"
    set_up.prepare(
        place, "Northshire", "Northtown desk", "Ada Shah", "advisor", PASSPHRASE
    ).commit()
    return place
