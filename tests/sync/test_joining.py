"""Who joins with a desk of their own is who was invited, once, in time, with the role that the invitation gives."""

import json
import os
import re
import time
from contextlib import closing
from datetime import timedelta

import pytest
from keyboard import shown, type_in, until
from screens.conftest import page
from seated import at_the_board
from sync.test_two_desks import WORDS, Two, cheap, two  # noqa: F401

from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import natural_id
from spoc.screens.sync.asking_again import AskAgainScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.desk import Desk, sign_in
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.service import settings
from spoc.sync import run
from spoc.sync.folder import Folder
from spoc.sync.joining import invitations, inviting
from spoc.sync.visit import SyncVisit


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
    monkeypatch.setattr(inviting, "VALID", timedelta(seconds=-1))
    code, said = invites(two, "a", "Cal Dane", "advisor")
    code, _, error = joins(two, "c", said)
    assert (
        code == 3 and "more than a day old and does not count any more, or this computer" in error
    )
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
    key = invitations.key_of(said, bytes.fromhex(whole["invite"]))
    file.write_text(json.dumps({**whole, "mac": invitations.mac(key, whole)}))
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


def test_a_locked_desk_lets_nobody_in_and_syncs_all_else(two: Two) -> None:  # noqa: F811
    two.join("b")
    two.sync("b")
    two.call("a", "a-1")
    desk = at(two, "a", "Ada Shah")
    try:
        desk.store.lock()
        with closing(Folder(two.share)) as there:
            done = run.sync(desk, there)
    finally:
        desk.close()
    assert done.sent > 0 and "Bea Bird waits to be let in" in done.notes[0]
    assert "Bea Bird has joined" in two.sync("a")["notes"][0]
    assert two.sync("b")["received"] > 0


