"""A full disk, at many sizes, for each command that writes: what is said is what is so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import ROOT

from spoc.cli.commands import commands
from spoc.storage import sealing
from spoc.storage.desk import sign_in

WORDS, NEW = "four plain words here", "five other words for you"
STEP = 65_536

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from spoc.storage import sealing
sealing.COST = sealing.Cost(64, 1, 1)
from spoc.cli.commands import commands
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sys.exit(commands(sys.argv[2:]))
"""


def limited(most: int, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that can make no file larger than this."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(most), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "SPOC_PASSPHRASE": WORDS, **environment},
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    folder = tmp_path / "desk"
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    assert commands(["--store", str(folder), *made]) == 0
    return folder


def opens(folder: Path, passphrase: str) -> bool:
    try:
        sign_in(folder, passphrase, "Ada Shah", window=False).close()
    except Exception:
        return False
    return True


@pytest.mark.long
def test_a_store_that_is_said_to_be_set_up_opens_and_else_nothing_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    results = set()
    for most in range(2 * STEP, 32 * STEP, 2 * STEP):
        folder = tmp_path / str(most)
        ran = limited(most, "--store", str(folder), *made)
        results.add(ran.returncode)
        assert ran.returncode in (0, 3) and "Traceback" not in ran.stderr, ran.stderr
        assert opens(folder, WORDS) == (ran.returncode == 0), (most, ran.stdout + ran.stderr)
        assert ran.returncode == 0 or not (folder / "spoc.db").exists()
    assert results == {0, 3}  # some had room and some had not


def test_the_passphrase_is_the_one_that_was_said(store: Path, tmp_path: Path) -> None:
    size = (store / "spoc.db").stat().st_size
    results = set()
    for most in (STEP // 4, STEP, 4 * STEP, size + 8 * STEP):
        ran = limited(most, "--store", str(store), "user", "passphrase", SPOC_NEW_PASSPHRASE=NEW)
        results.add(ran.returncode)
        assert opens(store, NEW) == (ran.returncode == 0), ran.stderr
        assert opens(store, WORDS) == (ran.returncode != 0)
        if ran.returncode == 0:
            break
    assert 0 in results and len(results) > 1
