"""A request to social care in words: its steps line by line, and what to say when chasing it."""

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
    values: Mapping[str, str], copies: Sequence[str], pack: Pack
) -> Iterable[tuple[str, str]]:
    """Each step with what is known about it, or "not yet"."""
    by = f" by {values['asked_by']}" if values["asked_by"] else ""
    yield "Asked", f"{how(values['how'])}{by}, {_at(values['asked_at'])}"
    for step in STEPS.values():
        if step.key in ("chased", "copied"):
            continue
        fields = [each for each in step.form if each.key not in ("asked_at",)]
        if step.key == "decided-again" and not (
            values["decision_after"] or _disagreed(values, pack)
        ):
            continue
        texts = []
        for each in fields:
            value = values.get(each.key, "")
            if not value:
                continue
            if each.key.endswith("_at"):
                texts.append(_at(value))
            elif each.codes:
                texts.append(f"{each.label.lower()}: {pack.label(each.codes, value)}")
            else:
                texts.append(f"{each.label.lower()} {value}")
        label = "Answered" if step.key == "asked" else step.head
        yield label, "; ".join(texts) or "not yet"
        if step.key == "arrived":
            parts = [pack.label("copy", each) for each in copies]
            rest = [each.label for each in pack.lists.get("copy", ()) if each.code not in copies]
            missing = f"not yet: {', '.join(rest)}" if rest else ""
            yield "Copies", "; ".join(filter(None, (", ".join(parts), missing)))


def _disagreed(fields: Mapping[str, str], pack: Pack) -> bool:
    found = pack.find("decision", fields["decision"])
    return found is not None and found.group == "disagreed"


def chase_script(
    fields: Mapping[str, str], children: Sequence[str], *, name: str, desk: str, due: str
) -> str:
    """What to say when ringing social care for an answer: who is ringing, what was asked, what is needed."""
    who = fields["asked_by"] or "a colleague"
    spoken = f", who spoke to {fields['spoken_to']}" if fields["spoken_to"] else ""
    number = f" Your reference is {fields['reference']}." if fields["reference"] else ""
    about = " and ".join(children) or "a child"
    late = f" A decision was due {_at(due)}." if due else ""
    return (
        f"“This is {name}, children's safeguarding, {desk}. On {_at(fields['asked_at'])} {who}{spoken} asked you "
        f"{how(fields['how'])} about {about}.{number}{late} Has it been decided: by whom, when, and what? "
        "If not, who decides, and by when? Is the child safe until then?”"
    )


def _at(text: str) -> str:
    return shown_instant(from_text(text)) if text else "not known"
