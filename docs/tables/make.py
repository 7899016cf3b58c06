"""Writes docs/prompts.md: what the generic pack asks and prompts, when, in which words and from which source; and
docs/roles.md: who may do what.

``make docs`` runs it.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from spoc.guidance.pack import load  # noqa: E402
from spoc.model.forms.forms import CONTACT_FORM  # noqa: E402
from spoc.model.ledger.written_by import WRITTEN_BY  # noqa: E402
from spoc.model.rules.access import BY_DESK, COMMANDS, ROLES, counts, may, may_grant, sight_of  # noqa: E402
from spoc.model.rules.guiding.condition import Condition  # noqa: E402
from spoc.model.rules.guiding.guide import LETTERS, STOP, Prompt  # noqa: E402
from spoc.model.rules.source import Source  # noqa: E402
from spoc.model.values.dates import shown_day  # noqa: E402

PACK = load("generic")
GUIDE = PACK.guide
NAMED: Mapping[str, str] = tomllib.loads(
    (ROOT / "spoc" / "guidance" / "generic" / "conditions.toml").read_text("utf-8")
)  # name: condition
LISTS = {field.key: field.codes for field in CONTACT_FORM if field.codes} | {
    "actions": "action",
    "outcome": "outcome",
    "identity": "identity",
}
LABELS = {field.key: field.in_brief for field in CONTACT_FORM} | {
    "identity": "Child",
    "actions": "Actions",
}
OPEN_TESTS = ("empty", "given", "unknown", "yes", "no")
RING = {"verbal-csc-caller", "verbal-csc-spoc", "edt-referral"}  # in office hours, and outside them
TOLD = " informed"
STAR = r"\*"  # no slanted letters begin here
_TEST = re.compile(r"([a-z][a-z0-9_-]*) (?:is|has) ((?:[\w/-]+, )*[\w/-]+)")
HEAD = """\
# Safety prompts and questions

What the generic pack asks and prompts, written from it by `make docs`. The prompts are twenty minutes' reading; the rest is for looking things up. A service changes them in a pack of its own. *Slanted letters* name [a condition](#conditions-with-a-name), “quotes” an issue. Sources stand [at the end](#sources) by their keys; a star means [not confirmed locally](adopting-the-guidance.md) yet.

