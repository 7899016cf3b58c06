"""The budgets of bench/, twice over: whoever runs the tests does other work as well."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the benchmarks need a pseudo-terminal", allow_module_level=True)

from bench import syncing
from bench.__main__ import PARTS, measure
from bench.figures import Figure

MARGIN = 2


def over(parts: tuple[str, ...]) -> dict[str, list[Figure]]:
    """What is over its budget, by part."""
    found = measure(parts, quick=True)
    late = {part: [each for each in found[part] if each.over(MARGIN)] for part in found}
    return {part: figures for part, figures in late.items() if figures}


def test_nothing_costs_much_more_than_its_budget() -> None:
    late = over(PARTS)
    for _ in range(2):  # again, but only that: another program may have been in the way
        late = over(tuple(late)) if late else late
    assert [figure.line(MARGIN) for figures in late.values() for figure in figures] == []


@pytest.mark.long
def test_sync_keeps_to_its_budgets_and_prints_its_rates(tmp_path: Path) -> None:
    said: list[str] = []
    for turn in range(3):  # again: another program may have been in the way
        late = [
            each
            for each in syncing.measure(tmp_path / str(turn), True, said.append)
            if each.over(MARGIN)
        ]
        if not late:
            break
    assert late == []
    assert any("received at" in each for each in said)
    assert any("a desk that comes last" in each for each in said)
