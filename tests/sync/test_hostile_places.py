"""A place of sync, or a backup, that somebody filled to stop or mislead whoever compares with it: nothing is waited for
for ever, nothing is followed out of the folder, and what is wrong is said in one sentence."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sync.test_faults import joined
from sync.test_two_desks import Two, cheap, two  # noqa: F401

from spoc.storage.desk import sign_in
from spoc.storage.driver import connect
from spoc.storage.migrations import TRIGGERS
from spoc.storage.sealing import seal
from spoc.storage.secrecy import keyfile, keys

__all__ = ["joined"]

WORDS, PLANTED = "four plain words here", "nine words that a planted user has"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.name == "nt", reason="pipes and links of another kind"),
]


def segments(two: Two) -> Path:  # noqa: F811
    return next(iter(two.share.rglob("*.seg"))).parent


# -- the share ---------------------------------------------------------------------------------------


def pipes(two: Two) -> None:  # noqa: F811
    os.mkfifo(segments(two) / "pipe.seg")
    os.mkfifo(two.share / "spoc1" / "pipe")


def links(two: Two) -> None:  # noqa: F811
    (segments(two) / "link.seg").symlink_to("/dev/zero")
    (two.share / "spoc1" / "round").symlink_to(two.share, target_is_directory=True)
    (segments(two) / "nowhere.seg").symlink_to(two.share / "nothing")


def names(two: Two) -> None:  # noqa: F811
    for name in (
        b"clear\x1b[2J\x07.seg",
        b"line\nbreak.seg",
        b"no text \xff.seg",
        b"\xe2\x80\xae.seg",
    ):
        Path(os.fsdecode(os.fsencode(segments(two)) + b"/" + name)).write_bytes(b"nothing")


def deep(two: Two) -> None:  # noqa: F811
    at = os.open(segments(two), os.O_RDONLY)
    for _ in range(1500):  # deeper than any path is long
        os.mkdir("d", dir_fd=at)
        down = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = down
    os.close(at)


def huge(two: Two) -> None:  # noqa: F811
    with (segments(two) / "huge.seg").open("wb") as file:
        file.truncate(1 << 40)  # of nothing: it takes no room


def many(two: Two) -> None:  # noqa: F811
    folder = two.share / "spoc1" / "more"
    folder.mkdir()
    for number in range(20_000):
        (folder / f"{number}.seg").touch()


@pytest.mark.parametrize("fill", [pipes, links, names, deep, many], ids=lambda each: each.__name__)
def test_what_lies_in_a_share_beside_spocs_own_files_stops_neither_sync_nor_comparing(
    joined: Two, fill: Callable[[Two], None]
) -> None:
    fill(joined)
    try:
        joined.call("a", "a-2")
        assert joined.sync("a")["problems"] == [] and joined.sync("b")["problems"] == []
        code, out, error = joined.run("b", "verify", "--against", str(joined.share))
        assert (code, error) == (0, "") and out.startswith("Both hold the same")
    finally:
        subprocess.run(["rm", "-r", joined.share], check=True)  # pytest stops half-way down


def test_a_file_larger_than_any_of_spocs_is_named_and_not_read(joined: Two) -> None:
    huge(joined)
    (said,) = joined.sync("b")["problems"]
    assert "huge.seg was left out: it is larger than any segment" in said
    code, out, _ = joined.run("b", "verify", "--against", str(joined.share))
    assert code == 1 and "huge.seg could not be read: it is gone, or larger than any" in out


def test_a_folder_that_is_none_is_said(joined: Two) -> None:
    os.mkfifo(joined.place / "pipe")
    for named in ("x" * 300, str(joined.place / "pipe"), "/dev/zero", "\x1b[2J"):
        code, out, error = joined.run("b", "verify", "--against", named)
        assert (code, out) == (3, "") and "is not there" in error and "\x1b" not in error


# -- a backup ----------------------------------------------------------------------------------------


@pytest.fixture
def backup(joined: Two) -> Path:
    assert joined.run("a", "backup", str(joined.place / "copies"))[0] == 0
    (found,) = (joined.place / "copies").iterdir()
    return found


def data_key(two: Two) -> bytes:  # noqa: F811
    desk = sign_in(two.place / "a", WORDS, "Ada Shah", window=False)
    desk.close()
    return desk.key


def against(two: Two, backup: Path) -> tuple[int, str, str]:  # noqa: F811
    return two.run("a", "verify", "--against", str(backup))


@pytest.mark.parametrize("file", ["spoc.db", "spoc.keys"])
@pytest.mark.parametrize("what", ["pipe", "zeros", "folder"])
def test_something_else_in_place_of_a_backups_file_is_said(
    joined: Two, backup: Path, file: str, what: str
) -> None:
    (backup / file).unlink()
    if what == "pipe":
        os.mkfifo(backup / file)
    elif what == "zeros":
        (backup / file).symlink_to("/dev/zero")
    else:
        (backup / file).mkdir()
    code, out, error = against(joined, backup)
    assert (code, out) == (3, "") and error.count("\n") == 1
    code, out, error = joined.run("new", "restore", str(backup))
    assert (code, out) == (3, "") and "nothing was" in error


def test_a_backup_with_a_planted_user_gives_away_nothing_and_shows_what_differs(
    joined: Two, backup: Path
) -> None:
    """Whoever has the data key adds somebody to the backup's key file, and a contact's entries go."""
    keys.add_user(backup, data_key(joined), b"planted-user-001", "Nora Named", PLANTED)
    code, out, _ = against(joined, backup)
    assert code == 0, "the records are the same"
    db = connect(backup / "spoc.db", data_key(joined))
    for name in TRIGGERS:
        db.conn.execute(f"DROP TRIGGER {name}")
    db.conn.execute("DELETE FROM entry WHERE tbl = 'contact'")
    db.close()
    code, out, _ = against(joined, backup)
    assert code == 1 and "Entries of " in out and "are only here" in out


@pytest.mark.parametrize("key", ["the store's", "their own"])
def test_a_backup_that_never_ends_is_said(joined: Two, backup: Path, key: str) -> None:
    """A view in place of the ledger, without an end to its rows; and the same under a key that the script chose."""
    if key == "the store's":
        db = connect(backup / "spoc.db", data_key(joined))
        db.conn.execute("DROP TABLE entry")
    else:
        (backup / "spoc.db").unlink()
        own = os.urandom(32)
        db = connect(backup / "spoc.db", own)
        content, former = keyfile.read(backup)
        slot = content.slots[0]
        planted = replace(slot, data_key=seal(slot.public, own, content.store))
        keyfile.write(backup, replace(content, slots=(planted, *content.slots[1:])), former)
        db.conn.execute("CREATE TABLE local(key TEXT, value TEXT)")
    db.conn.execute(
        "CREATE VIEW entry AS WITH RECURSIVE far(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM far)"
        " SELECT x'00' AS stream, seq, x'00' AS entry_id, 1 AS hlc, 'note' AS tbl, x'00' AS record, x'00' AS header"
        " FROM far"
    )
    db.close()
    code, out, error = against(joined, backup)
    assert (code, out) == (3, "") and "no records as spoc writes them" in error


def test_a_copy_of_another_services_backup_is_said(joined: Two, backup: Path) -> None:
    made = ["--service", "Other", "--name", "Ada Shah", "--role", "named-professional"]
    assert joined.run("other", "init", "--desk", "Far", *made)[0] == 0
    assert joined.run("other", "backup", str(joined.place / "others"))[0] == 0
    (other,) = (joined.place / "others").iterdir()
    assert "of another store" in against(joined, other)[2]
    shutil.copy(other / "spoc.db", backup / "spoc.db")  # beside our own key file
    code, out, error = against(joined, backup)
    assert (code, out) == (3, "") and "opens only with a passphrase from its own day" in error