A **STOP** is answered, by an action or a reason why not, before the contact closes; “social care rung” is a verbal request by caller or desk, or a referral to the emergency duty team. An **ASK** puts its [questions](#questions-of-the-walk) into the walk. A **TELL** stands in the read-back. There all of them are advice, apart from what is agreed. None adds up to a score.
"""


def cell(lines: Iterable[str]) -> str:
    """Lines in one cell of a table."""
    return "<br>".join(line.replace("|", "\\|") for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def in_words(condition: Condition | str | None) -> str:
    """A condition with labels in the place of codes."""
    if condition is None:
        return ""
    text = condition if isinstance(condition, str) else condition.text
    text = text.replace("age is unknown", "no date of birth is known")
    parts, at = [], 0
    for found in _TEST.finditer(text):
        parts += [names(text[at : found.start()]), test(*found.groups())]
        at = found.end()
    return "".join([*parts, names(text[at:])])


def test(key: str, codes: str) -> str:
    """One test of a field or a question."""
    question = GUIDE.by_code.get(key)
    label = LABELS.get(key) or (question.label if question else key)
    known = LISTS.get(key, "")
    words = {"empty": "not answered", "given": "answered", "unknown": "not known"}
    said = [
        words.get(each, each)
        if each in OPEN_TESTS or not known
        else f"“{bare(PACK.label(known, each))}”"
        for each in codes.split(", ")
    ]
    return " or ".join(said) if key == "issues" else f"{label}: {' or '.join(said)}"


def names(text: str) -> str:
    """The names of conditions, in slanted letters."""
    slanted = re.sub(r"[a-z]+(?:-[a-z]+)*", lambda found: slant(found[0]), text)
    return slanted.replace("any stop", "any STOP fires")


def slant(word: str) -> str:
    return f"*{word}*" if word in NAMED else word


def origin(sources: Iterable[Source]) -> str:
    """Sources by their keys, the table below has the rest; a star where nobody has confirmed one."""
    return ", ".join(each.key + ("" if each.confirmed else STAR) for each in sources)


def number(prompt: Prompt) -> tuple[int, str]:
    found = re.fullmatch(r"[A-Z]+([0-9]+)([A-Z]?)", prompt.code)
    assert found
    return int(found[1]), found[2]


def bare(label: str) -> str:
    """A label without its abbreviations."""
    return re.sub(r" \([^()]*\)", "", label)


def met(prompt: Prompt) -> list[str]:
    """What answers a STOP, as it stands on its card: the ways to ring social care as one, and those who are informed
    in one line."""
    done = dict.fromkeys(code for part in (prompt, *prompt.occasions) for code in part.done)
    said = [PACK.brief("action", code) for code in done if code not in RING]
    told = [each.removesuffix(TOLD) for each in said if each.endswith(TOLD)]
    return [
        *(["Social care rung"] if RING & done.keys() else ()),
        *(each for each in said if not each.endswith(TOLD)),
        *([", ".join(told) + TOLD] if told else ()),
    ]


def unless(shown: set[str], lines: Sequence[str]) -> str:
    """Lines in one cell, those that an occasion before has as "as above"; they are added to what was shown."""
    said = dict.fromkeys("*as above*" if line in shown else line for line in lines)
    shown.update(lines)
    return cell(said)


def prompt_rows() -> Iterable[Sequence[str]]:
    """A row for each prompt, and one below it for each occasion that has words of its own."""
    for each in sorted(GUIDE.prompts, key=number):
        when = "Off in this pack" if each.off else in_words(each.when)
        yield (
            f"**{each.code}** {each.kind.upper()}", f"**{each.title}**<br>{when}", cell(each.says),
            cell(each.do), cell(met(each) if each.kind == STOP else ()), cell(each.tells), origin(each.sources),
        )  # fmt: skip
        shown: set[str] = set()
        for part in each.occasions:
            lines = [unless(shown, getattr(part, what)) for what in ("says", "do", "tells")]
            yield "", f"… where {in_words(part.when)}", lines[0], lines[1], "", lines[2], ""


def question_rows(letter: str) -> Iterable[Sequence[str]]:
    for each in GUIDE.questions:
        if each.letter == letter:
            prompts = ", ".join(one.code for one in GUIDE.prompts if each.code in one.asks)
            when = [in_words(each.when)] if each.when else []
            when += [f"{prompts} asks it"] if prompts else []
            when += [f"Must be met where {in_words(each.needed)}"] if each.needed else []
            yield each.label, each.asks, cell(when), origin([each.source])


def made() -> str:
    """The whole document."""
    parts = [HEAD, "## Safety prompts\n"]
    parts.append(
        table(
            (
                "Prompt",
                "Fires when",
                "Said to the caller",
                "For the advisor alone",
                "Answered by",
                "Advised in the read-back",
                "Source",
            ),
            prompt_rows(),
        )
    )
    parts.append("## Questions of the walk\n")
    for letter, name in LETTERS.items():
        rows = list(question_rows(letter))
        if rows:
            parts += [f"### {letter}: {name}\n"]
            parts.append(table(("Answer", "Question", "Asked when", "Source"), rows))
    parts.append("## Notes in the margin\n")
    parts.append(
        table(
            ("Note", "Where these are written", "And when", "Source"),
            (
                (
                    each.says,
                    cell(each.words and [", ".join(f"`{word}`" for word in each.words)])
                    + (" as a child's name" if each.of == "child" else ""),
                    in_words(each.when),
                    origin([each.source]),
                )
                for each in GUIDE.notes
            ),
        )
    )
    parts.append("## Reasons not to tell a parent\n")
    parts.append(
        table(
            ("Reason", "When", "Source"),
            ((each.label, in_words(each.when), origin([each.source])) for each in GUIDE.hides),
        )
    )
    parts.append("## Conditions with a name\n")
    parts.append(
        table(
            ("Name", "Holds when"), ((f"*{name}*", in_words(text)) for name, text in NAMED.items())
        )
    )
    used = [source for each in GUIDE.prompts for source in each.sources]
    used += [each.source for each in (*GUIDE.questions, *GUIDE.notes, *GUIDE.hides)]
    used += [code.source for codes in PACK.lists.values() for code in codes]
    sources = {each.key: each for each in sorted(used, key=lambda one: one.key)}
    parts.append("## Sources\n")
    parts.append(
        table(
            ("Key", "Title", "Edition", "Look again by"),
            (
                (key, each.title, each.edition, shown_day(each.review))
                for key, each in sources.items()
            ),
        )
    )
    return "\n".join(parts)


ROLES_HEAD = """\
# Who may do what

Written from the program's own table (`spoc/model/rules/access.py`) by `make docs`, never by hand. Each command asks the table, whether it comes from a page or from the command line; a refusal is one sentence and exit code 3. What is restricted is a matter of keys and not of roles: see [the decision](decisions/0021-restricted.md). What a role is for stands in [running spoc in a trust](deployment.md#setting-up-without-questions).
"""


def mark(allowed: bool) -> str:
    return "yes" if allowed else "no"


def roles() -> str:
    """The page of roles: by command, by what of the records is seen, and by who makes whom what."""
    named = [label.partition(" (")[0] for label in ROLES.values()]
    lines = (
        (
            f"`{command}`",
            words[:1].upper() + words[1:],
            *(mark(may(role, command)) for role in ROLES),
        )
        for command, (_, words) in COMMANDS.items()
    )
    written = (
        (
            f"`{kind}`",
            ", ".join(f"`{each}`" for each in commands),
            *(mark(any(counts(role, each) for each in commands)) for role in (*ROLES, BY_DESK)),
        )
        for kind, commands in sorted(WRITTEN_BY.items())
    )
    seen = (
        ("Lists, counts and searches show rows", *(mark(sight_of(role).rows) for role in ROLES)),
        (
            "They show names and other identifiers",
            *(mark(sight_of(role).identifiers) for role in ROLES),
        ),
    )
    given = ((ROLES[giver], *(mark(may_grant(giver, role)) for role in ROLES)) for giver in ROLES)
    return "\n".join(
        [
            ROLES_HEAD,
            "## By command\n",
            table(("Command", "What it does", *named), lines),
            "## By kind of record\n",
            "Whose signature counts on an entry of each kind: with any other it is refused here and at every desk, and "
            "`spoc verify` names it. Users, their keys, desks and settings have rules of their own "
            "(`spoc/model/ledger/roster.py`). An administrator shut out desks and let both ways of a stream count until they lost "
            "the key of the records; what they sign of that still counts.\n",
            table(("Kind of record", "Written by", *named, "A desk by itself"), written),
            "## By what of the records is seen\n",
            table(("", *named), seen),
            "## Who adds whom, and gives whom which role\n",
            "Where there is no named professional, the recovery code stands for one: `spoc user role NAME "
            "named-professional --code-file FILE`.\n",
            table(("Whoever does it", *named), given),
        ]
    )


if __name__ == "__main__":
    (ROOT / "docs" / "roles.md").write_text(roles(), "utf-8")
    (ROOT / "docs" / "prompts.md").write_text(made(), "utf-8")
