"""The program is killed while it saves: nothing that it said was saved is lost."""

from pathlib import Path

import pytest
from kills import kill_often
from samples import SEEDED

KILLS = 20


@pytest.mark.long
def test_nothing_acknowledged_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    found = kill_often(tmp_path, KILLS, SEEDED)
    assert found.kills == KILLS
    assert (
        found.closes and found.drafts > found.closes
    )  # it wrote: how much is the computer's matter
