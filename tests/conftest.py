"""What most tests of the store ask for."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from idle import wait_until_idle
from samples import ADVISOR, Clock, set_up
from unpainted import paint_when_read, painting
from worked_out_once import work_out_once

from spoc.cli.records import contact, intake
from spoc.model.ledger.entry import Actor
from spoc.storage.store import Store

# A short form in every run, always the same; the long one, each time another, with SPOC_SOAK=1.
# No clock is held against it: on a loaded machine what is tried is slow to make.
CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("short", max_examples=25, derandomize=True, **CALM)
settings.register_profile("soak", max_examples=1000, **CALM)
settings.load_profile("soak" if os.environ.get("SPOC_SOAK") else "short")

# The disk of a test is the memory where there is room in it: many thousand acts each wait until a disk has them.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

wait_until_idle()
work_out_once()
paint_when_read()
contact._LONGEST_REST = intake._LONGEST_REST = (
    0  # a command rests for the window beside it: here is none
)


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a test often waits, for a clock or another program. In CI as
    many: what lands there is to depend on no luck."""
    processors = os.cpu_count() or 1
    return processors if os.environ.get("CI") else processors * 3 // 2


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look at it again after every few objects."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Looked at once at the end, where pytest does so five times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def many_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test runs many commands in one process: what it puts into the environment is there for each of them."""
    monkeypatch.setattr("spoc.cli.open_desk.taken", os.environ.get)


@pytest.fixture(autouse=True)
def a_profile_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What this computer remembers of a store is the test's own."""
    folder = tmp_path_factory.getbasetemp() / "profile"
    monkeypatch.setattr("spoc.storage.store_folder.user_settings", lambda: folder)


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


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change is painted as it comes, as in a terminal."""
    monkeypatch.setitem(painting, "each", True)
