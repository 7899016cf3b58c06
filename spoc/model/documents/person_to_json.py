"""A person's record as JSON, with the keys that a child of ``contact add`` has, and everything that was
said."""

from collections.abc import Mapping, Sequence
from typing import Any

from spoc.model.documents.child_from_json import FACTS
from spoc.model.persons.record import Alert, HouseholdMember, Statement
from spoc.model.persons.record_fields import DIED


def fact(of: Statement, own: str, parts: Sequence[str]) -> Any:
    """A fact as given: a text, or an object if it says more."""
    more = {part: value for part in parts if (value := getattr(of, part))}
    return {own: of.value, **more} if more else of.value


def facts(standing: Mapping[str, Sequence[Statement]]) -> dict[str, Any]:
    """The present facts of each kind: a list if there may be several; otherwise the latest."""
    fields: dict[str, Any] = {}
    for each in FACTS:
        statements = standing.get(each.key, ())
        if not statements:
            continue
        if each.key == DIED:
            fields[DIED] = {
                "on": statements[0].value,
                "said_by": statements[0].said_by or statements[0].by,
            }
        elif each.several:
            fields[each.key] = [fact(one, each.own, each.parts) for one in statements]
        else:
            fields[each.key] = fact(statements[0], each.own, each.parts)
    return fields


def saying(of: Statement) -> dict[str, Any]:
    """One statement with who, when and on which contact."""
    fields = {
        "key": of.key, "value": of.value, "on": of.on.isoformat(), "said_by": of.said_by or of.by,
        "contact": of.contact, "since": of.since, "until": of.until, "team": of.team, "number": of.number,
        "id": of.id,
    }  # fmt: skip
    return {key: value for key, value in fields.items() if value}


def alert(of: Alert, words: str) -> dict[str, Any]:
    """One alert with its source and date; ``words`` say how old it is."""
    fields = {
        "code": of.code, "said_by": of.said_by, "checked": of.checked, "checked_by": of.checked_by,
        "review": of.review, "ended_on": of.ended_on, "text": of.text, "contact": of.contact,
        "on": of.on.isoformat(), "id": of.id, "whose": of.sibling, "words": words,
    }  # fmt: skip
    return {key: value for key, value in fields.items() if value}


def member(of: HouseholdMember) -> dict[str, Any]:
    """Somebody of the household."""
    fields = {
        "name": of.name, "relation": of.relation, "responsible": of.responsible, "said_by": of.said_by,
        "until": of.until, "dob": of.dob, "on": of.on.isoformat() if of.on else "", "contact": of.contact,
        "id": of.person,
    }  # fmt: skip
    return {key: value for key, value in fields.items() if value}
