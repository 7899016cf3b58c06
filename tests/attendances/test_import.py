"""Lists brought in: each attendance once, whatever comes twice, in halves, late, corrected or killed."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attendances.conftest import HEAD, WORDS, Spoc, line

from spoc.cli.commands import commands
from spoc.model.errors import DiskFull
from spoc.storage.attendances import headings, intakes
from spoc.storage.desk import sign_in
from spoc.storage.upkeep import verify

ROOT = Path(__file__).resolve().parents[2]


def held(folder: Path, sql: str = "SELECT * FROM attendance ORDER BY id") -> list[Any]:
    desk = sign_in(folder, WORDS, "Ada Shah", window=False)
    try:
        assert not verify.verify(desk.store).findings
        return desk.store.reader.conn.execute(sql).fetchall()
    finally:
        desk.close()


NUMBERS = "SELECT number FROM attendance ORDER BY number"
MANY = [line(f"A{n:03}", arrived=f"19/11/2026 {n % 24:02}:10") for n in range(60)]


def test_every_key_of_the_summary_is_there(bring: Spoc) -> None:
    code, said, _ = bring(line("A1"))
    keys = "read imported updated duplicate conflict cancelled merged rejected blank footer children under18 adults age_unknown flags nhs_issues"
    assert code == 0 and set(keys.split()) <= set(said)
    assert said["nhs_issues"] == {"missing": 1} and said["imported"] == said["children"] == 1


def test_the_same_list_twice_changes_nothing_more(bring: Spoc, folder: Path) -> None:
    bring(*MANY)
    before = held(folder)
    _, said, _ = bring(*MANY)
    assert (said["imported"], said["updated"], said["duplicate"]) == (0, 0, 60)
    assert held(folder) == before


def test_where_only_the_note_of_a_list_fails_it_says_that_all_rows_are_in(
    bring: Spoc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull("The disk is full.")

    rows = [
        line(f"A{n:03}", arrived=f"{1 + n % 28:02}/{1 + n // 28:02}/2026 09:10") for n in range(90)
    ]
    with monkeypatch.context() as patched:
        patched.setattr("spoc.storage.attendances.importing.days_first", full)
        code, _, said = bring(*rows)
    assert code == 3 and "All 90 rows of this list are in and safe" in said, said
    assert len(held(folder)) == 90
    assert bring(*rows)[1]["duplicate"] == 90


def test_two_halves_make_the_whole(bring: Spoc, folder: Path) -> None:
    bring(*MANY[:31])
    _, said, _ = bring(*MANY[25:], name="half.csv")
    assert (said["imported"], said["duplicate"]) == (29, 6)
    assert [each[0] for each in held(folder, NUMBERS)] == [f"A{n:03}" for n in range(60)]


def test_a_dry_run_counts_as_the_import_does_and_writes_nothing(bring: Spoc, folder: Path) -> None:
    rows = [
        *MANY,
        line("A001", diagnosis="Fracture"),
        line("A002", family="Lane", given="Mo", hosp="9"),
    ]
    dry = bring(*rows, dry=True)[1]
    assert held(folder) == []
    wet = bring(*rows)[1]
    assert {**dry, "dry_run": 0} == {**wet, "dry_run": 0}
    assert (wet["imported"], wet["updated"], wet["conflict"]) == (60, 1, 1)


def test_a_corrected_list_changes_what_it_changes(bring: Spoc, folder: Path) -> None:
    bring(line("A1"), line("A2"))
    code, said, _ = bring(line("A1", diagnosis="Fracture"), line("A2"))
    assert code == 0 and (said["updated"], said["duplicate"]) == (1, 1)
    assert held(folder, "SELECT number, diagnosis FROM attendance ORDER BY 1") == [("A1", "Fracture"), ("A2", "Otitis media")]  # fmt: skip


def test_the_list_of_before_the_correction_takes_nothing_back(bring: Spoc, folder: Path) -> None:
    bring(line("A1"))
    bring(line("A1", diagnosis="Fracture"))
    assert bring(line("A1"))[1]["duplicate"] == 1
    assert held(folder, "SELECT diagnosis FROM attendance") == [("Fracture",)]


def test_a_list_without_nhs_numbers_empties_none(bring: Spoc, folder: Path) -> None:
    bring(line("A1", nhs="999 000 0018"))
    assert bring(line("A1"))[1]["duplicate"] == 1
    assert held(folder, "SELECT nhs_number FROM attendance") == [("9990000018",)]


def test_a_number_with_another_child_behind_it_is_set_aside(bring: Spoc, folder: Path) -> None:
    bring(line("A1"))
    for _ in range(2):
        code, said, _ = bring(line("A1", family="Lane", given="Mo", hosp="9", dob="01/02/2020"))
        assert code == 1 and (said["conflict"], said["imported"]) == (1, 0)
        assert "another child" in said["conflicts"][0]["reason"]
    assert held(folder, "SELECT name FROM set_aside") == [("Lane, Mo",)]
    assert held(folder, "SELECT name FROM attendance") == [("FamilyA1, Ty",)]


def test_of_an_adult_nothing_is_kept_that_names_them(bring: Spoc, folder: Path) -> None:
    _, said, _ = bring(
        line("A1", dob="19/07/1980", nhs="999 000 0018", complaint="Ankle"), line("A2")
    )
    assert (said["imported"], said["adults"], said["under18"]) == (2, 1, 1)
    desk = sign_in(folder, WORDS, "Ada Shah", window=False)
    try:
        bodies = [
            bytes(body) for (body,) in desk.store.reader.conn.execute("SELECT body FROM payload")
        ]
        row = desk.store.reader.conn.execute(
            "SELECT * FROM attendance WHERE number = 'A1'"
        ).fetchone()
    finally:
        desk.close()
    for word in (
        b"FamilyA1",
        b"9990000018",
        b"999 000 0018",
        b"HA1",
        b"1980-07-19",
        b"19/07/1980",
        b"Ankle",
    ):
        assert not any(word in body for body in bodies), word
        assert word.decode() not in str(row)


def test_an_adult_who_may_be_a_parent_is_kept_and_offered(bring: Spoc, folder: Path) -> None:
    bring(
        line("A1", dob="19/07/1990", complaint="28/40 pregnant; pushed onto stairs"),
        line("A2", dob="19/07/1990", complaint="Mixed OD; found by daughter (9)"),
        line("A3", dob="19/07/1990", complaint="Migraine"),
    )
    assert held(folder, "SELECT number FROM attendance WHERE parent ORDER BY 1") == [
        ("A1",),
        ("A2",),
    ]


def test_the_age_as_written_steers_the_flags_and_never_the_count(bring: Spoc) -> None:
    head = HEAD.replace("Hosp no", "Age")
    _, said, _ = bring(line("A1", dob="", hosp="6/52", complaint="fell from bed"), head=head)
    assert said["age_unknown"] == 1 and said["flags"]["UNDER-1-INJURY"] == 1


def test_a_file_that_cannot_be_read_leaves_the_others_to_be_read(
    spoc: Spoc, tmp_path: Path
) -> None:
    (tmp_path / "good.csv").write_text(f"{HEAD}\n{line('A1')}\n")
    (tmp_path / "bad.xlsx").write_bytes(b"PK nothing")
    files = [str(tmp_path / name) for name in ("bad.xlsx", "good.csv", "none.csv")]
    code, said, err = spoc("import", *files, "--site", "X9", "--format", "json")
    assert code == 2 and said["imported"] == 1
    assert "bad.xlsx cannot be read" in err and "none.csv cannot be read" in err


def test_a_list_that_names_no_site_is_refused_without_one(spoc: Spoc, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"{HEAD}\n{line('A1')}\n")
    code, _, err = spoc("import", str(tmp_path / "list.csv"))
    assert code == 2 and "which department" in err


def test_any_site_is_stored_as_it_is_given(bring: Spoc, folder: Path) -> None:
    bring(line("A1"), site="Minehead MIU")
    assert held(folder, "SELECT site FROM attendance") == [("Minehead MIU",)]


def test_one_number_at_two_sites_is_two_attendances(bring: Spoc, folder: Path) -> None:
    bring(line("A1"))
    bring(line("A1", family="Lane", given="Mo"), site="ED-YDH")
    assert held(folder, "SELECT count(*) FROM attendance") == [(2,)]


@pytest.mark.long
def test_two_programs_at_once_make_each_attendance_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("\n".join([HEAD, *MANY]))
    said = [sys.executable, "-m", "spoc", "--store", str(folder), "import", str(tmp_path / "list.csv"), "--site", "ED-MPH"]  # fmt: skip
    both = [subprocess.Popen(said, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL) for _ in range(2)]  # fmt: skip
    assert [each.wait() for each in both] == [0, 0]
    assert len(held(folder, NUMBERS)) == 60
    assert held(folder, "SELECT count(*) FROM attendance WHERE _conflicts IS NOT NULL") == [(0,)]


@pytest.mark.long
def test_a_kill_in_the_middle_and_the_list_again_make_it_once(folder: Path, tmp_path: Path) -> None:
    rows = [line(f"K{n:05}") for n in range(600)]
    (tmp_path / "list.csv").write_text("\n".join([HEAD, *rows]))
    said = ["--store", str(folder), "import", str(tmp_path / "list.csv"), "--site", "ED-MPH"]
    running = subprocess.Popen([sys.executable, "-m", "spoc", *said], cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL)  # fmt: skip
    ends = time.monotonic() + 60
    while not held(folder, "SELECT 1 FROM attendance LIMIT 1") and time.monotonic() < ends:
        assert running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait()
    some = len(held(folder, NUMBERS))
    assert 0 < some < 600
    assert commands(said) == 0
    assert len(held(folder, NUMBERS)) == 600


def test_rows_from_stdin_are_rows(folder: Path) -> None:
    text = f"{HEAD}\n{line('A1')}\n".replace(",", "\t")
    done = subprocess.run(
        [sys.executable, "-m", "spoc", "--store", str(folder), "import", "-", "--site", "X", "--format", "json"],
        cwd=ROOT, env=dict(os.environ), input=text.encode(), capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0 and json.loads(done.stdout)["imported"] == 1


def test_a_wrong_column_is_put_right_and_the_list_read_again(bring: Spoc, folder: Path) -> None:
    """What was misread changes, nothing doubles, and what another list said stays."""
    head = HEAD.replace("Presenting complaint", "Zweck").replace("Safeguarding", "Egal")
    desk = sign_in(folder, WORDS, "Ada Shah", window=False)
    headings.name(desk.store, desk.actor, "ED-MPH", {"Zweck": "school"}).result()
    bring(line("A1", complaint="fell from bed"), head=head)
    bring(line("A1", diagnosis="Fracture"), name="other.csv")
    assert held(folder, "SELECT school, complaint, diagnosis FROM attendance") == [("fell from bed", "Ear pain 3/7", "Fracture")]  # fmt: skip
    bring(line("A2", complaint="fell from bed"), head=head)
    headings.name(desk.store, desk.actor, "ED-MPH", {"Zweck": "complaint"}).result()
    desk.close()
    _, said, _ = bring(line("A2", complaint="fell from bed"), head=head)
    assert (said["imported"], said["updated"]) == (0, 1)
    assert held(folder, "SELECT school, complaint FROM attendance WHERE number = 'A2'") == [(None, "fell from bed")]  # fmt: skip
    assert bring(line("A2", complaint="fell from bed"), head=head)[1]["duplicate"] == 1


def test_a_name_read_from_the_wrong_column_is_no_other_child(bring: Spoc, folder: Path) -> None:
    head = HEAD.replace("Surname", "Wer").replace("Hosp no", "Wo")
    desk = sign_in(folder, WORDS, "Ada Shah", window=False)
    headings.name(desk.store, desk.actor, "ED-MPH", {"Wer": "hospital_number", "Wo": "family_name"}).result()  # fmt: skip
    bring(line("A1", hosp="Egal", family="Lane"), head=head)
    headings.name(desk.store, desk.actor, "ED-MPH", {"Wer": "family_name", "Wo": "hospital_number"}).result()  # fmt: skip
    desk.close()
    _, said, _ = bring(line("A1", hosp="Egal", family="Lane"), head=head)
    assert (said["updated"], said["conflict"]) == (1, 0)
    assert held(folder, "SELECT name FROM attendance") == [("Lane, Ty",)]


STATUS = HEAD + ",Attendance status,Merged into"


def test_what_the_hospital_cancelled_or_merged_is_counted_kept_and_no_visit(
    bring: Spoc, spoc: Spoc
) -> None:
    rows = [
        line("B1") + ",Discharged,",
        line("B2", diagnosis="Head injury") + ",Cancelled,",
        line("B3") + ",,B1",
    ]
    _, said, _ = bring(*rows, head=STATUS)
    assert (said["imported"], said["cancelled"], said["merged"]) == (3, 1, 1)
    assert "INJURY" not in said["flags"]
    again = bring(*rows, head=STATUS)[1]
    assert (again["duplicate"], again["cancelled"], again["merged"]) == (3, 0, 0)
    standing = [each["number"] for each in spoc("attendance", "list", "--format", "json")[1]]
    assert standing == ["B1"]
    gone = spoc("attendance", "list", "--cancelled", "--format", "json")[1]
    assert {each["number"]: each["state"] for each in gone} == {"B2": "cancelled", "B3": "merged"}
    assert spoc("attendance", "show", "B3", "--format", "json")[1]["fields"]["merged_into"] == "B1"
    # A later list cancels the first, and one after that says that the second stands.
    rows = [line("B1") + ",Cancelled,", line("B2", diagnosis="Head injury") + ",Admitted,"]
    said = bring(*rows, head=STATUS, name="later.csv")[1]
    assert (said["updated"], said["cancelled"]) == (2, 1)
    standing = [each["number"] for each in spoc("attendance", "list", "--format", "json")[1]]
    assert standing == ["B2"]
    assert bring(line("B1"), name="without.csv")[1]["updated"] == 0  # no status says nothing


def test_a_list_of_half_a_year_writes_its_days_a_few_at_a_time(
    spoc: Spoc, folder: Path, tmp_path: Path
) -> None:
    """One transaction for all of them would keep a draft beside it waiting."""
    days = [datetime(2026, 5, 1) + timedelta(days=n) for n in range(150)]
    rows = [
        line(f"D{n}", arrived=f"{day:%d/%m/%Y} 10:00", departed="") for n, day in enumerate(days)
    ]
    (tmp_path / "half.csv").write_text("\n".join([HEAD, *rows]))
    assert spoc("import", str(tmp_path / "half.csv"), "--site", "ED-MPH")[0] == 0
    acts = held(
        folder, "SELECT count(*) FROM entry WHERE tbl = 'listing' GROUP BY header ->> 'act'"
    )
    assert sum(many for (many,) in acts) == 150 and max(acts) <= (intakes.AT_ONCE,)
    assert held(folder, "SELECT state FROM intake") == [("done",)]
