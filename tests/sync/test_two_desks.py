"""Two desks of one service over a shared folder, through the command line: joined, synced, compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing

WORDS = "four plain words here"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)


class Two:
    """Two stores and a share; commands at either."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.capsys = place, capsys
        self.share = place / "share"
        self.share.mkdir()
        self.place_named = ("--folder", str(self.share))
        made = ["--service", "Service", "--name", "Ada Shah", "--role", "named-professional"]
        assert self.run("a", "init", "--desk", "North", *made)[0] == 0

    def run(self, desk: str, *said: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = commands(["--store", str(self.place / desk), *said])
        return code, *self.capsys.readouterr()

    def sync(self, desk: str) -> dict[str, Any]:
        code, out, error = self.run(desk, "sync", *self.place_named, "--format", "json")
        assert code in (0, 1), error
        said: dict[str, Any] = json.loads(out)
        assert (code == 1) == bool(said["problems"])
        return said

    def join(self, desk: str, name: str = "Bea Bird", role: str = "advisor") -> None:
        file = self.place / f"{desk}.invitation"
        code, out, _ = self.run(
            "a", "sync", "invite", "--for", name, "--role", role, "--out", str(file)
        )
        assert code == 0
        joined = ["join", str(file), "--code", out.split()[-1], "--desk", f"Desk {desk}"]
        code, out, error = self.run(desk, *joined)
        assert code == 0 and "Recovery code" in out, error

    def call(self, desk: str, ref: str, **said: Any) -> None:
        whole = {
            "ref": ref, "received_at": "2026-10-19T16:30", "channel": "EMAIL-IN",
            "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse"},
            "children": [{"name": "Molly Mulberry", "dob": "2024-02-29"}],
            "category": "physical", "issues": ["burn"], "open": True, **said,
        }  # fmt: skip
        file = self.place / "call.json"
        file.write_text(json.dumps(whole))
        code, out, error = self.run(desk, "contact", "add", "--json", str(file))
        assert code == 0, out + error

    def rows(self, desk: str) -> list[Any]:
        code, out, error = self.run(desk, "contact", "list", "--format", "json")
        assert code == 0, error
        return sorted(json.loads(out or "[]"), key=lambda each: each["id"])


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Two:
    return Two(tmp_path, capsys)


def test_a_desk_joins_takes_calls_at_once_and_is_filled_at_its_second_sync(two: Two) -> None:
    two.call("a", "a-1")
    two.join("b")
    two.call("b", "b-1")
    asked = two.sync("b")
    assert "asked to be let in" in asked["notes"][0] and asked["sent"] == asked["received"] == 0
    let_in = two.sync("a")
    assert "Bea Bird has joined with the desk Desk b." in let_in["notes"][0]
    filled = two.sync("b")
    assert filled["received"] > 0 and filled["sent"] > 0 and not filled["problems"]
    two.sync("a")
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 2
    for desk in ("a", "b"):
        again = two.sync(desk)
        assert (again["sent"], again["received"], again["problems"]) == (0, 0, [])
    for desk in ("a", "b"):
        assert two.run(desk, "verify")[0] == 0
