"""Two desks of one service over a shared folder, through the command line: joined, synced, compared."""

import json
import re
import shutil
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
        code, out, _ = self.run("a", "init", "--desk", "North", *made)
        assert code == 0
        (self.code,) = (each.split()[-1] for each in out.splitlines() if "Recovery code" in each)

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
    (shown,) = re.findall(r"(?:[0-9a-f]{4} ){3}[0-9a-f]{4}", asked["notes"][0])
    assert shown in let_in["notes"][0], "both desks can read out the same fingerprint"
    filled = two.sync("b")
    assert filled["received"] > 0 and filled["sent"] > 0 and not filled["problems"]
    two.sync("a")
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 2
    for desk in ("a", "b"):
        again = two.sync(desk)
        assert (again["sent"], again["received"], again["problems"]) == (0, 0, [])
    for desk in ("a", "b"):
        assert two.run(desk, "verify")[0] == 0


def test_a_profile_that_was_cloned_writes_in_a_stream_of_its_own_and_nothing_is_lost(
    two: Two,
) -> None:
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    shutil.copytree(two.place / "b", two.place / "clone")
    two.call("b", "b-1")
    two.call("clone", "c-1")  # before either has synced
    for desk in ("b", "clone", "a", "b", "clone"):
        assert two.sync(desk)["problems"] == []
    assert two.rows("a") == two.rows("b") == two.rows("clone") and len(two.rows("a")) == 2


def test_a_restored_store_gets_back_what_it_had_sent_and_writes_on(two: Two) -> None:
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    assert two.run("b", "backup", str(two.place / "kept"))[0] == 0
    two.call("b", "b-1")
    two.sync("b")
    shutil.rmtree(two.place / "b")
    (kept,) = (two.place / "kept").glob("*")
    code, out, error = two.run("b", "restore", str(kept))
    assert code == 0, out + error
    two.call("b", "b-2")  # before it has synced
    for desk in ("b", "a", "b"):
        assert two.sync(desk)["problems"] == []
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 2


def test_a_sync_says_what_it_did_and_ends_as_the_contract_has_it(two: Two) -> None:
    two.call("a", "a-1")
    code, out, _ = two.run("a", "sync", *two.place_named, "--format", "json")
    said = json.loads(out)
    assert code == 0 and said["sent"] > 0
    assert {each: type(said[each]) for each in said} == {
        "sent": int, "received": int, "conflicts": int, "problems": list, "notes": list, "clocks": list,
    }  # fmt: skip
    code, out, _ = two.run("a", "sync", *two.place_named, "--format", "json")
    said = json.loads(out)
    assert (code, said["sent"], said["received"], said["problems"]) == (0, 0, 0, [])
    code, out, error = two.run("a", "sync", "--folder", str(two.place / "nowhere"))
    assert (code, out) == (3, "") and "is not there" in error
    code, _, error = two.run("a", "sync")
    assert code == 3 and "spoc setting set sync" in error
    assert two.run("a", "setting", "set", "sync", str(two.share))[0] == 0
    assert two.run("a", "sync")[0] == 0
    torn = next(two.share.rglob("*.seg")).with_name("000000000001-000000000900-torn.seg")
    torn.write_bytes(b"half")
    code, out, _ = two.run("a", "sync", "--format", "json")
    assert code == 1 and torn.name in json.loads(out)["problems"][0]


def test_a_code_lets_one_desk_in_and_no_second(two: Two) -> None:
    file = two.place / "i.json"
    _, out, _ = two.run("a", "sync", "invite", "--for", "Bea Bird", "--out", str(file))
    for desk in ("b", "thief"):
        joined = ["join", str(file), "--code", out.split()[-1], "--desk", f"Desk {desk}"]
        assert two.run(desk, *joined)[0] == 0
    two.sync("b")
    two.sync("a")
    (asked,) = two.share.rglob("*.ask")
    asked.unlink()
    two.run("thief", "sync", *two.place_named)  # asks with the same code
    assert "joined" not in " ".join(two.sync("a")["notes"])
    code, _, error = two.run("thief", "sync", *two.place_named)
    assert code == 3 and "works only once" in error and "is written here stays here" in error
    assert two.sync("b")["received"] > 0
    assert two.rows("thief") == []


def test_a_child_whom_two_desks_took_apart_is_offered_for_linking_and_linked_by_nobody(
    two: Two,
) -> None:
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    two.call("a", "a-1", children=[{"name": "Molly Mulberry", "dob": "2024-02-29"}])
    two.call("b", "b-1", children=[{"name": "Mulbery, Molly", "dob": "2024-02-29"}])
    two.sync("b")
    notes = two.sync("a")["notes"]
    assert any("1 pair of records may be one child" in each for each in notes)
    (pair,) = json.loads(two.run("a", "person", "twice", "--format", "json")[1])
    assert {pair["name"], pair["other_name"]} == {"Molly Mulberry", "Mulbery, Molly"}
    assert "same date of birth" in pair["for"]
    code, _, error = two.run("a", "person", "link", pair["id"], pair["other"], "--why", "one child")
    assert code == 0, error
    assert json.loads(two.run("a", "person", "twice", "--format", "json")[1]) == []
