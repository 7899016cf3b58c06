"""Every list of the shared samples is read, with the counts that its maker wrote down, or refused in words."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing

HERE = Path(__file__).parents[3] / "shared/data/ed"
SHEETS = HERE / "xlsx"
COUNTS = ("read", "imported", "updated", "duplicate", "conflict", "rejected", "blank", "footer", "children", "under18", "adults", "age_unknown")  # fmt: skip
REFUSED = {"09_locked.xlsx": "password", "10_cut_short.xlsx": "cut short", "11_swollen.xlsx": "swollen"}  # fmt: skip
pytestmark = pytest.mark.skipif(not SHEETS.exists(), reason="the shared lists are not here")
Run = Callable[..., tuple[int, dict[str, Any], str]]


def written_down() -> dict[str, dict[str, str]]:
    """The table of counts in the README of the samples, by file."""
    if not SHEETS.exists():
        return {}
    lines = (SHEETS / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    names = rows[0]
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows[2:]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lists") / "desk"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
        patch.setenv("SPOC_PASSPHRASE", "four plain words here")
        said = ["init", "--service", "S", "--desk", "D", "--name", "Ada", "--role", "reviewer"]
        assert commands(["--store", str(made), *said]) == 0
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("SPOC_PASSPHRASE", "four plain words here")
    capsys.readouterr()

    def ran(file: Path, *more: str) -> tuple[int, dict[str, Any], str]:
        said = ["import", "--dry-run", "--format", "json", *more, str(file)]
        code = commands(["--store", str(folder), *said])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return ran


@pytest.mark.parametrize("name", [name for name in written_down() if name not in REFUSED])
def test_a_list_counts_as_its_maker_says(name: str, run: Run) -> None:
    wanted = written_down()[name]
    code, said, _ = run(SHEETS / name, "--site", "ED-MPH")
    found = {key: len(said[key]) if key == "rejected" else said[key] for key in COUNTS}
    assert found == {key: int(wanted[key].partition(":")[0]) for key in COUNTS}
    lines = {int(line) for line in re.findall(r"line (\d+)", wanted["rejected"])}
    assert lines <= {each["line"] for each in said["rejected"]}
    reasons = re.findall(r"(?:arrival|attendance number) [a-z ]+?(?= \(|;|$)", wanted["rejected"])
    assert sorted(each["reason"] for each in said["rejected"]) == sorted(
        each.strip() for each in reasons
    )
    hidden = int(wanted["hidden"])
    assert sum(each["hidden"] for each in said["sheets"]) == hidden
    assert ("hidden" in json.dumps(said["sheets"][0]["notes"])) == bool(hidden)
    assert code == (1 if said["rejected"] or said["conflict"] else 0)
    assert said["read"] == sum(said[key] for key in COUNTS[1:5]) + len(said["rejected"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words(name: str, run: Run) -> None:
    code, said, err = run(SHEETS / name, "--site", "ED-MPH")
    assert code == 2 and said["read"] == 0
    assert REFUSED[name] in err and "Nothing was read" in err and "Traceback" not in err


def test_a_sheet_that_is_no_list_is_named_with_the_reason(run: Run) -> None:
    _, said, _ = run(SHEETS / "05_two_sites_notes.xlsx", "--site", "ED-MPH")
    notes = next(each for each in said["sheets"] if each["sheet"] == "Notes")
    assert not notes["read"] and "headings" in notes["why"]


@pytest.mark.parametrize(
    ("name", "read", "imported", "rejected"),
    [
        ("ed_extract_clean_utf8_iso.csv", 120, 120, 0),
        ("ed_extract_messy_cp1252_semicolon.csv", 71, 70, 0),
        ("neiss_fireworks_u18.csv", 678, 0, 678),
        ("theodi_hospital_ae_data.csv", 10000, 0, 10000),
    ],
)
def test_a_csv_loses_no_row(name: str, read: int, imported: int, rejected: int, run: Run) -> None:
    code, said, _ = run(HERE / "csv" / name, "--site", "RAE01") if "theodi" not in name else run(HERE / "csv" / name)  # fmt: skip
    assert (said["read"], said["imported"], len(said["rejected"])) == (read, imported, rejected)
    assert code == (1 if rejected else 0)


@pytest.mark.parametrize("path", sorted((HERE / "csv/mavis").glob("*.csv")), ids=lambda p: p.name)
def test_a_list_of_another_kind_is_refused_not_guessed(path: Path, run: Run) -> None:
    code, said, err = run(path, "--site", "ED-MPH")
    assert code == 2 and said["read"] == 0 and "headings" in err


def test_a_list_of_another_department_is_refused(run: Run) -> None:
    code, said, err = run(SHEETS / "01_tidy.xlsx", "--site", "ED-YDH")
    assert code == 2 and said["read"] == 0 and "MPH" in err and "ED-YDH" in err


def test_an_empty_report_of_the_data_set_is_one_attendance(run: Run) -> None:
    code, said, _ = run(HERE / "cds/ecds_empty_report.xml")
    assert code == 0 and (said["read"], said["imported"], said["age_unknown"]) == (1, 1, 1)
    assert said["nhs_issues"] == {"placeholder": 1} and said["flags"]["NO-GP"] == 1


MESSAGES = sorted([*(HERE / "hl7").rglob("*.*"), *(HERE / "fhir").rglob("*.*")])


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_messages_of_other_kinds_are_refused_in_words(path: Path, run: Run) -> None:
    code, said, err = run(path, "--site", "ED-MPH")
    assert code == 2 and said["read"] == 0
    assert "cannot be read" in err and "Traceback" not in err
