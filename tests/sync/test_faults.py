"""What a share does to its files: torn, cut, lost, foreign, hostile. Said in words, and nothing is lost."""

import json
import os
import shutil
import zlib
from pathlib import Path

import pytest
from sync.test_two_desks import Two, cheap, two  # noqa: F401

from spoc.storage.desk import sign_in
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import Group
from spoc.storage.sealing import encrypt, hkdf
from spoc.sync import segment

WORDS = "four plain words here"


@pytest.fixture
def joined(two: Two) -> Two:  # noqa: F811
    """Two desks that hold the same; a call at each."""
    two.call("a", "a-1")
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    two.call("b", "b-1")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    assert two.rows("a") == two.rows("b")
    return two


def segments(two: Two) -> list[Path]:  # noqa: F811
    return sorted(two.share.rglob("*.seg"))


def group_of(two: Two) -> Group:  # noqa: F811
    desk = sign_in(two.place / "a", WORDS, "Ada Shah", window=False)
    try:
        found = groups.group_of(desk.store.reader)
        assert found
        return found
    finally:
        desk.close()


@pytest.mark.long
@pytest.mark.parametrize("spoil", ["torn", "changed", "empty", "bomb", "foreign", "renamed"])
def test_a_spoilt_file_is_left_out_and_named_and_comes_whole_later(joined: Two, spoil: str) -> None:
    joined.call("b", "b-2")
    joined.sync("b")
    file = max(segments(joined), key=os.path.getmtime)
    whole = file.read_bytes()
    group = group_of(joined)
    head = whole.partition(b"\n")[0]
    spoilt = {
        "torn": whole[: len(whole) // 2],
        "changed": whole[:-1] + bytes([whole[-1] ^ 1]),
        "empty": b"",
        "foreign": whole.replace(group.id.hex().encode(), b"00" * 16),
        "renamed": min(segments(joined), key=os.path.getmtime).read_bytes()[:-40],
        "bomb": head + b"\n" + encrypt(
            hkdf(group.key, bytes.fromhex(json.loads(head)["salt"]), b"spoc segment 2"),
            b"0" * 64 + zlib.compress(b"\0" * (segment.MOST + 1)), head,
        ),
    }  # fmt: skip
    file.write_bytes(spoilt[spoil])
    said = joined.sync("a")
    assert said["received"] == 0 and len(said["problems"]) == 1 and file.name in said["problems"][0]
    assert len(joined.rows("a")) == 2
    if file.stat().st_size == len(whole):
        file.unlink()  # as IT would: its size tells nobody that it was changed
    joined.sync("b")  # whoever wrote it sees that it is not there as it was, and writes it again
    said = joined.sync("a")
    assert said["received"] > 0
    assert joined.rows("a") == joined.rows("b") and len(joined.rows("a")) == 3


def test_files_that_are_lost_are_written_again_by_the_first_desk_that_holds_them(
    joined: Two,
) -> None:
    before = {each.name for each in segments(joined)}
    for each in segments(joined):
        each.unlink()
    said = joined.sync("b")
    assert said["sent"] > 0 and (said["received"], said["problems"]) == (0, [])
    assert {each.name for each in segments(joined)} == before
    said = joined.sync("a")
    assert (said["sent"], said["received"], said["problems"]) == (0, 0, [])
    joined.join("c", "Cal Dane")
    for desk in ("c", "a", "c"):
        joined.sync(desk)
    assert joined.rows("c") == joined.rows("a")


def test_a_share_that_vanished_never_looks_empty(joined: Two) -> None:
    shutil.rmtree(joined.share / "spoc1")
    for desk in ("a", "b"):
        code, _, error = joined.run(desk, "sync", "--folder", str(joined.share))
        assert code == 3 and "nothing was removed" in error
    shutil.rmtree(joined.share)
    code, _, error = joined.run("a", "sync", "--folder", str(joined.share))
    assert code == 3 and "is not there" in error
    assert len(joined.rows("a")) == 2


def test_leftovers_copies_and_duplicates_are_no_problem(joined: Two) -> None:
    joined.call("b", "b-2")
    joined.sync("b")
    file = max(segments(joined), key=os.path.getmtime)
    shutil.copy(file, file.with_name(f"{file.stem} (conflicted copy){file.suffix}"))
    (file.parent / "000000000001-x.seg.77.part").write_bytes(b"half")
    said = joined.sync("a")
    assert said["problems"] == [] and said["received"] > 0
    assert joined.rows("a") == joined.rows("b")
    assert joined.sync("a")["received"] == 0


@pytest.mark.parametrize("called", ["{} (conflicted copy)", "{} - Copy (2)", "{}-07"])
def test_what_only_a_copy_of_a_file_still_holds_comes_from_the_copy(
    joined: Two, called: str
) -> None:
    joined.call("b", "b-2")
    before = {*segments(joined)}
    joined.sync("b")
    for file in {*segments(joined)} - before:
        file.rename(file.with_stem(called.format(file.stem)))
    assert joined.sync("a")["problems"] == []
    assert joined.rows("a") == joined.rows("b")


def test_a_group_file_that_was_changed_stops_sync(joined: Two) -> None:
    (file,) = joined.share.rglob("group.json")
    said = json.loads(file.read_bytes())
    file.write_text(json.dumps({**said, "epoch": 2}))
    code, _, error = joined.run("a", "sync", "--folder", str(joined.share))
    assert code == 3 and "Ask IT who changed it" in error


def test_the_wrong_code_lets_nobody_in(two: Two) -> None:  # noqa: F811
    file = two.place / "i.json"
    code, out, _ = two.run("a", "sync", "invite", "--for", "Bea Bird", "--out", str(file))
    assert code == 0
    wrong = "0000-" * 6 + "0000"
    code, _, error = two.run("b", "join", str(file), "--code", wrong, "--desk", "B")
    assert code == 3 and "does not belong to this invitation" in error
    assert not (two.place / "b").exists()
    said = json.loads(file.read_text())
    file.write_text(json.dumps({**said, "role": "named-professional"}))
    code, _, error = two.run("b", "join", str(file), "--code", out.split()[-1], "--desk", "B")
    assert code == 3 and not (two.place / "b").exists()


def test_an_advisor_invites_no_named_professional(joined: Two) -> None:
    code, _, error = joined.run(
        "b",
        "sync",
        "invite",
        "--for",
        "N",
        "--role",
        "named-professional",
        "--out",
        str(joined.place / "n"),
    )
    assert code == 3 and "Ask a named professional" in error
