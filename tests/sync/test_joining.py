"""Who joins with a desk of their own is who was invited, once, in time, with the role that the invitation gives."""

import json
import os
import re
from datetime import timedelta

import pytest
from sync.test_two_desks import WORDS, Two, cheap, two  # noqa: F401

from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import natural_id
from spoc.storage.desk import Desk, sign_in
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.service import settings
from spoc.sync.joining import joining


def at(two: Two, desk: str, who: str) -> Desk:  # noqa: F811
    return sign_in(two.place / desk, WORDS, who, window=False)


def invites(
    two: Two,  # noqa: F811
    desk: str,
    name: str,
    role: str,
    *more: str,
) -> tuple[int, str]:
    file = two.place / f"{len(list(two.place.glob('*.i')))}.i"
    said = ("sync", "invite", "--for", name, "--role", role, "--out", str(file), *more)
    code, out, error = two.run(desk, *said)
    return code, (out.split()[-1] if code == 0 else error)


def joins(two: Two, desk: str, code: str) -> tuple[int, str, str]:  # noqa: F811
    file = max(two.place.glob("*.i"), key=lambda each: int(each.stem))
    return two.run(desk, "join", str(file), "--code", code, "--desk", f"Desk {desk}")


def roles(two: Two, desk: str, who: str) -> dict[str, str]:  # noqa: F811
    code, out, error = two.run(desk, "user", "list", "--user", who)
    assert code == 0, error
    return {
        name: role for name, role, *_ in (re.split(r"\s\s+|\t", line) for line in out.splitlines())
    }


def shuttle(two: Two, desks: str) -> None:  # noqa: F811
    for desk in desks:
        two.sync(desk)


@pytest.fixture
def reviewed(two: Two) -> Two:  # noqa: F811
    """Ada, a named professional; Bea, an advisor she invited; Rae, a reviewer whom Bea invited."""
    two.join("b")
    shuttle(two, "bab")
    code, said = invites(two, "b", "Rae Ward", "reviewer")
    assert code == 0 and joins(two, "r", said)[0] == 0
    two.call("r", "r-1")
    shuttle(two, "rbrab")
    return two


def test_a_reviewer_whom_an_advisor_invited_is_a_reviewer_everywhere_and_her_calls_count(
    reviewed: Two,
) -> None:
    for desk, who in (("a", "Ada Shah"), ("b", "Bea Bird"), ("r", "Rae Ward")):
        assert roles(reviewed, desk, who)["Rae Ward"] == "reviewer"
        assert [each["ref"] for each in reviewed.rows(desk)] == ["r-1"]
        code, out, _ = reviewed.run(desk, "verify")
        assert code == 0 and "is as it was written" in out
    code, _, error = reviewed.run("r", "setting", "set", "hours.desk", "Mon-Sun 00:00-23:59")
    assert code == 3 and "may not change the desk's settings" in error
    code, said = invites(reviewed, "r", "Zed Hawk", "reviewer")
    assert code == 3 and "may not invite a desk" in said
    desk = at(reviewed, "r", "Rae Ward")
    named = {"name": "D", "user": desk.actor.id.hex(), "sign_key": os.urandom(32).hex(), "seal_key": os.urandom(32).hex()}  # fmt: skip
    joins_again = Command("desk", os.urandom(16), named)
    pack = settings.command("pack", "somerset")
    desk.store.act(desk.actor, [joins_again, pack]).result()  # with a script
    hours = settings.command("hours.desk", "Mon-Sun 00:00-23:59")
    desk.store.act(desk.actor, [hours]).result()
    desk.close()
    reviewed.sync("r")
    problems = " ".join(reviewed.sync("a")["problems"])
    assert "may not change the desk's settings" in problems
    desk = at(reviewed, "a", "Ada Shah")
    assert desk.store.pack.id == "generic" and "hours.desk" not in desk.store.settings
    desk.close()


def test_a_desk_that_joins_late_brings_back_no_former_setting(two: Two) -> None:  # noqa: F811
    """It begins with what the service went by when it was invited."""
    code, said = invites(two, "a", "Bea Bird", "advisor")
    assert two.run("a", "setting", "set", "pack", "somerset")[0] == 0
    assert code == 0 and joins(two, "b", said)[0] == 0
    shuttle(two, "baba")
    for desk, who in (("a", "Ada Shah"), ("b", "Bea Bird")):
        opened = at(two, desk, who)
        assert opened.store.pack.id == "somerset"
        opened.close()


def test_an_analyst_is_not_invited_to_a_desk_of_their_own(two: Two) -> None:  # noqa: F811
    code, said = invites(two, "a", "Ann Count", "analyst")
    assert code == 3 and "no analyst (no identifiers) holds their key" in said


