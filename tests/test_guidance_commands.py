"""``spoc prompt`` and ``spoc pack``: how prompts were met, whether a pack holds."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from samples import close_one

from spoc.cli.commands import commands, spoc
from spoc.model.forms.sheet import Action, Response
from spoc.storage import sealing, set_up
from spoc.storage.desk import sign_in

WORDS = "four plain words here"
ON = "2026-11-20T09:00:00.000Z"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    place = tmp_path / "desk"
    set_up.prepare(place, "Somerset", "Musgrove Park", "Ada Shah", "advisor", WORDS).commit()
    return place


def said(folder: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(spoc, ["--store", str(folder), *words])
    return done.exit_code, done.output


def met(folder: Path, *responses: Response) -> None:
    """Contacts about a baby with a burn whose mobility nobody asked, each T2 met in one of these ways."""
    opened = sign_in(folder, WORDS, window=False)
    for response in responses:
        close_one(
            opened.store,
            opened.actor,
            children=(),
            identity="no-names",
            values={"age_band": "under-1"},
            prompts={"T2": response},
            actions=tuple(
                Action(each, "ward", "24h", ON) for each in response.done or ("advice-only",)
            ),
        )
    opened.close()


def test_a_prompt_that_is_always_overridden_is_marked(folder: Path) -> None:
    met(folder, *[Response("overridden", why=f"reason {n}") for n in range(3)])
    code, out = said(folder, "prompt", "list")
    (line,) = [line for line in out.splitlines() if line.startswith("T2 ")]
    assert code == 0 and line.split()[2:6] == ["3", "0", "3", "0"] and "NEVER DONE" in line
    code, out = said(folder, "prompt", "show", "t2")
    assert code == 0 and "reason 2" in out and "Fires when: " in out and "Source 004" in out


def test_one_that_was_done_once_is_not(folder: Path) -> None:
    met(folder, Response("done", ("paediatric-opinion",)), Response("overridden", why="seen"))
    _, out = said(folder, "prompt", "list")
    (line,) = [line for line in out.splitlines() if line.startswith("T2 ")]
    assert line.split()[2:6] == ["2", "1", "1", "0"] and "NEVER DONE" not in line
    _, out = said(folder, "prompt", "list", "--until", "t-1")
    (line,) = [line for line in out.splitlines() if line.startswith("T2 ")]
    assert line.split()[2] == "0"


def test_an_unknown_prompt_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands(["--store", str(folder), "prompt", "show", "T99"]) == 3
    assert "There is no prompt T99; there are T1, " in capsys.readouterr().err


def test_a_pack_is_checked_with_file_line_and_reason(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(folder, "pack", "check", "somerset")
    assert code == 0 and "it holds" in out
    own = folder / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Ours"\nextends = "generic"\n')
    (own / "prompts.toml").write_text('[T2]\nkind = "shout"\n')
    assert commands(["--store", str(folder), "pack", "check", "ours"]) == 3
    assert "ours/prompts.toml, line 1: “T2”: kind is stop, ask or tell." in capsys.readouterr().err


def test_a_desk_works_by_a_pack_of_its_own_once_it_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Ours"\nextends = "generic"\n')
    (own / "prompts.toml").write_text("[T27]\noff = true\n[T2]\nwhen = 5\n")
    name = ["--store", str(folder), "setting", "set", "pack", "ours"]
    assert commands(name) == 3, "one that does not hold is not named"
    (own / "prompts.toml").write_text("[T27]\noff = true\n")
    capsys.readouterr()
    assert commands(name) == 0 and "pack is ours from the next start" in capsys.readouterr().out
    opened = sign_in(folder, WORDS, window=False)
    assert opened.store.pack.title == "Ours" and opened.store.pack.guide.prompt_by_code["T27"].off
    opened.close()
