"""``spoc prompt`` and ``spoc pack``: how prompts were met, whether a pack holds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from samples import close_one

from spoc.cli.commands import commands, spoc
from spoc.model.forms.sheet import Action, Response
from spoc.storage import sealing, set_up
from spoc.storage.desk import sign_in
from spoc.storage.service import adopting

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
    assert code == 0 and "is valid" in out
    own = folder / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Ours"\nextends = "generic"\n')
    (own / "prompts.toml").write_text('[T2]\nkind = "shout"\n')
    assert commands(["--store", str(folder), "pack", "check", "ours"]) == 3
    assert "ours/prompts.toml, line 1: “T2”: kind is stop, ask or tell." in capsys.readouterr().err


def test_a_desk_works_by_a_pack_of_its_own_once_it_is_adopted_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_desk(folder.parent / "named", "named-professional")
    own = folder / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Ours"\nextends = "generic"\n')
    (own / "prompts.toml").write_text("[T27]\noff = true\n[T2]\nwhen = 5\n")
    name = ["--store", str(folder), "setting", "set", "pack", "ours"]
    adopt = ["--store", str(folder), "pack", "adopt", "ours"]
    assert (
        commands(name) == 3
        and "ours is not adopted; nothing was changed" in capsys.readouterr().err
    )
    assert commands(adopt) == 3, "one that does not hold is not adopted"
    (own / "prompts.toml").write_text("[T27]\noff = true\n")
    assert commands(adopt) == 0
    capsys.readouterr()
    assert commands(name) == 0 and "pack is now ours" in capsys.readouterr().out
    opened = sign_in(folder, WORDS, window=False)
    assert opened.store.pack.title == "Ours" and opened.store.pack.guide.prompt_by_code["T27"].off
    opened.close()
    (own / "prompts.toml").write_text("[T2]\noff = true\n")
    assert commands(["--store", str(folder), "setting", "list"]) == 0
    assert "beside the store were changed and are not in force" in capsys.readouterr().err


# Trying a pack, without a store

BABY = {
    "children": [{"name": "Ty Brook", "dob": "2026-07-19"}],
    "received_at": "2026-11-20T09:14",
    "service": "ED",
    "category": "physical",
    "issues": ["bnm"],
    "notes": "Bruise on the cheek. Denies drugs. Mum hit by her partner.",
}


def without_a_store(place: Path, *words: str) -> tuple[int, str]:
    code, out = said(place / "nowhere", *words)
    assert not (place / "nowhere").exists(), "nothing is made"
    return code, out


def found(place: Path, *words: str) -> dict[str, object]:
    code, out = without_a_store(place, "pack", "find", *words, "--format", "json")
    assert code == 0
    said: dict[str, object] = json.loads(out)
    return said


def tried(place: Path, contacts: object, *words: str) -> tuple[int, list[dict[str, list[str]]]]:
    file = place / "contacts.json"
    file.write_text(json.dumps(contacts), "utf-8")
    code, out = without_a_store(place, "prompt", "try", "--json", str(file), *words, "--format", "json")  # fmt: skip
    return code, json.loads(out)


def test_what_is_typed_for_a_code_is_looked_up_without_a_store(tmp_path: Path) -> None:
    assert found(tmp_path, "issue", "da") == {
        "list": "issue", "typed": "da", "taken": "domestic-abuse", "offered": ["domestic-abuse"],
    }  # fmt: skip
    assert found(tmp_path, "place", "ed") == {
        "list": "place", "typed": "ed", "taken": "ed", "offered": ["ed"],
    }  # fmt: skip
    assert found(tmp_path, "service", "edm", "--pack", "somerset")["taken"] == "ED-MPH"
    assert found(tmp_path, "issue", "croup")["offered"] == []
    unsure = found(tmp_path, "issue", "sa")
    assert unsure["taken"] is None and "staff-allegation" in unsure["offered"]  # type: ignore[operator]
    code, out = without_a_store(tmp_path, "pack", "find", "issue", "sa")
    assert code == 0 and "It can mean several things: staff allegation" in out and "▸" not in out


def test_a_list_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(["--store", str(tmp_path), "pack", "find", "isue", "da"]) == 3
    assert "There is no list isue; there are action, " in capsys.readouterr().err
    assert commands(["--store", str(tmp_path), "pack", "find", "issue", "da", "--pack", "x"]) == 3


def test_contacts_are_tried_without_a_store(tmp_path: Path) -> None:
    code, (baby, adult, routine) = tried(
        tmp_path,
        [BABY, {"issues": ["awc"], "notes": "seen"}, {"category": "q", "issues": ["cq"]}],
    )
    assert code == 0 and list(baby) == ["stop", "ask", "tell", "suggested", "read_back"]
    assert "T2" in baby["stop"] and "T13" in baby["ask"] and "T2" not in adult["stop"]
    assert "T23" in adult["ask"]
    assert [routine[kind] for kind in ("stop", "ask", "tell")] == [[], [], []]
    assert "STOP T2: NOT ANSWERED YET" in " ".join(baby["read_back"])
    assert baby["read_back"][1].startswith("Reference not kept, Fri 20 Nov 2026 09:14")


def test_one_contact_need_not_be_a_list_and_may_be_empty(tmp_path: Path) -> None:
    code, (nothing,) = tried(tmp_path, {})
    assert code == 0 and nothing["suggested"] == []
    assert tried(tmp_path, []) == (0, [])


def test_a_contact_that_cannot_be_understood_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    code, (bad, good) = tried(tmp_path, [{"issues": ["sa"], "chanel": "x"}, BABY])
    assert code == 1 and list(bad) == ["refused"] and "T2" in good["stop"]
    assert any("“sa” can mean several things" in each and "staff-allegation" in each for each in bad["refused"])  # fmt: skip
    assert any("chanel" in each for each in bad["refused"])


def test_what_is_no_json_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[{]", "utf-8")
    code, out = said(tmp_path, "prompt", "try", "--json", str(file))
    assert code == 2 and "line 1, column" in out and "added" not in out


def test_a_pack_beside_the_store_is_tried_too(tmp_path: Path) -> None:
    own = tmp_path / "nowhere" / "packs" / "ours"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('id = "ours"\ntitle = "Ours"\nextends = "generic"\n', "utf-8")
    (own / "issue.toml").write_text(
        'moth = { label = "Moths", also = ["moth*"], short = ["si"], source = "local" }\n', "utf-8"
    )
    words = ("--store", str(tmp_path / "nowhere"), "pack", "find", "issue")
    done = CliRunner().invoke(spoc, [*words, "moths", "--pack", "ours", "--format", "json"])
    assert json.loads(done.output)["taken"] == "moth"
    done = CliRunner().invoke(spoc, [*words, "si", "--pack", "ours", "--format", "json"])
    assert json.loads(done.output)["taken"] is None, "whatever a pack says, it means several things"
    assert "moth" in json.loads(done.output)["offered"]


def test_people_read_what_was_tried_as_lines(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps([BABY, 3]), "utf-8")
    code, out = without_a_store(tmp_path, "prompt", "try", "--json", str(file))
    assert code == 1 and "Contact 1\nSTOP       T2" in out and "refused    A contact is" in out


# Adopting


def test_a_named_professional_adopts_a_pack_and_an_advisor_does_not(folder: Path) -> None:
    code, out = said(folder, "pack", "check", "generic")
    counted = out.rpartition("Entries to be confirmed: ")[2].strip().rstrip(".")
    assert code == 0 and int(counted) > 50
    code, out = said(folder, "pack", "adopt", "generic")
    assert code != 0 and "adopted by" not in out
    desk = tmp_desk(folder.parent / "named", "named-professional")
    code, out = said(desk, "pack", "adopt", "generic")
    assert code == 0 and "adopted by Nina Named" in out and "Digest " in out
    assert f"still to be confirmed: {counted}." in out
    code, out = said(desk, "pack", "adopt", "somerset")
    assert (
        code == 0
        and "The desk still uses generic. To change that: spoc setting set pack somerset" in out
    )
    code, out = said(desk, "pack", "adopt", "nobody")
    assert code != 0 and "adopted by" not in out
    opened = sign_in(desk, WORDS, window=False)
    assert adopting.note(opened.store) == ""
    opened.close()


def tmp_desk(place: Path, role: str) -> Path:
    """A desk of one user with this role."""
    set_up.prepare(place, "Somerset", "Musgrove Park", "Nina Named", role, WORDS).commit()
    return place
