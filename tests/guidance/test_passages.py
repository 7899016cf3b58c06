"""Whoever names one of the five documents finds the thing there: each entry of the packs has its passage."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"
DOCUMENTS = {"000", "001", "002", "003", "004"}
TOLD = ("label", "title", "asks", "says", "tells", "definition", "text", "words", "also", "short", "means", "when")  # fmt: skip
# What the notes call a thing, where the packs use another word.
ALSO_CALLED = {
    "csc": "social care", "lac": "looked-after", "da": "domestic abuse", "mh": "mental health",
    "ld": "learning disability", "edt": "emergency duty team", "hv": "health visitor", "las": "council",
    "la": "authority", "sscp": "executive", "brook": "sexual behaviour", "lived": "day", "inform": "told",
}  # fmt: skip


@cache
def packs() -> dict[str, dict[str, Any]]:
    """Every file of guidance, by folder and name."""
    root = Path(str(files("spoc.guidance")))
    return {
        f"{file.parent.name}/{file.stem}": tomllib.loads(file.read_text("utf-8"))
        for file in sorted(root.glob("*/*.toml"))
    }


def entries() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each entry that names one of the five documents: its name, the document, and what it holds."""

    def below(node: object, trail: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        if isinstance(node, dict):
            named = node.get("sources", node.get("source")) if trail else None
            for each in [named] if isinstance(named, str) else named or []:
                if each in DOCUMENTS:
                    yield f"{trail[0]} {'.'.join(trail[1:])}", each, node
            for key, held in node.items():
                yield from below(held, (*trail, key))

    for file, held in packs().items():
        name = file.partition("/")[2]
        yield from below(held, () if name in ("pack", "rules") else (name,))


def written() -> list[tuple[str, str, str, str]]:
    """The lines of passages.txt: entry, document, place, words."""
    lines = (Path(__file__).parent / "passages.txt").read_text("utf-8").splitlines()
    rows = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return [(entry, document, place, words) for entry, document, place, words in rows]


def plain(text: str) -> str:
    return " ".join(re.sub(r"[*`]", "", text).split()).casefold()


@cache
def places() -> dict[str, list[str]]:
    """What stands at each place of the notes on the domain and of the review."""
    domain = (SHARED / "domain.md").read_text("utf-8")
    review = (SHARED / "guidance-review.md").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for line in f"{domain}\n{review}".splitlines():
        if row := re.match(r"(?:\|\s*|- )([OTGW]\d+)\b", line):
            found[row[1]] = [plain(line)]
    for line in domain.partition("\n## 2. ")[2].partition("\n## 3. ")[0].splitlines():
        if row := re.match(r"(\d+)\. ", line):
            found[f"§2.{row[1]}"] = [plain(line)]
    missing = (
        review.partition("\n## Not there at all")[2].partition("\n")[2].partition("\nServices:")[0]
    )
    found["new"] = [plain(each) for each in missing.split("·")]
    return found


def holds(passage: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(plain(words))}(?!\w)", passage))


def stems(text: str) -> set[str]:
    """The words of a text, cut to where they bend, and those that the packs use instead."""
    found = set(re.findall(r"[^\W_]+", plain(text)))
    found |= {word for each in found for word in ALSO_CALLED.get(each, "").split()}
    small = {"the", "and", "for", "with", "who", "all", "not", "one", "more", "are", "from", "that"}
    return {each[:4] for each in found - small if len(each) > 1}


def test_every_entry_that_names_one_of_the_five_documents_has_its_passage() -> None:
    rows = written()
    assert len({row[:2] for row in rows}) == len(rows)
    assert {(entry, document) for entry, document, _ in entries()} == {row[:2] for row in rows}


@pytest.mark.skipif(not SHARED.exists(), reason="the notes on the five documents are not here")
def test_the_passage_is_there_names_the_document_and_speaks_of_the_entry() -> None:
    wrong = []
    for entry, document, place, words in written():
        passages = [each for each in places().get(place, []) if holds(each, words)]
        if not passages:
            wrong.append(f"{entry}: {place} does not say “{words}”")
        elif not any(re.search(rf"\b{document}\b", each) for each in passages):
            wrong.append(f"{entry}: {place} does not name {document}")
    assert not wrong, "\n".join(wrong)


def test_the_words_of_a_passage_are_words_of_the_entry() -> None:
    told: dict[str, str] = {}  # a service's own pack may name nothing but the sources
    for entry, _, held in entries():
        words = (entry, *(str(held.get(key, "")) for key in TOLD))
        told[entry] = f"{told.get(entry, '')} {' '.join(words)}"
    wrong = [
        f"{entry} ({document}): “{said}”"
        for entry, document, _, said in written()
        if not stems(said) & stems(told.get(entry, ""))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(not SHARED.exists(), reason="the notes on the five documents are not here")
def test_a_document_has_the_edition_that_the_notes_give_it() -> None:
    domain = (SHARED / "domain.md").read_text("utf-8")
    for key in DOCUMENTS:
        line = re.search(rf"^- \*\*{key}\*\* (.+)$", domain, re.MULTILINE)
        assert line
        for source in sources(key):
            said = plain(source["edition"]).split(",")[0]
            assert plain(said) in plain(line[1]) or (said == "undated" and not re.search(r"20\d\d", line[1]))  # fmt: skip


def sources(key: str) -> list[dict[str, Any]]:
    """A document as the packs describe it: the generic one, and that of the patterns over time."""
    own = [each for each in packs()["generic/pack"]["source"] if each["key"] == key]
    return [*own, *(held for name, held in packs()["patterns/rules"]["sources"].items() if name == key)]  # fmt: skip
