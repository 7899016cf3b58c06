"""A desk for the ED safety net, and lists to bring in to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing

WORDS = "four plain words here"
HEAD = "Attendance Number,NHS No,Hosp no,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Disch,Departed,GP code,Safeguarding,CPIS,Postcode"  # fmt: skip
Spoc = Callable[..., tuple[int, Any, str]]


def line(number: str, **said: str) -> str:
    """One row of a list: a school child with an ear ache, unless something else is said."""
    usual = {
        "nhs": "", "hosp": f"H{number}", "family": f"Family{number}", "given": "Ty", "dob": "19/07/2018",
        "arrived": "19/11/2026 20:10", "complaint": "Ear pain 3/7", "diagnosis": "Otitis media",
        "disch": "Discharged", "departed": "19/11/2026 22:00", "gp": "B83049", "sg": "", "cpis": "None found", "pc": "TA1 1AA",
    } | said  # fmt: skip
    return ",".join([number, *usual.values()])


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "desk"
    said = [
        "init",
        "--service",
        "S",
        "--desk",
        "D",
        "--name",
        "Ada Shah",
        "--role",
        "named-professional",
    ]
    assert commands(["--store", str(made), *said]) == 0
    capsys.readouterr()
    return made


@pytest.fixture
def spoc(folder: Path, capsys: pytest.CaptureFixture[str]) -> Spoc:
    """Run a command; gives the exit code, what it printed (read, where it is JSON) and its stderr."""

    def ran(*arguments: str, store: Path = folder) -> tuple[int, Any, str]:
        code = commands(["--store", str(store), *arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out[:1] in "[{" and out.strip() else out, err

    return ran


@pytest.fixture
def bring(spoc: Spoc, tmp_path: Path) -> Spoc:
    """Bring in a list of these rows for Musgrove Park."""

    def brought(*rows: str, head: str = HEAD, site: str = "ED-MPH", name: str = "list.csv", dry: bool = False) -> tuple[int, Any, str]:  # fmt: skip
        (tmp_path / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        more = ["--dry-run"] if dry else []
        return spoc("import", str(tmp_path / name), "--site", site, "--format", "json", *more)

    return brought
