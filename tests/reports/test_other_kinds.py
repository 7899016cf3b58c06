"""Requests, deadlines and attendances are counted as contacts are: by their own unit and date, with what is behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from reported import Add, Report, cells, contact, opened

from spoc.cli.commands import commands
from spoc.model.attendance.review import Review
from spoc.model.measures.period import parse_period
from spoc.reports import returns
from spoc.reports import series as reading
from spoc.screens.reports import measure_line
from spoc.storage.attendances import listing, reviewing, showing
from spoc.storage.counts import behind
from spoc.storage.followups import requests

HEAD = (
    "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Disch,Departed"
)


def row(number: str, arrived: str, born: str = "19/07/2018") -> str:
    return f"{number},Family{number},Ty,{born},{arrived},Ear pain,Otitis media,Discharged,{arrived}"


@pytest.fixture
def bring(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Bring in a list of attendances of Musgrove."""

    def brought(*rows: str) -> None:
        file = tmp_path / "list.csv"
        file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        said = ["--store", str(desk), "import", "--site", "MPH", str(file)]
        assert commands(said) in (0, 1), capsys.readouterr()
        capsys.readouterr()

    return brought


def review(desk: Path, number: str, disposition: str) -> None:
    with opened(desk) as found:
        store, actor = found.store, found.actor
        (one,) = listing.by_number(store, actor, number)
        shown = showing.get(store, actor, one.id)
        items = dict.fromkeys(range(1, 9), "nothing")
        said = Review(disposition, "record", items, "Seen, story fits.")
        reviewing.dispose(store, actor, shown, said).result()


def test_attendances_are_counted_by_arrival_and_reviewed_ones_of_all(
    desk: Path, bring: Any, report: Report
) -> None:
    bring(
        row("A1", "30/09/2026 23:59"),
        row("A2", "01/10/2026 00:10"),
        row("A3", "15/10/2026 12:00"),
        row("A4", "31/10/2026 23:50"),
        row("P1", "15/10/2026 12:00", "01/01/1990"),  # an adult
    )
    review(desk, "A2", "clear")
    review(desk, "A3", "shared")
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["ed-attendances"]["value"] == 3
    assert (found["ed-reviewed"]["numerator"], found["ed-reviewed"]["denominator"]) == (2, 3)
    assert found["ed-reviewed"]["value"] == 66.7
    assert found["ed-reviews"]["value"] == 2
    assert found["ed-reviews-by-disposition/shared"]["value"] == 1
    assert found["ed-reviews-concern"]["value"] == 1
    assert found["ed-hours-to-review"]["denominator"] == 2
    assert found["ed-hours-to-review"]["value"] > 24
    said = report("explain", "ed-reviews-concern", "--period", "2026-10", "--format", "json")
    assert len(said["rows"]) == 1 and "FamilyA3" in said["rows"][0]["words"]


def test_a_review_that_came_after_the_freeze_is_the_cause_of_the_restatement(
    desk: Path, bring: Any, report: Report, tmp_path: Path
) -> None:
    bring(row("A3", "15/10/2026 12:00"))
    sign = ("--out", tmp_path / "out", "--freeze", "--signed-by", "Nora Named")
    report("return", "--period", "2026-10", *sign)
    review(desk, "A3", "shared")
    said = report("return", "--period", "2026-10", "--compare", "--format", "json")
    changed = {each["id"]: each for each in said["changes"]}
    assert (changed["ed-reviews"]["was"], changed["ed-reviews"]["now"]) == (0, 1)
    assert "review" in {entry["table"] for entry in changed["ed-reviews"]["entries"]}
    assert "ed-attendances" not in changed and "contacts" not in changed


