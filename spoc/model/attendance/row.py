"""One row of a list as an attendance, or why it is not one (rules R0 to R6).

Nothing is guessed and no row is dropped: what cannot be an attendance is Rejected with its reason, and a
doubtful NHS number or date of birth leaves that field unknown and says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from math import isfinite

from spoc.model.attendance.cell_values import (
    Cell,
    Moment,
    age_in_months,
    from_text,
    in_spring_gap,
    moment,
    number_of_patient,
    text_of,
)
from spoc.model.attendance.columns import IGNORED, Columns, HeadingRow, spelt
from spoc.model.values.dates import whole_months

ADULT = 18 * 12  # months: the age of majority (Children Act 1989, section 105)
# About a child, in the order shown; each is a column of the ledger's attendance.
DATES = {
    "arrived": "arrived_time",
    "departed": "departed_time",
    "injury_at": "injury_time",
    "assessed_at": "",
    "seen_at": "",
    "cpis_at": "",
}
# What is stored about an attendance, as the list states it.
FIELDS = (
    *(
        "arrived",
        "name",
        "called",
        "nhs_number",
        "birth_date",
        "age",
        "sex",
        "postcode",
        "address",
        "telephone",
    ),
    *(
        "gp_practice",
        "gp_name",
        "hospital_number",
        "nhs_number_status",
        "department_type",
        "arrival_mode",
    ),
    *(
        "attendance_category",
        "attendance_source",
        "acuity",
        "complaint_code",
        "complaint",
        "body_part",
    ),
    *("injury_at", "injury_intent", "injury_mechanism", "diagnosis", "mobility", "observations"),
    *(
        "assessed_at",
        "seen_at",
        "departed",
        "discharge_status",
        "discharge_destination",
        "safeguarding",
    ),
    *(
        "cpis",
        "cpis_at",
        "cpis_by",
        "accompanied_by",
        "social_worker",
        "school",
        "withheld",
        "referred_to",
    ),
    "ethnicity",
    *("state", "merged_into"),
)
_TIMES = frozenset(DATES.values()) - {""}
# What a column may be read as.
READ_AS = (
    "number",
    "site",
    *FIELDS,
    *(each for each in DATES.values() if each),
    "family_name",
    "given_name",
    "cancelled",
    IGNORED,
)
_CANCELS = "1"  # CDS UPDATE TYPE: delete or cancel
CANCELLED, MERGED, OPEN = "cancelled", "merged", "open"
GONE = (CANCELLED, MERGED)  # what the hospital withdrew: kept, but not a visit
_OWN = frozenset(
    {"update_type", "number", "site", "arrived", "nhs_number", "birth_date", "age"}
    | {"state", "merged_into", "cancelled"}
)


@dataclass(frozen=True, slots=True)
class Where:
    """A row's place: file, sheet ("" if there is only one) and line."""

    file: str
    sheet: str
    line: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """One attendance as a list states it.

    ``fields`` has what is known, by the ledger's names, as text: ``arrived`` and the other moments are local,
    ``2025-11-14T02:37`` or only a day; ``birth_date`` is a day; ``age`` as written. ``sent`` is the row as
    the hospital sent it, heading by heading. ``issue`` says what is wrong with the NHS number, ``notes`` what
    else is doubtful.
    """

    number: str
    site: str
    fields: Mapping[str, str]
    sent: Mapping[str, str]
    where: Where
    issue: str = ""
    notes: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def months(self) -> int | None:
        """Whole calendar months from birth to arrival; None if the date of birth is not known."""
        born = self.fields.get("birth_date")
        if not born:
            return None
        return whole_months(date.fromisoformat(born), from_text(self.fields["arrived"]).day)

    @property
    def adult(self) -> bool:
        """Whether somebody is known to be an adult; False if the date of birth is not known."""
        months = self.months
        return months is not None and months >= ADULT


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be an attendance, and why."""

    where: Where
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the rows of one sheet: its headings, the day-count of its numbers, and ``now`` by the
    hospital's clock (naive, local), after which nothing can have happened yet."""

    heading: HeadingRow
    known: Columns
    now: datetime
    site: str = ""
    from_1904: bool = False
    at: Mapping[str, int] = field(default_factory=dict)
    # the headings, spelt, to recognise them if they are printed again
    printed: Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        printed = [[spelt(text) for text in row if text] for row in self.heading.rows]
        object.__setattr__(self, "printed", printed)
        places = {name: at for at, name in enumerate(self.heading.fields) if name}
        object.__setattr__(self, "at", places)


