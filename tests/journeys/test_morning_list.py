"""The morning list in a real terminal: three nights of one hospital, pasted rows of the other, and what is left."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from journeys.conftest import SIZES
from samples import joined
from terminal import Terminal

from spoc.cli.commands import commands
from spoc.model.rules.clock import to_local
from spoc.storage import sealing
from spoc.storage.attendances import listing, reviewing
from spoc.storage.desk import sign_in
from spoc.storage.store import utc_now

WORDS, OTHER = "four plain words here", "five other words for you"
HEAD = ["Attendance Number", "Surname", "Forename", "DOB", "NHS No", "Arrival Date Time", "Presenting Complaint", "Diagnosis", "Discharge Status", "Departure Date Time", "GP Practice Code"]  # fmt: skip


def night(back: int, hour: int) -> datetime:
    """An hour of one of the last nights."""
    today = to_local(utc_now()).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return today - timedelta(days=back) + timedelta(hours=hour)


def musgrove(path: Path, **changes: str) -> Path:
    """Three nights of Musgrove Park: five clear cases, a baby with a bruise, one who left, one without a GP."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet("ED")
    sheet.write_row(0, 0, HEAD)
    rows = [(f"M{n}", f"Clear{n}", "Ty", "19/07/2015", "", night(1 + n % 3, 8 + n), "Ear pain 3/7", "Otitis media", "Discharged", "B83049") for n in range(5)]  # fmt: skip
    born = (night(0, 0) - timedelta(days=120)).strftime("%d/%m/%Y")
    rows.append(("M7", "Lane", "Mo", born, "9990000026", night(1, 21), "bruise L cheek; not yet rolling", "Bruise, cheek", "Discharged", "B83049"))  # fmt: skip
    rows.append(("M8", "Reed", "Al", "19/07/2014", "", night(2, 22), "head pain", "", "Left before being seen", "B83049"))  # fmt: skip
    rows.append(("M9", "Ash", "Jo", "19/07/2013", "9990000034", night(3, 20), "Wheeze", "Asthma", "Discharged", "V81997"))  # fmt: skip
    for at, (number, family, given, dob, nhs, arrived, complaint, diagnosis, how, gp) in enumerate(rows, 1):  # fmt: skip
        left = arrived + timedelta(hours=2)
        cells = [number, family, given, dob, nhs, arrived, complaint, changes.get(number, diagnosis), how, left, gp]  # fmt: skip
        for column, cell in enumerate(cells):
            sheet.write(at, column, cell)
    book.close()
    return path


