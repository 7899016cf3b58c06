"""Codes and packs: the desk's vocabulary, as data.

A code never changes; its label may be edited; it is offered only between its effective dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from spoc.model.attendance.flags import SafetyNetRules
from spoc.model.hearing.denial import Denial
from spoc.model.measures.measure import Counting
from spoc.model.rules.due import DueRule
from spoc.model.rules.guiding.guide import Guide
from spoc.model.rules.source import Source
from spoc.model.values.plain import words_within

# The lists in which nothing is guessed: their codes fire prompts, or say what was done.
CAREFUL = ("issue", "action", "outcome")
NOW = "now"  # limit in the pack: how long something to be done now may take
BRIEF = 18  # letters in a short label, at most


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list.

    ``brief`` is the label in at most BRIEF letters, for lists and fields; "" if the pack gives none.
    ``short`` lists abbreviations that pick the code when typed whole. ``also`` lists what people say for
    it: these words are matched and recognised in notes (spoc.model.hearing.hearing), but neither shown nor
    kept. ``asks`` names form fields that a contact with this code must fill before it closes; for an action
    it may name ``who`` and ``due``, whose usual values are in ``who`` and ``due`` (``due`` is a due rule
    such as ``24h`` or ``3wd``; see spoc.model.rules.due). ``now`` marks what is done at once: its due time
    is the latest, and is shown as "now, by 14:30".

    For an action only: ``body`` is the body whose hours its time goes by (otherwise the desk's),
    ``request`` how it asks social care (``telephone``, ``eha``), ``clock`` which clock of a request it is,
    ``starts`` the actions whose clocks start with it, ``rings`` whether the desk rings at its time, and
    ``family`` whether it goes to the family. For a service only: ``site`` is the code of its site
    (site.toml); "" if it has no single site. For an issue only: ``under`` is the age in months from which
    notes no longer suggest it.
    """

    code: str
    label: str
    source: Source
    brief: str = ""
    short: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    group: str = ""
    asks: tuple[str, ...] = ()
    who: str = ""
    due: str = ""
    now: bool = False
    body: str = ""
    request: str = ""
    clock: str = ""
    starts: tuple[str, ...] = ()
    rings: bool = False
    family: bool = False
    site: str = ""
    under: int = 0
    effective_from: date = date.min
    effective_to: date | None = None

    def __hash__(self) -> int:
        """Of the code alone: it is looked up with each key, and the words of all fields are many."""
        return hash(self.code)

    @property
    def in_brief(self) -> str:
        """The short label; without one, as many whole words of the label as fit."""
        return self.brief or words_within(self.label, BRIEF)

    def effective(self, on: date) -> bool:
        """Whether the code may be chosen for a contact received on this local day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An abbreviation with several meanings: the meanings in words, and the codes it may stand for, by
    list."""

    means: str
    codes: Mapping[str, tuple[str, ...]]
    source: Source


# Ways of working on a case, by the pack's names for them.
SAID_SO, TOOK_A_CONTACT, WROTE, CLAIMED = "said-so", "took-a-contact", "wrote", "claimed"
WORKING = (SAID_SO, TOOK_A_CONTACT, WROTE, CLAIMED)


@dataclass(frozen=True, slots=True, eq=False)  # one object per pack: compared by identity
class Pack:
    """A validated guidance pack. ``digest`` (SHA-256, hex) identifies its exact content in the ledger.

    ``lists`` maps a list's name (``service``, ``issue``, …) to its codes in display order. ``close`` names
    the form fields that every contact must fill before it closes. ``hours`` maps the name of a body
    (``desk``, ``csc``) to its opening hours as text; ``limits`` says how long things may wait (``parked``:
    a call, before it becomes an open contact); ``plausible`` how old a child (``child-age``) and how far
    off a due date (``due-date``) may be before somebody must confirm it. ``works_the_case`` says who may
    still see a baby who was lost: ways of working on the case (WORKING), and roles. ``grave`` lists the
    outcomes to name first for a known child, most serious first. ``abbreviations`` maps short forms to the
    words that a space writes for them in notes. ``guide`` holds the questions and prompts that guide a
    call.

    ``ambiguous`` has the abbreviations that take no code in a list of CAREFUL, ``kinds`` words of one kind
    by its name, ``same`` by a word the others that mean it, ``unheard`` phrases in which no code's words are recognised ("dna sample"), ``denial`` how
    notes say that something is not so. ``parents_may_read`` names, list by list, the only codes whose words
    may appear in a text that a parent could open. ``safer`` has, by kind of record and field, values in
    order of safety, safest first: the safer one is shown while two desks differ. ``book`` holds the rules
    of the ED safety net, ``counting`` the measures and returns.
    """

    id: str
    title: str
    digest: str
    lists: Mapping[str, tuple[Code, ...]]
    close: tuple[str, ...]
    hours: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, timedelta] = field(default_factory=dict)
    plausible: Mapping[str, relativedelta] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, Ambiguous] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unheard: tuple[str, ...] = ()
    denial: Denial = field(default_factory=Denial)
    parents_may_read: Mapping[str, frozenset[str]] = field(default_factory=dict)
    safer: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    grave: tuple[str, ...] = ()
    works_the_case: tuple[str, ...] = ()
    guide: Guide = field(default_factory=Guide)
    book: SafetyNetRules = field(default_factory=SafetyNetRules)
    counting: Counting = field(default_factory=Counting)

    def by_code(self, name: str) -> Mapping[str, Code]:
        """A list's codes, by code, in effect or not."""
        return _by_code(self, name)

    def codes(self, name: str, on: date) -> tuple[Code, ...]:
        """The codes of a list that may be chosen on a local day."""
        return tuple(code for code in self.lists.get(name, ()) if code.effective(on))

    def find(self, name: str, code: str) -> Code | None:
        """The list's code, in effect or not, or None: old contacts keep their words."""
        return _by_code(self, name).get(code)

    @property
    def unconfirmed(self) -> int:
        """How many entries depend on a source that nobody has confirmed for this trust."""
        guide = self.guide
        confirmations = [code.source.confirmed for codes in self.lists.values() for code in codes]
        confirmations += [each.source.confirmed for each in guide.questions]
        confirmations += [each.source.confirmed for each in guide.notes]
        confirmations += [each.source.confirmed for each in guide.hides]
        confirmations += [all(one.confirmed for one in each.sources) for each in guide.prompts]
        return confirmations.count(False)

    def at_once(self, action: str, due: str | None) -> bool:
        """Whether the action is done now, so that its due time (the usual one, or the grace of a "now") is only
        the latest."""
        found = self.find("action", action)
        usual = found is not None and found.now and due == found.due
        return usual or (NOW in self.limits and due == str(DueRule(self.limits[NOW])))

    def label(self, name: str, code: str) -> str:
        """The label of a code; a value that is not a code is shown as typed."""
        found = self.find(name, code)
        return found.label if found else code

    def brief(self, name: str, code: str) -> str:
        """The short label of a code; a value that is not a code is shown as typed."""
        found = self.find(name, code)
        return found.in_brief if found else code


@cache
def _by_code(pack: Pack, name: str) -> Mapping[str, Code]:
    """A list's codes, by code."""
    return {each.code: each for each in pack.lists.get(name, ())}
