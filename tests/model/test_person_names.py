"""Names are found however they are written, and told apart where they differ."""

from datetime import date

import pytest

from spoc.guidance.naming import lore
from spoc.model.errors import BadInput
from spoc.model.persons import names
from spoc.model.persons.births import born
from spoc.model.persons.match import Described, compare, described, matches
from spoc.model.persons.names import Like
from spoc.model.values.tokens import fold

TODAY = date(2026, 11, 26)


def alike(one: str, other: str) -> names.Comparison:
    return names.compare(names.read(one, lore()), names.read(other, lore()), lore())


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("von Groß, Jürgen", "jurgen von gross"),
        ("Ødegaard, Søren", "Soren Odegaard"),
        ("Łuczak, Łukasz", "lukasz luczak"),
        ("Yıldız, İlkay", "ilkay yildiz"),
        ("Mæve Doyle", "Maeve Doyle"),
        ("O’Brien, Niamh", "niamh obrien"),
        ("O'Brien, Niamh", "Niamh O Brien"),
        ("Ó Súilleabháin, Seán", "sean osuilleabhain"),
        ("McDonald, Ann", "Ann Mc Donald"),
        ("Mac Donald, Ann", "ann macdonald"),
        ("Smith-Jones, Ty", "Ty Smithjones"),
        ("Smith-Jones, Ty", "ty smith jones"),
        ("al-Hashimi, Layla", "Layla Hashimi"),
        ("de la Cruz, Ana", "ana delacruz"),
        ("Lily-Mae Cole", "Cole, LilyMae"),
        ("Abdul Rahman Khan", "Khan, Abdulrahman"),
        ("ﬁnley Cole", "finley cole"),
    ],
)
def test_any_way_of_writing_a_name_is_the_name(stored: str, said: str) -> None:
    compared = alike(stored, said)
    assert compared.given == Like.SAME and compared.family == Like.SAME, compared


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("Tyler Brook", "tiler bruk"),
        ("Tyler Brook", "tyler bruck"),
        ("Tyla Doyle", "thyla doil"),
        ("Siobhán Byrne", "Shivaun Burn"),
        ("Muhammad Chowdhury", "mohamed choudhry"),
        ("Niamh Walsh", "Neve Welsh"),
    ],
)
def test_what_sounds_alike_is_near_and_says_so(stored: str, said: str) -> None:
    compared = alike(stored, said)
    assert compared.whole
    match = compare(Described(said), Described(stored), lore())
    assert match and match.against, "a name that is only near always has a reason against"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("GROSS", "gross"),
        ("groß", "gross"),
        ("Æsir", "aesir"),
        ("ŁØ", "lo"),
        ("İı", "ii"),
        ("ﬃ", "ffi"),
    ],
)
def test_letters_fold_as_they_are_typed_without_their_signs(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_missing_number_meets_no_missing_number_and_is_nothing_against() -> None:
    one = Described("Brook, Ty", date(2026, 7, 19))
    (match,) = matches(
        one, [Described("Brook, Ty", date(2026, 7, 19), nhs_number="9990123454")], lore()
    )
    assert not any("number" in each for each in (*match.reasons, *match.against))
    assert not match.certain
    assert compare(Described("Brook, Ty"), Described("Pike, Ann"), lore()) is None


def test_mother_address_and_telephone_alone_put_nobody_forward() -> None:
    home = {"address": "1 Mill Lane", "phone": "07700 900123", "mother": "Lea Brook"}
    one = Described("Brook, Ty", date(2020, 1, 1), **home)
    sister = Described("Brook, Ann", date(2017, 6, 2), **home)
    assert compare(one, sister, lore()) is None


def test_number_and_birth_alone_are_certain_and_only_where_nothing_contradicts() -> None:
    held = Described("Brook, Tyler", date(2020, 1, 1), nhs_number="9990123454", sex="male")
    same = Described("Ty Brook", date(2020, 1, 1), nhs_number="9990123454")
    match = compare(same, held, lore())
    assert match and match.certain
    for other in (
        Described("Riley Brook", date(2020, 1, 1), nhs_number="9990123454"),
        Described("Ty Brook", date(2020, 1, 2), nhs_number="9990123454"),
        Described("Ty Brook", date(2020, 1, 1), nhs_number="9990123453"),
        Described("Ty Brook", date(2020, 1, 1), nhs_number="9990123454", sex="female"),
    ):
        found = compare(other, held, lore())
        assert found and not found.certain and found.against, other


def test_a_twin_is_shown_with_the_first_name_against() -> None:
    born_ = date(2020, 1, 1)
    match = compare(Described("Riley Brook", born_), Described("Tyler Brook", born_), lore())
    assert match and "another first name (Riley, Tyler): may be a twin" in match.against


def test_twins_without_names_are_two() -> None:
    born_ = date(2020, 1, 1)
    match = compare(Described("Brook, Twin 1"), Described("Brook, Twin 2", born_), lore())
    assert match is None or match.against


def test_an_unborn_baby_is_the_child_born_about_the_day_it_was_due_of_the_same_mother() -> None:
    unborn = Described("", edd=date(2027, 2, 12), mother="Lane, Amy")
    child = Described("Lane, Baby", date(2027, 2, 3), mother="Amy Lane")
    match = compare(child, unborn, lore())
    assert match and "same mother" in match.reasons
    assert (
        compare(Described("Lane, Baby", date(2026, 2, 3), mother="Amy Lane"), unborn, lore())
        is None
    )


@pytest.mark.parametrize(
    ("age", "first", "last"),
    [
        ("4 months", date(2026, 6, 27), date(2026, 7, 26)),
        ("4", date(2021, 11, 27), date(2022, 11, 26)),
        ("3/12", date(2026, 7, 27), date(2026, 8, 26)),
        ("10 days", date(2026, 11, 16), date(2026, 11, 16)),
    ],
)
def test_an_age_is_a_range_of_birthdays(age: str, first: date, last: date) -> None:
    told = born(age, TODAY)
    assert (told.first, told.last) == (first, last)


def test_what_is_no_age_or_no_person_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="not an age"):
        described({"name": "Ty", "age": "old"}, TODAY)
    with pytest.raises(BadInput, match="colour is not known here"):
        described({"name": "Ty", "colour": "red"}, TODAY)
    assert described({"name": "Ty", "nhs_number": "999 012 3450"}, TODAY).nhs_number == "9990123450"
