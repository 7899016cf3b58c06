"""Two desks claim the same promise while neither can reach the share: both are named, until one settles it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sync.test_two_desks import Two, cheap

__all__ = ["cheap"]


def listed(two: Two, desk: str) -> list[dict[str, Any]]:
    code, out, error = two.run(desk, "followup", "list", "--format", "json")
    assert code == 0, error
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_two_desks_claim_the_same_promise_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = Two(tmp_path, capsys)
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    two.call("a", "m-1", actions=[{"code": "hold-discharge", "by": "ward", "due": "24h"}])
    for desk in ("a", "b"):
        two.sync(desk)
    (here,), (there,) = listed(two, "a"), listed(two, "b")
    assert here["id"] == there["id"] and here["state"] == "overdue"
    for desk in ("a", "b"):  # neither reaches the share
        assert two.run(desk, "followup", "claim", here["id"])[0] == 0
    for desk in ("a", "b", "a"):
        two.sync(desk)
    (here,), (there,) = listed(two, "a"), listed(two, "b")
    assert here == there and here["disputed"] == ["claimed_at", "claimed_by"]
    assert two.run("b", "followup", "claim", here["id"])[0] == 0
    for desk in ("b", "a"):
        two.sync(desk)
    (here,), (there,) = listed(two, "a"), listed(two, "b")
    assert here == there and (here["claimed_by"], here["disputed"]) == ("Bea Bird", [])
    assert two.run("a", "followup", "done", here["id"])[0] == 0
    for desk in ("a", "b"):
        two.sync(desk)
    assert listed(two, "b") == []
