"""A desk with contacts that were added as another program adds them, and the reports as somebody types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from reported import WORDS, Add, Report

from spoc.cli.commands import commands
from spoc.storage import sealing


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The folder of a desk."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = tmp_path / "desk"
    named = ["--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    named += ["--role", "named-professional"]
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
