"""``spoc person``: who may be meant, what is known, two records of one child."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_contact_commands import WORDS, held, set_up, whole

from spoc.cli.commands import commands
from spoc.model.values.reference import reference
from spoc.storage import sealing

Run = Callable[..., tuple[int, str, str]]
TY = {"name": "Brook, Tyler", "dob": "2020-01-19", "nhs_number": "999 000 0018"}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = set_up(tmp_path / "desk")
    capsys.readouterr()
    return made


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run ``spoc …``, with a value given as the file of ``--json``; gives exit code, stdout and stderr."""

    def ran(*arguments: str, given: Any = None) -> tuple[int, str, str]:
        if given is not None:
            file = tmp_path / "given.json"
            file.write_text(json.dumps(given), "utf-8")
            arguments = (*arguments, "--json", str(file))
        code = commands(["--store", str(folder), *arguments])
        return code, *capsys.readouterr()

    return ran


def matched(run: Run, *asked: dict[str, Any]) -> list[list[dict[str, Any]]]:
    code, out, _ = run("person", "match", "--format", "json", given=list(asked))
    assert code == 0
    return json.loads(out)


def test_who_may_be_meant_is_said_with_reasons_best_first(run: Run) -> None:
    twin = {"name": "Brook, Riley", "dob": "2020-01-19", "nhs_number": "999 000 0026"}
    other = {"name": "Pike, Ann", "dob": "2011-05-05"}
    run("contact", "add", given=[whole("a", children=[TY, twin]), whole("b", children=[other])])
    exact, slips, nobody, no_number = matched(
        run,
        {"name": "Tyler Brook", "dob": "2020-01-19", "nhs_number": "9990000018"},
        {"name": "tiler bruk", "age": "6", "age_on": "2026-11-26", "nhs_number": "999 000 0019"},
        {"name": "Zed Nobody", "dob": "2001-01-01"},
        {"name": "Ty Brook", "dob": "2020-01-19"},
    )
    assert list(exact[0]) == ["id", "name", "dob", "nhs_number", "for", "against"]
    assert (exact[0]["name"], exact[0]["dob"]) == ("Brook, Tyler", "2020-01-19")
    assert exact[0]["nhs_number"] == "9990000018" and exact[0]["against"] == []
    assert "another first name (Tyler, Riley): may be a twin" in exact[1]["against"]
    assert slips[0]["name"] == "Brook, Tyler" and slips[0]["against"]
    assert nobody == []
    assert not any("number" in each for each in no_number[0]["against"])


def test_what_cannot_be_matched_is_refused_before_anything_is_looked_up(run: Run) -> None:
    code, out, said = run("person", "match", given=[{"name": "Ty"}, {"colour": "red"}])
    assert code == 2 and not out and "Person 2: colour is not known here" in said
    code, _, said = run("person", "match", given=["Ty"])
    assert code == 2 and "Person 1 is no object" in said


def test_a_contact_goes_by_its_reference_everywhere(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("contact", "add", "--format", "json", given=whole("a", children=[TY]))
    own = json.loads(out)[0]["id"]
    said = reference(own)
    _, out, _ = run("contact", "list", "--format", "json")
    assert json.loads(out)[0]["reference"] == said
    for form in ("csv", "table"):
        assert said in run("contact", "list", "--format", form)[1]
    for way in (said, said.lower(), said.replace("-", " "), own):
        code, out, _ = run("contact", "show", way, "--format", "json")
        assert code == 0 and json.loads(out)["reference"] == said
    assert f"Reference {said}" in run("contact", "read-back", said)[1]
    wrong = said[:-1] + ("2" if said[-1] != "2" else "3")
    assert run("contact", "show", wrong)[0] == 3
    # The list goes in again as it came out.
    code, out, _ = run(
        "contact", "add", given=json.loads(run("contact", "list", "--format", "json")[1])
    )
    assert code == 0 and "already there" in out


def test_contacts_are_found_as_in_the_app_with_why_and_the_search_is_recorded(
    run: Run, folder: Path
) -> None:
    caller = whole()["caller"] | {"phone": "01632 960888"}
    run(
        "contact",
        "add",
        given=[whole("a", children=[TY], caller=caller), whole("b", notes="Call 01632 960999.")],
    )
    for words, why, near in (
        ("tyler", "child", False),
        ("tiler bruk", "child", True),
        ("01632 960888", "call-back number", False),
        ("01632 960999", "notes", False),
    ):
        code, out, _ = run("contact", "find", *words.split(), "--format", "json")
        (found,) = json.loads(out)
        assert code == 0 and list(found)[:4] == ["id", "reference", "children", "why"]
        assert (found["why"], found["near"]) == (why, near), words
    said = found["reference"]
    (found,) = json.loads(run("contact", "find", said, "--format", "json")[1])
    assert found["reference"] == said and found["why"] == "reference"
    assert run("contact", "find", "nobody")[2] == "There are no such contacts.\n"
    detail = held(folder, "SELECT detail FROM audit WHERE kind = 'search'")
    assert ("tiler bruk",) in detail
