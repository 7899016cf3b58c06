"""A request to social care in words: its steps line by line, and what to say when it is chased."""

from collections.abc import Iterable, Mapping, Sequence

from spoc.model.followups.request_steps import STEPS
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import from_text

_HOW = {"telephone": "by telephone", "eha": "by early help assessment (EHA)"}


def how(code: str) -> str:
    """How it was made, in words."""
    return _HOW.get(code, code)


def step_lines(
    said: Mapping[str, str], copies: Sequence[str], pack: Pack
) -> Iterable[tuple[str, str]]:
    """Each step with what is known of it; "not yet" where nothing is."""
    by = f" by {said['asked_by']}" if said["asked_by"] else ""
    yield "Asked", f"{how(said['how'])}{by}, {_at(said['asked_at'])}"
    for step in STEPS.values():
        if step.key in ("chased", "copied"):
            continue
        fields = [each for each in step.form if each.key not in ("asked_at",)]
        if step.key == "decided-again" and not (said["decision_after"] or _disagreed(said, pack)):
            continue
        told = []
        for each in fields:
            value = said.get(each.key, "")
            if not value:
                continue
            if each.key.endswith("_at"):
                told.append(_at(value))
            elif each.codes:
                told.append(f"{each.label.lower()}: {pack.label(each.codes, value)}")
            else:
                told.append(f"{each.label.lower()} {value}")
        label = "Answered" if step.key == "asked" else step.head
        yield label, "; ".join(told) or "not yet"
        if step.key == "arrived":
            held = [pack.label("copy", each) for each in copies]
            rest = [each.label for each in pack.lists.get("copy", ()) if each.code not in copies]
            missing = f"; not: {', '.join(rest)}" if rest else ""
            yield "Copies", (", ".join(held) or "none yet") + missing


def _disagreed(said: Mapping[str, str], pack: Pack) -> bool:
    found = pack.find("decision", said["decision"])
    return found is not None and found.group == "disagreed"


def chase_script(
    said: Mapping[str, str], children: Sequence[str], *, name: str, desk: str, due: str
) -> str:
    """What to say when social care is rung for an answer: who rings, what was asked, what is wanted."""
    who = said["asked_by"] or "a colleague"
    spoken = f", who spoke to {said['spoken_to']}" if said["spoken_to"] else ""
    number = f" Your reference is {said['reference']}." if said["reference"] else ""
    about = " and ".join(children) or "a child"
    late = f" A decision was due {_at(due)}." if due else ""
    return (
        f"“This is {name}, children's safeguarding, {desk}. On {_at(said['asked_at'])} {who}{spoken} asked you "
        f"{how(said['how'])} about {about}.{number}{late} Has it been decided: by whom, when, and what? "
        "If not, who decides, and by when? Is the child safe until then?”"
    )


def _at(text: str) -> str:
    return shown_instant(from_text(text)) if text else "not known"
