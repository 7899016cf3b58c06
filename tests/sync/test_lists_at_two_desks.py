"""One list at two desks of a service: each attendance once, whoever brought it in, and reviewed once."""

import json
from pathlib import Path

import pytest
from sync.test_two_desks import Two, cheap  # noqa: F401

from spoc.storage.desk import sign_in

WORDS = "four plain words here"
HEAD = "Attendance Number,NHS No,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Disch,Departed"  # fmt: skip
ROWS = [f"A{n},,Family{n},Ty,19/07/2018,1{n}/10/2026 20:10,Ear pain,Otitis,Discharged,1{n}/10/2026 22:00" for n in range(6)]  # fmt: skip
ROWS.append("A7,9990000018,Brook,Mo,19/07/2018,19/10/2026 20:10,Ear pain,Otitis,Discharged,19/10/2026 22:00")  # fmt: skip
ROWS.append("A8,,Adult,Al,19/07/1980,19/10/2026 20:10,Ear pain,Otitis,Discharged,19/10/2026 22:00")


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Two:
    return Two(tmp_path, capsys)


def bring(two: Two, desk: str, rows: list[str]) -> dict[str, int]:
    (two.place / "list.csv").write_text("\n".join([HEAD, *rows]))
    code, out, error = two.run(desk, "import", str(two.place / "list.csv"), "--site", "ED-MPH", "--format", "json")  # fmt: skip
    assert code == 0, error
    said: dict[str, int] = json.loads(out)
    return said


def listed(two: Two, desk: str, *options: str) -> list[dict[str, object]]:
    code, out, error = two.run(desk, "attendance", "list", *options, "--format", "json")
    assert code == 0, error
    found: list[dict[str, object]] = json.loads(out)
    return sorted(found, key=lambda each: str(each["number"]))


def test_the_same_list_at_two_desks_makes_each_attendance_once(two: Two) -> None:
    two.join("b")
    for desk in ("b", "a", "b", "a", "b"):
        two.sync(desk)
    bring(two, "a", ROWS)
    bring(two, "b", ROWS)
    for desk in ("a", "b", "a", "b"):
        two.sync(desk)
    at_a, at_b = listed(two, "a"), listed(two, "b")
    assert [each["number"] for each in at_a] == ["A0", "A1", "A2", "A3", "A4", "A5", "A7"]
    assert at_a == at_b
    for desk, name in (("a", "Ada Shah"), ("b", "Bea Bird")):
        opened = sign_in(two.place / desk, WORDS, name, window=False)
        rows = opened.store.reader.conn.execute(
            "SELECT count(*), sum(_conflicts IS NOT NULL) FROM attendance"
        ).fetchone()
        opened.close()
        assert rows == (8, 0)
    again = bring(two, "b", ROWS)
    assert (again["imported"], again["updated"], again["duplicate"]) == (0, 0, 8)
