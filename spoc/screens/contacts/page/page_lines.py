"""The lines of a contact's page: what a line is, how it wraps, and the lines about the walk and the
prompts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from textual.content import Content

from spoc.model.forms.amendment import YES_NO
from spoc.model.ledger.table import Column
from spoc.model.rules.clock import in_local_words
from spoc.model.rules.guiding.guide import LETTERS, STOP
from spoc.model.rules.guiding.guiding import (
    ANSWERED,
    DISMISSED,
    DONE,
    HEADINGS,
    NOT_KNOWN,
    OVERRIDDEN,
)
from spoc.model.values.plain import visible_lines
from spoc.screens.contacts.amend import Amendable
from spoc.storage.contacts.contacts import Part
from spoc.storage.store import Store

_MET = {DONE: "done", OVERRIDDEN: "overridden", DISMISSED: "left out"}
_COUNTED = {
    **{each.lower(): LETTERS[each].lower() for each in HEADINGS},
    "impact": "impact",
    "voice": "voice",
}


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the page; ``amends`` is what Enter on it changes, None for a heading or a time; ``opens``
    the contact that Enter on it opens instead; ``of`` the record it is about, if it amends none; ``link`` what
    makes it one matter with that contact."""

    label: str
    text: str
    style: str = ""
    amends: Amendable | None = None
    opens: bytes = b""
    of: Part | None = None
    link: bytes = b""


def wrapped(line: PageLine, width: int) -> list[PageLine]:
    """A line as lines of the page: long text continues below its label, and nothing is lost."""
    pieces: list[str] = []
    for paragraph in visible_lines(line.text).split("\n"):
        pieces += [str(each) for each in Content(paragraph).wrap(width)] or [""]
    return [
        replace(line, label=line.label if place == 0 else "", text=piece)
        for place, piece in enumerate(pieces)
    ]


def under(label: str, texts: Iterable[str], style: str = "") -> Iterator[PageLine]:
    """Texts under one label, which stands beside the first."""
    for place, text in enumerate(texts):
        yield PageLine("" if place else label, text, style)


def place_of(marked: PageLine | None, lines: Sequence[PageLine], before: int) -> int:
    """Where the marked line is now: the nearest line of the same field, or else the same place. The lines
    above may have grown."""
    if marked is None or marked.amends is None:
        return before
    field = (marked.amends.part.id, marked.amends.column.name, marked.amends.label)
    same = [
        place
        for place, each in enumerate(lines)
        if each.amends
        and (each.amends.part.id, each.amends.column.name, each.amends.label) == field
    ]
    return min(same, key=lambda place: abs(place - before), default=before)


def guided_lines(store: Store, parts: Sequence[Part]) -> Iterator[PageLine]:
    """The walk's answers, by letter; how the prompts were met; which parts of SBAR are complete."""
    guide, own = store.pack.guide, parts[0]
    for letter, name in LETTERS.items():
        head = name
        for part in parts:
            code = part.values.get("question")
            question = guide.by_code.get(str(code)) if part.tbl == "answer" else None
            if question is None or question.letter != letter:
                continue
            how = part.values["state"]
            if how in (ANSWERED, NOT_KNOWN):
                text = in_local_words(part.values["text"] or "") if how == ANSWERED else "not known"
                yes_no = question.kind == "yes-no"  # only one of these two, never other words
                column = Column("text", "code", codes=YES_NO) if yes_no else Column("text")
                amends = Amendable(part, column, question.label)
                yield PageLine(head, f"{question.label}: {text}", "", amends)
                head = ""
    head = "Prompts"
    for part in parts:
        met = _MET.get(part.values["state"]) if part.tbl == "prompt" else None
        if met:
            prompt = guide.prompt_by_code.get(str(part.values["code"]))
            done = ", ".join(store.pack.label("action", each) for each in part.values["done"])
            kind = "STOP " if prompt and prompt.kind == STOP else ""
            title = f" {prompt.title}" if prompt else ""
            met = "answered" if met == _MET[DONE] and not done else met
            words = "; ".join(filter(None, (met, done, part.values["why"])))
            yield PageLine(head, f"{kind}{part.values['code']}{title}: {words}", of=part)
            head = ""
    if own.values["closed_at"] and own.values.get("category"):
        known = set(own.values["sbar"])
        answered = ", ".join(words for key, words in _COUNTED.items() if key in known)
        rest = ", ".join(words for key, words in _COUNTED.items() if key not in known)
        lacks = f"; not recorded: {rest}" if rest else ""
        yield PageLine("SBAR", f"recorded: {answered or 'nothing'}{lacks}")
    if own.values["closed_anyway"]:
        yield PageLine("Closed anyway", f"because {own.values['closed_anyway']}")
