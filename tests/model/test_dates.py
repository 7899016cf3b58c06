"""Days as they are typed and read, ages and weeks of pregnancy."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.errors import BadInput
from spoc.model.values.dates import age, gestation_words, parse_day, shown_day, whole_months

TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("t", date(2026, 11, 20)),
        ("T-2", date(2026, 11, 18)),
        ("t+1", date(2026, 11, 21)),
        ("today", date(2026, 11, 20)),
        ("-3w", date(2026, 10, 30)),
        ("+2d", date(2026, 11, 22)),
        ("+3m", date(2027, 2, 20)),
        ("-1y", date(2025, 11, 20)),
        ("mon", date(2026, 11, 23)),
        ("Friday", date(2026, 11, 27)),
        ("1203", date(2027, 3, 12)),
        ("0110", date(2026, 10, 1)),
        ("120319", date(2019, 3, 12)),
        ("12032019", date(2019, 3, 12)),
        ("12/3/2019", date(2019, 3, 12)),
        ("12.3.19", date(2019, 3, 12)),
        ("12-03-2019", date(2019, 3, 12)),
        ("3 12 2019", date(2019, 12, 3)),
        ("12/3", date(2027, 3, 12)),
        ("12 mar 2019", date(2019, 3, 12)),
        ("12MAR19", date(2019, 3, 12)),
        ("12th March, 2019", None),
        ("12th March 2019", date(2019, 3, 12)),
        ("12 Mar", date(2027, 3, 12)),
        ("2 sept", date(2026, 9, 2)),
        ("29/2/2028", date(2028, 2, 29)),
        ("290200", date(2000, 2, 29)),
        ("Fri 20 Nov 2026", date(2026, 11, 20)),
    ],
)
def test_a_day_is_understood_as_it_is_typed_on_the_phone(text: str, day: date | None) -> None:
    if day is None:
        with pytest.raises(BadInput):
            parse_day(text, TODAY)
    else:
        assert parse_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1203", date(2026, 3, 12)),
        ("2011", date(2026, 11, 20)),
        ("2111", date(2025, 11, 21)),
        ("120319", date(2019, 3, 12)),
        ("12/3/45", date(1945, 3, 12)),
        ("21/11/26", date(1926, 11, 21)),
        ("fri", date(2026, 11, 13)),
        ("thu", date(2026, 11, 19)),
    ],
)
def test_a_date_of_birth_is_the_latest_that_has_been(text: str, day: date) -> None:
    assert parse_day(text, TODAY, past=True) == day


@pytest.mark.parametrize("text", ["t+1", "21/11/2026", "+2d"])
def test_a_date_of_birth_is_never_in_the_future(text: str) -> None:
    with pytest.raises(BadInput, match="still to come"):
        parse_day(text, TODAY, past=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02", "there is no 31 Feb near today"),
        ("29/2/2027", "there is no 29 Feb 2027"),
        ("29 feb", "there is no 29 Feb near today"),
        ("03/25/2020", "there is no month 25"),
        ("20190312", "there is no month 19"),
        ("31/04/19", "there is no 31 Apr"),
        ("0/1/2020", "there is no 0 Jan 2020"),
        ("12/3/2919", "it would be in 2919"),
        ("-999y", "it would be in 1027"),
        ("Thu 20 Nov 2026", "20 Nov 2026 is a Friday"),
        ("mar 12", ""),
        ("12/3-2019", ""),
        ("١٢٠٣", ""),
        ("", ""),
        ("soon", ""),
        ("[red]" * 50, ""),
    ],
)
def test_a_bad_day_is_refused_with_what_was_typed_and_what_would_do(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_day(text, TODAY)
    sentence = str(refused.value)
    assert sentence.startswith("“" + text[:40]) and "type 12 mar" in sentence and reason in sentence
    assert len(sentence) < 200


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.dates(date(2018, 1, 1), date(2040, 1, 1)))
def test_every_shown_day_is_understood_again(day: date, today: date) -> None:
    assert parse_day(shown_day(day), today) == day
    for written in ("%d%m%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
        assert parse_day(day.strftime(written), today) == day


@given(st.text(max_size=12), st.booleans())
def test_whatever_is_typed_is_a_day_or_refused(text: str, past: bool) -> None:
    try:
        day = parse_day(text, TODAY, past)
    except BadInput:
        return
    assert not past or day <= TODAY


@given(st.dates(date(1990, 1, 1), date(2026, 11, 20)))
def test_two_figures_for_the_year_of_a_birth_never_give_the_future(dob: date) -> None:
    assert parse_day(dob.strftime("%d%m%y"), TODAY, past=True) == dob


@pytest.mark.parametrize(
    ("dob", "on", "words"),
    [
        (date(2026, 11, 20), TODAY, "0 days"),
        (date(2026, 11, 19), TODAY, "1 day"),
        (date(2026, 11, 8), TODAY, "12 days"),
        (date(2026, 10, 20), TODAY, "1 month"),
        (date(2026, 7, 1), TODAY, "4 months"),
        (date(2024, 11, 21), TODAY, "23 months"),
        (date(2024, 11, 20), TODAY, "2 years"),
        (date(2010, 11, 21), TODAY, "15 years"),
        (date(2026, 1, 31), date(2026, 2, 28), "28 days"),
        (date(2026, 1, 31), date(2026, 3, 1), "1 month"),
    ],
)
def test_an_age_is_said_in_the_unit_that_fits(dob: date, on: date, words: str) -> None:
    assert age(dob, on) == words


def test_a_child_born_on_29_february_turns_on_1_march() -> None:
    born = date(2008, 2, 29)
    assert age(born, date(2026, 2, 28)) == "17 years"
    assert age(born, date(2026, 3, 1)) == "18 years"
    assert age(born, date(2028, 2, 29)) == "20 years"


def test_an_age_before_birth_is_refused() -> None:
    with pytest.raises(BadInput, match="before the date of birth"):
        age(TODAY + timedelta(1), TODAY)


@given(st.dates(date(1990, 1, 1)), st.integers(0, 20000))
def test_nobody_grows_younger(dob: date, days: int) -> None:
    on = min(dob.toordinal() + days, date.max.toordinal() - 1)
    assert whole_months(dob, date.fromordinal(on)) <= whole_months(dob, date.fromordinal(on + 1))


@pytest.mark.parametrize(
    ("edd", "words"),
    [
        (date(2027, 2, 12), "28 weeks (EDD 12 Feb 2027, 12 weeks to go)"),
        (date(2027, 2, 13), "27 weeks (EDD 13 Feb 2027, 12 weeks to go)"),
        (date(2026, 11, 21), "39 weeks (EDD 21 Nov 2026, 1 day to go)"),
        (date(2026, 11, 20), "40 weeks (EDD 20 Nov 2026, today)"),
        (date(2026, 11, 18), "EDD 18 Nov 2026, 2 days ago"),
        (date(2026, 9, 18), "EDD 18 Sep 2026, 9 weeks ago"),
        (date(2028, 1, 7), "EDD 7 Jan 2028, 59 weeks to go"),
    ],
)
def test_a_pregnancy_is_said_in_weeks_and_weeks_to_go(edd: date, words: str) -> None:
    assert gestation_words(edd, TODAY) == words
