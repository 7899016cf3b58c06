"""The findings of a computer check: lines of a page that may be pasted into a ticket."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, Literal

Verdict = Literal["good", "look", "bad"]
_WIDE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. ``hint`` says what to do about it, empty if it is good."""

    part: str
    what: str
    value: str
    verdict: Verdict = "good"
    hint: str = ""


def graded(number: float, look: float, bad: float) -> Verdict:
    """The verdict on a number that should be low."""
    return "good" if number < look else "look" if number < bad else "bad"


def counted(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """How many of each verdict."""
    verdicts = [finding.verdict for finding in findings]
    return {
        "good": verdicts.count("good"),
        "look": verdicts.count("look"),
        "bad": verdicts.count("bad"),
    }


def page(findings: Iterable[Finding]) -> list[str]:
    """The lines of the page, part by part, and how many of each verdict."""
    items, lines, part = list(findings), list[str](), ""
    for finding in items:
        if finding.part != part:
            lines += ["", finding.part]
            part = finding.part
        lines.append(f"  {finding.verdict:4}  {finding.what:{_WIDE}}  {finding.value}".rstrip())
        if finding.hint:
            lines.append(f"{'':8}{'':{_WIDE}}  {finding.hint}")
    count = counted(items)
    return [*lines, "", f"{count['good']} good, {count['look']} to look at, {count['bad']} bad."]


def as_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The same for a program."""
    return [asdict(finding) for finding in findings]


@dataclass(frozen=True)
class Shortened:
    """Removes from a path what names a person: the profile becomes %LOCALAPPDATA% or ~, a user's name
    <user>. ``roots`` maps such words to their folders, the deepest first."""

    roots: Mapping[str, PurePath]
    users: frozenset[str]

    def path(self, path: PurePath) -> str:
        """The path as it may be shown."""
        for word, root in self.roots.items():
            if path.is_relative_to(root):
                parts = (word, *path.relative_to(root).parts)
                return "/".join(self._hidden(part) for part in parts)
        parts = tuple(self._hidden(part) for part in path.parts)
        return type(path)(*parts).as_posix() if parts else "."

    def text(self, text: str, *paths: PurePath) -> str:
        """A sentence with the paths in it shortened."""
        for path in sorted(paths, key=lambda each: -len(str(each))):
            text = text.replace(str(path), self.path(path))
        return text

    def _hidden(self, part: str) -> str:
        return "<user>" if part.casefold() in self.users else part
