"""The files of a pack: one more line is one more code, and what is wrong is refused with file, line and reason."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from guidance.test_packs import add, folder, found

from spoc.guidance.lists import FIELDS
from spoc.guidance.pack import available, load
from spoc.model.errors import BadPack

__all__ = ["folder"]


def test_one_more_line_is_one_more_code(folder: Path) -> None:
    assert load("somerset", folder).find("issue", "moth") is None
    add(folder, "somerset/issue.toml", 'moth = { label = "Moth in the ear", source = "004" }\n')
    assert load("somerset", folder).label("issue", "moth") == "Moth in the ear"


def test_a_line_changes_only_what_it_names(folder: Path) -> None:
    before = found(load("somerset"), "issue", "bruise-nonmobile")
    add(folder, "somerset/issue.toml", 'bruise-nonmobile = { label = "Bruise, not yet rolling" }\n')
    after = found(load("somerset", folder), "issue", "bruise-nonmobile")
    assert after.label == "Bruise, not yet rolling"
    assert (after.short, after.asks, after.source) == (before.short, before.asks, before.source)


def test_a_services_own_pack_may_extend_one_that_comes_with_spoc(tmp_path: Path) -> None:
    own = 'id = "ours"\ntitle = "Our desk"\nextends = "somerset"\n[close]\nrequired = ["channel"]\n'
    (tmp_path / "ours").mkdir()
    add(tmp_path, "ours/pack.toml", own)
    pack = load("ours", tmp_path)
    assert available(tmp_path) == ("ours",)
    assert (pack.title, pack.close) == ("Our desk", ("channel",))
    assert pack.lists == load("somerset").lists


def test_a_trust_that_confirms_a_source_confirms_all_that_rests_on_it(folder: Path) -> None:
    add(
        folder,
        "somerset/pack.toml",
        '[[source]]\nkey = "local"\ntitle = "Our policy"\nedition = "2"\nreview = 2028-01-31\n',
    )
    assert found(load("somerset", folder), "verified", "switchboard").source.confirmed


def test_windows_line_ends_and_a_byte_order_mark_are_read(folder: Path) -> None:
    path = folder / "generic/issue.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load("generic", folder).lists == load("generic").lists


@pytest.mark.parametrize(
    "file", ["generic/issue.toml", "generic/pack.toml", "somerset/action.toml"]
)
def test_one_byte_changes_the_digest(folder: Path, file: str) -> None:
    before = load("somerset", folder).digest
    assert before == load("somerset").digest
    assert re.fullmatch("[0-9a-f]{64}", before)
    add(folder, file, "\n")
    assert load("somerset", folder).digest != before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('x = { label = "X" }', "“x” has no source. Give one of 000, 001"),
        ('x = { source = "004" }', "“x” has no label"),
        ('x = { label = " ", source = "004" }', "label must be one line of text"),
        ('x = { label = "a\\nb", source = "004" }', "label must be one line of text"),
        ('x = { label = "X", source = "999" }', "“999”, which is not in pack.toml"),
        ("x = { label = 7 }", "label must be text in quotes"),
        ('x = { label = "X", source = "004", lable = "Y" }', "unknown key “lable”"),
        ('x = { label = "X", source = "004", short = "xx" }', "short must be a list"),
        ('x = { label = "X", source = "004", short = [1] }', "short must be a list"),
        ('x = { label = "X", source = "004", short = ["X x"] }', "small letters and digits"),
        ('x = { label = "X", source = "004", short = ["xx", "xx"] }', "names a short twice"),
        ('x = { label = "X", source = "004", short = ["bnm"] }', "means “bruise-nonmobile”"),
        ('x = { label = "X", source = "004", short = ["burn"] }', "already means “burn”"),
        ('x = { label = "X", source = "004", asks = ["where"] }', "“where”, which is not a field"),
        ('x = { label = "X", source = "004", asks = ["due"] }', "“due”, which is not a field"),
        ('x = { label = "X", source = "004", due = "24h" }', "only an action can"),
        (
            'x = { label = "X", source = "004", effective_from = 2026-02-01, '
            "effective_to = 2026-01-31 }",
            "effective_to is before effective_from",
        ),
        ('x = { label = "X", source = "004", effective_to = "2026" }', "a date without quotes"),
        ('x = { label = "X", source = "004", after = "y" }', "“y”, which is not another code"),
        ('x = "X"', '“x” must be { label = "…", source = "…" }'),
        ('"x y" = { label = "X", source = "004" }', "“x y” is no code"),
        ('[x]\nlabel = "X"', "“x” has no source"),
        ('[x]\nlabel = "X"\nsource = "004"\nasks = ["no"]', "which is not a field"),
        ('burn = { label = "Burn", source = "004" }', "the same name appears here a second time"),
        ("x = { label = ", "this is not TOML"),
        ('x = { label = "X" source = "004" }', "this is not TOML"),
        (f'x = {{ label = "X", brief = "{"b" * 19}", source = "004" }}', "brief has 19 letters"),
    ],
)
def test_a_bad_entry_is_refused_with_its_line(folder: Path, line: str, reason: str) -> None:
    at = add(folder, "generic/issue.toml", f"# A comment: x = nothing\n\n{line}\n") + 2
    with pytest.raises(BadPack) as refused:
        load("generic", folder)
    assert str(refused.value).startswith(f"generic/issue.toml, line {at}: ")
    assert reason in str(refused.value)
    assert str(refused.value).endswith("No record is touched; correct the pack and try again.")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('x = { label = "X", source = "004", who = "desk" }', "does not ask who"),
        (
            'x = { label = "X", source = "004", asks = ["due"], due = "soon" }',
            "due is a span such as 24h",
        ),
        (
            'x = { label = "X", source = "004", asks = ["due"], due = "2026-11-23" }',
            "due is a span such as 24h",
        ),
        ('call-back = { asks = ["when"] }', "“when”, which is not a field; fields are"),
        ('call-back = { short = ["gp"] }', "“gp” already means “shared-gp”"),
        ('lado = { source = "mine" }', "“mine”, which is not in pack.toml"),
    ],
)
def test_a_bad_line_of_an_extension_is_its_own(folder: Path, line: str, reason: str) -> None:
    at = add(folder, "somerset/action.toml", f"{line}\n")
    with pytest.raises(BadPack) as refused:
        load("somerset", folder)
    assert str(refused.value).startswith(f"somerset/action.toml, line {at}: ")
    assert reason in str(refused.value)
    load("generic", folder)


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ('id = "generic"', 'id = "other"', 'id = "other"', "id must be “generic”"),
        ('title = "Any', 'titel = "Any', "titel", "unknown key “titel”"),
        ('id = "generic"', 'id = "generic"\nextends = "nobody"', "extends", "“nobody”"),
        ('id = "generic"', 'id = "generic"\nextends = "generic"', "extends", "in a loop"),
        ('id = "generic"', 'id = "generic"\nextends = "somerset"', "extends", "in a loop"),
        ('"channel", "hours"', '"chanel", "hours"', "required", "“chanel”, which is not a field"),
        ("required =", "requires =", "[close]", "unknown key “requires”"),
        ("Mon-Fri 08:30", "Weekdays 08:30", "csc =", "are not opening hours"),
        ('17:00", source = "local"', '17:00", source = "x"', "desk =", "not in pack.toml"),
        ('open = "Mon-Fri 09', 'opens = "Mon-Fri 09', "desk =", "unknown key “opens”"),
        ('edition = "undated"\n', "", '[[source]]\nkey = "001"', "this source has no edition"),
        ('key = "002"', 'key = "001"', '[[source]]\nkey = "001"\ntitle = "Child safe', "second"),
        ("review = 2026-12-31", 'review = "soon"', '[[source]]\nkey = "003"', "a date without"),
        (
            "\nconfirmed = false",
            "\nconfirmed = 0",
            '[[source]]\nkey = "working-together"',
            "true or false",
        ),
    ],
)
def test_a_bad_pack_file_is_refused_with_its_line(
    folder: Path, old: str, new: str, at: str, reason: str
) -> None:
    path = folder / "generic/pack.toml"
    text = path.read_text("utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    line = text[: text.index(f"\n{at}") + 1].count("\n") + 1
    with pytest.raises(BadPack) as refused:
        load("generic", folder)
    assert reason in str(refused.value)
    loop = "somerset" in new and "somerset/pack.toml, line 5: "
    assert str(refused.value).startswith(loop or f"generic/pack.toml, line {line}: ")


def test_a_list_whose_codes_nobody_asks_for_more_cannot_ask(folder: Path) -> None:
    at = add(folder, "somerset/role.toml", 'gp = { asks = ["callback"] }\n')
    with pytest.raises(BadPack, match=f"somerset/role.toml, line {at}: “gp”: only codes of categ"):
        load("somerset", folder)


def without_a_list(folder: Path) -> None:
    (folder / "generic/issue.toml").unlink()


def with_a_stray_file(folder: Path) -> None:
    add(folder, "generic/isue.toml", "")


def not_in_utf8(folder: Path) -> None:
    (folder / "generic/place.toml").write_bytes(b"# one\n# two\n# caf\xe9\n")


def no_longer_closed(folder: Path) -> None:
    path = folder / "generic/pack.toml"
    text = re.sub(r"(?m)^(\[close\]|required.*)$", "", path.read_text("utf-8"))
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (without_a_list, "generic/issue.toml: the file is missing."),
        (with_a_stray_file, "generic/isue.toml: this is not one of spoc's lists"),
        (not_in_utf8, "generic/place.toml, line 3: a letter here is not UTF-8"),
        (no_longer_closed, "generic/pack.toml, line 1: [close] required is missing"),
    ],
)
def test_a_file_that_does_not_serve_is_named(
    folder: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(folder)
    with pytest.raises(BadPack) as refused:
        load("somerset", folder)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("pack_id", ["dorset", "", "../generic", "a\0b"])
def test_a_pack_that_is_not_there_is_refused_with_those_that_are(pack_id: str) -> None:
    with pytest.raises(BadPack, match="there are generic, somerset"):
        load(pack_id)


def test_a_word_may_pass_from_a_withdrawn_code_to_its_successor(folder: Path) -> None:
    add(
        folder,
        "somerset/issue.toml",
        "burn = { effective_to = 2026-12-31 }\n"
        'scald = { label = "Burn", short = ["bs"], source = "004", effective_from = 2027-01-01 }\n',
    )
    pack = load("somerset", folder)
    for day, code in ((date(2026, 12, 31), "burn"), (date(2027, 1, 1), "scald")):
        assert [each.code for each in pack.codes("issue", day) if "bs" in each.short] == [code]


def test_the_fields_that_a_code_may_ask_for_are_the_forms() -> None:
    assert {"child", "where_now", "notes", "verified", "callback"} <= set(FIELDS)
