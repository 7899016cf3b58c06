"""Reads the part of a pack that guides a call: named conditions, questions, prompts, margin notes, reasons
not to tell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spoc.guidance.entries import NAME, Builder, Entries, needs, source_named
from spoc.guidance.packfile import PackFile, listed
from spoc.model.errors import BadInput
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.rules.codes import Code
from spoc.model.rules.due import DueRule
from spoc.model.rules.guiding.condition import AGE, THRESHOLD, Condition, parse
from spoc.model.rules.guiding.guide import (
    ASK,
    LETTERS,
    STOP,
    TELL,
    TICKED,
    DoNotTell,
    Guide,
    MarginNote,
    Occasion,
    Prompt,
    Question,
)
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

GUIDES = ("conditions", "walk", "prompts", "margin", "do-not-tell")

_PROMPT_CODE = re.compile(r"[A-Z]{1,4}[0-9]{1,3}[A-Z]?")
_QUESTION: Mapping[str, type] = {
    "letter": str,
    "asks": str,
    "label": str,
    "kind": str,
    "when": str,
    "needed": str,
    "skippable": bool,
    "source": str,
}
_PROMPT: Mapping[str, type] = {
    "kind": str,
    "title": str,
    "when": str,
    "says": list,
    "do": list,
    "done": list,
    "asks": list,
    "at_once": int,
    "tells": list,
    "words": list,
    "suggests": str,
    "restricts": bool,
    "off": bool,
    "within": str,
    "sources": list,
    "occasion": list,
}
_OCCASION: Mapping[str, type] = {
    "when": str, "says": list, "do": list, "tells": list, "done": list,
}  # fmt: skip
_MARGIN: Mapping[str, type] = {
    "says": str, "words": list, "of": str, "when": str, "source": str, "off": bool,
}  # fmt: skip
_HIDE: Mapping[str, type] = {"label": str, "when": str, "source": str}
_KNOWN = {
    "conditions": {"when": str},
    "walk": _QUESTION,
    "prompts": _PROMPT,
    "margin": _MARGIN,
    "do-not-tell": _HIDE,
}
# What a condition may read beside the coded fields of the form and the questions, and its codes.
_BESIDE = {"actions": "action", "outcome": "outcome", "identity": "identity"}
_WRITTEN = ("notes", "caller", *(field.key for field in CONTACT_FORM if field.kind == "text"))


def lay_over(entries: Entries, name: str, file: PackFile) -> None:
    """Lays one file's entries over those of the packs beneath."""
    shape = _PROMPT_CODE if name == "prompts" else NAME
    for code, table in file.table.items():
        if name == "conditions":
            file.check({code: table}, {code: str}, "", code)
            table = {"when": table}
        entries.lay(name, code, file, table, _KNOWN[name], shape)


def build(
    entries: Entries, lists: Mapping[str, Iterable[Code]], sources: Mapping[str, Source]
) -> Guide:
    """The guide made from the entries, complete and checked. Raises BadPack with file, line and reason."""
    return _Builder(entries, lists, sources).guide()