def kind(cells: Sequence[Cell], layout: Layout) -> str:
    """The kind of a line below the headings: ``blank``, ``footer`` (a page, total or end line, or the
    headings again), or ``record``."""
    texts = [text_of(cell) for cell in cells]
    parts = [text for text in texts if text]
    if not parts:
        return "blank"
    if any(_same_heading(parts, row) for row in layout.printed):
        return "footer"
    if len(set(parts)) <= 2 and not _moment(cells, layout, "arrived"):
        first = parts[0].casefold()
        if first.startswith(layout.known.footers) or not re.search(r"\d", parts[0]):
            return "footer"
    return "record"


def _same_heading(parts: Sequence[str], printed: Sequence[str]) -> bool:
    return len(printed) > 1 and len(parts) == len(printed) and [*map(spelt, parts)] == [*printed]


def read(cells: Sequence[Cell], where: Where, layout: Layout) -> Attendance | Rejected:
    """The attendance in a row of cells, or why the row is not one."""
    surplus = [text_of(cell) for cell in cells[len(layout.heading.fields) :]]
    if any(surplus):
        return Rejected(where, "more cells than headings: a separator inside a cell, not quoted")
    number = text_of(_cell(cells, layout, "number"))
    if not number or number.casefold() in layout.known.empty:
        return Rejected(where, "attendance number missing")
    arrived = _cell(cells, layout, "arrived")
    when = _moment(cells, layout, "arrived")
    if when is None:
        words = text_of(arrived) or text_of(_cell(cells, layout, "arrived_time"))
        return Rejected(where, "arrival impossible" if words else "arrival missing")
    if when.earliest > layout.now:
        return Rejected(where, "arrival in the future")
    notes: list[str] = []
    if when.at and in_spring_gap(when.latest):
        notes.append("arrival in the hour that the clocks skipped")
    fields: dict[str, str] = {"arrived": str(when)}
    digits, issue = number_of_patient(_cell(cells, layout, "nhs_number"), layout.known.numbers)
    if digits:
        fields["nhs_number"] = digits
    born = _born(cells, layout, when.day, notes)
    if born:
        fields["birth_date"] = born
    age = _cell(cells, layout, "age")
    if (written := _age_as_written(age, layout)) is not None:
        fields["age"] = written
    for name in DATES:
        if name != "arrived" and name in layout.at:
            _add_moment(fields, notes, cells, layout, name)
    for name, at in layout.at.items():
        if name in _OWN or name in DATES or name in _TIMES or name == IGNORED or at >= len(cells):
            continue
        text = text_of(cells[at])
        if text and text.casefold() not in layout.known.empty:
            fields[name] = text
    _name(fields, layout.known.names)
    fields |= _state(cells, layout)
    sent = {
        word: text
        for word, cell in zip(layout.heading.words, cells, strict=False)
        if word and (text := text_of(cell))
    }
    site = text_of(_cell(cells, layout, "site")) or layout.site
    return Attendance(number, site, fields, sent, where, issue, tuple(notes))


