"""The part of a pack that guides a call: questions, safety prompts, margin notes, reasons not to tell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

from spoc.model.hearing.denial import NOTHING, Denied
from spoc.model.rules.guiding.condition import Condition, Facts
from spoc.model.rules.source import Source
from spoc.model.values.dates import shown_day

STOP, ASK, TELL = "stop", "ask", "tell"
TICKED = 9  # actions that answer a STOP, one key each
LETTERS: Mapping[str, str] = {
    "O": "Open",
    "S": "Situation",
    "B": "Background",
    "A": "Assessment",
    "R": "Recommendation",
    "C": "Close",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the walk. If its code is a field of the form, it fills that field.

    ``kind`` is ``text`` or ``yes-no``; ``label`` names the answer in a read-back; ``when`` is None if it is
    asked only when a prompt asks it. If it is ``needed``, the contact does not close until it is answered,
    skipped or marked unknown; if it is not ``skippable``, it has to be answered or unknown.
    """

    code: str
    letter: str
    asks: str
    label: str
    source: Source
    kind: str = "text"
    when: Condition | None = None
    needed: Condition | None = None
    skippable: bool = True


@dataclass(frozen=True, slots=True)
class Occasion:
    """One of several occasions of a prompt, with its own words and actions: they come before the prompt's
    if ``when`` holds."""

    when: Condition
    says: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A safety prompt. ``says`` is read aloud to the caller, one thought per line; ``do`` is for the
    advisor only; ``done`` lists the codes of actions that answer a STOP; ``asks`` the questions an ASK puts
    into the walk, of which ``at_once`` open ones are shown; ``tells`` is the advice in the read-back.
    ``words`` are free text that only suggests it; ``within`` is the due rule for how late an action may
    still answer a STOP, if that is later than the pack's limit (Pack.limits)."""

    code: str
    kind: Literal["stop", "ask", "tell"]
    title: str
    says: tuple[str, ...]
    when: Condition
    sources: tuple[Source, ...]
    done: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    at_once: int = 0
    tells: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    suggests: str = ""
    restricts: bool = False
    off: bool = False
    do: tuple[str, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    within: str = ""

    def on(self, facts: Facts) -> "Prompt":
        """The prompt as it appears in this call: with the words of the occasions that hold."""
        occasions = [each for each in self.occasions if each.when.holds(facts)]
        if not occasions:
            return self
        parts: list[Occasion | Prompt] = [*occasions, self]
        done = dict.fromkeys(code for each in parts for code in each.done)
        return replace(
            self,
            says=tuple(dict.fromkeys(line for each in parts for line in each.says)),
            do=tuple(dict.fromkeys(line for each in parts for line in each.do)),
            tells=tuple(dict.fromkeys(line for each in parts for line in each.tells)),
            done=tuple(done)[:TICKED],
        )

    @property
    def keys(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The fields and questions that decide it, each with the codes named."""
        return self.when.keys + tuple(key for each in self.occasions for key in each.when.keys)


@dataclass(frozen=True, slots=True)
class MarginNote:
    """A comment in the margin, which never blocks anything: it appears if ``words`` are written (in the
    free text or, if ``of`` is ``child``, as a child's whole name) and ``when`` holds."""

    code: str
    says: str
    source: Source
    words: tuple[str, ...] = ()
    of: str = "text"
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class DoNotTell:
    """A reason why a parent must not see what was said (domain O40)."""

    code: str
    label: str
    when: Condition
    source: Source


@dataclass(frozen=True)
class Guide:
    """The part of the pack that guides a call, in display order."""

    questions: tuple[Question, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    notes: tuple[MarginNote, ...] = ()
    hides: tuple[DoNotTell, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[str, Question]:
        return {each.code: each for each in self.questions}

    @cached_property
    def needed(self) -> tuple[Question, ...]:
        """The questions without which some contact cannot close."""
        return tuple(each for each in self.questions if each.needed)

    @cached_property
    def live(self) -> tuple[Prompt, ...]:
        """The prompts that are not switched off."""
        return tuple(each for each in self.prompts if not each.off)

    @cached_property
    def prompt_by_code(self) -> Mapping[str, Prompt]:
        return {each.code: each for each in self.prompts}

    @cached_property
    def words(self) -> Mapping[str, "Words"]:
        """The free-text words of each prompt and margin note."""
        prompts = {each.code: Words(each.words) for each in self.prompts}
        return prompts | {each.code: Words(each.words) for each in self.notes}


class Words:
    """Words in the pack's notation: whole words, ``*`` for any ending, ``#`` a digit, ``@`` a letter."""

    def __init__(self, words: Sequence[str]) -> None:
        # A page is first searched for the fixed part of each word, which costs next to nothing.
        self._parts = [max(re.split(r"[*#@\s]", word.lower()), key=len) for word in words]
        each = [
            re.escape(word)
            .replace(r"\*", r"\w*")
            .replace(r"\#", r"\d")
            .replace("@", r"[^\W\d_]")
            .replace(r"\ ", r"\s+")
            for word in words
        ]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)

    def written_in(self, text: str, small: str, denied: Denied = NOTHING) -> bool:
        """Whether one of the words is in a text, other than where it is ``denied``; ``small`` is the text
        in small letters."""
        if not any(part in small for part in self._parts):
            return False
        return any(not denied.covers(*each.span()) for each in self._pattern.finditer(text))

    def are(self, text: str) -> bool:
        """Whether one of the words is the whole text."""
        return self._pattern.fullmatch(text) is not None


def source_words(source: Source, today: date) -> str:
    """Where a rule comes from, its edition and when somebody must review it."""
    when = f"REVIEW OVERDUE since {shown_day(source.review)}"
    review = (
        when if source.overdue(today) else f"to be looked at again by {shown_day(source.review)}"
    )
    is_confirmed = source.confirmed or "to be confirmed locally" in source.title
    confirmed = "" if is_confirmed else "; to be confirmed locally"
    return f"Source {source.key}: {source.title}, {source.edition}; {review}{confirmed}"