def yeovil() -> str:
    """Rows as they are copied out of a mail."""
    rows = [HEAD]
    for n in range(3):
        at = night(1 + n, 12)
        rows.append([f"Y{n}", f"Yeo{n}", "Ann", "01/02/2016", "", f"{at:%d/%m/%Y %H:%M}", "Wheeze", "Asthma", "Discharged", f"{at + timedelta(hours=1):%d/%m/%Y %H:%M}", "B83049"])  # fmt: skip
    return "\n".join("\t".join(row) for row in rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = tmp_path / "desk"
    said = ["init", "--service", "S", "--desk", "Duty desk", "--name", "Ada Shah", "--role", "named-professional"]  # fmt: skip
    assert commands(["--store", str(made), *said]) == 0
    return made


@pytest.fixture(params=SIZES, ids=str)
def desk(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[Terminal]:
    """The board of a desk, whose home holds the lists."""
    (tmp_path / "home").mkdir()
    columns, rows = request.param
    with Terminal(folder, columns=columns, rows=rows, HOME=str(tmp_path / "home")) as terminal:
        terminal.wait_for("assphrase")
        terminal.type(WORDS, "<enter>")
        terminal.wait_for("new call")
        yield terminal


def bring_file(terminal: Terminal, path: Path) -> None:
    terminal.type("i")
    terminal.wait_for("Type or mark a file")
    terminal.type(str(path), "<enter>")
    terminal.wait_for("Which department")
    terminal.type("ED-MPH", "<enter>")
    terminal.wait_for("as understood")
    terminal.type("<f2>")
    terminal.wait_for("Brought in.")
    terminal.type("<escape>")
    terminal.wait_for("Came with")


@pytest.mark.long
def test_mondays_three_nights_are_brought_in_reviewed_shared_and_what_is_left_is_listed(
    desk: Terminal, folder: Path, tmp_path: Path
) -> None:
    desk.type("w")
    desk.wait_for("i brings in a list")
    bring_file(desk, musgrove(tmp_path / "home" / "musgrove.xlsx"))
    desk.type("i")
    desk.wait_for("Type or mark a file")
    desk.type("<f3>")
    desk.wait_for("Paste the rows")
    desk.send(f"\x1b[200~{yeovil()}\x1b[201~")
    desk.wait_for("Yeo2")
    desk.type("<f2>")
    desk.wait_for("Which department")
    desk.type("ED-YDH", "<enter>")
    desk.wait_for("as understood")
    desk.type("<f2>")
    desk.wait_for("3 brought in")
    desk.type("<escape>")
    desk.wait_for("0 of 8 reviewed")
    desk.wait_for("0 of 3 reviewed")
    desk.wait_for("Reed, Al")
    assert desk.text.index("Lane, Mo") < desk.text.index("Reed, Al")  # the youngest first
    # The baby: read, shared with the health visitor, an advice contact opened.
    desk.mark("Lane, Mo", above=True)
    desk.type("<enter>")
    desk.wait_for("UNDER-1-INJURY")
    desk.type("a")
    desk.wait_for("known callers are offered")
    desk.wait_for("Lane, Mo")
    desk.type("<f9>")
    desk.wait_for("Basis")
    desk.type("3", "bb", "d")
    desk.wait_for("How the review ends")
    desk.type("sh", "<enter>", "<f2>")
    desk.wait_for("1 case to copy")
    desk.type("c")
    desk.wait_for("copied, NOT SENT")
    desk.type("x")
    desk.wait_for("To which address")
    desk.type("hv.team@nhs.net", "<enter>")
    desk.wait_for("Told: 1 case sent")
    desk.type("<escape>")
    desk.wait_for("Came with")
    # The one without a GP: a letter.
    desk.mark("Ash, Jo", above=True)
    desk.type("<enter>")
    desk.wait_for("As sent")
    desk.type("l")
    desk.wait_for("To the parents or carers of Ash, Jo")
    desk.type("c")
    desk.wait_for("Letter")
    desk.type("<escape>")
    desk.wait_for("Came with")
    # A clear one: one key; a key on one who left does nothing but say why.
    desk.mark("Reed, Al", above=True)
    desk.type("c")
    desk.wait_for("left unseen")
    desk.mark("Clear1", above=True)
    desk.read(0.8)
    desk.type("c")
    desk.wait_for("Cleared: Clear1")
    desk.wait_for("2 of 8 reviewed")
    desk.type("p")
    desk.wait_for("Written, not encrypted")
    desk.type("<escape>")
    desk.wait_for("ED safety net")
    store = sign_in(folder, WORDS, "Ada Shah", window=False)
    try:
        counts = listing.counts(store.store, store.actor)
        assert (counts.attended, counts.screened, counts.record_read, counts.waiting) == (
            11,
            1,
            1,
            9,
        )
    finally:
        store.close()
    (printed,) = (folder / "outputs").iterdir()
    assert printed.read_text().count('<li class="box">') == 9


@pytest.mark.long
def test_the_same_list_twice_then_a_corrected_one(desk: Terminal, tmp_path: Path) -> None:
    desk.type("w")
    desk.wait_for("i brings in a list")
    path = musgrove(tmp_path / "home" / "musgrove.xlsx")
    bring_file(desk, path)
    desk.mark("Clear1", above=True)
    desk.type("c")
    desk.wait_for("Cleared: Clear1")
    desk.wait_for("1 of 8 reviewed")
    bring_file(desk, path)
    desk.wait_for("8 there already")
    desk.wait_for("1 of 8 reviewed")
    bring_file(desk, musgrove(path, M1="Mastoiditis"))
    desk.wait_for("changed, 7 there already")
    desk.wait_for("0 of 8 reviewed")
    desk.mark("Clear1", above=True)
    assert "CHANGED" in next(each for each in desk.lines if "Clear1" in each and "▸" in each)  # fmt: skip
    desk.type("<enter>")
    desk.wait_for("a later list changed: diagnosis")
    desk.wait_for("former:")


@pytest.mark.long
def test_a_short_list_and_one_that_never_came_stand_until_explained(
    folder: Path, tmp_path: Path
) -> None:
    rows = [",".join(HEAD)]
    for week in range(1, 5):
        for n in range(28):
            at = night(1 + 7 * week, 6 + n % 12)
            rows.append(f"W{week}-{n},Child{n},Al,01/02/2016,,{at:%d/%m/%Y %H:%M},Wheeze,Asthma,Discharged,{at:%d/%m/%Y} 23:00,B83049")  # fmt: skip
    for n in range(4):
        rows.append(f"S{n},Child{n},Al,01/02/2016,,{night(1, 6 + n):%d/%m/%Y %H:%M},Wheeze,Asthma,Discharged,{night(1, 20):%d/%m/%Y %H:%M},B83049")  # fmt: skip
    (tmp_path / "list.csv").write_text("\n".join(rows))
    assert commands(["--store", str(folder), "import", str(tmp_path / "list.csv"), "--site", "ED-YDH"]) == 0  # fmt: skip
    with Terminal(folder) as desk:
        desk.wait_for("assphrase")
        desk.type(WORDS, "<enter>")
        desk.wait_for("4 on the list of")
        desk.type("w")
        desk.wait_for("usually 28 on a")
        desk.wait_for("no list of")
        desk.type("x")
        desk.wait_for("Because")
        desk.type("the system was down", "<enter>")
        end = time.monotonic() + 30
        while "usually 28" in desk.text or "Came with" not in desk.text:
            assert time.monotonic() < end, desk.text
            desk.read()


@pytest.mark.long
def test_two_reviewers_on_one_list(desk: Terminal, folder: Path, tmp_path: Path) -> None:
    desk.type("w")
    desk.wait_for("i brings in a list")
    bring_file(desk, musgrove(tmp_path / "home" / "musgrove.xlsx"))
    beside = sign_in(folder, WORDS, "Ada Shah", window=False)
    joined(beside, "Omar Diaz", "reviewer", OTHER)
    beside.close()
    beside = sign_in(folder, OTHER, "Omar Diaz", window=False)
    try:
        lines = {each.number: each for each in listing.page(beside.store, beside.actor, listing.WorklistFilter())}  # fmt: skip
        reviewing.take(beside.store, beside.actor, lines["M7"].id).result()
        desk.wait_for("Omar Diaz")
        desk.mark("Clear2", above=True)
        reviewing.clear(beside.store, beside.actor, lines["M2"].id).result()
        desk.wait_for("1 of 8 reviewed")
        desk.wait_for("7 waiting")
        desk.mark("Lane, Mo", above=True)
        desk.type("<enter>")
        desk.wait_for("Omar Diaz has this case open too")
    finally:
        beside.close()
