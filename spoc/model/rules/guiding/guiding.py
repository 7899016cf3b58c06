"""The guided call: which questions are asked, which prompts fire, what a margin note says. Pure.

Everything is worked out afresh from the sheet and the pack: only the advisor's answers are remembered. No
prompt adds up to a score, and nothing but an unanswered STOP blocks anything by itself (domain §5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from spoc.model.forms.child import AGE_BAND, age_said, age_words, months_of
from spoc.model.forms.sheet import NAMED, UNBORN, Answer, Response, Sheet, without_typed
from spoc.model.hearing.code_match import ways
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.guiding.condition import AGE, THRESHOLD, Facts
from spoc.model.rules.guiding.guide import (
    ASK,
    LETTERS,
    STOP,
    TELL,
    DoNotTell,
    Guide,
    MarginNote,
    Prompt,
    Question,
)
from spoc.model.values.ages import age_on_day, months_between

HEADINGS = (
    "S",
    "B",
    "A",
    "R",
)  # the headings of a complete SBAR; impact and voice come beside them (O07)
ANSWERED, SKIPPED, NOT_KNOWN, OPEN = "answered", "skipped", "unknown", "open"
DONE, OVERRIDDEN, DISMISSED, SHOWN = "done", "overridden", "dismissed", "shown"
RAISED = "raised"  # a STOP on a contact that is already closed: nobody has answered it
_NOBODY_KNOWS, _NOT_SOUGHT = "not-known", "not-sought"  # codes that mean there is no answer
AT_ONCE = 2  # unanswered prompts shown at once (domain §5)
SAID = "said"  # the pack's note for what words suggest
_FEW = 3  # codes that it names
_TEXT_FIELDS = ("callback", "record_number")  # text in which spoc looks for no words


@dataclass(frozen=True)
class Guided:
    """What guides this call now: the ``fired`` prompts, the questions ``asked`` in the order of the
    letters, the reasons not to tell (``hides``), and the ``facts`` that decided all this."""

    fired: tuple[Prompt, ...] = ()
    hides: tuple[DoNotTell, ...] = ()
    open: tuple[Prompt, ...] = field(default=())  # fired and not yet answered, STOPs first
    facts: Facts = field(default_factory=Facts)
    sheet: Sheet | None = field(default=None, repr=False)
    guide: Guide = field(default_factory=Guide, repr=False)

    @cached_property
    def asked(self) -> tuple[Question, ...]:
        """The questions of the walk: worked out where they are shown, which closing does not need."""
        return _asked(self.sheet, self.guide, self.facts, self.fired) if self.sheet else ()

    @property
    def stops(self) -> tuple[Prompt, ...]:
        """The STOPs that nobody has answered."""
        return tuple(each for each in self.open if each.kind == STOP)

    @property
    def shown(self) -> tuple[Prompt, ...]:
        """The unanswered prompts to show at once."""
        return self.open[:AT_ONCE]


def facts_of(sheet: Sheet, on: date, earlier: int = 0, threshold: Sequence[str] = ()) -> Facts:
    """What a condition may ask about a sheet; ``on`` is the local day it was received, ``earlier`` how many
    contacts about its children are already in the store, ``threshold`` the adopted rule sets that the
    children reach, or are one short of, in words."""
    values = {key: frozenset({value}) for key, value in sheet.values.items() if value}
    values |= {key: frozenset(codes) for key, codes in sheet.many.items() if codes}
    for question, answer in sheet.answers.items():
        if answer.state == ANSWERED:
            values[question] = frozenset({answer.text.casefold()})
        elif question not in values:
            values[question] = frozenset({answer.state})
    born = [child for child in sheet.children if child.kind != UNBORN]
    kinds = {UNBORN} if len(born) < len(sheet.children) else set()
    kinds |= {NAMED} if born else set()
    values["identity"] = frozenset({sheet.identity} | kinds)  # brothers and sisters may be either
    values |= {
        key: frozenset(codes)
        for key, codes in (
            ("actions", [each.code for each in sheet.actions]),
            ("outcome", [sheet.outcome] if sheet.outcome else []),
            ("notes", ["written"] if sheet.notes.strip() else []),
            ("caller", ["named"] if sheet.caller.name else []),
        )
        if codes
    }
    ages = [(months, age_words(child, on)) for child in born if (months := months_of(child, on))]
    nameless = sheet.values.get(AGE) if not sheet.children else None
    if nameless:
        day = on.isoformat()
        ages.append((months_between(nameless, day, on), age_on_day(nameless, day)))
    if threshold:
        values[THRESHOLD] = frozenset(threshold)
    if ages:
        values[AGE] = frozenset(words for _, words in ages)
    known = bool(sheet.children or nameless) and len(ages) == len(born) + bool(nameless)
    return Facts(values, tuple(months for months, _ in ages), known, earlier)


def same_facts(one: Sheet, other: Sheet) -> bool:
    """Whether two sheets say the same, whatever is being typed: what guides one call also guides the other."""
    one, other = without_typed(one), without_typed(other)
    return replace(one, slot="", cursor=0) == replace(other, slot="", cursor=0)


def guided(
    sheet: Sheet, guide: Guide, on: date, earlier: int = 0, threshold: Sequence[str] = ()
) -> Guided:
    """What guides this call, from everything known so far."""
    facts = facts_of(sheet, on, earlier, threshold)
    fired = [each for each in guide.live if each.when.holds(facts)]
    if any(each.kind == STOP for each in fired):  # a STOP may be what another prompt waits for
        facts = replace(facts, stop=True)
        fired = [each for each in guide.live if each.when.holds(facts)]
    fired = [each.on(facts) for each in fired]
    unanswered = [each for each in fired if not _answered(sheet, each, facts)]
    unanswered.sort(key=lambda each: (STOP, ASK, TELL).index(each.kind))
    hides = tuple(each for each in guide.hides if each.when.holds(facts))
    return Guided(tuple(fired), hides, tuple(unanswered), facts, sheet, guide)


def suggested(sheet: Sheet, pack: Pack, on: date) -> list[Code]:
    """The issues that the written words suggest and the contact does not have, longest phrase first, except
    those for which every child is too old. ``on`` is the local day it was received."""
    has = sheet.many.get("issues", ())
    ages = facts_of(sheet, on)
    youngest = min((least for least, _ in ages.months), default=0) if ages.age_known else 0
    heard = dict.fromkeys(each.code for each in ways(pack, "issue").hearing.heard(free_text(sheet)))
    offered = {each.code: each for each in pack.codes("issue", on)}
    left = (offered[code] for code in heard if code in offered and code not in has)
    return [each for each in left if not each.under or youngest < each.under]


def margin(sheet: Sheet, pack: Pack, now: Guided, on: date) -> tuple[tuple[str, str], ...]:
    """The notes for the margin, each with its code: what the written words suggest. They block nothing and
    fire nothing."""
    guide, text = pack.guide, free_text(sheet)
    small = text.lower()
    denied = ways(pack, "issue").hearing.denied(text)
    fired = {each.code for each in now.fired}
    notes = [
        (each.code, each.suggests)
        for each in guide.prompts
        if each.suggests and not each.off and each.code not in fired
        if guide.words[each.code].written_in(text, small, denied)
    ]
    notes += _suggestion(suggested(sheet, pack, on))
    notes += [
        (each.code, each.says)
        for each in guide.notes
        if (each.when is None or each.when.holds(now.facts))
        and (not each.words or _noted(sheet, guide, each, text, small))
    ]
    return tuple(notes)


def _suggestion(codes: Sequence[Code]) -> list[tuple[str, str]]:
    """One note for the issues that words suggest: the first few, by their short labels."""
    if not codes:
        return []
    few = ", ".join(f"“{each.in_brief}”" for each in codes[:_FEW])
    more = f" and {len(codes) - _FEW} more" if len(codes) > _FEW else ""
    return [(SAID, f"Add under Issues? {few}{more}")]


def state(sheet: Sheet, question: str) -> str:
    """The state of a question: answered, skipped, unknown (asked, and nobody knows), or still open."""
    if value := sheet.values.get(question) or sheet.many.get(question):
        return NOT_KNOWN if value == _NOBODY_KNOWS else ANSWERED
    if question == AGE_BAND and age_said(sheet):
        return ANSWERED
    answer = sheet.answers.get(question)
    return answer.state if answer else OPEN


def met(sheet: Sheet, question: Question) -> bool:
    """Whether a needed question is met: answered, unknown or, if that is enough, skipped."""
    return state(sheet, question.code) not in ((OPEN,) if question.skippable else (OPEN, SKIPPED))


def answer_of(sheet: Sheet, question: str) -> str:
    """The answer as it is kept: text or a code; "" if there is none."""
    answer = sheet.answers.get(question)
    text = sheet.values.get(question) or (answer.text if answer else "")
    return text or (age_said(sheet) if question == AGE_BAND else "")


def onward(sheet: Sheet, asked: Sequence[Question], after: str) -> str:
    """The next open question, starting after ``after`` and going round to the first; "" if none is left."""
    codes = [each.code for each in asked]
    place = codes.index(after) + 1 if after in codes else 0
    return next((code for code in codes[place:] + codes[:place] if state(sheet, code) == OPEN), "")


def because(prompt: Prompt, facts: Facts) -> list[tuple[str, tuple[str, ...]]]:
    """Why a prompt fired in this call: each field or question that its condition reads, with those of the
    named codes that it holds (or none, if that is the reason)."""
    found: dict[str, set[str]] = {}
    for key, codes in prompt.keys:
        known = facts.values.get(key, frozenset())
        if not codes or known & set(codes):
            found.setdefault(key, set()).update(known & set(codes) if codes else known)
    return [(key, tuple(sorted(codes))) for key, codes in found.items()]


def answered(sheet: Sheet, question: str, state: str, text: str = "") -> Sheet:
    """The sheet with a question answered, skipped or marked unknown."""
    return replace(sheet, answers={**sheet.answers, question: Answer(state, text)})


def reopened(sheet: Sheet, question: str) -> Sheet:
    """The sheet with a question open again."""
    rest = {code: answer for code, answer in sheet.answers.items() if code != question}
    return replace(sheet, answers=rest)


def responded(sheet: Sheet, prompt: str, response: Response) -> Sheet:
    """The sheet with a prompt answered."""
    return replace(sheet, prompts={**sheet.prompts, prompt: response})


def completeness(sheet: Sheet, guide: Guide) -> tuple[str, ...]:
    """Which headings of SBAR have an answer, and whether impact and voice do (domain O07)."""
    parts = (*sheet.values, *sheet.many, *sheet.answers)
    known = {
        guide.by_code[code].letter
        for code in parts
        if code in guide.by_code and state(sheet, code) == ANSWERED
    }
    heard = sheet.values.get("voice") != _NOT_SOUGHT
    more = [key for key in ("impact", "voice") if state(sheet, key) == ANSWERED]
    more = [key for key in more if key != "voice" or heard]
    return (*(letter.lower() for letter in HEADINGS if letter in known), *more)


def only_fired(sheet: Sheet, now: Guided) -> Sheet:
    """The sheet without the answers to prompts that no longer fire: if one fires again, it must be answered
    again."""
    codes = {each.code for each in now.fired}
    if codes.issuperset(sheet.prompts):
        return sheet
    return replace(sheet, prompts={k: met for k, met in sheet.prompts.items() if k in codes})


def only_asked(sheet: Sheet, now: Guided) -> Sheet:
    """The sheet without the answers to questions that depended on a yes or no which has since changed: "which
    was not considered, and why" goes once all were considered."""
    gone = {code for code in sheet.answers if _hung_on_another(code, sheet, now)}
    if not gone:
        return sheet
    return replace(
        sheet, answers={k: answer for k, answer in sheet.answers.items() if k not in gone}
    )