def test_a_reviewer_invites_nobody_even_with_a_script(two: Two) -> None:  # noqa: F811
    two.join("n", "Ann Count", "reviewer")
    shuttle(two, "nan")
    code, said = invites(two, "n", "Zed Hawk", "advisor")
    assert code == 3 and "may not invite a desk" in said
    desk = at(two, "n", "Ann Count")
    user = os.urandom(16)
    key = {"user": user.hex(), "public_key": os.urandom(32).hex(), "sign_key": os.urandom(32).hex()}
    member = {"name": "Z", "user": user.hex(), "sign_key": os.urandom(32).hex(), "seal_key": os.urandom(32).hex()}  # fmt: skip
    false = [
        Command("desk", os.urandom(16), member),
        Command("user_key", natural_id(desk.store.tables["user_key"], key), key),
        Command("user", user, {"name": "Zed Hawk", "role": "advisor"}),
    ]
    desk.store.act(desk.actor, false).result()
    desk.close()
    two.sync("n")
    assert "may not invite a desk" in " ".join(two.sync("a")["problems"])
    assert set(roles(two, "a", "Ada Shah")) == {"Ada Shah", "Ann Count"}
    code, out, _ = two.run("n", "verify")
    assert code == 1 and "may not invite a desk" in out
    desk = at(two, "a", "Ada Shah")
    assert len(groups.members(desk.store.reader)) == 2
    desk.close()


def test_an_invitation_of_yesterday_lets_nobody_in(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, said = invites(two, "a", "Bea Bird", "advisor")
    assert code == 0 and joins(two, "b", said)[0] == 0
    desk = at(two, "a", "Ada Shah")

    def ages(db: Database) -> None:
        kept = local(db, "invites")
        for each in kept.values():
            each["until"] = "2026-11-01T09:00:00.000Z"
        keep_local(db, "invites", kept)

    desk.store.submit(ages).result()
    desk.close()
    two.sync("b")
    (problem,) = two.sync("a")["problems"]
    assert "The invitation for Bea Bird is more than a day old and does not count" in problem
    assert list(two.share.rglob("*.yes")) == []
    assert set(roles(two, "a", "Ada Shah")) == {"Ada Shah"}
    monkeypatch.setattr(joining, "VALID", timedelta(seconds=-1))
    code, said = invites(two, "a", "Cal Dane", "advisor")
    code, _, error = joins(two, "c", said)
    assert code == 3 and "more than a day old and does not count any more; nothing was" in error
    assert not (two.place / "c").exists()


def test_whoever_was_invited_joins_as_nobody_else(two: Two) -> None:  # noqa: F811
    """They have the code, so they can write themselves another invitation: it makes them nobody."""
    two.call("a", "a-1")
    code, said = invites(two, "a", "Bea Bird", "advisor")
    file = next(two.place.glob("*.i"))
    ada = at(two, "a", "Ada Shah")
    whole = {**json.loads(file.read_bytes()), "name": "Ada Shah", "role": "named-professional", "user": ada.actor.id.hex()}  # fmt: skip
    ada.close()
    del whole["mac"]
    key = joining._key(said, bytes.fromhex(whole["invite"]))
    file.write_text(json.dumps({**whole, "mac": joining._mac(key, whole)}))
    assert code == 0 and joins(two, "b", said)[0] == 0
    two.call("b", "b-1", caller={"name": "Nora Nurse", "service": "ED", "role": "nurse"})
    shuttle(two, "bab")
    assert roles(two, "a", "Ada Shah") == {"Ada Shah": "named-professional", "Bea Bird": "advisor"}
    assert [each["ref"] for each in two.rows("a")] == ["a-1"]
    code, out, _ = two.run("a", "verify")
    assert code == 0 and "is as it was written" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ada 5hah", "That looks the same as Ada Shah (named professional)"),
        ("Аda Shah", "so that it could pass for another"),
        ("Ada\u009b Shah", "missing or not one line of text"),
        ("Ada Shah", "uses this service already, and only they add a desk of their own"),
        ("Dr Ada Shah", "That could be taken for Ada Shah (named professional)"),
    ],
)  # fmt: skip
def test_nobody_is_invited_under_a_name_that_passes_for_anothers(
    two: Two,  # noqa: F811
    name: str,
    said: str,
) -> None:
    two.join("b")
    shuttle(two, "bab")
    code, told = invites(two, "b", name, "advisor")
    assert code == 3 and said in told
    assert list(two.place.glob("*.i")) == []
    if name.startswith("Dr"):
        assert "Then add --another-person." in told
        assert invites(two, "b", name, "advisor", "--another-person")[0] == 0


def test_a_name_that_somebody_was_given_meanwhile_is_not_given_twice(two: Two) -> None:  # noqa: F811
    code, said = invites(two, "a", "Bea Bird", "advisor")
    assert code == 0 and joins(two, "b", said)[0] == 0
    (two.place / "first").write_text("nine words that Bea has here\n")
    added = (
        "user",
        "add",
        "--name",
        "bea  bird",
        "--new-passphrase-file",
        str(two.place / "first"),
    )
    assert two.run("a", *added)[0] == 0
    two.sync("b")
    (problem,) = json.loads(
        two.run("a", "sync", *two.place_named, "--format", "json", "--user", "Ada Shah")[1]
    )["problems"]
    assert "Somebody of that name already uses this store" in problem
    assert list(two.share.rglob("*.yes")) == []
