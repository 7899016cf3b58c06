"""Requests to social care: one record, clocks of their own, one referrer, a decision, and how many are accepted."""

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one

from spoc.model.errors import BadInput
from spoc.model.followups.followup import KEPT, LATE, OPEN
from spoc.model.followups.request import conversion
from spoc.model.forms.sheet import Action, Person
from spoc.model.values.instants import utc_text
from spoc.storage.followups import followups, requests
from spoc.storage.followups.requests import Request
from spoc.storage.store import Store

REFERRER = {"referrer": "Reed, Amy, sister", "rung_at": "", "rung_to": "J Hale, MASH"}
DECIDED = {"decision": "s17", "decided_at": "", "decided_by": "J Hale"}
WRITTEN = {"written_at": "", "written_how": "portal", "confidential": "yes"}
CHASED = {"at": "", "spoken_to": "K Moor", "said": "Not allocated yet."}


def ask(store: Store, *codes: str, **changes: object) -> Request:
    """A contact closed with these actions, and its request."""
    at = utc_text(store.now())
    actions = tuple(
        Action(each, "caller", due, at)
        for each, _, due in (code.partition(":") for code in codes or ("verbal-csc-caller:2h",))
    )
    contact = close_one(store, actions=actions, **changes)
    found = requests.of_contact(store, ADVISOR, contact)
    assert found is not None
    return found


def tell(store: Store, request: Request, step: str, said: dict[str, str]) -> Request:
    requests.tell(store, ADVISOR, request, step, said).result()
    return again(store, request)


def again(store: Store, request: Request) -> Request:
    found = requests.of_contact(store, ADVISOR, request.contact)
    assert found is not None
    return found


def clocks(store: Store, request: Request) -> dict[str, str]:
    return {each.code: each.verdict(store.now()) for each in again(store, request).clocks}


def test_telephone_and_written_follow_up_are_one_request_dated_by_the_first(
    store: Store, clock: Clock
) -> None:
    request = ask(store, "verbal-csc-caller:2h", "eha-csc:24h")
    assert (request.fields["how"], request.fields["asked_at"]) == ("telephone", utc_text(clock()))
    clock.step(hours=5)
    tell(store, request, "written", WRITTEN)
    assert [each.id for each in requests.every(store, ADVISOR)] == [request.id]
    assert [(each.how, each.children) for each in requests.asked(store, ADVISOR)] == [
        ("telephone", 1)
    ]


def test_a_contact_that_asks_nothing_of_social_care_makes_no_request(store: Store) -> None:
    assert requests.of_contact(store, ADVISOR, close_one(store)) is None


def test_each_clock_has_its_own_verdict_and_meeting_one_leaves_the_others(
    store: Store, clock: Clock
) -> None:
    """A shorter clock hid the first; elsewhere one act met both."""
    request = ask(store)
    clock.step(hours=5)
    request = tell(store, request, "written", WRITTEN)
    assert clocks(store, request) == {
        "verbal-csc-caller": LATE, "confirm-csc-rung": LATE, "written-referral": KEPT,
        "csc-decision": OPEN, "csc-chase": OPEN,
    }  # fmt: skip
    leading = request.first(store.now())
    assert leading is not None and leading.due_at == utc_text(clock.at.replace(hour=11))


def test_the_chase_leaves_the_decision_open_and_late(store: Store, clock: Clock) -> None:
    request = ask(store)
    clock.step(days=6)
    request = tell(store, request, "chased", CHASED)
    assert clocks(store, request)["csc-chase"] == LATE  # after its third working day
    assert clocks(store, request)["csc-decision"] == LATE
    assert not next(each for each in request.clocks if each.code == "csc-decision").ended
    assert [(each.spoken_to, each.said) for each in request.chases] == [
        ("K Moor", "Not allocated yet.")
    ]


def test_a_decision_ends_its_clock_and_makes_the_chase_needless(store: Store, clock: Clock) -> None:
    request = tell(store, ask(store), "decided", DECIDED)
    assert clocks(store, request)["csc-decision"] == KEPT
    assert clocks(store, request)["csc-chase"] == "stopped"
    with pytest.raises(BadInput, match="already decided"):
        tell(store, request, "decided", DECIDED)


def test_told_when_social_care_was_rung_the_clocks_start_again_from_then(
    store: Store, clock: Clock
) -> None:
    request = ask(store)
    clock.step(hours=3)
    told = {"asked_at": "1130", "spoken_to": "J Hale, MASH", "response": "will ring back", "reference": "M-77"}  # fmt: skip
    request = tell(store, request, "asked", told)
    assert request.fields["asked_at"] == "2026-11-20T11:30:00.000Z"
    written = next(each for each in request.clocks if each.code == "written-referral")
    assert written.due_at == "2026-11-21T11:30:00.000Z" and "11:30" in written.due_why
    rung = next(each for each in request.clocks if each.code == "verbal-csc-caller")
    assert (
        rung.verdict(store.now()) == LATE and rung.ended == KEPT
    )  # half past eleven, due at eleven