def test_contacts_and_reviews_stand_together_and_apart(
    desk: Path, add: Add, bring: Any, report: Report
) -> None:
    add(contact("a", "2026-10-05T10:00"), contact("b", "2026-10-06T10:00", service="MAT-WARD"))
    bring(row("A3", "15/10/2026 12:00"))
    review(desk, "A3", "shared")
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["contacts"]["value"] == 2
    assert found["contacts-less-maternity"]["value"] == 1
    assert found["contacts-and-reviews"]["value"] == 2
    assert len(set(found["contacts-and-reviews"]["contacts"])) == 2
    assert "recording began" in found["contacts-and-reviews/change"]["note"].lower()


def test_a_week_without_a_list_is_a_gap_and_one_whose_list_is_short_is_not(
    desk: Path, bring: Any
) -> None:
    bring(
        row("A1", "12/10/2026 09:00"), row("A2", "19/10/2026 09:00"), row("A5", "09/11/2026 09:00")
    )
    with opened(desk) as found:
        store, actor = found.store, found.actor
        measure = store.pack.counting.measures["ed-attendances"]
        series = reading.read(store, actor, [measure])["ed-attendances"]
        assert [span.start.isoformat() for span in series.spans][:5] == [
            "2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09",
        ]  # fmt: skip
        assert series.values[:5] == (1, 1, None, None, 1)


def test_a_month_without_a_list_has_no_number_in_the_return_and_no_point_on_its_chart(
    desk: Path, add: Add, bring: Any, report: Report
) -> None:
    add(contact("a", "2026-07-05T10:00"), contact("b", "2026-09-06T10:00"))
    bring(
        row("A0", "30/06/2026 09:00"), row("A1", "12/07/2026 09:00"), row("A2", "02/09/2026 09:00")
    )
    august = cells(report("return", "--period", "2026-08", "--format", "json"))
    for name in ("ed-attendances", "ed-reviewed", "ed-hours-to-review", "contacts-and-reviews"):
        assert august[name]["value"] is None and "No list" in august[name]["note"]
    assert august["contacts"]["value"] == 0  # nothing happened: that is a number
    assert "ed-reviews-by-disposition/clear" not in august
    july = cells(report("return", "--period", "2026-07", "--format", "json"))
    assert july["ed-attendances"]["value"] == 1
    assert july["ed-attendances"]["note"] == "No list was held for 30 of 31 days."
    with opened(desk) as found:
        store, actor = found.store, found.actor
        to = returns.recipient_of(store, "icb")
        made = returns.make(store, actor, parse_period("2026-09"), to)
        drawn = {
            code: [(point.span.code, point.value) for point in made.counted.points[code]]
            for code in ("contacts", "ed-attendances")
        }
    assert drawn["contacts"] == [("2026-08", 0), ("2026-09", 1)]
    assert drawn["ed-attendances"] == [("2026-08", None), ("2026-09", 1)]


def asking(ref: str, received: str, **changes: Any) -> dict[str, Any]:
    return contact(
        ref,
        received,
        actions=[
            {"code": "verbal-csc-caller", "by": "caller"},
            {"code": "written-referral", "by": "caller", "due": "24h"},
        ],
        outcome="awaiting-csc",
        **changes,
    )


def test_requests_are_one_a_contact_and_accepted_of_those_decided(
    desk: Path, add: Add, report: Report
) -> None:
    add(*(asking(f"r{at}", f"2026-10-{at + 5:02}T10:00") for at in range(3)))
    add(contact("plain", "2026-10-20T10:00"))
    with opened(desk) as found:
        store, actor = found.store, found.actor
        one, other, _ = requests.every(store, actor)
        for request, decision in ((one, "s47"), (other, "nfa-agreed")):
            said = {"decision": decision, "decided_at": "25/11/2026 10:00", "decided_by": "J Hale"}
            requests.tell(store, actor, request, "decided", said).result()
    made = cells(report("return", "--period", "2026-11", "--format", "json"))
    earlier = cells(report("return", "--period", "2026-10", "--format", "json"))
    both = [earlier, made]
    assert sum(each["requests"]["value"] for each in both) == 3
    assert sum(each["requests-telephone"]["value"] for each in both) == 3
    assert sum(each["conversion"]["numerator"] for each in both) == 1
    assert sum(each["conversion"]["denominator"] for each in both) == 2
    period = "2026-10" if earlier["requests"]["value"] else "2026-11"
    said = report("explain", "requests", "--period", period, "--format", "json")
    assert len(said["rows"]) == said["value"]
    assert all(each["service"] == "ED" for each in said["rows"])
    # What was promised by 24 hours and is not sent was not kept in time.
    written = [each["written-in-time"] for each in both]
    assert sum(each["numerator"] for each in written) == 0