class _Builder(Builder):
    def __init__(
        self, entries: Entries, lists: Mapping[str, Iterable[Code]], sources: Mapping[str, Source]
    ) -> None:
        super().__init__(entries, lists, sources)
        self.readable = {field.key: field.codes for field in CONTACT_FORM if field.codes} | _BESIDE
        self.named: dict[str, Condition] = {}

    def guide(self) -> Guide:
        for name, (file, table) in self.entries.of("conditions").items():
            self.named[name] = self._condition(file, name, table["when"])
        return Guide(
            tuple(
                self._question(file, code, table)
                for code, (file, table) in self.entries.of("walk").items()
            ),
            tuple(
                self._prompt(file, code, table)
                for code, (file, table) in self.entries.of("prompts").items()
            ),
            tuple(
                self._margin(file, code, table)
                for code, (file, table) in self.entries.of("margin").items()
                if not table.get("off")
            ),
            tuple(
                self._hide(file, code, table)
                for code, (file, table) in self.entries.of("do-not-tell").items()
            ),
        )

    def _question(self, file: PackFile, code: str, table: Mapping[str, Any]) -> Question:
        needs(file, code, table, "letter", "asks", "label")
        if table["letter"] not in LETTERS:
            raise file.bad(f"{quoted(code)}: letter is one of {listed(LETTERS)}.", code)
        if table.get("kind", "text") not in ("text", "yes-no"):
            raise file.bad(f"{quoted(code)}: kind is text or yes-no.", code)
        return Question(
            code,
            table["letter"],
            table["asks"],
            table["label"],
            self.source(file, code, table),
            table.get("kind", "text"),
            self._when(file, code, table, "when"),
            self._when(file, code, table, "needed"),
            table.get("skippable", True),
        )

    def _prompt(self, file: PackFile, code: str, table: Mapping[str, Any]) -> Prompt:
        needs(file, code, table, "kind", "title", "when", "sources")
        if table["kind"] not in (STOP, ASK, TELL):
            raise file.bad(f"{quoted(code)}: kind is stop, ask or tell.", code)
        occasions = [self._occasion(file, code, each) for each in table.get("occasion", ())]
        for key in ("tells",) if table["kind"] == TELL else ("says", "tells"):
            if not table.get(key) and not any(getattr(each, key) for each in occasions):
                raise file.bad(f"{quoted(code)} has no {key}.", code)
        self._done(file, code, table.get("done", ()))
        for occasion in occasions:
            both = dict.fromkeys((*occasion.done, *table.get("done", ())))
            self._done(file, code, tuple(both))
        for each in table.get("asks", ()):
            if each not in self.entries.of("walk"):
                raise file.bad(f"{quoted(code)}: asks names {quoted(each)}, which is not a question of the walk.", code)  # fmt: skip
        if table["kind"] == STOP and not table.get("done"):
            raise file.bad(
                f"{quoted(code)}: a STOP names in done the actions that answer it.", code
            )
        if table["kind"] == ASK and not table.get("asks"):
            raise file.bad(f"{quoted(code)}: an ASK names in asks the questions it puts.", code)
        if bool(table.get("words")) != bool(table.get("suggests")):
            raise file.bad(f"{quoted(code)}: words and suggests go together.", code)
        return Prompt(
            code,
            table["kind"],
            table["title"],
            tuple(table.get("says", ())),
            self._condition(file, code, table["when"]),
            tuple(source_named(file, code, each, self.sources) for each in table["sources"]),
            tuple(table.get("done", ())),
            tuple(table.get("asks", ())),
            table.get("at_once", 0),
            tuple(table.get("tells", ())),
            tuple(table.get("words", ())),
            table.get("suggests", ""),
            table.get("restricts", False),
            table.get("off", False),
            tuple(table.get("do", ())),
            tuple(occasions),
            self._within(file, code, table.get("within", "")),
        )

    def _within(self, file: PackFile, code: str, text: str) -> str:
        try:
            return str(DueRule.parse(text)) if text else ""
        except BadInput as refused:
            raise file.bad(f"{quoted(code)}: within: {refused}", code) from None

    def _occasion(self, file: PackFile, code: str, table: Any) -> Occasion:
        """One occasion of a prompt: when, and what is then said, done and told."""
        if type(table) is not dict:
            raise file.bad(f"{quoted(code)}: an occasion begins with [[{code}.occasion]].", code)
        file.check(table, _OCCASION, f"{quoted(code)}, occasion: ", code)
        needs(file, code, table, "when")
        lines = {key: tuple(table.get(key, ())) for key in _OCCASION if key != "when"}
        return Occasion(self._condition(file, code, table["when"]), **lines)

    def _done(self, file: PackFile, code: str, done: Sequence[str]) -> None:
        """Refuses anything that is not an action, and more actions than there are keys."""
        for each in done:
            if each not in self.codes["action"]:
                raise file.bad(
                    f"{quoted(code)}: done names {quoted(each)}, which is not an action.", code
                )
        if len(done) > TICKED:
            raise file.bad(
                f"{quoted(code)}: done names more than {TICKED} actions; one key each.", code
            )

    def _margin(self, file: PackFile, code: str, table: Mapping[str, Any]) -> MarginNote:
        needs(file, code, table, "says")
        if table.get("of", "text") not in ("text", "child"):
            raise file.bad(f"{quoted(code)}: of is text or child.", code)
        if not table.get("words") and not table.get("when"):
            raise file.bad(f"{quoted(code)}: give words, or when, or both.", code)
        return MarginNote(
            code,
            table["says"],
            self.source(file, code, table),
            tuple(table.get("words", ())),
            table.get("of", "text"),
            self._when(file, code, table, "when"),
        )

    def _hide(self, file: PackFile, code: str, table: Mapping[str, Any]) -> DoNotTell:
        needs(file, code, table, "label", "when")
        when = self._condition(file, code, table["when"])
        return DoNotTell(code, table["label"], when, self.source(file, code, table))

    def _when(
        self, file: PackFile, code: str, table: Mapping[str, Any], key: str
    ) -> Condition | None:
        return self._condition(file, code, table[key]) if key in table else None

    def _condition(self, file: PackFile, code: str, text: str) -> Condition:
        """A condition whose every field, question and code exists."""
        try:
            condition = parse(text, self.named, self._answers)
        except BadInput as refused:
            raise file.bad(f"{quoted(code)}: {refused}", code) from None
        for key, codes in condition.keys:
            known = self._codes_of(file, code, key)
            for each in codes:
                if each not in known:
                    reason = f"{quoted(each)} is not a code of {key}."
                    raise file.bad(f"{quoted(code)}: {reason}", code)
        return condition

    def _answers(self, key: str) -> frozenset[str] | None:
        """What a coded field or a yes-no question may hold; None for free text."""
        if key in self.readable:
            return frozenset(self.codes[self.readable[key]])
        _, question = self.entries.of("walk").get(key, (None, {}))
        return frozenset({"yes", "no"}) if question.get("kind") == "yes-no" else None

    def _codes_of(self, file: PackFile, code: str, key: str) -> set[str]:
        if key in (AGE, THRESHOLD):
            return set()
        if key in self.readable:
            return self.codes[self.readable[key]] | {"unknown", "skipped"}
        if key in self.entries.of("walk"):
            _, question = self.entries.of("walk")[key]
            return {"unknown", "skipped"} | (
                {"yes", "no"} if question.get("kind") == "yes-no" else set()
            )
        if key in _WRITTEN:
            return set()
        raise file.bad(
            f"{quoted(code)}: {quoted(key)} is neither a coded field nor a question.", code
        )
