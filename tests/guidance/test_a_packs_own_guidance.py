"""Guidance of a trust's own pack: turned off, said otherwise, new, and refused where it is wrong."""

from pathlib import Path

import pytest
from guidance.guided import GUIDE, ON, call, extended, fired

from spoc.guidance.pack import load
from spoc.model.errors import BadPack
from spoc.model.rules.guiding.guiding import guided, margin


def test_turning_one_off_is_one_line(tmp_path: Path) -> None:
    own = extended(tmp_path, prompts="[T21]\noff = true\n")
    sheet = call(issues="nonfatal-strangulation")
    assert "T21" in fired(sheet)
    assert "T21" not in [each.code for each in guided(sheet, own.guide, ON).fired]


def test_changing_its_words_is_one_line_and_leaves_the_rest(tmp_path: Path) -> None:
    own = extended(tmp_path, prompts='[T2]\nsays = ["Ring the paediatrician on 4118 now."]\n')
    prompt, before = own.guide.prompt_by_code["T2"], GUIDE.prompt_by_code["T2"]
    assert prompt.says == ("Ring the paediatrician on 4118 now.",)
    assert (prompt.tells, prompt.done, prompt.when.text, prompt.sources) == (
        before.tells, before.done, before.when.text, before.sources,
    )  # fmt: skip


def test_a_new_one_is_a_few_lines(tmp_path: Path) -> None:
    own = extended(
        tmp_path,
        walk='[dog]\nletter = "B"\nasks = "Is there a dog?"\nlabel = "Dog"\nkind = "yes-no"\n'
        'when = "concern"\nsource = "local"\n',
        conditions='bitten = "dog is yes and injury"\n',
        prompts='[D1]\nkind = "stop"\ntitle = "A dog"\nwhen = "bitten"\nsays = ["Where is it?"]\n'
        'done = ["told-101"]\ntells = ["The dog is away."]\nsources = ["local"]\n',
        margin='[bite]\nwords = ["bitten"]\nsays = "By what?"\nsource = "local"\n',
        do_not_tell='[dog]\nlabel = "a dog"\nwhen = "dog is yes"\nsource = "local"\n',
    )
    now = guided(call(issues="burn", said="dog yes", notes="Bitten."), own.guide, ON)
    assert "D1" in [each.code for each in now.stops]
    bitten = call(issues="burn", said="dog yes", notes="Bitten.")
    assert "bite" in dict(margin(bitten, own, now, ON)) and "dog" in [
        each.code for each in now.hides
    ]
    assert "dog" in [each.code for each in now.asked]


def test_each_pack_that_comes_with_spoc_guides() -> None:
    names = {each.code: each.asks for each in load("somerset").guide.questions}
    assert "WREN" in names["maternity-referral"] and "The Bridge" in names["assault-centre"]
    assert set(names) == set(GUIDE.by_code)


def a_stop(**changes: str) -> str:
    """The lines of a STOP, some of them otherwise; "" leaves one out."""
    lines = {
        "kind": '"stop"', "title": '"X"', "when": '"concern"', "says": '["Now."]',
        "done": '["told-999"]', "tells": '["Now."]', "sources": '["local"]',
    } | changes  # fmt: skip
    return "[X1]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


ASKED = 'letter = "B"\nasks = "Is it?"\nlabel = "It"\nsource = "local"\n'


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("prompts", a_stop(colour='"red"'), "unknown key “colour”; known are kind, title"),
        ("prompts", a_stop(kind='"shout"'), "kind is stop, ask or tell"),
        ("prompts", a_stop(kind=""), "“X1” has no kind"),
        ("prompts", a_stop(tells=""), "“X1” has no tells"),
        ("prompts", a_stop(tells="[]"), "“X1” has no tells"),
        ("prompts", a_stop(says=""), "“X1” has no says"),
        ("prompts", a_stop(sources=""), "“X1” has no sources"),
        ("prompts", a_stop(sources='["nobody"]'), "names source “nobody”, which is not in pack"),
        ("prompts", a_stop(done=""), "a STOP names in done the actions that answer it"),
        ("prompts", a_stop(done='["told-998"]'), "done names “told-998”, which is not an action"),
        ("prompts", a_stop(done=str(["told-999"] * 10).replace("'", '"')), "more than 9 actions"),
        ("prompts", a_stop(kind='"ask"'), "an ASK names in asks the questions it puts"),
        (
            "prompts",
            a_stop(asks='["dog"]'),
            "asks names “dog”, which is not a question of the walk",
        ),
        ("prompts", a_stop(words='["knife"]'), "words and suggests go together"),
        (
            "prompts",
            a_stop(when='"isues has burn"'),
            "“isues” is neither a coded field nor a question",
        ),
        ("prompts", a_stop(when='"issues has born"'), "“born” is not a code of issues"),
        ("prompts", a_stop(when='"danger is maybe"'), "“maybe” is not a code of danger"),
        ("prompts", a_stop(when='"worry is yes"'), "“yes” is not a code of worry"),
        ("prompts", a_stop(when='"impact is bad"'), "“bad” is not a code of impact"),
        ("prompts", a_stop(when='"(concern or unborn"'), "a bracket is not closed"),
        ("prompts", a_stop(when='"concern)"'), "“)” is too much after a whole condition"),
        ("prompts", a_stop(when='"worried"'), "“worried” is neither a test nor the name"),
        ("prompts", a_stop(when='"concern and"'), "the condition breaks off"),
        ("prompts", a_stop(when='"age under two years"'), "“two” is not a number"),
        ("prompts", a_stop(when='"age under 2 weeks"'), "“weeks” is not a unit of age"),
        ("prompts", a_stop(off='"yes"'), "off must be true or false"),
        ("prompts", a_stop(at_once='"two"'), "at_once must be a whole number"),
        ("prompts", '[x1]\nkind = "tell"\n', "“x1” is not a name for an entry of prompts"),
        ("prompts", 'X1 = "tell"\n', "“X1” must be a table"),
        ("walk", '[it]\nletter = "B"\n', "“it” has no asks"),
        ("walk", "[it]\n" + ASKED.replace('"B"', '"Z"'), "letter is one of O, S, B, A, R, C"),
        ("walk", f'[it]\n{ASKED}kind = "maybe"\n', "kind is text or yes-no"),
        ("walk", f'[it]\n{ASKED}needed = "no such thing"\n', "“no” is neither a test nor the name"),
        ("walk", "[it]\n" + ASKED.replace('source = "local"\n', ""), "“it” has no source"),
        ("margin", '[it]\nsays = "Really?"\nsource = "local"\n', "give words, or when, or both"),
        ("margin", '[it]\nwords = ["x"]\nsource = "local"\n', "“it” has no says"),
        ("margin", '[it]\nsays = "X"\nof = "dog"\nwords = ["x"]\nsource = "local"\n', "of is text"),
        ("do_not_tell", '[it]\nlabel = "X"\nsource = "local"\n', "“it” has no when"),
        ("conditions", "it = 3\n", "it must be text in quotes"),
        ("conditions", 'it = "that"\n', "“that” is neither a test nor the name"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_file_line_and_reason(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    with pytest.raises(BadPack) as refused:
        extended(tmp_path, **{name: f"# a comment\n\n{text}"})
    file = f"own/{name.replace('_', '-')}.toml"
    assert str(refused.value).startswith(f"{file}, line 3: ")
    assert reason in str(refused.value)
