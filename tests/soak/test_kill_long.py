"""The long form of the kill test: SPOC_SOAK=1 runs it, SPOC_KILLS and SPOC_SEED change it."""

import os
from pathlib import Path

import pytest
from kills import kill_often
from samples import SEEDED

KILLS = int(os.environ.get("SPOC_KILLS", "400"))


@pytest.mark.skipif(not os.environ.get("SPOC_SOAK"), reason="long: set SPOC_SOAK=1")
def test_nothing_acknowledged_is_lost_in_many_kills(tmp_path: Path) -> None:
    found = kill_often(tmp_path, KILLS, SEEDED)
    assert found.kills == KILLS
    print(found)
