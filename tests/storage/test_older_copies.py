"""An older copy of the records is put back: whoever signs in next is told, whichever way the desk was used before."""

import os
import shutil
from pathlib import Path

from click.testing import CliRunner
from samples import Clock
from storage.test_trust import WORDS, folder, sign_in

from spoc.cli.commands import spoc
from spoc.storage import desk as desks
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts

__all__ = ["folder"]


def run(folder: Path, *words: str) -> str:
    done = CliRunner(env={"SPOC_PASSPHRASE": WORDS}).invoke(spoc, ["--store", str(folder), *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_desk_that_only_runs_commands_tells_an_older_copy_too(
    folder: Path, tmp_path: Path
) -> None:
    run(folder, "setting", "set", "closures", "2026-12-24")
    shutil.copy(folder / "spoc.db", tmp_path / "older")
    run(folder, "setting", "set", "closures", "2026-12-28")
    shutil.copy(tmp_path / "older", folder / "spoc.db")
    assert "The records here are older than those of" in run(folder, "user", "list")
    assert "an older copy of the records" in run(folder, "user", "list"), "for a fortnight"


def test_an_older_copy_is_told_after_the_window_was_killed(
    folder: Path, clock: Clock, tmp_path: Path
) -> None:
    sign_in(folder, clock).close()
    shutil.copy(folder / "spoc.db", tmp_path / "older")
    desk = desks.sign_in(folder, WORDS, now=clock)
    contacts.still_open(desk.store, desk.actor)
    drafts.new(desk.store, desk.actor)
    desk.store.submit(lambda db: None).result()
    desk.store.close()  # nothing else of it is ended
    assert desk.window is not None
    desk.window.release()
    for left in folder.glob("spoc.db-*"):
        os.unlink(left)
    shutil.copy(tmp_path / "older", folder / "spoc.db")
    desk = sign_in(folder, clock)
    assert any("The records here are older than those of" in each for each in desk.alarms)
    desk.close()
