"""Wrong tries of a passphrase: whatever becomes of the list beside the store, or of the clock, they count."""

import os
import sys
from pathlib import Path

import pytest
from samples import Clock
from storage.test_trust import folder, posix, sign_in

from spoc.model.errors import WrongPassphrase
from spoc.storage import desk as desks
from spoc.storage.secrecy import keys, tries

__all__ = ["folder"]


def guess(folder: Path, clock: Clock, many: int) -> None:
    for _ in range(many):
        with pytest.raises(WrongPassphrase):
            keys.unlock(folder, "a wrong passphrase", now=clock())
        clock.step(seconds=0.1)


def recorded(desk: desks.Desk) -> str:
    desk.store.submit(lambda db: None).result()
    found = desk.store.reader.conn.execute(
        "SELECT detail FROM audit WHERE kind = 'failed-sign-in' ORDER BY n DESC"
    ).fetchone()
    return str(found[0])


HOWS = [
    "deleted",
    "emptied",
    "a link",
    "a folder",
    "a full folder",
    "a pipe",
    "times to come",
    "times long ago",
]


def put_in_place(listed: Path, how: str) -> None:
    """What somebody leaves where the list of wrong tries was."""
    if sys.platform == "win32" and how in ("a link", "a pipe"):
        pytest.skip("links take a right of their own, and pipes are no files")
    listed.unlink()
    match how:
        case "emptied":
            listed.write_bytes(b"")
        case "a link":
            listed.symlink_to("/dev/null")
        case "a folder" | "a full folder":
            listed.mkdir()
            if how == "a full folder":
                (listed / "mine").write_text("theirs")
        case "a pipe":
            os.mkfifo(listed)
        case "times to come" | "times long ago":
            year = 2099 if how == "times to come" else 2001
            many = [f"{year}-01-01T00:{n // 60:02}:{n % 60:02}+00:00\n" for n in range(tries.KEPT)]
            listed.write_text("".join(many))


@pytest.mark.parametrize("how", HOWS)
def test_deleting_the_list_of_wrong_tries_ends_no_wait_and_is_recorded(
    folder: Path, clock: Clock, how: str
) -> None:
    guess(folder, clock, 5)
    waits = desks.seconds_to_wait(folder, clock())
    put_in_place(folder / tries.FILE, how)
    now = desks.seconds_to_wait(folder, clock())
    assert now >= waits > 7 and (now == waits or how == "times long ago")
    with pytest.raises(WrongPassphrase, match="After several wrong tries the next one waits"):
        sign_in(folder, clock)
    clock.step(seconds=301 if how == "times long ago" else 9)
    desk = sign_in(folder, clock)
    many = 5 + tries.KEPT * how.startswith("times")
    assert recorded(desk).startswith(f"{many} wrong, ")
    assert recorded(desk).endswith("; spoc.tries, which lists them, was deleted meanwhile")
    assert desks.seconds_to_wait(folder, clock()) == 0
    desk.close()


def test_a_clock_that_is_put_back_ends_no_wait_of_a_running_program(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = [1000.0]
    monkeypatch.setattr(tries.time, "monotonic", lambda: ticks[0])
    guess(folder, clock, 6)
    clock.step(hours=-3)
    assert desks.seconds_to_wait(folder, clock()) == 16
    ticks[0] += 10
    assert desks.seconds_to_wait(folder, clock()) == 6, "it runs down, whatever the clock says"
    with pytest.raises(WrongPassphrase, match="the next one waits 6 seconds"):
        sign_in(folder, clock)
    ticks[0] += 7
    sign_in(folder, clock).close()


@pytest.mark.parametrize("how", HOWS[2:])
def test_whatever_lies_in_its_place_the_next_program_keeps_its_wrong_tries(
    folder: Path, clock: Clock, how: str
) -> None:
    guess(folder, clock, 1)
    put_in_place(folder / tries.FILE, how)
    tries._seen.clear()  # the program ended
    assert desks.seconds_to_wait(folder, clock()) == 0 or how == "times long ago"
    clock.step(hours=1)
    guess(folder, clock, 4)
    tries._seen.clear()
    assert desks.seconds_to_wait(folder, clock()) > 3, "another program waits too"
    left = {each.name for each in folder.iterdir() if each.name.startswith(f"{tries.FILE}.")}
    assert len(left) == how.endswith("folder"), "what was in a folder is not thrown away"
    clock.step(hours=1)
    desk = sign_in(folder, clock)
    assert recorded(desk).partition(" ")[0] == ("1000" if how.startswith("times") else "4")
    desk.close()


def test_what_another_program_recorded_is_not_said_to_be_deleted(
    folder: Path, clock: Clock
) -> None:
    guess(folder, clock, 2)
    seen = dict(tries._seen)
    sign_in(folder, clock).close()  # a command beside the window: it clears the list
    tries._seen.update(seen)
    guess(folder, clock, 1)
    clock.step(seconds=3)
    desk = sign_in(folder, clock)
    assert "deleted" not in recorded(desk)
    desk.close()


@posix
def test_a_link_in_place_of_the_list_of_tries_is_not_followed(folder: Path, clock: Clock) -> None:
    target = folder.parent / "somebody-elses"
    target.write_text("theirs")
    (folder / tries.FILE).symlink_to(target)
    guess(folder, clock, 1)
    assert target.read_text() == "theirs"
    assert (folder / tries.FILE).read_text().startswith("2026-11-20T09:00:00")
