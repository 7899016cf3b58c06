"""``spoc person``: who may be meant, what is known, two records of one child."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contact_commands.conftest import WORDS, held, set_up, whole

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
    assert code == 2 and "Person 1 is not an object" in said


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
    assert run("contact", "find", "nobody")[2] == "No contacts match.\n"
    detail = held(folder, "SELECT detail FROM audit WHERE kind = 'search'")
    assert ("tiler bruk",) in detail


CHILD = TY | {
    "sex": "b",
    "also": ["Brook, Ty"],
    "address": [
        {"text": "1 Mill Lane", "until": "2024-01-01"},
        {"text": "2 Moor End", "since": "2024-01-02"},
    ],
    "gp": "none",
    "school": "none known",
    "social_worker": {
        "name": "J Hale",
        "team": "MASH",
        "number": "01823 000",
        "since": "2026-08-03",
    },
    "authority": {"name": "Somerset", "since": "2026-08-03"},
    "disability": "none",
    "alerts": [
        {
            "code": "plan",
            "said_by": "MASH",
            "checked": "2026-11-12",
            "checked_by": "A Shah",
            "review": "2026-11-15",
        },
        {
            "code": "danger",
            "said_by": "ED",
            "checked": "2026-11-19",
            "text": "mother's partner armed",
        },
    ],
    "household": [
        {"name": "Lea Brook", "relation": "mother", "responsible": "yes"},
        {"name": "Dan", "relation": "partner", "parental_responsibility": False},
        {"name": "Brook, Riley", "relation": "twin", "dob": "2020-01-19"},
    ],
}


def id_of(run: Run, name: str) -> str:
    _, out, _ = run("person", "list", "--format", "json")
    return next(each["id"] for each in json.loads(out) if each["name"] == name)


def shown(run: Run, name: str) -> dict[str, Any]:
    code, out, said = run("person", "show", id_of(run, name), "--why", "test", "--format", "json")
    assert code == 0, said
    return json.loads(out)


def test_a_child_goes_in_and_comes_out_with_the_same_keys_and_who_said_it(run: Run) -> None:
    assert run("contact", "add", given=whole("a", children=[CHILD]))[0] == 0
    said = shown(run, "Brook, Tyler")
    for key in ("name", "dob", "also", "gp", "school", "authority", "disability"):
        assert said[key] == CHILD[key], key
    assert said["sex"] == "male"
    assert {"text": "2 Moor End", "since": "2024-01-02"} in said["address"]
    assert said["social_worker"] == [CHILD["social_worker"]]
    assert [each["code"] for each in said["alerts"]] == ["danger", "cp-plan"]
    assert "REVIEW PASSED 15 Nov 2026" in said["alerts"][1]["words"]
    assert {each["relation"] for each in said["household"]} == {"mother", "partner", "twin"}
    (school,) = [each for each in said["said"] if each["key"] == "school"]
    assert school["said_by"] == "Nora Nurse" and school["contact"] in said["contacts"]
    # What was shown goes in again, on another contact, and is the same child.
    code, out, _ = run("contact", "add", "--format", "json", given=whole("b", children=[said]))
    assert code == 0 and "same NHS number" in json.loads(out)[0]["attached"][0]
    assert [each["why"] for each in said["looked"] if each["kind"] == "view"] == ["command: test"]
    again = shown(run, "Brook, Tyler")
    assert again["gp"] == "none" and len(again["contacts"]) == 2
    assert len([each for each in again["household"] if each["name"] == "Dan"]) == 1


def test_two_sayings_that_differ_both_show_and_neither_changes_the_other(run: Run) -> None:
    run("contact", "add", given=[
        whole("a", children=[TY | {"gp": "Wellington", "address": "1 Mill Lane"}]),
        whole("b", children=[TY | {"gp": "Taunton", "name": "Brooke, Tyler"}], caller=whole()["caller"] | {"name": "Hal HV"}),
    ])  # fmt: skip
    said = shown(run, "Brook, Tyler")
    assert [(each["value"], each["said_by"]) for each in said["said"] if each["key"] == "gp"] == [
        ("Taunton", "Hal HV"), ("Wellington", "Nora Nurse"),
    ]  # fmt: skip
    assert said["name"] == "Brook, Tyler"
    assert ("name", "Brooke, Tyler") in [(each["key"], each["value"]) for each in said["said"]]
    _, out, _ = run("person", "show", id_of(run, "Brook, Tyler"), "--why", "test")
    assert "Wellington (Nora Nurse" in out and "Taunton (Hal HV" in out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("2026-10-01", "DIED 1 Oct 2026, said by GP"),
        ("unknown", "DIED, date not known"),
        (True, "DIED, date not known"),
    ],
)
def test_a_death_says_so_everywhere_with_a_day_or_without(run: Run, given: Any, words: str) -> None:
    run(
        "contact", "add", given=whole("a", children=[TY | {"died": {"on": given, "said_by": "GP"}}])
    )
    own = id_of(run, "Brook, Tyler")
    _, out, _ = run("person", "show", own, "--why", "test")
    assert words in out and "Letters and calls to the family stop" in out
    assert "Died: unknown" not in out and "2026-10-01" not in out
    contradiction = "CONTRADICTION: seen or rung about after that, 19 Oct 2026" in out
    assert contradiction is (given == "2026-10-01")


def test_linked_records_show_as_one_and_apart_again_each_as_it_was(run: Run) -> None:
    other = {"name": "Brook, Ty", "dob": "2020-01-19", "school": "Moor School"}
    run(
        "contact",
        "add",
        given=[whole("a", children=[TY | {"gp": "Wellington"}]), whole("b", children=[other])],
    )
    one, two = id_of(run, "Brook, Tyler"), id_of(run, "Brook, Ty")
    before = [shown(run, name) for name in ("Brook, Tyler", "Brook, Ty")]
    assert run("person", "link", one, two, "--as", "same")[0] == 0
    for name in ("Brook, Tyler", "Brook, Ty"):
        both = shown(run, name)
        assert (both["gp"], both["school"], len(both["contacts"])) == (
            "Wellington",
            "Moor School",
            2,
        )
    assert run("person", "link", two, one)[0] == 3, "it was said already"
    assert len(matched(run, TY)[0]) == 1, "one child, shown once"
    assert run("person", "unlink", two, one, "--why", "another child")[0] == 0
    assert [shown(run, name) for name in ("Brook, Tyler", "Brook, Ty")] == before
    assert run("person", "link", one, two, "--as", "not-same")[0] == 0
    assert [shown(run, name)["contacts"] for name in ("Brook, Tyler", "Brook, Ty")] == [
        each["contacts"] for each in before
    ]


def test_a_rule_set_counts_only_once_it_is_adopted_and_names_its_days(run: Run) -> None:
    run("contact", "add", given=[
        whole(f"d{n}", received_at=f"2026-{month:02d}-05T10:00", issues=["domestic-abuse"], children=[TY])
        for n, month in enumerate((8, 9, 10))
    ])  # fmt: skip
    assert shown(run, "Brook, Tyler")["patterns"] == []
    assert run("pack", "adopt", "NO-SUCH")[0] == 3
    assert run("pack", "adopt", "DA-4")[0] == 3, "an advisor adopts none"


def test_where_two_contacts_share_a_reference_both_are_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = SimpleNamespace(sha256=lambda own: SimpleNamespace(digest=lambda: bytes(32)))
    monkeypatch.setattr("spoc.model.values.reference.hashlib", alike)
    _, out, _ = run(
        "contact", "add", "--format", "json", given=[whole("a", children=[TY]), whole("b")]
    )
    first, second = (each["id"] for each in json.loads(out))
    said = reference(first)
    _, out, _ = run("contact", "find", said, "--format", "json")
    assert {each["id"] for each in json.loads(out)} == {first, second}
    code, _, error = run("contact", "show", said)
    assert code == 3 and first in error and second in error
    assert run("contact", "show", first)[0] == 0


def test_whoever_has_died_says_so_in_every_list_of_the_command_line(run: Run) -> None:
    dead = TY | {"died": {"on": "2026-11-02", "said_by": "GP"}}
    promised = [{"code": "call-back", "by": "Mum", "due": "2h"}]
    run("contact", "add", given=[whole("a", children=[dead], actions=promised)])
    words = "DIED 2 Nov 2026"
    assert words in run("person", "list")[1]
    assert json.loads(run("person", "list", "--format", "json")[1])[0]["died"] == words
    assert words in run("person", "match", given=[{"name": "Tyler Brook"}])[1]
    assert matched(run, {"name": "Tyler Brook"})[0][0]["died"] == words
    assert "DIED: Brook, Tyler" in run("followup", "list")[1]
    _, out, _ = run("contact", "list", "--format", "json")
    assert words in run("contact", "show", json.loads(out)[0]["reference"])[1]


def test_whom_a_contact_of_another_program_was_attached_to_is_said(run: Run) -> None:
    run("contact", "add", given=[whole("a", children=[TY])])
    code, out, _ = run("contact", "add", given=[whole("b", children=[TY])])
    assert code == 0
    assert "children 1 is person" in out and "same NHS number, same date of birth" in out