def _state(cells: Sequence[Cell], layout: Layout) -> dict[str, str]:
    """Whether the hospital says that the attendance was cancelled, or merged into another (and which), or
    that it stands; nothing if it says neither."""
    words = layout.known.states
    if text_of(_cell(cells, layout, "update_type")) == _CANCELS:
        return {"state": CANCELLED}
    fields = {
        name: text
        for name in ("state", "cancelled", "merged_into")
        if (text := text_of(_cell(cells, layout, name)))
        and text.casefold() not in layout.known.empty
    }
    state = fields.get("state", "").casefold()
    into = fields.get("merged_into", "")
    for gone in GONE:
        if state.startswith(words[gone]):
            return {"state": gone} | ({"merged_into": into} if gone == MERGED and into else {})
    if into and into.casefold() not in words["no"]:
        number = {} if into.casefold() in words["yes"] else {"merged_into": into}
        return {"state": MERGED} | number
    if fields.get("cancelled", "no").casefold() not in words["no"]:
        return {"state": CANCELLED}
    return {"state": OPEN} if fields else {}


def _cell(cells: Sequence[Cell], layout: Layout, name: str) -> Cell:
    at = layout.at.get(name)
    cell = cells[at] if at is not None and at < len(cells) else None
    # An error value in a spreadsheet says nothing.
    return None if isinstance(cell, float) and not isfinite(cell) else cell


def _moment(cells: Sequence[Cell], layout: Layout, name: str) -> Moment | None:
    day, at = _cell(cells, layout, name), _cell(cells, layout, DATES[name])
    if text_of(day):
        return moment(day, at, from_1904=layout.from_1904)
    # A column called a time may contain the day as well.
    found = moment(at, from_1904=layout.from_1904) if isinstance(at, str | datetime) else None
    return found if found and found.at else None


def _add_moment(
    fields: dict[str, str], notes: list[str], cells: Sequence[Cell], layout: Layout, name: str
) -> None:
    words = text_of(_cell(cells, layout, name))
    if not words or words.casefold() in layout.known.empty:
        return
    when = _moment(cells, layout, name)
    if when is None:
        notes.append(f"{name.removesuffix('_at')} impossible")
    else:
        fields[name] = str(when)


def _born(cells: Sequence[Cell], layout: Layout, arrived: date, notes: list[str]) -> str:
    cell = _cell(cells, layout, "birth_date")
    words = text_of(cell)
    if not words or words.casefold() in layout.known.empty:
        return ""
    found = moment(cell, from_1904=layout.from_1904)
    if found is None:
        notes.append("date of birth impossible")
    elif found.day in layout.known.births:
        notes.append("date of birth is a placeholder")
    elif found.day > arrived:
        notes.append("date of birth after the arrival")
    elif arrived.year - found.day.year > layout.known.oldest_years:
        notes.append("date of birth too long ago")
    else:
        return found.day.isoformat()
    return ""


def _age_as_written(cell: Cell, layout: Layout) -> str | None:
    """An age as it was written, even if a spreadsheet turned it into a date."""
    text = text_of(cell)
    if not text or text.casefold() in layout.known.empty:
        return None
    if isinstance(cell, date):
        return f"{cell.day}/{cell.month}" if age_in_months(cell) is not None else text
    return text


def _name(fields: dict[str, str], unknown: frozenset[str]) -> None:
    """A name, "Surname, Forename", from its parts; "unknown" is not a name."""
    family, given = fields.pop("family_name", ""), fields.pop("given_name", "")
    whole = ", ".join(filter(None, (family, given))) or fields.pop("name", "")
    fields.pop("name", None)
    if not whole:
        return
    words = {" ".join(part.casefold().split()) for part in (family or whole).split(",")}
    if words & unknown or whole.casefold().split(",")[0].split(" ")[0] in unknown:
        fields["called"] = whole
    else:
        fields["name"] = whole


def placed(attendance: Attendance, site: str, number: str = "") -> Attendance:
    """The same attendance at this site and, if a number is given, under that number."""
    return replace(attendance, site=site, number=number or attendance.number)
