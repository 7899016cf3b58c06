"""Children whom a text describes: labelled lines (Name: …, DOB: …, NHS No: …) and NHS numbers that stand anywhere.

It reads and offers; what is not labelled is nobody. Headings are known by the guidance, as those of a list are.
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
    """Those whom a text describes, in its order. ``headings`` maps a label, spelt, to the field it names."""
    people: list[dict[str, str]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        field = headings.get(spelt(match[1]), "") if match else ""
        if match and field in ("name", "family_name", "given_name", "birth_date", "nhs_number"):
            if not people or field in people[-1]:  # the same again is of somebody else
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
