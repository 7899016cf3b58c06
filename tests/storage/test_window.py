"""One window per store."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from test_keys import in_child, open_to_all

from spoc.model.errors import FolderUnusable, NotAStore, StoreInUse
from spoc.storage import window

__all__ = ["open_to_all"]

HOLD = """
import sys
from pathlib import Path
from spoc.storage import window
held = window.hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spoc.db").touch()
    return tmp_path


def test_a_second_window_is_told_where_the_first_is(folder: Path) -> None:
    with window.hold(folder), pytest.raises(StoreInUse) as refused:
        window.hold(folder)
    assert str(folder) in str(refused.value)
    assert "records are safe" in str(refused.value)


def test_a_window_that_closed_lets_the_next_one_in(folder: Path) -> None:
    first = window.hold(folder)
    first.release()
    first.release()
    with window.hold(folder):
        pass


def test_a_window_may_be_closed_from_another_thread(folder: Path) -> None:
    held = window.hold(folder)
    thread = threading.Thread(target=held.release)
    thread.start()
    thread.join()
    window.hold(folder).release()


def test_another_process_holds_it_until_it_is_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreInUse):
            window.hold(folder)
        other.kill()
        other.wait()
        window.hold(folder).release()


def test_nothing_is_created_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(NotAStore):
        window.hold(tmp_path)
    with pytest.raises(NotAStore):
        window.hold(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_folder_that_cannot_be_written_is_one_sentence(open_to_all: Path) -> None:
    (open_to_all / "spoc.db").touch()
    open_to_all.chmod(0o555)

    def work() -> None:
        with pytest.raises(FolderUnusable, match="records are safe"):
            window.hold(open_to_all)

    in_child(work, drop_root=True)
    open_to_all.chmod(0o755)
