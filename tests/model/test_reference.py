"""References: the same on every desk, and a slip of the ear is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from spoc.model.values.reference import _SIGNS, parse, reference

IDS = st.binary(min_size=16, max_size=16)


def test_the_same_contact_has_the_same_reference_everywhere() -> None:
    assert reference(bytes(16)) == reference("00" * 16) == "8E3G-W97Z"


@given(IDS)
def test_a_reference_is_seven_signs_and_a_check_and_is_read_however_it_is_spaced(
    own: bytes,
) -> None:
    said = reference(own)
    assert len(said) == 9 and set(said) <= {*_SIGNS, "-"}
    for way in (said, said.lower(), said.replace("-", ""), said.replace("-", " "), " ".join(said)):
        assert parse(way) == said


@given(IDS, st.integers(0, 7), st.sampled_from(_SIGNS), st.integers(0, 6))
def test_one_wrong_sign_and_two_that_changed_places_are_noticed(
    own: bytes, at: int, sign: str, turn: int
) -> None:
    said = reference(own).replace("-", "")
    wrong = said[:at] + sign + said[at + 1 :]
    assert (parse(wrong) is None) is (wrong != said)
    turned = said[:turn] + said[turn + 1] + said[turn] + said[turn + 2 :]
    assert (parse(turned) is None) is (turned != said)


def test_what_is_no_reference_is_none() -> None:
    for text in ("", "AB37-QK2", "0000-0000", "AB37-QK2XX", "mulberry", "ÄB37-QK2X"):
        assert parse(text) is None