def test_a_desk_that_stopped_while_it_let_somebody_in_goes_on_from_there(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stops(*_: object) -> None:
        raise OSError("the power is gone")

    two.join("b")
    two.sync("b")
    for step in ("submit", "put_new"):
        desk = at(two, "a", "Ada Shah")
        try:
            own, group = desk.store.submit(
                lambda db, desk=desk: inviting.founded(db, desk, desk.store.now())
            ).result()
            with closing(Folder(two.share)) as there, monkeypatch.context() as patched:
                visit = SyncVisit(desk, there, group, own, there.list())
                patched.setattr(there if step == "put_new" else desk.store, step, stops)
                with pytest.raises(OSError, match="power"):
                    inviting.admit(visit)
        finally:
            desk.close()
    two.sync("a")
    assert two.sync("b")["received"] > 0
    (answer,) = two.share.rglob("*.yes")
    assert two.sync("a")["problems"] == [] and answer.exists()


def test_an_answer_that_the_place_lost_is_put_there_again(two: Two) -> None:  # noqa: F811
    two.join("b")
    shuttle(two, "ba")
    (answer,) = two.share.rglob("*.yes")
    answer.unlink()
    shuttle(two, "ba")
    assert two.sync("b")["received"] > 0
    two.sync("a")
    answer.unlink()
    two.sync("a")
    assert not answer.exists(), "once the desk was heard of, it is no longer needed"


def test_a_sixtieth_desk_is_let_in(two: Two) -> None:  # noqa: F811
    desk = at(two, "a", "Ada Shah")
    keys = [(os.urandom(16), os.urandom(32), os.urandom(32)) for _ in range(59)]
    others = [
        groups.member_record(groups.DeskMember(own, f"Desk {own.hex()}", verifies, seals), desk.actor.id)
        for own, verifies, seals in keys
    ]  # fmt: skip
    desk.store.act(desk.actor, others).result()
    desk.close()
    two.join("b")
    shuttle(two, "ba")
    assert two.sync("b")["received"] > 0


def test_a_desk_that_was_not_let_in_within_a_day_asks_again_and_keeps_its_calls(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(inviting, "VALID", timedelta(seconds=1))
        two.join("b")
    two.call("b", "b-1")
    two.sync("b")
    time.sleep(1)
    assert "does not count any more" in two.sync("a")["problems"][0]
    assert "invited more than a day ago" in two.sync("b")["notes"][0]
    code, said = invites(two, "b", "Zed Hawk", "advisor")
    assert code == 3 and "has not been let in itself yet" in said
    code, said = invites(two, "a", "Bea Bird", "advisor")
    again = ("sync", "ask-again", str(two.place / "0.i"), "--code")
    wrong = two.run("b", *again, "0000-" * 6 + "0000")
    assert wrong[0] == 3 and "does not belong to this invitation" in wrong[2]
    assert two.run("b", *again, said)[0] == 0
    shuttle(two, "bab")
    two.sync("a")
    assert [each["ref"] for each in two.rows("a")] == ["b-1"] and two.rows("a") == two.rows("b")
    code, _, error = two.run("b", *again, said)
    assert code == 3 and "does not wait to be let in" in error
    assert two.run("b", "verify")[0] == two.run("a", "verify")[0] == 0


def test_an_invitation_for_somebody_else_lets_no_waiting_desk_in(two: Two) -> None:  # noqa: F811
    two.join("b")
    code, said = invites(two, "a", "Cal Dane", "advisor")
    assert code == 0
    code, _, error = two.run("b", "sync", "ask-again", str(two.place / "0.i"), "--code", said)
    assert code == 3 and "not for this desk" in error and "nothing was changed" in error


def test_a_desk_asks_no_other_service_to_be_let_in(two: Two) -> None:  # noqa: F811
    """Two services' folders were mixed up."""
    made = ("--service", "Other", "--name", "Ola Other", "--role", "named-professional")
    assert two.run("other", "init", "--desk", "Other", *made)[0] == 0
    two.sync("other")
    before = {*two.share.rglob("*")}
    two.join("b")
    for desk in "ab":
        code, _, error = two.run(desk, "sync", *two.place_named)
        assert code == 3 and "the records of another service" in error
    assert {*two.share.rglob("*")} == before


def test_a_request_says_nothing_in_clear_and_one_of_an_earlier_version_is_still_read(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two.join("b")
    two.sync("b")
    (asked,) = two.share.rglob("*.ask")
    assert b"Desk b" not in asked.read_bytes() and {*json.loads(asked.read_bytes())} == {"box"}
    asked.write_bytes(asked.read_bytes()[:-9] + b'00000000"}')
    assert "not with its code; nobody was let in" in two.sync("a")["problems"][0]
    asked.unlink()
    with monkeypatch.context() as earlier:
        earlier.setattr(inviting, "SEALED", False)
        two.join("c", "Cal Dane")
    two.sync("c")
    (asked,) = two.share.rglob("*.ask")
    assert b"Desk c" in asked.read_bytes()
    shuttle(two, "ac")
    assert set(roles(two, "c", "Cal Dane")) == {"Ada Shah", "Cal Dane"}


async def test_on_the_sync_page_a_desk_that_waits_takes_a_new_invitation(
    two: Two,  # noqa: F811
) -> None:
    two.join("b")
    assert two.run("b", "setting", "set", "sync", str(two.share))[0] == 0
    _, said = invites(two, "a", "Bea Bird", "advisor")
    desk = at(two, "b", "Bea Bird")
    first = local(desk.store.reader, "joining")["invite"]
    async with at_the_board(desk.store, actor=desk.actor, size=(80, 24)) as pilot:
        await type_in(pilot, "y")
        await shown(pilot, SyncScreen)
        await type_in(pilot, "i")
        card = await shown(pilot, AskAgainScreen)
        await type_in(pilot, str(two.place / "none.i"), "<enter>", said, "<enter>")
        await until(pilot, lambda: "cannot be read" in page(pilot))
        card.lines["file"].value = str(two.place / "0.i")
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: "This desk has asked to be let in" in page(pilot))
        assert local(desk.store.reader, "joining")["invite"] != first
    desk.close()
    done = two.sync("a")  # both requests lie there
    assert "Bea Bird has joined" in done["notes"][0] and done["problems"] == []
    assert two.sync("b")["received"] > 0