def test_a_request_closes_only_with_one_referrer_and_else_a_word_with_the_caller_falls_due(
    store: Store, clock: Clock
) -> None:
    """W3: each thinks that the other rang."""
    request = tell(store, ask(store, "verbal-csc-spoc:2h"), "decided", DECIDED)
    assert "confirm-csc-rung" not in clocks(store, request)
    with pytest.raises(
        BadInput, match=r"Nobody is named as the referrer.*due Fri 20 Nov 2026 11:00"
    ):
        requests.close(store, ADVISOR, request)
    assert clocks(store, request)["confirm-csc-rung"] == OPEN
    assert "confirm-csc-rung" in {each.code for each in followups.open_ones(store, ADVISOR)}
    with pytest.raises(BadInput, match="Nobody"):  # asked twice, there is one word to have
        requests.close(store, ADVISOR, again(store, request))
    request = tell(store, again(store, request), "referrer", REFERRER)
    assert clocks(store, request)["confirm-csc-rung"] == KEPT
    requests.close(store, ADVISOR, request).result()
    assert not again(store, request).open and requests.every(store, ADVISOR) == []
    assert followups.open_ones(store, ADVISOR) == []


def test_two_names_are_not_one_referrer(store: Store) -> None:
    for names in ("Amy Reed and Ben Ash", "Amy Reed/Ben Ash", "Amy Reed & Ben Ash"):
        with pytest.raises(BadInput, match="one person"):
            tell(store, ask(store), "referrer", REFERRER | {"referrer": names})


def test_two_desks_that_name_two_referrers_have_to_agree_before_it_closes(
    store: Store, clock: Clock
) -> None:
    request = tell(store, ask(store), "decided", DECIDED)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    requests.tell(store, ADVISOR, request, "referrer", REFERRER).result()
    other = REFERRER | {"referrer": "Omar Diaz"}
    requests.tell(store, omar, request, "referrer", other).result()  # on what was shown before
    with pytest.raises(BadInput, match="different referrers"):
        requests.close(store, ADVISOR, again(store, request))
    request = tell(store, again(store, request), "referrer", REFERRER)
    requests.close(store, ADVISOR, request).result()


def test_an_undecided_request_does_not_close(store: Store) -> None:
    with pytest.raises(BadInput, match="not decided"):
        requests.close(store, ADVISOR, tell(store, ask(store), "referrer", REFERRER))


def test_copies_are_counted_one_by_one(store: Store) -> None:
    request = tell(store, ask(store), "copied", {"copies": "gp"})
    request = tell(store, request, "copied", {"copies": "record"})
    assert request.copies == ("gp", "record")


def test_a_step_to_come_is_refused_and_nothing_is_written(store: Store) -> None:
    request = ask(store)
    with pytest.raises(BadInput, match="still to come"):
        tell(store, request, "written", WRITTEN | {"written_at": "t+1 0900"})
    assert again(store, request) == request


def test_the_conversion_gives_both_numbers_by_kind_at_first_and_after_a_disagreement(
    store: Store, clock: Clock
) -> None:
    twins = (Person("Ash, Mo", "child"), Person("Ash, Jo", "child"))
    tell(store, ask(store, "verbal-csc-spoc:2h", children=twins), "decided", DECIDED)
    refused = ask(store, "eha-csc:24h")
    refused = tell(store, refused, "decided", DECIDED | {"decision": "nfa-disagreed"})
    tell(store, refused, "decided-again", {"decision_after": "s47", "decided_after_at": ""})
    tell(store, ask(store, "eha-csc:24h"), "decided", DECIDED | {"decision": "nfa-agreed"})
    ask(store, "verbal-csc-spoc:2h")
    found = requests.asked(store, ADVISOR)
    whole = conversion(found, store.pack)
    assert (whole.requests, whole.children, whole.decided, whole.undecided) == (4, 5, 3, 1)
    assert (whole.accepted, whole.accepted_after) == (1, 2)
    eha = conversion(found, store.pack, "eha")
    assert (eha.decided, eha.accepted, eha.accepted_after) == (2, 0, 1)
    assert conversion(found, store.pack, "telephone").words() == (
        "2 requests about 3 children; accepted 1 of 1 decided (100%), after disagreement 1 of 1; 1 undecided"
    )


def test_nothing_decided_has_no_percentage(store: Store) -> None:
    ask(store)
    assert conversion(requests.asked(store, ADVISOR), store.pack).words() == (
        "1 request about 1 child; accepted 0 of 0 decided; 1 undecided"
    )


def test_a_restricted_contacts_request_is_in_no_list_and_opens_to_its_circle(store: Store) -> None:
    sealed = {"restricted": "staff-allegation", "about_staff": "Somebody Else"}
    request = ask(store, "lado:1wd", "verbal-csc-spoc:2h", values=sealed)
    assert requests.every(store, ADVISOR) == []
    request = tell(store, request, "decided", DECIDED)
    assert request.fields["decision"] == "s17" and clocks(store, request)["csc-decision"] == KEPT
