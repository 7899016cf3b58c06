"""A desk with contacts that were added as another program adds them, and the reports as somebody types them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing
from spoc.storage.desk import Desk, sign_in

WORDS = "four plain words here"
Add = Callable[..., None]
Report = Callable[..., Any]


def contact(ref: str, received: str, **changes: Any) -> dict[str, Any]:
    """A contact that lacks nothing to close."""
    service = changes.pop("service", "ED")
    return {
        "ref": ref,
        "received_at": received,
        "channel": "TEL-IN",
        "hours": "in-hours",
        "caller": {"name": "Nora Nurse", "service": service, "role": "nurse", "verified": "known-number"},
        "children": [{"name": f"Child {ref}", "dob": "2019-02-03"}],
        "category": "physical",
        "answers": {"considered": "yes"},
        "where_now": "ed",
        "issues": ["burn"],
        "actions": [{"code": "advice-only"}],
        "outcome": "advice-accepted",
        "notes": "Scald from a cup of tea.",
    } | changes  # fmt: skip


def many(prefix: str, days: list[str], **changes: Any) -> list[dict[str, Any]]:
    """A contact on each of these days, at ten."""
    return [contact(f"{prefix}-{at}", f"{day}T10:00", **changes) for at, day in enumerate(days)]


def days(month: str, count: int) -> list[str]:
    """So many days of a month, from the first, over and over."""
    return [f"{month}-{at % 28 + 1:02}" for at in range(count)]


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The folder of a desk."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = tmp_path / "desk"
    named = ["--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    assert commands(["--store", str(made), "init", *named]) == 0
    capsys.readouterr()
    return made


@pytest.fixture
def add(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Add:
    """Add contacts."""

    def added(*said: dict[str, Any]) -> None:
        file = tmp_path / "in.json"
        file.write_text(json.dumps(list(said)))
        code = commands(["--store", str(desk), "contact", "add", "--json", str(file)])
        assert code == 0, capsys.readouterr()
        capsys.readouterr()

    return added


@pytest.fixture
def report(desk: Path, capsys: pytest.CaptureFixture[str]) -> Report:
    """Run ``spoc report …``; gives its text, or with ``--format json`` what it says."""

    def ran(*arguments: str | Path, fails: int = 0) -> Any:
        code = commands(["--store", str(desk), "report", *map(str, arguments)])
        said = capsys.readouterr()
        assert code == fails, said
        if fails:
            return said.err
        return json.loads(said.out) if "json" in arguments else said.out

    return ran


@contextmanager
def opened(folder: Path) -> Iterator[Desk]:
    """The desk as a program opens it."""
    found = sign_in(folder, WORDS, "Ada Shah", window=False)
    try:
        yield found
    finally:
        found.close()


def cells(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The cells of a return by id."""
    return {cell["id"]: cell for cell in said["cells"]}