def _hung_on_another(code: str, sheet: Sheet, now: Guided) -> bool:
    question = now.guide.by_code.get(code)
    if question is None or question.when is None or question.when.holds(now.facts):
        return False
    asked = (now.guide.by_code.get(key) for key, _ in question.when.keys if key in sheet.answers)
    return any(
        each is not None and each.kind == "yes-no" and state(sheet, each.code) == ANSWERED
        for each in asked
    )


def outcomes(sheet: Sheet, now: Guided) -> dict[str, Response]:
    """How each prompt that fired was met: as the advisor answered it, or else that it was shown."""
    return {
        each.code: Response(SHOWN if each in now.open or each.kind == TELL else DONE)
        for each in now.fired
    } | dict(only_fired(sheet, now).prompts)


def free_text(sheet: Sheet) -> str:
    """Everything written in words, for the margin notes to read."""
    written = [
        text for key, text in sheet.values.items() if " " in text and key not in _TEXT_FIELDS
    ]
    written += [each.text for each in sheet.answers.values()]
    return "\n".join((sheet.notes, *written))


def _asked(
    sheet: Sheet, guide: Guide, facts: Facts, fired: tuple[Prompt, ...]
) -> tuple[Question, ...]:
    """The questions of the walk: those whose own condition holds, and those that prompts add."""
    wanted: set[str] = set()
    for prompt in fired:
        if prompt.code in sheet.prompts:  # dismissed: its unanswered questions go
            wanted |= {code for code in prompt.asks if state(sheet, code) != OPEN}
            continue
        still = [code for code in prompt.asks if state(sheet, code) == OPEN]
        showing = still[: prompt.at_once] if prompt.at_once else still
        wanted |= {code for code in prompt.asks if code not in still} | set(showing)
    order = list(LETTERS)
    asked = [
        each
        for each in guide.questions
        if each.code in wanted
        or any(one is not None and one.holds(facts) for one in (each.when, each.needed))
        or state(sheet, each.code) == ANSWERED
    ]
    first = {code for prompt in fired for code in prompt.asks}  # a prompt's questions come first
    return tuple(sorted(asked, key=lambda each: (order.index(each.letter), each.code not in first)))