def test_a_service_with_a_headcount_says_how_often_it_rings(
    desk: Path, add: Add, report: Report
) -> None:
    add(*(contact(f"c{at}", f"2026-10-{at + 5:02}T10:00") for at in range(8)))
    add(contact("p", "2026-10-07T10:00", service="PAED"))
    by = ("--period", "2026-27", "--value", "160", "--supplier", "HR", "--dated", "2026-04-01")
    for service in ("ED", "CAMHS"):
        report("supply", "staff", "--of", service, *by)
    assert "not a code of service" in report("supply", "staff", "--of", "NOBODY", *by, fails=3)
    assert "add --of CODE" in report("supply", "staff", *by, fails=3)
    assert "is not by service" in report("supply", "wren-referrals", "--of", "ED", *by, fails=3)
    with opened(desk) as found:
        store, actor = found.store, found.actor
        parts = reading.read_parts(
            store, actor, store.pack.counting.measures["contacts"], "service"
        )
        assert "5.0 per 100 staff in the last" in reading.per_staff(parts["ED"])
        assert reading.per_staff(parts["PAED"]) == "" and parts["ED"].title == "ED"
        assert parts["CAMHS"].per_staff == 0  # never rang
        shown = measure_line.line(parts["ED"], reading.charted(parts["ED"]), 78).plain
        assert shown.startswith("ED, 5.0/100 staff  ")


def test_the_year_stands_beside_the_one_before_where_both_were_recorded(desk: Path) -> None:
    with opened(desk) as found:
        contacts = found.store.pack.counting.measures["contacts"]

    def said(weeks: int) -> str:
        numbers = tuple((3 if week >= weeks - 52 else 2, 0) for week in range(weeks))
        series = reading.Series(contacts, "Contacts", "week", (), (), numbers)
        return reading.year_on_year(series)

    assert said(104) == "Last 52 weeks: 156 contacts; the 52 before: 104, +50 % of 104"
    assert said(103) == "Last 52 weeks: 156 contacts; the year before was not recorded whole"
    assert said(51) == ""


def test_what_is_behind_is_as_many_lines_as_ids(desk: Path, add: Add, bring: Any) -> None:
    add(asking("r", "2026-10-05T10:00"))
    bring(row("A1", "12/10/2026 09:00"))
    with opened(desk) as found:
        store, actor = found.store, found.actor
        for measure in store.pack.counting.measures.values():
            if measure.origin == "desk" and not measure.adds:
                from spoc.storage.counts import counting

                ids = counting.ids(store, actor, measure, parse_period("2026-27"))
                assert len(behind.lines(store, actor, ids)) == len(ids), measure.code


def test_every_measure_of_the_pack_names_what_it_counts_and_where_it_comes_from(desk: Path) -> None:
    with opened(desk) as found:
        counting = found.store.pack.counting
    for each in counting.measures.values():
        assert each.definition.endswith(".") and each.exclusions.endswith(".")
        assert each.unit and each.source.title and each.source.edition
        assert len(each.title) <= 40, each.title
    named = {code for codes in counting.packs.values() for code in codes}
    beside = {"staff", "contacts-before"}  # what counts are divided by, or stand beside
    assert set(counting.measures) - named <= beside, "a measure that stands in no pack"
    assert json.dumps(sorted(counting.packs)) == '["monthly", "quarterly", "weekly", "yearly"]'
