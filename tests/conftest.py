"""What most tests of the store ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import ADVISOR, Clock, set_up

from spoc.model.entry import Actor
from spoc.storage.store import Store


@pytest.fixture
def clock() -> Clock:
    """Friday 20 November 2026, 09:00; it stands still until it is stepped."""
    return Clock()


@pytest.fixture
def actor() -> Actor:
    return ADVISOR


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A real encrypted store, its key given directly."""
    opened = set_up(tmp_path, clock)
    yield opened
    opened.close()
