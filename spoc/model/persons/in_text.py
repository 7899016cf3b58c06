"""Children described in a text: labelled lines (Name: …, DOB: …, NHS No: …) and NHS numbers anywhere.

The result is only offered, and only labelled lines count. The guidance knows the headings, like those of a list.
"""

import re
from collections.abc import Mapping
from datetime import date

from spoc.model.attendance.columns import spelt
from spoc.model.errors import BadInput
from spoc.model.persons.match import Described
from spoc.model.values import nhs_number
from spoc.model.values.dates import parse_day

_LINE = re.compile(r"\s*([^:\t]{1,40})[:\t]\s*(\S.*)")
_NUMBER = re.compile(r"(?<![\d-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d-])")


def described_in(text: str, headings: Mapping[str, str], today: date) -> list[Described]:
    """The people described in a text, in its order. ``headings`` maps a label, spelt, to its field."""
    people: list[dict[str, str]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        field = headings.get(spelt(match[1]), "") if match else ""
        if match and field in ("name", "family_name", "given_name", "birth_date", "nhs_number"):
            if not people or field in people[-1]:  # the same label again begins somebody else
                people.append({})
            people[-1][field] = match[2].strip()
    found = [each for one in people if (each := _described(one, today))]
    known = {each.nhs_number for each in found}
    for number in map(_valid, _NUMBER.findall(text)):
        if number and number not in known:
            known.add(number)
            found.append(Described(nhs_number=number))
    return found


def _described(fields: Mapping[str, str], today: date) -> Described | None:
    parts = (fields.get("family_name", ""), fields.get("given_name", ""))
    name = fields.get("name") or ", ".join(filter(None, parts))
    number = _valid(fields.get("nhs_number", ""))
    try:
        born = parse_day(fields.get("birth_date", ""), today, past=True)
    except BadInput:
        born = None
    return Described(name, dob=born, nhs_number=number) if number or (name and born) else None


def _valid(text: str) -> str:
    try:
        return nhs_number.parse(text)
    except BadInput:
        return ""