def _answered(sheet: Sheet, prompt: Prompt, facts: Facts) -> bool:
    """Whether a prompt needs nothing more: a STOP has an answer that still holds; an ASK was dismissed or
    has no open question left."""
    if prompt.kind == TELL:
        return True
    if prompt.code in sheet.prompts:
        return prompt.kind == ASK or _still_holds(sheet, prompt, facts)
    return prompt.kind == ASK and all(state(sheet, each) != OPEN for each in prompt.asks)


def _still_holds(sheet: Sheet, prompt: Prompt, facts: Facts) -> bool:
    """Whether the answer to a STOP still holds: what was done is still agreed, and the facts behind it
    (which children, what the rule reads) are unchanged."""
    response = sheet.prompts[prompt.code]
    now = rests_on(sheet, prompt, facts)
    if response.state == RAISED:
        return False
    if response.state == DONE:
        # What was done is done, whatever else comes to light about these children.
        agreed = {each.code for each in sheet.actions}
        return set(response.done) <= agreed and response.rests[:1] in ((), now[:1])
    return response.rests in ((), now)


def rests_on(sheet: Sheet, prompt: Prompt, facts: Facts) -> tuple[str, ...]:
    """The facts behind an answer to a prompt: the children, and what its rule reads of the call."""
    children = "; ".join(
        f"{each.id or each.name} {each.dob}{each.edd}{each.age}" for each in sheet.children
    )
    read = (f"{key}={','.join(codes)}" for key, codes in because(prompt, facts))
    return (children, *read)


def _noted(sheet: Sheet, guide: Guide, note: MarginNote, text: str, small: str) -> bool:
    """Whether the words of a margin note are written; for a name, the whole name must match."""
    words = guide.words[note.code]
    if note.of != "child":
        return words.written_in(text, small)
    names = (child.name.strip() for child in sheet.children)
    return any(words.are(name) for name in names)
