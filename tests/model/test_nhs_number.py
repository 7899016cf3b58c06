"""NHS numbers as typed, pasted and shown."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.errors import BadInput
from spoc.model.values import nhs_number

VECTORS = Path(__file__).parents[3] / "shared/data/ed/nhs_numbers/vectors.csv"


@pytest.mark.parametrize(
    "text",
    [
        "9990000018",
        " 999 000 0018 ",
        "999-000-0018",
        "999\u00a0000\u00a00018",
        "999\u2013000\u20130018",
        "999 000 0018 (T)",
        "9990000018(t)",
    ],
)
def test_a_number_is_read_with_its_spaces_dashes_and_trace_mark(text: str) -> None:
    assert nhs_number.parse(text) == "9990000018"


def test_a_number_is_shown_in_three_groups() -> None:
    assert nhs_number.grouped("9990000018") == "999 000 0018"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ten digits"),
        ("99900000", "ten digits"),
        ("99900000180", "ten digits"),
        ("999000001A", "ten digits"),
        ("٩٩٩٠٠٠٠٠١٨", "ten digits"),
        ("(T) 9990000018", "ten digits"),
        ("9990000019", "a digit is wrong"),
        ("1234567890", "a digit is wrong"),  # its check digit would be 10
        ("4444444444", "one digit repeated"),
        ("0000000000", "one digit repeated"),
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        nhs_number.parse(text)
    assert str(refused.value).startswith(f"“{text}” is not an NHS number")


def test_the_number_in_the_refusal_is_itself_a_number() -> None:
    assert nhs_number.parse("999 012 3454")


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_digit_misread_is_found(place: int, digit: int) -> None:
    good = "9990000018"
    misread = good[:place] + str(digit) + good[place + 1 :]
    if misread == good:
        assert nhs_number.parse(misread) == good
    else:
        with pytest.raises(BadInput):
            nhs_number.parse(misread)


def test_the_shared_samples_are_judged_as_their_sources_judge_them() -> None:
    if not VECTORS.exists():
        pytest.skip(f"no samples beside the checkout: {VECTORS}")
    with VECTORS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["expected"] in ("valid", "invalid")]
    assert rows
    for row in rows:
        try:
            nhs_number.parse(row["input"])
            judged = "valid"
        except BadInput:
            judged = "invalid"
        assert judged == row["expected"], row


@pytest.mark.parametrize(
    "text",
    [
        "NHS No: 999 000 0018",
        "NHS number 9990000018",
        "nhs no. 999-000-0018",
        "999.000.0018",
        "\u200b999\u200b000\u200b0018\ufeff",
        "\u202a999 000 0018\u202c",
        "\u2066999\u2069 000\u00ad0018",
        "999\u2212000\u22120018",
        "999\u2014000\ufe580018",
        "NHS\u00a0No:\u200f999\u2009000\u20090018 (T)",
    ],
)
def test_a_number_is_read_however_it_was_pasted(text: str) -> None:
    assert nhs_number.parse(text) == "9990000018"
