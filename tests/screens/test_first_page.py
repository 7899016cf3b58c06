"""The first page of a program without a store: a new service, joining one, a backup put back, coming back."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from keyboard import type_in, until
from samples import Clock
from screens.conftest import page
from sync.test_two_desks import WORDS, Two, cheap, two  # noqa: F401
from textual.pilot import Pilot

from spoc.app import SpocApp
from spoc.screens.desk.arriving.first import FirstScreen
from spoc.screens.desk.arriving.setup import CodeScreen
from spoc.screens.desk.arriving.signin import SignInScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.secrecy import paper_codes
from spoc.widgets.preferences import Preferences


def new(two: Two, computer: str) -> SpocApp:  # noqa: F811
    return SpocApp(two.place / computer, liked=Preferences())


def invited(two: Two, name: str = "Bea Bird", role: str = "reviewer") -> tuple[Path, str]:  # noqa: F811
    file = two.place / "bea.invitation"
    said = two.run("a", "sync", "invite", "--for", name, "--role", role, "--out", str(file))
    return file, said[1].split()[-1]


async def confirm(pilot: Pilot[Any]) -> None:
    """Types the group of the recovery code that is asked for; the desk opens."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, CodeScreen) and "Group" in page(pilot))
    screen: Any = app.screen
    await type_in(
        pilot, paper_codes.code_groups(screen._prepared.code)[screen.asked - 1], "<enter>"
    )
    await until(pilot, lambda: isinstance(app.screen, BoardScreen))


async def test_the_first_page_offers_every_way_and_goes_back_to_it(
    tmp_path: Path, clock: Clock
) -> None:
    app = SpocApp(tmp_path / "new", now=clock, liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        for letter, way, asks in (
            ("n", "New service", "Pack"),
            ("j", "Join a service", "Invitation"),
            ("r", "Restore a backup", "Backup"),
            ("c", "Come back", "Your name"),
        ):
            await until(pilot, lambda way=way: way in page(pilot))
            await type_in(pilot, letter)
            await until(pilot, lambda asks=asks: asks in page(pilot))
            await type_in(pilot, "<escape>")
            await until(pilot, lambda: isinstance(app.screen, FirstScreen))
    assert not (tmp_path / "new").exists()


async def test_somebody_joins_in_the_app_and_is_filled_once_let_in(two: Two) -> None:  # noqa: F811
    two.call("a", "a-1")
    file, code = invited(two)
    app = new(two, "b")
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(
            pilot, "j", f'"{file}"', "<enter>", code, "<enter>", "Yeovil", "<enter>", f'"{two.share}"', "<enter>",
            WORDS, "<enter>", WORDS, "<enter>",
        )  # fmt: skip
        await confirm(pilot)
        assert app.desk and (app.desk.name, app.desk.actor.name) == ("Yeovil", "Bea Bird")
        await until(pilot, lambda: "does not have the service's records" in page(pilot))
        await until(pilot, lambda: [*two.share.rglob("*.ask")])  # it asked by itself
    assert "Bea Bird has joined" in two.sync("a")["notes"][0]
    two.place_named = ()  # the place was named in the app
    assert two.sync("b")["received"] > 0
    assert two.rows("a") == two.rows("b") and len(two.rows("b")) == 1


@pytest.mark.parametrize(
    ("spoil", "says", "stays"),
    [
        ("file", "cannot be read", "invitation"),
        ("code", "does not belong to this invitation", "code"),
        ("share", "is not there", "place"),
        ("synced", "is kept in step by Dropbox", "place"),
        ("own", "belongs to this desk's own store", "place"),
    ],
)
async def test_what_will_not_do_for_joining_is_said_beside_its_field_and_nothing_is_set_up(
    two: Two,  # noqa: F811
    spoil: str,
    says: str,
    stays: str,
) -> None:
    file, code = invited(two)
    given = {"file": str(file), "code": code, "desk": "Yeovil", "share": str(two.share)}
    given |= {
        "file": {"file": str(two.place / "none")}, "code": {"code": "0000-" * 6 + "0000"},
        "share": {"share": str(two.place / "gone")}, "synced": {"share": str(two.place / "Dropbox" / "x")},
        "own": {"share": str(two.place / "b" / "x")},
    }[spoil]  # fmt: skip
    app = new(two, "b")
    async with app.run_test(size=(120, 36)) as pilot:
        await type_in(pilot, "j")
        for each in (*given.values(), WORDS, WORDS):
            await type_in(pilot, each, "<enter>")
        await until(pilot, lambda: says in " ".join(page(pilot).split()))
        await until(pilot, lambda: app.focused is not None and app.focused.id == stays)
    assert not (two.place / "b").exists()


async def test_a_backup_is_restored_in_the_app_and_opens_with_its_passphrase(two: Two) -> None:  # noqa: F811
    two.call("a", "a-1")
    assert two.run("a", "backup", str(two.place / "kept"))[0] == 0
    (kept,) = (two.place / "kept").glob("*")
    shutil.rmtree(two.place / "a")
    app = new(two, "a")
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(pilot, "r", str(two.place / "kept"), "<enter>")
        await until(pilot, lambda: "is not a whole backup" in " ".join(page(pilot).split()))
        assert not (two.place / "a" / "spoc.db").exists()
        app.focused.value = ""  # type: ignore[union-attr]
        await type_in(pilot, str(kept), "<enter>")
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        await until(pilot, lambda: "The backup is restored" in page(pilot))
        await type_in(pilot, WORDS, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
    assert len(two.rows("a")) == 1


async def test_a_damaged_backup_is_refused_in_words_and_nothing_is_there(two: Two) -> None:  # noqa: F811
    assert two.run("a", "backup", str(two.place / "kept"))[0] == 0
    (kept,) = (two.place / "kept").glob("*")
    whole = (kept / "spoc.db").read_bytes()
    (kept / "spoc.db").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    app = new(two, "b")
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(pilot, "r", str(kept), "<enter>")
        await until(
            pilot, lambda: "is damaged and was not restored" in " ".join(page(pilot).split())
        )
    assert not (two.place / "b").exists()


async def test_somebody_comes_back_in_the_app_with_the_passphrase_alone(two: Two) -> None:  # noqa: F811
    two.call("a", "a-1")
    assert two.run("a", "setting", "set", "rejoin", "yes")[0] == 0
    two.sync("a")
    shutil.rmtree(two.place / "a")
    app = new(two, "a")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "or spoc rejoin)" in " ".join(page(pilot).split()))
        await type_in(pilot, "c", str(two.share), "<enter>", "Ada Shah", "<enter>")
        await type_in(pilot, "four other words", "<enter>")
        await until(pilot, lambda: "passphrase is not right" in " ".join(page(pilot).split()))
        assert not (two.place / "a").exists()
        app.focused.value = ""  # type: ignore[union-attr]
        await type_in(pilot, WORDS, "<enter>")
        await confirm(pilot)
        await until(pilot, lambda: "service's records yet" not in page(pilot), 20)
        assert app.desk and app.desk.name == "North"
    assert len(two.rows("a")) == 1
    two.place_named = ()
    assert two.sync("a")["problems"] == []


async def test_where_the_service_does_not_allow_it_nobody_comes_back(two: Two) -> None:  # noqa: F811
    two.sync("a")
    app = new(two, "b")
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(
            pilot, "c", str(two.share), "<enter>", "Ada Shah", "<enter>", WORDS, "<enter>"
        )
        await until(pilot, lambda: "ask for an invitation" in " ".join(page(pilot).split()))
    assert not (two.place / "b").exists()
