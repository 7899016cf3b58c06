"""A call in progress, and what the guidance says about it."""

from datetime import date
from pathlib import Path
from typing import Any

from samples import GENERIC

from spoc.guidance.pack import load
from spoc.model.forms.sheet import Action, Answer, Person, Sheet
from spoc.model.rules.guiding.guiding import Guided, guided, margin

ON = date(2026, 11, 20)


GUIDE = GENERIC.guide


BORN = {
    6: "2026-05-02",
    84: "2019-11-02",
    145: "2014-10-02",
    170: "2012-09-02",
}  # months: a birthday


def call(
    issues: str = "",
    said: str = "",
    actions: str = "",
    months: int = 84,
    identity: str = "named",
    outcome: str = "",
    notes: str = "",
    **values: str,
) -> Sheet:
    """A call about a child of seven at home, with these facts. ``said`` has answers: "danger yes"."""
    words = iter(said.split())
    children = () if identity == "no-names" else (Person("Brook, Ty", dob=BORN.get(months, "")),)
    if identity == "unborn":
        children = (Person("Unborn baby", "unborn", edd="2027-02-12"),)
    return Sheet(
        "2026-11-20T09:00:00.000Z",
        values={"category": "physical", "verified": "known-number", "where_now": "home", **values},
        many={"issues": tuple(issues.split())} if issues else {},
        children=children,
        identity=identity,
        actions=tuple(Action(code) for code in actions.split()),
        answers={question: Answer("answered", next(words)) for question in words},
        outcome=outcome,
        notes=notes,
    )  # fmt: skip


def seen(sheet: Sheet, earlier: int = 0) -> Guided:
    return guided(sheet, GUIDE, ON, earlier)


def noted(sheet: Sheet) -> dict[str, str]:
    """The notes in the margin, by their codes."""
    return dict(margin(sheet, GENERIC, seen(sheet), ON))


def fired(sheet: Sheet) -> list[str]:
    return [each.code for each in seen(sheet).fired]


# Each prompt: a call that fires it, the one fact that is otherwise where it does not, and words of its read-back.


# A pack that extends this one


def extended(folder: Path, **files: str) -> Any:
    """The pack "own", which extends the generic one with these files."""
    own = folder / "own"
    own.mkdir()
    files = {"pack": 'id = "own"\ntitle = "Our desk"\nextends = "generic"\n', **files}
    for name, text in files.items():
        (own / f"{name.replace('_', '-')}.toml").write_text(text, "utf-8")
    return load("own", folder)
