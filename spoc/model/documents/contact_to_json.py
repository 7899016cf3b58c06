"""The way back: a contact of the store as the JSON object that ``spoc.model.documents.contact_from_json`` reads."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spoc.model.documents.contact_from_json import OF_CALLER, OF_MOTHER
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import UNBORN, Action, Answer, Person, Response
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guiding import ANSWERED, DONE, OVERRIDDEN
from spoc.model.values.reference import reference


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact from the store: its own fields, and what belongs to it."""

    id: str
    values: Mapping[str, Any]
    caller: str = ""
    children: tuple[Person, ...] = ()
    actions: tuple[Action, ...] = ()
    outcome: str = ""
    notes: str = ""
    answers: Mapping[str, Answer] = dataclasses.field(default_factory=dict)
    prompts: Mapping[str, Response] = dataclasses.field(default_factory=dict)


def restricted(contact: StoredContact) -> dict[str, Any]:
    """What any list may say about a restricted contact: that there is one, and the day it was logged."""
    return {
        "id": contact.id,
        "received_at": contact.values["received_at"][:10],
        "open": contact.values.get("closed_at") is None,
        "sealed": True,
    }


def shut(contact: StoredContact) -> dict[str, Any]:
    """What any list may say, to people who do not work the case, about a contact concerning a baby who was
    lost."""
    return {
        "id": contact.id,
        "reference": reference(contact.id),
        "received_at": contact.values["received_at"],
        "open": contact.values.get("closed_at") is None,
        "identity": UNBORN,
    }


def contact_json(
    contact: StoredContact, form: Iterable[Field], pack: Pack, *, identifiers: bool
) -> dict[str, Any]:
    """A contact's JSON object, which ``read`` accepts.

    Without ``identifiers`` it has only times and codes: no person, number or free text.
    """

    def code(codes: str, value: str) -> str:
        return value if identifiers or pack.find(codes, value) else ""

    fields: dict[str, Any] = {
        "id": contact.id,
        "reference": reference(contact.id),
        "received_at": contact.values["received_at"],
    }
    if identifiers:
        fields["ref"] = contact.values.get("ref")
    fields["open"] = contact.values.get("closed_at") is None
    values: dict[str, Any] = {}
    for field in form:
        value = contact.values.get(field.key)
        if not value or field.key == "received_at":
            continue
        if field.kind == "many":
            values[field.key] = [each for each in value if code(field.codes, each)]
        elif field.kind == "code":
            values[field.key] = code(field.codes, value)
        elif field.kind in ("when", "age") or (field.kind == "text" and identifiers):
            values[field.key] = value
    caller = {"name": contact.caller if identifiers else ""}
    caller |= {key: values.pop(own, "") for key, own in OF_CALLER.items()}
    fields["caller"] = _full(caller)
    fields["identity"] = code("identity", contact.values.get("identity") or "")
    if identifiers:
        fields["children"] = [_child(child) for child in contact.children]
    fields |= values
    fields["actions"] = [
        _full(
            {
                "code": code("action", each.code),
                "by": each.who,
                "due": each.due,
                "at": each.at,
                **each.held,
            }
            if identifiers
            else {"code": code("action", each.code), "at": each.at}
        )
        for each in contact.actions
    ]
    fields["outcome"] = code("outcome", contact.outcome)
    fields["sbar"] = contact.values.get("sbar")
    if identifiers:
        fields["notes"] = contact.notes
        fields["answers"] = {
            code: each.text if each.state == ANSWERED else {"state": each.state}
            for code, each in contact.answers.items()
        }
        fields["prompts"] = {
            code: _full({"done": list(each.done), "why": each.why})
            for code, each in contact.prompts.items()
            if each.state in (DONE, OVERRIDDEN) and (each.done or each.why)
        }
        fields["closed_anyway"] = contact.values.get("closed_anyway")
    return _full(fields)


def _child(child: Person) -> dict[str, Any]:
    mother = child.mother
    return _full(
        {
            "name": child.name,
            "dob": child.dob,
            "edd": child.edd,
            "age": child.age,
            "age_on": child.age_on,
            "nhs_number": child.nhs_number,
            "in_doubt": child.doubt.split(),
            "kind": UNBORN if child.kind == UNBORN and not child.edd else "",
            "mother": _full({key: getattr(mother, key) for key in OF_MOTHER}) if mother else None,
        }
    )


def _full(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The object without empty values (false is not empty)."""
    return {key: value for key, value in fields.items() if value not in ("", None, [], {})}
