"""Rows out of files of every make: any separator and encoding, groups above headings, what a quote swallows."""

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from spoc.intake.reading import of_bytes, sites_of
from spoc.intake.source_table import Unreadable
from spoc.model.attendance.row import Attendance, Rejected

NOW = datetime(2026, 11, 26, 17, 0)
HEAD = "Attendance Number,Surname,Forename,DOB,NHS No,Arrival Date,Arrival Time,Presenting c/o"
ROW = "A1,Brook,Ty,19/07/2026,999 000 0018,25/11/2026,23:40,fell from bed"


def rows(text: str | bytes, name: str = "list.csv") -> list[Attendance | Rejected]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(of_bytes(data, name, NOW).rows)


def only(text: str | bytes) -> Attendance:
    (found,) = rows(text)
    assert isinstance(found, Attendance), found
    return found


def workbook(cells: list[list[Any]], **options: Any) -> bytes:
    into = io.BytesIO()
    book = xlsxwriter.Workbook(into, {"default_date_format": "dd/mm/yyyy hh:mm", **options})
    sheet = book.add_worksheet("List")
    for at, row in enumerate(cells):
        sheet.write_row(at, 0, row)
    book.close()
    return into.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_separator_in_any_encoding_says_the_same(separator: str, encoding: str) -> None:
    text = f"{HEAD}\r\n{ROW} – café\r\n".replace(",", separator)
    found = only(text.encode(encoding))
    assert found.number == "A1"
    assert found.fields["arrived"] == "2026-11-25T23:40"
    assert found.fields["name"] == "Brook, Ty"
    assert found.fields["nhs_number"] == "9990000018"
    assert found.fields["complaint"] == "fell from bed – café"


def test_columns_go_by_their_heading_in_any_order() -> None:
    names, cells = HEAD.split(","), ROW.split(",")
    turned = ",".join(reversed(names)) + "\n" + ",".join(reversed(cells))
    assert only(turned).fields == only(f"{HEAD}\n{ROW}").fields


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_line_alone() -> None:
    bad = ROW.replace("fell from bed", '"18in fall; cried')
    after = [ROW.replace("A1", f"A{n}") for n in range(2, 6)]
    found = rows("\n".join([HEAD, bad, *after]))
    assert [each.number for each in found if isinstance(each, Attendance)] == [f"A{n}" for n in range(1, 6)]  # fmt: skip


def test_line_breaks_in_a_quoted_cell_stay_in_it() -> None:
    found = only(HEAD + "\n" + ROW.replace("fell from bed", '"fell from bed.\nNo LOC, ""handling well"""'))  # fmt: skip
    assert found.fields["complaint"] == 'fell from bed.\nNo LOC, "handling well"'


def test_a_separator_inside_a_cell_never_shifts_the_columns() -> None:
    (found,) = rows(f"{HEAD}\n{ROW}, hit head")
    assert isinstance(found, Rejected) and "separator" in found.reason


def test_lines_before_the_headings_and_after_the_rows_are_no_records() -> None:
    text = f"Morning,\n\nlast night's list:\n{HEAD}\n{ROW}\n,,,\nTotal: 1\nKind regards\n"
    reading = of_bytes(text.encode(), "x", NOW)
    assert len(list(reading.rows)) == 1
    assert (reading.sheets[0].blank, reading.sheets[0].footer) == (1, 2)


def test_a_row_that_holds_a_number_alone_is_no_footer() -> None:
    (_, found) = rows(f"{HEAD}\n{ROW}\nA2,,,,,,,\n")
    assert (
        isinstance(found, Rejected) and found.reason == "arrival missing" and found.where.line == 3
    )


def test_a_group_above_its_parts_is_read_with_them() -> None:
    found = only(
        workbook(
            [
                ["List of Musgrove Park"],
                ["Attendance", "", "Patient", "", "Arrival", "", "Departure", ""],
                ["Number", "Site", "Name", "DOB", "Date", "Time", "Date", "Time"],
                [
                    "A1",
                    "MPH",
                    "BROOK, Ty",
                    "19/07/2026",
                    "25/11/2026",
                    "2340",
                    "26/11/2026",
                    "24:00",
                ],
            ]
        )
    )
    assert found.fields["arrived"] == "2026-11-25T23:40"
    assert found.fields["departed"] == "2026-11-27T00:00"
    assert found.site == "MPH"


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_serial_number_is_the_day_that_its_workbook_means(from_1904: bool) -> None:
    serial = (date(2026, 11, 25) - date(1899, 12, 30)).days - (1462 if from_1904 else 0)
    cells = [HEAD.split(","), ["A1", "Brook", "Ty", datetime(2026, 7, 19), 9990000018, serial, 0.9861111111, "x"]]  # fmt: skip
    found = only(workbook(cells, date_1904=from_1904))
    assert found.fields["arrived"] == "2026-11-25T23:40"
    assert found.fields["birth_date"] == "2026-07-19"
    assert found.fields["nhs_number"] == "9990000018"


def test_a_formula_a_markup_and_a_control_character_stay_text() -> None:
    found = only(f"{HEAD}\n" + ROW.replace("fell from bed", '"=HYPERLINK(1) [red]\x1b[31m"'))
    assert found.fields["complaint"] == "=HYPERLINK(1) [red] [31m"


