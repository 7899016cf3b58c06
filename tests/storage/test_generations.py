"""The keys of a restricted contact: in whatever order they come the same is chosen, and whoever is shut out never has it."""

from itertools import permutations

from spoc.model.rules.generations import KeyGrant, following, holders, shut_out, writable

ADA, NORA, PAT, ZED = b"ada", b"nora", b"pat", b"zed"
# Two desks gave a first key at once, one of them to Pat; one opened it to Zed, one took Zed out and gave a
# second: as openings, eight.
EIGHT = (
    KeyGrant("a1", 1, ADA),
    KeyGrant("a1", 1, NORA),
    KeyGrant("b1", 1, ADA),
    KeyGrant("b1", 1, PAT),
    KeyGrant("a1", 1, ZED, gone=True),
    KeyGrant("b1", 1, NORA),
    KeyGrant("a2", 2, ADA),
    KeyGrant("a2", 2, NORA),
)


def test_in_whatever_order_they_come_the_same_key_is_chosen_and_nobody_shut_out_has_it() -> None:
    mine = ("a1", "b1", "a2")
    out = shut_out(EIGHT, {PAT})
    assert out == {PAT, ZED}
    for order in permutations(EIGHT):
        assert writable(order, out, mine) == "a2"
        assert shut_out(order, {PAT}) == out
    for number in range(9):  # and on the way there: what has come so far never lets one in
        for some in permutations(EIGHT, min(number, 4)):
            key = writable(some, shut_out(some, {PAT}), {each.key for each in some})
            assert key is None or not holders(some, key) & shut_out(some, {PAT})
    assert writable(EIGHT, out, ("a1", "b1")) is None and following(EIGHT) == 3


def test_a_key_of_which_it_is_not_said_whom_it_was_given_is_not_written_under() -> None:
    old = [KeyGrant("", 0, ADA), KeyGrant("", 0, PAT)]
    assert writable(old, {PAT}, ("x",)) is None
    assert writable(old, (), ("x",)) == "x"
    assert writable([*old, KeyGrant("a1", 1, ADA)], {PAT}, ("x", "a1")) == "a1"
