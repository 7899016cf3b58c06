"""Which test breaks which rule of sync: every rule has one."""

from pathlib import Path

BROKEN_BY = {
    "S1": ("sync/test_signed_acts.py::test_an_act_that_its_person_did_not_sign_so_is_held_back_and_named",),
    "S2": (
        "storage/test_signed.py::test_a_named_professional_alone_brings_in_no_key_for_another",
        "storage/test_signed.py::test_a_recovery_code_of_ones_own_stands_for_nobody",
        "storage/test_signed.py::test_nobody_removes_somebody_who_is_more_than_they_may_make",
        "storage/test_trust.py::test_nobody_makes_somebody_more_than_they_are",
    ),
    "S3": ("sync/test_signed_acts.py::test_what_the_role_of_its_person_may_not_do_is_held_back_at_the_others",),
    "S4": (
        "sync/test_two_desks.py::test_a_code_lets_one_desk_in_and_no_second",
        "sync/test_faults.py::test_the_wrong_code_lets_nobody_in",
    ),
    "S5": ("sync/test_rules.py::test_a_group_file_that_no_desk_of_the_service_signed_stops_sync",),
    "S6": (
        "sync/test_rules.py::test_what_a_desk_that_two_people_shut_out_writes_later_counts_nowhere_whoever_carries_it",
        "sync/test_shutting_out.py::test_where_there_is_one_who_may_the_recovery_code_stands_for_the_second",
    ),
    "S7": (
        "sync/test_rules.py::test_a_file_under_another_ones_name_is_refused_and_named",
        "sync/test_rules.py::test_a_file_that_its_desk_did_not_sign_is_refused_and_named",
    ),
    "S8": ("sync/test_splits.py::test_a_stream_that_goes_two_ways_stops_at_every_desk_until_two_people_decide",),
    "S9": ("sync/test_rules.py::test_each_desk_says_once_a_day_that_it_is_there_and_one_that_does_not_is_named",),
    "S10": ("sync/test_rules.py::test_what_cannot_be_read_back_is_not_sent",),
    "S11": (
        "sync/test_rules.py::test_a_payload_that_is_missing_without_an_erasure_is_held_back_and_named",
        "storage/test_signed.py::test_a_forged_erasure_erases_nothing",
    ),
    "S12": ("sync/test_rules.py::test_what_a_clock_two_days_ahead_wrote_waits_until_it_may_be_and_moves_no_other_clock",),
    "S13": (
        "sync/test_rules.py::test_a_store_that_was_put_back_writes_on_in_a_new_stream_and_nothing_is_lost",
        "sync/test_two_desks.py::test_a_profile_that_was_cloned_writes_in_a_stream_of_its_own_and_nothing_is_lost",
    ),
    "S14": (
        "sync/test_rules.py::test_the_size_of_a_segment_is_one_of_a_few",
        "sync/test_names.py::test_neither_names_nor_what_is_in_clear_tells_stream_or_range",
        "sync/test_names.py::test_one_act_or_many_go_in_one_file_with_each_sync",
    ),
    "S15": (
        "sync/test_hub.py::test_a_login_adds_and_reads_its_own_and_nothing_else",
        "sync/test_hub.py::test_off_this_computer_the_certificate_is_checked_and_an_absent_server_is_said",
    ),
    "S16": (
        "sync/test_rules.py::test_an_audit_trail_that_lost_its_end_is_named_by_the_others",
        "sync/test_audit_trail.py::test_what_is_cut_off_at_its_desk_stays_with_the_named_professional",
        "sync/test_audit_trail.py::test_the_service_s_key_alone_does_not_open_an_audit_trail",
    ),
    "S17": (
        "storage/test_extract.py::test_nothing_that_an_analysts_passphrase_opens_identifies_anybody",
        "storage/test_extract_of_an_administrator.py::test_a_script_of_an_administrator_gives_nobody_the_key",
    ),
}  # fmt: skip


def test_each_rule_has_a_test_that_breaks_it() -> None:
    assert [*BROKEN_BY] == [f"S{number}" for number in range(1, 18)]
    for named in (each for every in BROKEN_BY.values() for each in every):
        file, _, test = named.partition("::")
        said = (Path(__file__).parents[1] / file).read_text("utf-8")
        assert f"def {test}(" in said, named
