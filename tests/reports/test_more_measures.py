"""By site, read-backs given, differences by step and days open, frequent attenders; and a recipient's own workbook."""

import csv
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import load_workbook
from reported import WORDS, Add, Report, cells, contact, opened

from spoc.cli.commands import commands
from spoc.model.measures.period import parse_period
from spoc.reports import series as reading
from spoc.storage import sealing
from spoc.storage.counts import counting
from spoc.storage.followups import followups

HEAD = (
    "Attendance Number,NHS No,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Departed"
)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The folder of a desk of a named professional, who adopts rule sets and packs."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = tmp_path / "desk"
    named = ["--service", "S", "--desk", "D", "--name", "Ada Shah", "--role", "named-professional"]
    assert commands(["--store", str(made), "init", *named]) == 0
    capsys.readouterr()
    return made


def lists(desk: Path, tmp_path: Path, site: str, *rows: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    assert commands(["--store", str(desk), "import", "--site", site, str(file)]) in (0, 1)


def visit(number: str, day: str, nhs: str = "") -> str:
    return f"{number},{nhs},Brook,Ty,19/07/2018,{day} 10:00,Ear pain,Otitis,{day} 12:00"


def october(report: Report, *more: Any) -> dict[str, dict[str, Any]]:
    return cells(report("return", "--period", "2026-10", "--format", "json", *more))


def test_attendances_stand_by_site_and_frequent_attenders_once_a_rule_is_adopted(
    desk: Path, tmp_path: Path, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    adopted = (("pack", "adopt", "somerset"), ("setting", "set", "pack", "somerset"))
    for said in (*adopted, ("pack", "adopt", "FA-STOKE")):
        assert commands(["--store", str(desk), *said]) == 0
    lists(desk, tmp_path, "ED-MPH", *(visit(f"M{n}", f"0{n}/10/2026", "9990000018") for n in range(1, 6)))  # fmt: skip
    lists(desk, tmp_path, "ED-YDH", visit("Y1", "03/10/2026"))
    capsys.readouterr()
    found = october(report)
    assert found["ed-attendances"]["value"] == 6
    assert found["ed-attendances-by-site/ED-MPH"]["value"] == 5
    assert found["ed-attendances-by-site/ED-YDH"]["value"] == 1
    assert found["frequent-attenders"]["value"] == 2  # the fourth and the fifth in six months
    assert found["frequent-attenders-by-site/ED-YDH"]["value"] == 0


def test_contacts_stand_by_the_site_of_the_callers_service_and_no_site_gives_a_service_away(
    desk: Path, add: Add, report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for said in (("pack", "adopt", "somerset"), ("setting", "set", "pack", "somerset")):
        assert commands(["--store", str(desk), *said]) == 0
    capsys.readouterr()
    rang = {"ED-MPH": 3, "PAED-MPH": 9, "ED-YDH": 12, "GP": 11}
    add(
        *(
            contact(f"{service}-{n}", "2026-10-06T10:00", service=service)
            for service, count in rang.items()
            for n in range(count)
        )
    )
    out = tmp_path / "out"
    found = october(report, "--out", out)
    by = "contacts-by-site/"
    assert {name: found[name]["value"] for name in found if name.startswith(by)} == {
        f"{by}MPH": 12, f"{by}YDH": 12, f"{by}not-recorded": 11,
    }  # fmt: skip
    with (out / "send" / "return-2026-10.csv").open(encoding="utf-8-sig", newline="") as lines:
        sent = {row["id"]: row["value"] for row in csv.DictReader(lines)}
    assert sent["contacts-by-service/ED-MPH"] == "suppressed"  # 12 at the site less 9 would be 3
    assert "suppressed" in (sent[f"{by}MPH"], sent["contacts-by-service/PAED-MPH"])
    with opened(desk) as seat:
        store, actor = seat.store, seat.actor
        contacts = store.pack.counting.measures["contacts"]
        parts = reading.read_parts(store, actor, contacts, "site", "month")
        assert {code: part.title for code, part in parts.items()} == {
            "MPH": "Musgrove Park", "YDH": "Yeovil Hospital", "not-recorded": "not recorded",
        }  # fmt: skip
        span = parse_period("2026-10")
        for code, part in parts.items():
            assert len(counting.ids(store, actor, part.measure, span)) == found[by + code]["value"]


def test_a_read_back_that_was_shown_counts_once_as_given(
    desk: Path, add: Add, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    add(contact("a", "2026-10-05T10:00"), contact("b", "2026-10-06T10:00"))
    with opened(desk) as found:
        ids = [each for (each,) in found.store.reader.conn.execute("SELECT id FROM contact")]
    for _ in range(2):
        said = ["--store", str(desk), "contact", "read-back", ids[0].hex()]
        assert commands(said) == 0
    capsys.readouterr()
    given = october(report)["read-back-given"]
    assert (given["numerator"], given["denominator"], given["value"]) == (1, 2, 50.0)


def test_differences_stand_by_step_with_the_days_they_stayed_open(
    desk: Path, add: Add, report: Report
) -> None:
    opens = {"code": "rpd-opened", "by": "desk", "due": "3wd"}
    step = {"answers": {"considered": "yes"}, "actions": [opens]}
    add(
        contact("a", "2026-10-05T10:00", **step, rpd_step="step-1"),
        contact("b", "2026-10-06T10:00", **step, rpd_step="step-3"),
    )
    with opened(desk) as found:
        store, actor = found.store, found.actor
        each = next(one for one in followups.open_ones(store, actor) if one.code == "rpd-opened")
        followups.end(store, actor, each, at="12/10/2026 10:00").result()
        days_open = store.pack.counting.measures["differences-days-open"]
        assert reading.read(store, actor, [days_open])[days_open.code].unit == "days, median"
    found_cells = october(report)
    assert found_cells["differences-opened"]["value"] == 2
    assert found_cells["differences-opened-by-rpd_step/step-1"]["value"] == 1
    assert found_cells["differences-opened-by-rpd_step/step-2"]["value"] == 0
    assert found_cells["differences-open"]["value"] == 1
    assert cells(report("return", "--period", "2026-09", "--format", "json"))["differences-open"]["value"] == 0  # fmt: skip
    days = found_cells["differences-days-open"]
    assert (
        days["value"] == pytest.approx(timedelta(days=7).days, abs=1) and days["denominator"] == 1
    )


def test_which_reviews_are_the_year_on_year_series_is_a_setting_that_is_printed(
    desk: Path, add: Add, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    add(contact("a", "2026-10-05T10:00"))
    found = october(report)
    assert "contacts-and-reviews/year-before" in found
    assert "contacts-and-all-reviews/year-before" not in found
    assert "reviews_counted is “concern”" in found["contacts-and-all-reviews"]["definition"]
    printed = report("return", "--period", "2026-10")
    assert "ED reviews with a concern are counted (setting reviews_counted: concern)" in printed
    assert "all children count as to be reviewed (setting denominator: all)" in printed
    change = ["--store", str(desk), "setting", "set", "reviews_counted"]
    assert commands([*change, "some"]) == 3
    assert commands([*change, "all"]) == 0
    capsys.readouterr()
    found = october(report)
    assert "all ED reviews are counted" in report("return", "--period", "2026-10")
    assert "contacts-and-all-reviews/year-before" in found
    assert "contacts-and-reviews/year-before" not in found
    assert "is “all”" in found["contacts-and-all-reviews"]["definition"]


def theirs(file: Path) -> None:
    """A workbook as a recipient sends it: a heading, cells with a look, a formula."""
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Return")
        sheet.write("A1", "Quarterly return")
        sheet.write("B3", "Contacts")
        sheet.write_blank("C3", None, book.add_format({"bold": True}))
        sheet.write_formula("C9", "=C3*2")
        book.add_worksheet("Notes").write("A1", "keep me")


def layout(desk: Path, cells: str) -> None:
    """The service's own pack, with the recipient's layout."""
    own = desk / "packs" / "ours"
    own.mkdir(parents=True, exist_ok=True)
    (own / "pack.toml").write_text(
        'id = "ours"\ntitle = "Ours"\nextends = "generic"\n', encoding="utf-8"
    )
    text = f'[workbook]\nicb = {{ source = "local", cells = {{ {cells} }} }}\n'
    (own / "returns.toml").write_text(text, encoding="utf-8")
    for said in (("pack", "adopt", "ours"), ("setting", "set", "pack", "ours")):
        assert commands(["--store", str(desk), *said]) == 0


def test_a_recipients_own_workbook_is_filled_by_the_layout_of_the_pack(
    desk: Path, add: Add, report: Report, tmp_path: Path
) -> None:
    add(*(contact(f"c{n}", "2026-10-05T10:00") for n in range(6)))
    report("supply", "training-compliance", "--period", "2026-10", "--numerator", "80", "--denominator", "100", "--supplier", "HR", "--dated", "2026-11-02")  # fmt: skip
    file = tmp_path / "theirs.xlsx"
    theirs(file)
    before = file.read_bytes()
    cells_ = (
        '"Return!C3" = "contacts", "Return!D1" = "period", "Return!E12" = "signed-by", '
        '"Return!C4" = "training-compliance:denominator", "Return!C5" = "requests"'
    )
    layout(desk, cells_)
    out = tmp_path / "out"
    signed = ("--freeze", "--signed-by", "=Nora Named")
    report("return", "--period", "2026-10", "--out", out, "--workbook", file, *signed)
    assert file.read_bytes() == before
    rows = load_workbook(str(out / "send" / "theirs.xlsx")).get_sheet_by_name("Return").to_python()
    assert rows[0][:4] == ["Quarterly return", "", "", "1 to 31 October 2026"] or rows[0][3]
    assert rows[2][1:3] == ["Contacts", 6.0] and rows[3][2] == 100.0
    assert "suppressed" in str(rows[4][2]) or rows[4][2] == "–" or rows[4][2]
    assert rows[11][4] == "'=Nora Named"  # never a formula
    with zipfile.ZipFile(io.BytesIO((out / "send" / "theirs.xlsx").read_bytes())) as made:
        sheet = made.read("xl/worksheets/sheet1.xml").decode()
        assert 's="1"><v>6</v>' in sheet and "<f>C3*2</f>" in sheet
        assert "fullCalcOnLoad" in made.read("xl/workbook.xml").decode()


@pytest.mark.parametrize(
    ("cells_", "said"),
    [
        ('"Return!C9" = "contacts"', "formula"),
        ('"Nowhere!C9" = "contacts"', "It has the sheets Return, Notes"),
        ('"Return!C3" = "no-such"', "does not have"),
    ],
)
def test_a_layout_that_does_not_fit_fills_nothing(
    desk: Path, report: Report, tmp_path: Path, cells_: str, said: str
) -> None:
    theirs(tmp_path / "theirs.xlsx")
    layout(desk, cells_)
    ask = ("return", "--period", "2026-10", "--out", tmp_path / "out")
    assert said in report(*ask, "--workbook", tmp_path / "theirs.xlsx", fails=3)
    assert not (tmp_path / "out").exists()
    if said == "formula":
        (tmp_path / "no.xlsx").write_text("not one")
        assert "is not a workbook" in report(*ask, "--workbook", tmp_path / "no.xlsx", fails=3)
