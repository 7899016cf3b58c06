"""A desk that is shut out (rule S6): two people say so, the key of the service is changed, and what it writes from
then on counts nowhere; what it wrote before stays, at every desk."""

from pathlib import Path
from threading import Event

import pytest
from sync.test_two_desks import WORDS, Two, cheap, two  # noqa: F401

from spoc.storage import keyring
from spoc.storage.desk import Desk, sign_in
from spoc.storage.desks import group as groups
from spoc.sync import sending
from spoc.sync.folder import Folder
from spoc.sync.segment import BadSegment, opened
from spoc.sync.visit import SyncVisit


@pytest.fixture
def three(two: Two) -> Two:  # noqa: F811
    """Ada and Bea, and Cal, who is to leave; all hold one call that Cal took."""
    two.join("b")
    two.join("c", "Cal Dane")
    for desk in ("b", "c", "a", "b", "c"):
        two.sync(desk)
    two.call("c", "c-1")
    for desk in ("c", "a", "b"):
        two.sync(desk)
    return two


def at(two: Two, desk: str, who: str) -> Desk:  # noqa: F811
    return sign_in(two.place / desk, WORDS, who, window=False)


def shut_out(two: Two) -> None:  # noqa: F811
    code, out, _ = two.run("a", "sync", "revoke", "Desk c", "--why", "has left")
    assert code == 0 and "A second person must agree" in out
    code, _, error = two.run("a", "sync", "revoke", "Desk c")
    assert code == 3 and "already asked for that" in error
    two.sync("a")
    two.sync("b")
    code, out, _ = two.run("b", "sync", "revoke", "Desk c")
    assert code == 0 and "shut out by Ada Shah and Bea Bird" in out
    for desk in "bab":
        assert two.sync(desk)["problems"] == []


def writes_on(two: Two) -> list[Path]:  # noqa: F811
    """The desk that was shut out sends on, with a program that asks nobody; gives its files."""
    before = {*two.share.rglob("*.seg")}
    desk = at(two, "c", "Cal Dane")
    try:
        transport = Folder(two.share)
        db = desk.store.reader
        group = groups.group_of(db)
        own = desk.store.submit(lambda db: keyring.own_keys(db, desk.store.now())).result()
        assert group
        visit = SyncVisit(desk, transport, group, own, transport.list())
        assert sending.send(visit, lambda *said: None, Event()) > 0
    finally:
        desk.close()
    return sorted({*two.share.rglob("*.seg")} - before)


@pytest.mark.long
def test_what_a_desk_writes_after_it_was_shut_out_counts_nowhere(three: Two) -> None:
    shut_out(three)
    three.call("c", "c-2")
    code, _, error = three.run("c", "sync", *three.place_named)
    assert code == 3 and "This desk has been shut out" in error
    files = writes_on(three)
    for desk in "ab":
        said = three.sync(desk)
        assert len(three.rows(desk)) == 1 and said["received"] == 0
        assert all("is shut out of the service" in each for each in said["problems"])
        assert {each.name for each in files} == {
            each.split("/")[-1].split(" ")[0] for each in said["problems"]
        }
    for each in files:
        each.unlink()
    three.join("d", "Dee Fox")  # who comes later reads what was written before
    for desk in "dad":
        assert three.sync(desk)["problems"] == []
    assert three.rows("d") == three.rows("a") and len(three.rows("d")) == 1


@pytest.mark.long
def test_what_is_written_after_it_opens_with_no_key_of_the_desk_that_was_shut_out(
    three: Two,
) -> None:
    shut_out(three)
    before = {*three.share.rglob("*.seg")}
    three.call("a", "a-2")
    three.sync("a")
    desk = at(three, "c", "Cal Dane")
    try:
        group = groups.group_of(desk.store.reader)
        assert group and group.epoch == 1
        for each in {*three.share.rglob("*.seg")} - before:
            with pytest.raises(BadSegment, match="not been given the key"):
                opened(group, each.read_bytes(), lambda *said: True)
    finally:
        desk.close()
    handed = sorted(three.share.rglob("*.key"))
    assert len(handed) == 2
    for each in handed:  # the share lost them: whoever has the key hands it out again
        each.unlink()
    three.sync("b")
    assert sorted(three.share.rglob("*.key")) == handed
    assert three.sync("b")["problems"] == [] and three.rows("a") == three.rows("b")


@pytest.mark.long
def test_a_desk_that_slept_through_it_is_handed_the_key_and_takes_nothing_later(
    three: Two,
) -> None:
    three.join("d", "Dee Fox")
    for desk in "dad":
        three.sync(desk)
    shut_out(three)
    three.call("c", "c-2")
    writes_on(three)
    three.call("d", "d-1")
    said = three.sync("d")
    assert len(three.rows("d")) == 2 and any("shut out" in each for each in said["problems"])
    three.sync("a")
    assert three.rows("a") == three.rows("d")


@pytest.mark.long
def test_one_person_shuts_out_nobody_where_there_are_others_and_never_the_own_desk(
    three: Two,
) -> None:
    code, _, error = three.run("c", "sync", "revoke", "Desk c")
    assert code == 3 and "No desk has that name" in error  # one's own is not among the others
    assert three.run("b", "sync", "revoke", "Desk c")[0] == 0
    three.call("c", "c-2")
    for desk in "bcab":
        three.sync(desk)
    assert len(three.rows("a")) == 2 and not [*three.share.rglob("*.key")]
    code, _, error = three.run("b", "sync", "revoke", "nobody")
    assert code == 3 and "North" in error


def test_where_there_is_one_who_may_the_recovery_code_stands_for_the_second(two: Two) -> None:  # noqa: F811
    file, codes = two.place / "code", {}
    invite = ("sync", "invite", "--for", "Bea Bird", "--out", str(two.place / "i"))
    out = two.run("a", *invite)[1]
    made = two.run("b", "join", str(two.place / "i"), "--code", out.split()[-1], "--desk", "Desk b")
    (codes["b"],) = (each.split()[-1] for each in made[1].splitlines() if "Recovery code" in each)
    for desk in ("b", "a", "b", "a"):
        two.sync(desk)
    file.write_text(codes["b"])  # Bea has a code of her own desk: it is nobody else
    code, _, error = two.run("b", "sync", "revoke", "North", "--code-file", str(file))
    assert code == 3 and "no second person signed it" in error
    code, out, _ = two.run("a", "sync", "revoke", "Desk b")
    assert code == 0 and "A second person must agree" in out
    file.write_text(two.code)
    code, out, error = two.run("a", "sync", "revoke", "Desk b", "--code-file", str(file))
    assert code == 0 and "shut out by Ada Shah" in out, error
    two.sync("a")
    code, _, error = two.run("b", "sync", *two.place_named)
    assert code == 3 and "This desk has been shut out" in error
    assert two.run("a", "verify")[0] == 0
