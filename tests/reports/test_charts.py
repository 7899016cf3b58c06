"""``spoc spc``, as an analyst types it, and what a chart says without colour."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spoc.cli.commands import commands
from spoc.model.spc import analyse
from spoc.reports.chart import of_analysis, summary

WEEKS = [f"2026-{month:02}-{day:02}" for month in (1, 2, 3, 4) for day in (5, 12, 19, 26)]
VALUES = [10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 40]


@pytest.fixture
def series(tmp_path: Path) -> Path:
    file = tmp_path / "waits.csv"
    rows = [f"{day},{value}" for day, value in zip(WEEKS, VALUES, strict=True)]
    file.write_text("\n".join(["week,waits", *rows]), encoding="utf-8")
    return file


def spoc(*arguments: str | Path) -> int:
    return commands(["spc", *map(str, arguments)])


def test_a_chart_in_the_terminal_says_in_letters_what_is_a_signal(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--date", "week", "--value", "waits", "--direction", "decrease", "--target", "8")
    assert spoc(series, *asked) == 0
    said = capsys.readouterr().out
    assert "H concern, high" in said
    assert "Latest 40 (26 Apr 2026)" in said
    assert re.search(r"^.*┤.*H", said, re.M)
    assert "F the target is missed" in said or "? the target" in said
    assert "NHSRplotthedots" in said


def test_the_other_preset_is_named_on_the_chart(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert spoc(series, "--date", "week", "--value", "waits", "--preset", "nhse-excel") == 0
    assert "NHS England Excel tool" in capsys.readouterr().out


def test_json_holds_every_column_of_the_analysis(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert spoc(series, "--date", "week", "--value", "waits", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["points"]["value"] == VALUES
    assert told["variation_icon"] == "neutral_high"
    assert told["preset"] == "plotthedots"


def test_svg_is_a_picture_with_the_words_in_it_and_no_markup_of_the_title(
    series: Path, tmp_path: Path
) -> None:
    out = tmp_path / "chart.svg"
    asked = ("--date", "week", "--value", "waits", "--title", "<b>Waits & more</b>\x1b")
    assert spoc(series, *asked, "--format", "svg", "--out", out) == 0
    picture = ElementTree.parse(out)
    words = [each.text for each in picture.iter() if each.text]
    assert "<b>Waits & more</b>␛" in words
    assert any("H special cause, high" in each for each in words)
    assert words.count("H") == 1


def test_a_gap_breaks_the_line_and_is_never_a_zero(tmp_path: Path) -> None:
    file, out = tmp_path / "gap.csv", tmp_path / "gap.svg"
    rows = [f"{day},{'' if at == 8 else 20 + at % 3}" for at, day in enumerate(WEEKS)]
    file.write_text("\n".join(["week,n", *rows]), encoding="utf-8")
    assert spoc(file, "--date", "week", "--value", "n", "--format", "svg", "--out", out) == 0
    drawn = out.read_text("utf-8")
    assert drawn.count("<circle") == len(WEEKS) - 1
    solid = [line for line in drawn.splitlines() if 'stroke="#888"' in line]
    assert [line.count(",") for line in solid] == [8, 7]


def test_events_are_charted_by_the_days_between_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.csv"
    file.write_text("day\n2026-01-01\n04/01/2026\n2026-01-04\n2026-01-11\n", encoding="utf-8")
    assert spoc(file, "--date", "day", "--chart", "t", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["values"] == [3, 0, 7]
    assert spoc(file, "--date", "day", "--chart", "g") == 0
    assert "each event is a point" in capsys.readouterr().out


def test_a_chart_of_noughts_has_no_number_below_nought_and_gives_its_advice_once(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    series.write_text("\n".join(["week,waits", *(f"{day},0" for day in WEEKS)]), encoding="utf-8")
    assert spoc(series, "--date", "week", "--value", "waits") == 0
    said = capsys.readouterr().out
    assert "-0." not in said and "-1" not in said and "1.00" in said
    assert said.count("Take a longer period") == 1


def test_events_that_are_always_a_week_apart_are_no_signal(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = series.with_name("weekly.csv")
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(20)]
    file.write_text("\n".join(["week", *map(str, days)]), encoding="utf-8")
    assert spoc(file, "--date", "week", "--chart", "t") == 0
    said = capsys.readouterr().out
    assert "always the same time apart: nothing is a signal here" in said
    assert "limits none" in said and "common cause" in said and "shorter" not in said


@pytest.mark.parametrize(
    ("text", "asked", "word"),
    [
        ("week,n\n2026-01-05,3", ["--value", "waits"], "no column “waits”"),
        ("week,n\n2026-01-05,3\n\nnever,4", ["--value", "n"], "Line 4: “never” is not a date"),
        ("week,n\n2026-01-05,many", ["--value", "n"], "Line 2: “many” is not a number"),
        ("week,n\n2026-01-05,3\n2026-01-05,4", ["--value", "n"], "comes twice"),
        ("week,n\n", ["--value", "n"], "no value"),
        ("week,n\n2026-01-05,3", ["--value", "n", "--rebase", "soon"], "soon is not a date"),
        ("week,n\n2026-01-05,3", ["--value", "n", "--fix-after", "3"], "12 or more"),
    ],
)
def test_a_file_that_cannot_be_charted_is_refused_in_a_sentence(
    text: str, asked: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    assert spoc(file, "--date", "week", *asked) == 3
    said = capsys.readouterr().err
    assert word in said and "othing was drawn" in said


def test_a_file_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert spoc(tmp_path / "none.csv", "--date", "week", "--value", "n") == 3
    assert "cannot be read" in capsys.readouterr().err


def test_a_lower_limit_of_counts_below_nought_is_drawn_at_nought_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "low.csv"
    rows = [f"{day},{value}" for day, value in zip(WEEKS, [1, 6, 2, 7] * 4, strict=True)]
    file.write_text("\n".join(["week,n", *rows]), encoding="utf-8")
    assert spoc(file, "--date", "week", "--value", "n") == 0
    said = capsys.readouterr().out
    assert "limits 0 to" in said and "drawn at 0" in said


def test_a_limit_of_percentages_above_a_hundred_is_drawn_at_a_hundred_and_said() -> None:
    values = [94.0, 99.0, 96.0, 100.0, 95.0, 98.0, 99.0, 95.0, 100.0, 97.0, 98.0, 96.0]
    found = analyse(values, improvement_direction="increase")
    drawn = of_analysis("In time: % a week", found, percent=True)
    assert {point.upper for point in drawn.points} == {100.0}
    assert any("drawn at 100 %" in note for note in drawn.notes)
    assert summary(drawn).startswith("Latest 96% (") and summary(drawn).endswith("to 100%")
    assert drawn.latest == "Latest point: common cause, nothing but noise"
    counted = of_analysis("Contacts", found)
    assert {point.upper for point in counted.points} != {100.0}
