"""The language of conditions: each test true and false, how they join, and what is not understood."""

import pytest

from spoc.model.errors import BadInput
from spoc.model.rules.guiding.condition import Condition, Facts, parse

NAMED = {
    "injured": parse("issues has burn, fracture", {}),
    "baby": parse("age under 12 months", {}),
}


def facts(months: tuple[int, ...] = (), earlier: int = 0, stop: bool = False, **said: str) -> Facts:
    """Facts, the codes of a field parted by spaces; the age is known where months are given."""
    held = {key: frozenset(codes.split()) for key, codes in said.items()}
    return Facts(held, tuple((each, each) for each in months), bool(months), earlier, stop)


def holds(text: str, known: Facts) -> bool:
    return parse(text, NAMED).holds(known)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("mobility is rolling", facts(mobility="rolling"), facts(mobility="mobile")),
        ("mobility is rolling, not-mobile", facts(mobility="not-mobile"), facts()),
        ("mobility is rolling,not-mobile", facts(mobility="not-mobile"), facts(mobility="x")),
        ("issues has burn", facts(issues="fgm burn"), facts(issues="fgm")),
        ("danger is yes", facts(danger="yes"), facts(danger="no")),
        ("danger is yes", facts(danger="yes"), facts(danger="unknown")),
        ("impact is empty", facts(), facts(impact="sad")),
        ("impact is empty", facts(impact="skipped"), facts(impact="not-known")),
        ("impact is empty", facts(impact="unknown"), facts(impact="x")),
        ("impact is given", facts(impact="sad"), facts()),
        ("impact is given", facts(mobility="x", impact="y"), facts(impact="skipped")),
        ("mobility is unknown", facts(), facts(mobility="mobile")),
        ("mobility is unknown", facts(mobility="not-known"), facts(mobility="rolling")),
        ("mobility is unknown", facts(mobility="skipped"), facts(mobility="mobile not-known")),
        ("age under 12 months", facts((11,)), facts((12,))),
        ("age under 1 year", facts((11,)), facts((12,))),
        ("age under 12 months", facts((40, 3)), facts()),
        ("age at least 13 years", facts((156,)), facts((155,))),
        ("age at least 1 month", facts((1,)), facts((0,))),
        ("age is unknown", facts(), facts((0,))),
        ("earlier contacts at least 2", facts(earlier=2), facts(earlier=1)),
        ("any stop", facts(stop=True), facts()),
        ("not never", facts(), None),
        ("injured", facts(issues="fracture"), facts(issues="fgm")),
        ("not injured", facts(), facts(issues="burn")),
        ("not not injured", facts(issues="burn"), facts()),
        ("injured and baby", facts((3,), issues="burn"), facts(issues="burn")),
        ("injured or baby", facts((3,)), facts((30,))),
        ("  injured\t and\n baby ", facts((3,), issues="burn"), facts((3,))),
        ("(injured)and(baby)", facts((3,), issues="burn"), facts((3,))),
    ],
)  # fmt: skip
def test_each_test_holds_and_does_not(text: str, yes: Facts, no: Facts | None) -> None:
    assert holds(text, yes)
    assert no is None or not holds(text, no)


ONE = {name: facts(**{name: "x"}) for name in "abc"}


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("a is x or b is x and c is x", "a"),  # and binds closer than or
        ("b is x and c is x or a is x", "a"),
        ("(a is x or b is x) and c is x", ""),
        ("not a is x and b is x", "b"),  # not binds closer than and
        ("not (a is x and b is x)", "abc"),
        ("not a is x or a is x", "abc"),
        ("a is x or b is x or c is x", "abc"),
        ("((c is x))", "c"),
        ("never or c is x", "c"),
        ("never and c is x", ""),
    ],
)
def test_how_they_join(text: str, by: str) -> None:
    assert "".join(name for name, known in ONE.items() if holds(text, known)) == by


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "breaks off"),
        ("   ", "breaks off"),
        ("injured and", "breaks off"),
        ("not", "breaks off"),
        ("mobility is", "breaks off"),
        ("mobility is rolling,", "breaks off"),
        ("age under", "breaks off"),
        ("age under 12", "breaks off"),
        ("earlier contacts at least", "breaks off"),
        ("(injured", "a bracket is not closed"),
        ("(injured and (baby)", "a bracket is not closed"),
        ("injured)", "“)” is too much after a whole condition"),
        ("injured baby", "“baby” is too much"),
        ("mobility is rolling not-mobile", "“not-mobile” is too much"),
        ("hurt", "“hurt” is neither a test nor the name of a condition"),
        ("mobility", "“mobility” is neither a test nor the name"),
        ("age above 12 years", "“age” is neither a test nor the name"),
        ("any ask", "“any” is neither a test nor the name"),
        ("Injured", "“Injured” is neither a test nor the name"),
        ("age under twelve months", "“twelve” is not a number"),
        ("age under -1 months", "“-1” is not a number"),
        ("earlier contacts at least few", "“few” is not a number"),
        ("age at least 2 weeks", "“weeks” is not a unit of age; write months or years"),
    ],
)
def test_what_is_not_understood_is_said(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text, NAMED)
    assert reason in str(refused.value)


def test_it_knows_what_it_reads() -> None:
    made = parse("injured and (mobility is rolling or impact is empty)", NAMED)
    assert made.keys == (
        ("issues", ("burn", "fracture")),
        ("mobility", ("rolling",)),
        ("impact", ()),
    )
    assert isinstance(made, Condition)
    assert made.text == "injured and (mobility is rolling or impact is empty)"
