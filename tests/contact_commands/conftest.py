"""A store and the commands on its contacts, as a program calls them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing
from spoc.storage.desk import Desk, sign_in
from spoc.storage.upkeep import verify

ROOT = Path(__file__).resolve().parents[2]


WORDS, OTHER = "four plain words here", "five other words for you"


HOSTILE = ["[red]Molly", "[/]", "=HYPERLINK(1)", "@SUM(1)", "-1+1", "+44", "\tTab", "\x1b[31mred", "a;b,\"c\""]  # fmt: skip


Run = Callable[..., tuple[int, str, str]]


FOR_TESTS = "999 000 0018 is an NHS number for tests: no patient has it"


def whole(ref: str = "m-1", **changes: Any) -> dict[str, Any]:
    """A contact that lacks nothing."""
    return {
        "ref": ref,
        "received_at": "2026-10-19T16:30",
        "channel": "EMAIL-IN",
        "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse", "phone": "01632 960111", "verified": "known-number"},
        "children": [{"name": "Molly Mulberry", "dob": "2024-02-29", "nhs_number": "999 000 0018"}],
        "category": "physical",
        "answers": {"considered": "yes"},
        "where_now": "ed",
        "issues": ["burn"],
        "actions": [{"code": "hold-discharge", "by": "the ward", "due": "24h"}],
        "outcome": "advice-accepted",
        "record_number": "R-1",
        "notes": "Scald from a cup of tea.",
    } | changes  # fmt: skip


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.setenv("COLUMNS", "80")


def set_up(folder: Path, role: str = "advisor") -> Path:
    made = ["init", "--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    made += ["--role", role]
    assert commands(["--store", str(folder), *made]) == 0
    return folder


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = set_up(tmp_path / "desk", "named-professional")
    capsys.readouterr()
    return made


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``spoc contact …``; gives exit code, stdout and stderr."""

    def ran(*arguments: str, store: Path = folder) -> tuple[int, str, str]:
        code = commands(["--store", str(store), "contact", *arguments])
        return code, *capsys.readouterr()

    return ran


@pytest.fixture
def add(run: Run, tmp_path: Path) -> Run:
    """Add these contacts from a file."""

    def added(
        *said: Any, store: Path | None = None, form: str = "text", user: str = ""
    ) -> tuple[int, str, str]:
        (tmp_path / "in.json").write_text(json.dumps(list(said)))
        into = {"store": store} if store else {}
        by = ["--user", user] if user else []
        return run("add", "--json", str(tmp_path / "in.json"), "--format", form, *by, **into)

    return added


def desk_of(folder: Path, name: str = "Ada Shah", words: str = WORDS) -> Desk:
    return sign_in(folder, words, name, window=False)


def held(folder: Path, sql: str, *values: Any) -> list[Any]:
    desk = desk_of(folder)
    try:
        assert not verify.verify(desk.store).findings
        return desk.store.reader.conn.execute(sql, values).fetchall()
    finally:
        desk.close()


def spoc(folder: Path, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    env = os.environ | {
        "PYTHONDONTWRITEBYTECODE": "1"
    }  # where files may not grow, one would be torn
    return subprocess.Popen(
        [sys.executable, "-m", "spoc", "--store", str(folder), "contact", *arguments],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip
