"""The foot of a call: what guides it, four lines of what is said to the caller at most, and none of them cut."""

from dataclasses import replace
from itertools import product

import pytest
from textual.geometry import Size

from spoc.guidance.pack import load
from spoc.model.forms.sheet import Sheet
from spoc.model.rules.guiding.guide import STOP, Prompt
from spoc.model.rules.guiding.guiding import Guided
from spoc.screens.call.summary import guide_words, hides_words

SMALL, WIDE = Size(80, 24), Size(120, 36)
SHEET = Sheet(opened_at="2026-11-26T09:00:00.000Z")
GUIDES = [load("generic").guide, load("somerset").guide]


def standing(prompt: Prompt) -> list[Prompt]:
    """A prompt as it may stand in a call: alone, with each of its occasions, and with all of them."""
    some = [(each,) for each in prompt.occasions] + [prompt.occasions]
    said = [(*(line for each in held for line in each.says), *prompt.says) for held in some]
    return [prompt, *(replace(prompt, says=tuple(dict.fromkeys(lines))) for lines in said)]


PROMPTS = [stood for guide in GUIDES for each in guide.prompts for stood in standing(each)]
LONGEST = max(PROMPTS, key=lambda each: len(each.title))
NOTES = [(each.code, each.says) for guide in GUIDES for each in guide.notes]


def foot(size: Size, *prompts: Prompt, notes: list[tuple[str, str]]) -> list[str]:
    many = (*prompts, *([LONGEST] * 9))  # "and 9 more"
    now = Guided(fired=many, open=many if prompts else ())
    return guide_words(SHEET, now, notes, size, asking=True).plain.split("\n")


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_no_prompt_says_more_than_four_lines_on_the_foot_and_no_line_is_cut(size: Size) -> None:
    for prompt in PROMPTS:
        lines = foot(size, prompt, notes=[])
        assert not any(line.endswith("…") for line in lines), lines
        assert all(len(line) <= size.width for line in lines), lines
        said = [line.strip() for line in lines if line.startswith("      ")]
        heads = [line for line in lines if not line.startswith("      ")]
        assert len(said) <= 4 and len(heads) <= 2 and len(lines) <= (5 if size == WIDE else 2)
        whole = [" ".join(prompt.says[:each]) for each in range(len(prompt.says) + 1)]
        assert " ".join(said) in whole, (prompt.code, said)
        if size == WIDE and prompt.says and prompt.kind == STOP:
            assert said, prompt.code  # a first thing to say stands there


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_the_band_names_whole_reasons_and_how_many_more_there_are(size: Size) -> None:
    for reasons in {guide.hides for guide in GUIDES}:
        for first, more in product(reasons, reasons):
            for hides in ((first,), tuple(dict.fromkeys((first, more))), (first, *reasons)):
                words = hides_words(Guided(hides=hides), size.width - 2)
                assert len(words) <= size.width - 2
                named, _, rest = words.partition(": ")[2].partition("  +")
                count = len(hides) - int(rest or 0)
                assert named == ", ".join(each.label for each in hides[:count]) and count, words
    assert not hides_words(Guided(), size.width - 2)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_no_note_in_the_margin_is_cut(size: Size) -> None:
    for note in NOTES:
        lines = foot(size, notes=[note])
        assert any(note[1] in line for line in lines), lines
