"""Ids sort by time; the hybrid logical clock only goes forward."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.ledger.ids import hlc, hlc_ms, uuid7

MS = st.integers(0, 2**47 - 2)
TEN_BYTES = st.binary(min_size=10, max_size=10)


def test_the_example_of_rfc_9562_comes_out() -> None:
    # Appendix A.6: rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    made = uuid7(0x017F22E279B0, bytes.fromhex("0cc3 18c4dc0c0c07398f"))
    assert uuid.UUID(bytes=made) == uuid.UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@given(MS, TEN_BYTES)
def test_a_uuid_says_its_version_variant_and_time(ms: int, random: bytes) -> None:
    made = uuid.UUID(bytes=uuid7(ms, random))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == ms


@given(st.lists(st.tuples(MS, TEN_BYTES), unique_by=lambda pair: pair[0]))
def test_uuids_sort_by_the_time_they_were_made(pairs: list[tuple[int, bytes]]) -> None:
    made = [uuid7(ms, random) for ms, random in sorted(pairs)]
    assert made == sorted(made)


def test_what_does_not_fit_into_a_uuid_is_an_error() -> None:
    for ms, random in ((-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9))):
        with pytest.raises(ValueError):
            uuid7(ms, random)


@given(st.lists(MS, min_size=1))
def test_the_clock_only_goes_forward_when_the_device_goes_back(times: list[int]) -> None:
    last = 0
    for ms in times:
        value = hlc(ms, last)
        assert last < value < 2**63 and hlc_ms(value) >= ms
        last = value


def test_a_clock_ahead_of_the_last_value_starts_its_counter_again() -> None:
    assert hlc(1000, hlc(999, 0) + 7) == 1000 << 16


def test_a_full_counter_carries_into_the_next_millisecond() -> None:
    full = 1000 << 16 | 0xFFFF
    assert hlc(1000, full) == 1001 << 16


def test_a_value_that_would_not_fit_is_an_error_and_never_goes_round() -> None:
    for ms, last in ((0, 2**63 - 1), (1 << 47, 0), (-1, 5), (5, -1)):
        with pytest.raises(ValueError):
            hlc(ms, last)
