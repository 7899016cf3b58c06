"""A day at five desks, each a process of its own: offline, killed, with a wrong clock, over a share that tears a
file. In the evening all show the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from screens.conftest import page
from seated import Seated

from spoc.screens.desk.board import BoardScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.desk import sign_in

WORDS = "four plain words here"
PEOPLE = {"a": "Ada Shah", "b": "Bea Bird", "c": "Cal Dane", "d": "Dot Elm", "e": "Eve Fry"}
DAY = 24
OFFLINE = 3


class Desk:
    """A desk's process; it can be killed and begun again."""

    def __init__(self, place: Path, name: str) -> None:
        self.folder, self.share = place / name, place / "share"
        self.name = name
        self.begin()

    def begin(self, hours: float = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("a_desk.py")), str(self.folder), str(hours)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait()

    def ask(self, *said: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        answer = self._answer(*said)
        assert answer, f"desk {self.name} ended in {said}"
        code, out, error = json.loads(answer)
        return code, out, error

    def does(self, *said: str) -> str:
        code, out, error = self.ask(*said)
        assert code == 0, out + error
        return out

    def dies(self, *said: str) -> None:
        assert self._answer(*said) == ""
        self.end()

    def sync(self) -> dict[str, Any]:
        code, out, error = self.ask("sync", "--folder", str(self.share), "--format", "json")
        assert code in (0, 1), error
        said: dict[str, Any] = json.loads(out)
        assert (code == 1) == bool(said["problems"])
        return said

    def call(self, ref: str) -> None:
        file = self.folder.parent / f"{ref}.json"
        file.write_text(json.dumps({
            "ref": ref, "received_at": "2026-10-19T16:30", "channel": "EMAIL-IN",
            "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse"},
            "children": [{"name": f"Molly {ref.title()}", "dob": "2024-02-29"}], "category": "physical",
            "issues": ["burn"], "open": True, "actions": [{"code": "hold-discharge", "by": "ward", "due": "24h"}],
        }))  # fmt: skip
        self.does("contact", "add", "--json", str(file))

    def contacts(self) -> list[dict[str, Any]]:
        return sorted(json.loads(self.does("contact", "list", "--format", "json")), key=_id)

    def shows(self) -> dict[str, Any]:
        """What the desk shows and counts."""
        promised = json.loads(self.does("followup", "list", "--format", "json"))
        return {
            "contacts": self.contacts(),
            "promised": sorted(promised, key=_id),
            "counted": self.does("followup", "count"),
            "prompts": self.does("prompt", "list"),
        }

    def _answer(self, *said: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


def _id(said: dict[str, Any]) -> str:
    return str(said["id"])


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Desk]]:
    """Five desks of one service that hold the same: one call."""
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    (tmp_path / "share").mkdir()
    every = {name: Desk(tmp_path, name) for name in PEOPLE}
    try:
        made = ("--service", "Service", "--name", PEOPLE["a"], "--role", "named-professional")
        every["a"].does("init", "--desk", "North", *made)
        every["a"].call("morning")
        for name in "bcde":
            file = str(tmp_path / f"{name}.invitation")
            said = every["a"].does("sync", "invite", "--for", PEOPLE[name], "--out", file)
            every[name].does("join", file, "--code", said.split()[-1], "--desk", f"Desk {name}")
            every[name].sync()  # asks to be let in
        every["a"].sync()
        for name in "bcdeabcd":
            every[name].sync()
        yield every
    finally:
        for each in every.values():
            each.end()


@pytest.mark.long
async def test_after_a_day_offline_with_every_fault_five_desks_show_the_same(
    desks: dict[str, Desk],
) -> None:
    share = desks["a"].share
    away = share.with_name("away")
    desks["e"].end()
    desks["e"].begin(hours=DAY)  # its clock is a day wrong from here on

    share.rename(away)
    for name, desk in desks.items():
        desk.call(f"{name}-one")
        desk.call(f"{name}-two")
        code, _, error = desk.ask("sync", "--folder", str(share))
        assert code == OFFLINE and "is not there" in error
    desks["b"].does("amend", "morning", "neglect")
    desks["c"].does("amend", "morning", "sexual")

    away.rename(share)
    for when in ("before", "after"):  # the file is in the share by its name: not yet, or just
        desks["d"].does("die-at-rename", when)
        desks["d"].dies("sync", "--folder", str(share))
        desks["d"].begin()
        assert len(desks["d"].contacts()) == 3
    assert [*share.rglob("*.part")]
    before = {*share.rglob("*.seg")}
    desks["c"].sync()
    share.rename(
        away
    )  # the drive drops out, and has half of what was just written to it when it is back
    assert desks["b"].ask("sync", "--folder", str(share))[0] == OFFLINE
    away.rename(share)
    (torn,) = {*share.rglob("*.seg")} - before
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
    (said,) = desks["b"].sync()["problems"]
    assert torn.name in said and "left out" in said

    for _ in range(2):
        for name in "ecdab":
            desks[name].sync()
    for desk in desks.values():
        quiet = desk.sync()
        assert (quiet["sent"], quiet["received"], quiet["problems"]) == (0, 0, [])
        assert quiet["conflicts"] == 1
        own = desk is desks["e"]
        (clock,) = quiet["clocks"]
        assert clock.startswith(f"{'This computer' if own else 'The clock of Desk e'}"), clock
        assert "about 1 day ahead" in clock

    shown_at = {name: desk.shows() for name, desk in desks.items()}
    assert all(each == shown_at["a"] for each in shown_at.values())
    refs = {each["ref"] for each in shown_at["a"]["contacts"]}
    assert refs == {"morning", *(f"{name}-{which}" for name in desks for which in ("one", "two"))}
    (both,) = [each for each in shown_at["a"]["contacts"] if each["ref"] == "morning"]
    for desk in desks.values():
        whole = json.loads(desk.does("contact", "show", both["id"], "--format", "json"))
        (conflict,) = whole["conflicts"]
        told = {each["value"]: each["by"] for each in conflict["said"]}
        assert conflict["field"] == "category"
        assert told == {"neglect": PEOPLE["b"], "sexual": PEOPLE["c"]}
        desk.does("verify")
        desk.does("verify", "--against", str(share))
    for desk in desks.values():
        desk.end()
        await _on_the_screen(desk.folder)


async def _on_the_screen(folder: Path) -> None:
    """The one conflict is on the screen, with both values and who wrote them."""
    desk = sign_in(folder, WORDS, window=False)
    try:
        app = Seated(desk, desk.store.now)
        async with app.run_test(size=(80, 24)) as pilot:
            app.sit_down(desk)
            await until(
                pilot, lambda: isinstance(app.screen, BoardScreen) and app.screen.is_current
            )
            await type_in(pilot, "y")
            await shown(pilot, SyncScreen)
            await type_in(pilot, "c")
            await shown(pilot, ConflictsScreen)
            said = page(pilot)
            assert "1 of 1" in said and "Contact " in said and ": category" in said
            for each in (PEOPLE["b"], PEOPLE["c"], "eglect", "exual"):
                assert each in said
    finally:
        desk.close()
