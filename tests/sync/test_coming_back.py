"""Computers that keep nothing: a desk's user comes back with only a passphrase, if the service allows it."""

import shutil

import pytest
from sync.test_two_desks import WORDS, Two, cheap, two  # noqa: F401

from spoc.model.errors import DiskFull
from spoc.sync.joining import coming_back

PEOPLE = ("Bea Bird", "Cal Dane", "Dee Fox", "Eli Gray", "Fay Hill", "Gus Iles")


def back(two: Two, computer: str, name: str) -> tuple[int, str, str]:  # noqa: F811
    return two.run(computer, "rejoin", *two.place_named, "--name", name)


def full(*_: object) -> None:
    raise DiskFull("The disk is full.")


def test_a_desk_that_could_not_be_set_up_to_its_end_is_none_and_one_that_was_says_its_code(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = str(two.place / "b.invitation")
    said = two.run("a", "sync", "invite", "--for", "Bea Bird", "--out", file)[1]
    joins = ["join", file, "--code", said.split()[-1], "--desk", "B"]
    with monkeypatch.context() as patched:
        patched.setattr("spoc.sync.joining.joining.keep_local", full)
        assert two.run("b", *joins)[0] == 3 and not (two.place / "b").exists()
    assert two.run("b", *joins)[0] == 0
    assert two.run("a", "setting", "set", "rejoin", "yes")[0] == 0
    two.sync("a")
    monkeypatch.setattr("spoc.sync.run.sync", full)
    code, out, error = back(two, "again", "Ada Shah")
    assert code == 3 and "full" in error and "Recovery code" in out


def wipe(two: Two, computer: str) -> None:  # noqa: F811
    shutil.rmtree(two.place / computer)


def test_nobody_comes_back_unless_the_service_wants_it_and_only_with_the_passphrase(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two.call("a", "a-1")
    two.sync("a")
    assert [*two.share.rglob("*.back")] == []
    code, _, error = back(two, "again", "Ada Shah")
    assert code == 3 and "has nothing by which" in error and not (two.place / "again").exists()
    assert two.run("a", "setting", "set", "rejoin", "maybe")[0] == 3
    assert two.run("a", "setting", "set", "rejoin", "yes")[0] == 0
    two.sync("a")
    (file,) = two.share.rglob("*.back")
    assert b"Ada" not in file.read_bytes()
    monkeypatch.setenv("SPOC_PASSPHRASE", "five other plain words here")
    code, _, error = back(two, "again", "Ada Shah")
    assert code == 3 and "not right" in error and not (two.place / "again").exists()
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    whole = file.read_bytes()
    other = b"11" if whole[-20:-18] == b"00" else b"00"
    file.write_bytes(whole[:-20] + other + whole[-18:])  # changed on the share
    assert back(two, "again", "Ada Shah")[0] == 3
    file.write_bytes(whole)
    wipe(two, "a")
    monkeypatch.chdir(two.place)  # the folder is kept with its full path
    code, out, error = two.run("a", "rejoin", "--folder", "share", "--name", "ada  SHAH")
    assert code == 0 and "Recovery code" in out, error
    assert str(two.share) in two.run("a", "setting", "list")[1]
    assert len(two.rows("a")) == 1
    assert len([*two.share.rglob("*.back")]) == 1
    two.call("a", "a-2")
    assert two.sync("a")["problems"] == [] and two.run("a", "verify")[0] == 0
    assert two.run("a", "setting", "set", "rejoin", "no")[0] == 0
    two.sync("a")
    assert [*two.share.rglob("*.back")] == []


@pytest.mark.long
def test_six_people_at_five_computers_that_keep_nothing(two: Two) -> None:  # noqa: F811
    assert two.run("a", "setting", "set", "rejoin", "yes")[0] == 0
    for number, name in enumerate(PEOPLE):
        desk = f"first-{number}"
        two.join(desk, name)
        for each in (desk, "a", desk):
            two.sync(each)
        two.sync(desk)  # knows by now that the service wants it
        wipe(two, desk)
    many = 0
    for day in range(2):  # so that each comes to another computer
        for number, name in enumerate(PEOPLE):
            computer = f"pc-{(number + day) % 5}"
            code, _, error = back(two, computer, name)
            assert code == 0, error
            assert len(two.rows(computer)) == many
            two.call(computer, f"{day}-{number}")
            many += 1
            assert two.sync(computer)["problems"] == []
            wipe(two, computer)
    assert two.sync("a")["problems"] == []
    assert len(two.rows("a")) == many == 12
    assert two.run("a", "verify")[0] == 0
    for desk in ("one", "other"):  # the same person at two computers at once
        assert back(two, desk, PEOPLE[0])[0] == 0
        two.call(desk, f"both-{desk}")
    for desk in ("one", "other", "one", "a"):
        assert two.sync(desk)["problems"] == []
    assert len(two.rows("a")) == 14 and two.rows("one") == two.rows("a")


def test_a_file_that_somebody_else_put_there_brings_nobody_into_another_group(
    two: Two,  # noqa: F811
) -> None:
    assert two.run("a", "setting", "set", "rejoin", "yes")[0] == 0
    two.sync("a")
    (file,) = two.share.rglob("*.back")
    said = coming_back.json.loads(file.read_bytes())
    forged = {**said, "group": "ab" * 16}
    file.write_bytes(coming_back.canonical(forged))
    code, _, error = back(two, "again", "Ada Shah")
    assert code == 3 and not (two.place / "again").exists(), error
