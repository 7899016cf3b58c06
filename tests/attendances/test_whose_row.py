"""Whose record a list's row joins by itself: only where number and date of birth agree and nothing contradicts."""

import json
from pathlib import Path

import pytest
from attendances.conftest import Spoc, line

TYLER = {"name": "Brook, Tyler", "dob": "2018-07-19", "nhs_number": "9990000018"}
ROW = {"nhs": "9990000018", "family": "Brook", "given": "Tyler"}


def rung(spoc: Spoc, tmp_path: Path, *children: dict[str, str]) -> None:
    """Contacts about children, as another program writes them."""
    written = [
        {"channel": "TEL-IN", "children": [each], "category": "neglect", "open": True}
        for each in children
    ]
    (tmp_path / "in.json").write_text(json.dumps(written))
    code, _, error = spoc("contact", "add", "--json", str(tmp_path / "in.json"))
    assert code == 0, error


def visits(spoc: Spoc) -> dict[str, int]:
    """How many attendances stand on the record of each child the desk knows, by name."""
    code, found, _ = spoc("person", "list", "--format", "json")
    assert code == 0
    counted: dict[str, int] = {}
    for each in found:
        code, said, error = spoc("person", "show", each["id"], "--why", "audit")
        assert code == 0, error
        counted[each["name"]] = str(said).count("ED attendance")
    return counted


def test_a_row_joins_the_child_whose_number_and_birth_agree(spoc: Spoc, bring: Spoc, tmp_path: Path) -> None:  # fmt: skip
    rung(spoc, tmp_path, TYLER)
    bring(line("A1", **ROW))
    assert visits(spoc) == {"Brook, Tyler": 1}


@pytest.mark.parametrize(
    "said",
    [{"given": "Riley"}, {"nhs": "9990000026"}, {"dob": "20/07/2018"}],
    ids=["another first name", "another number", "another day"],
)
def test_a_row_that_contradicts_joins_nobody_by_itself(
    spoc: Spoc, bring: Spoc, tmp_path: Path, said: dict[str, str]
) -> None:
    rung(spoc, tmp_path, TYLER)
    bring(line("A1", **(ROW | said)))
    assert visits(spoc)["Brook, Tyler"] == 0


def test_a_number_in_doubt_attaches_nothing_by_itself(spoc: Spoc, bring: Spoc, tmp_path: Path) -> None:  # fmt: skip
    riley = TYLER | {"name": "Brook, Riley", "dob": "2018-07-20"}
    rung(spoc, tmp_path, TYLER, riley)  # hers is in doubt: it was his first
    bring(line("A1", **(ROW | {"given": "Riley", "dob": "20/07/2018"})), line("A2", **ROW))
    assert visits(spoc) == {"Brook, Tyler": 1, "Brook, Riley": 0}


def test_of_two_names_with_one_number_in_a_list_the_second_joins_nobody(spoc: Spoc, bring: Spoc) -> None:  # fmt: skip
    bring(line("A1", **ROW), line("A2", **(ROW | {"given": "Riley"})))
    assert visits(spoc) == {"Brook, Tyler": 1}
