"""The return at two desks of a service: the same at either, each contact once, and what was frozen at one known to both."""

import json
from pathlib import Path
from typing import Any

import pytest
from sync.test_two_desks import Two, cheap  # noqa: F401


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Two:
    made = Two(tmp_path, capsys)
    made.join("b")
    for desk in ("b", "a", "b", "a", "b"):
        made.sync(desk)
    return made


def october(two: Two, desk: str, *more: str) -> Any:
    asked = ("report", "return", "--period", "2026-10", "--format", "json", *more)
    code, out, error = two.run(desk, *asked)
    assert code == 0, error
    return json.loads(out)


def test_a_contact_that_both_desks_hold_counts_once_and_either_makes_the_same_return(
    two: Two,
) -> None:
    for number in range(4):
        two.call("a", f"a-{number}")
        two.call("b", f"b-{number}", category="neglect")
    assert october(two, "a")["cells"][0]["value"] == 4
    for desk in ("a", "b", "a", "b"):
        two.sync(desk)
    at_a, at_b = october(two, "a"), october(two, "b")
    assert at_a["cells"] == at_b["cells"]
    assert at_a["cells"][0]["value"] == 8 == len(set(at_a["cells"][0]["contacts"]))


def test_what_one_desk_froze_the_other_compares_with_and_names_who_restated_it(two: Two) -> None:
    two.call("a", "a-1")
    out = str(two.place / "out")
    frozen = (
        "report",
        "return",
        "--period",
        "2026-10",
        "--out",
        out,
        "--freeze",
        "--signed-by",
        "N Named",
    )
    assert two.run("a", *frozen)[0] == 0
    two.call("b", "b-1")  # written before b knew of the freeze
    for desk in ("b", "a", "b"):
        two.sync(desk)
    for desk in ("a", "b"):
        said = october(two, desk, "--compare")
        assert said["signed_by"] == "N Named"
        whole = next(each for each in said["changes"] if each["id"] == "contacts")
        assert (whole["was"], whole["now"]) == (1, 2)
        assert {entry["by"] for entry in whole["entries"]} == {"Bea Bird"}