def test_a_page_of_a_reporting_server_is_read_by_what_it_holds() -> None:
    head = "".join(f"<td>{each}</td>" for each in HEAD.split(","))
    row = "".join(f"<td>{each}</td>" for each in ROW.replace(" bed", "<br>bed").split(","))
    page = f"<html><h3>ED</h3><table><tr>{head}</tr><tr>{row}</tr><tr><td colspan=8>End of report</td></tr></table>"
    reading = of_bytes(page.encode(), "list.xls", NOW)
    (found,) = reading.rows
    assert isinstance(found, Attendance) and found.fields["complaint"] == "fell from\nbed"
    assert reading.sheets[0].footer == 1


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"MSH|^~\\&|A|B\rPID|1", "HL7"),
        (b'{"resourceType": "Bundle"}', "JSON"),
        (b"<CDS><x/></CDS>", "XML"),
        (b"<CDS-XMLInterchange><a>", "cut short"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><CDS-XMLInterchange>&b;</CDS-XMLInterchange>', "damaged"),
        (b"PK\x03\x04 not a workbook", "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "damaged"),
        (bytes(range(256)) * 40, ""),
        (b"a,b,c\n1,2,3\n", "headings"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(data: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        sites_of(data, "list.bin")
    assert word in str(refused.value) and str(refused.value).startswith("list.bin cannot be read")


def test_a_heading_that_the_desk_named_is_known_from_then_on() -> None:
    text = f"{HEAD},Wann\n{ROW},x"
    assert of_bytes(text.encode(), "x", NOW).sheets == []
    reading = of_bytes(text.encode(), "x", NOW)
    list(reading.rows)
    assert reading.sheets[0].unknown == ("Wann",)
    (named,) = of_bytes(text.encode(), "x", NOW, {"Wann": "school"}).rows
    assert isinstance(named, Attendance) and named.fields["school"] == "x"


def test_times_and_dates_of_a_workbook_are_taken_as_they_are() -> None:
    cells = [
        HEAD.split(","),
        ["A1", "Brook", "Ty", "19/07/2026", "", datetime(2026, 11, 25), time(7, 5), ""],
    ]
    into = io.BytesIO()
    book = xlsxwriter.Workbook(into, {"default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    clock = book.add_format({"num_format": "hh:mm"})
    for at, row in enumerate(cells):
        for column, cell in enumerate(row):
            if isinstance(cell, time):
                sheet.write_datetime(at, column, cell, clock)
            else:
                sheet.write(at, column, cell)
    book.close()
    assert only(into.getvalue()).fields["arrived"] == "2026-11-25T07:05"


def message(**said: str) -> str:
    """One message of a CDS file, as ECDS 6.2 writes it."""
    usual = {
        "CDSUpdateType": "9", "NHSNumber": "9990000018", "PersonBirthDate": "2018-07-19Z",
        "OrganisationSiteIdentifier_OfTreatment": "RH5A8", "EmergencyCareAttendanceIdentifier": "123",
        "EmergencyCareArrivalDate": "2026-11-25", "EmergencyCareArrivalTime": "23:40:00", "AgeAtCdsActivityDate": "8",
        "EmergencyCareDischargeStatus_SnomedCt": "1066301000000103",
    } | said  # fmt: skip
    parts = "".join(f"<ns:{name}>{text}</ns:{name}>" for name, text in usual.items())
    return f"<ns:M><ns:CDSTransactionHeader_NetChange/><ns:EmergencyCare>{parts}<ns:D><ns:EmergencyCareDiagnosis_SnomedCt>1</ns:EmergencyCareDiagnosis_SnomedCt></ns:D><ns:D><ns:EmergencyCareDiagnosis_SnomedCt>72366004</ns:EmergencyCareDiagnosis_SnomedCt></ns:D></ns:EmergencyCare></ns:M>"


def test_cds_xml_is_read_message_by_message() -> None:
    body = message() + message(CDSUpdateType="1") + message(EmergencyCareArrivalDate="")
    text = f'<ns:CDS-XMLInterchange xmlns:ns="urn:x">{body}</ns:CDS-XMLInterchange>'
    first, cancelled, without = rows(text)
    assert isinstance(first, Attendance) and first.number == "123" and first.site == "RH5A8"
    assert first.fields["arrived"] == "2026-11-25T23:40"
    assert first.fields["birth_date"] == "2018-07-19" and first.fields["diagnosis"] == "1, 72366004"
    assert isinstance(cancelled, Attendance) and cancelled.fields["state"] == "cancelled"
    assert isinstance(without, Rejected) and without.where.line == 3


def test_a_workbook_of_before_2007_is_read_row_for_row_and_says_what_it_cannot_tell() -> None:
    """The file was written by another program (xlwt): an invented list, its third row hidden by a filter."""
    data = (Path(__file__).parent / "lists" / "invented.xls").read_bytes()
    reading = of_bytes(data, "invented.xls", NOW)
    found = [each for each in reading.rows if isinstance(each, Attendance)]
    assert [each.number for each in found] == ["X1", "X2", "X3", "X4"]
    assert [each.fields.get("birth_date") for each in found] == ["2018-07-19", "2026-07-19", None, "2016-07-19"]  # fmt: skip
    assert found[0].fields["arrived"] == "2026-11-19T20:10"
    assert found[0].fields["nhs_number"] == "9990000018"  # it was a number there
    assert found[2].fields["complaint"] == "=1+1"
    (sheet,) = reading.sheets
    assert sheet.notes == ["this format does not tell which rows are hidden; all were read"]
    with pytest.raises(Unreadable):
        list(of_bytes(data[: len(data) // 3], "cut.xls", NOW).rows)
