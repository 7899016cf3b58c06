"""The way back: a contact of the store as the JSON object that ``spoc.model.documents.contact_from_json`` reads."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spoc.model.documents.contact_from_json import OF_CALLER, OF_MOTHER
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import UNBORN, Action, Answer, Person, Response
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding import ANSWERED, DONE, OVERRIDDEN
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


def restricted(held: StoredContact) -> dict[str, Any]:
    """What any list may say about a restricted contact: that there is one, and the day it was logged."""
    return {
        "id": held.id,
        "received_at": held.values["received_at"][:10],
        "open": held.values.get("closed_at") is None,
        "sealed": True,
    }


def shut(held: StoredContact) -> dict[str, Any]:
    """What any list may say, to people who do not work the case, about a contact concerning a baby who was
    lost."""
    return {
        "id": held.id,
        "reference": reference(held.id),
        "received_at": held.values["received_at"],
        "open": held.values.get("closed_at") is None,
        "identity": UNBORN,
    }


def contact_json(
    held: StoredContact, form: Iterable[Field], pack: Pack, *, identifiers: bool
) -> dict[str, Any]:
    """A contact's JSON object, which ``read`` accepts.

    Without ``identifiers`` it has only times and codes: no person, number or free text.
    """

    def code(codes: str, value: str) -> str:
        return value if identifiers or pack.find(codes, value) else ""

    said: dict[str, Any] = {
        "id": held.id,
        "reference": reference(held.id),
        "received_at": held.values["received_at"],
    }
    if identifiers:
        said["ref"] = held.values.get("ref")
    said["open"] = held.values.get("closed_at") is None
    values: dict[str, Any] = {}
    for field in form:
        value = held.values.get(field.key)
        if not value or field.key == "received_at":
            continue
        if field.kind == "many":
            values[field.key] = [each for each in value if code(field.codes, each)]
        elif field.kind == "code":
            values[field.key] = code(field.codes, value)
        elif field.kind in ("when", "age") or (field.kind == "text" and identifiers):
            values[field.key] = value
    caller = {"name": held.caller if identifiers else ""}
    caller |= {key: values.pop(own, "") for key, own in OF_CALLER.items()}
    said["caller"] = _full(caller)
    said["identity"] = code("identity", held.values.get("identity") or "")
    if identifiers:
        said["children"] = [_child(child) for child in held.children]
    said |= values
    said["actions"] = [
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
        for each in held.actions
    ]
    said["outcome"] = code("outcome", held.outcome)
    said["sbar"] = held.values.get("sbar")
    if identifiers:
        said["notes"] = held.notes
        said["answers"] = {
            code: each.text if each.state == ANSWERED else {"state": each.state}
            for code, each in held.answers.items()
        }
        said["prompts"] = {
            code: _full({"done": list(each.done), "why": each.why})
            for code, each in held.prompts.items()
            if each.state in (DONE, OVERRIDDEN) and (each.done or each.why)
        }
        said["closed_anyway"] = held.values.get("closed_anyway")
    return _full(said)


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


def _full(said: Mapping[str, Any]) -> dict[str, Any]:
    """The object without empty values (false is not empty)."""
    return {key: value for key, value in said.items() if value not in ("", None, [], {})}
