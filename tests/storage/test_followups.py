"""Follow-ups: whatever was promised with a time, owned by the team, ended by an entry on top of what was shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one, raw, signs

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.followups.followup import KEPT, LATE, NOT_DONE, OPEN, OVERDUE, FollowUp, moved_words
from spoc.model.forms.sheet import Action
from spoc.model.ledger.entry import Actor, Command
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.followups import calendar, followups, queue
from spoc.storage.followups.queue import DueCounts
from spoc.storage.service import settings
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify


def promised(
    store: Store, code: str = "hold-discharge", due: str = "24h", who: str = "the ward", **more: Any
) -> FollowUp:
    """A contact closed with one promise; gives its follow-up."""
    action = Action(code, who, due, utc_text(store.now()))
    contact = close_one(store, actions=(action,), **more)
    return next(
        each
        for each in followups.open_ones(store, ADVISOR)
        if each.contact == contact and each.code == code
    )


def again(store: Store, each: FollowUp, actor: Actor = ADVISOR) -> FollowUp:
    return next(one for one in followups.every(store, actor) if one.id == each.id)


def test_every_action_with_a_time_is_one_and_one_without_is_none(store: Store) -> None:
    promised(store)
    close_one(store)  # advice only
    assert [each.code for each in followups.open_ones(store, ADVISOR)] == ["hold-discharge"]


def test_it_names_the_child_the_caller_and_the_number_to_ring(store: Store) -> None:
    each = promised(store)
    assert (each.children, each.caller, each.callback) == (
        ("Molly Mulberry",), "Nora Nurse", "01632 960111",
    )  # fmt: skip


def test_overdue_comes_first_and_the_counts_are_those_of_the_list(
    store: Store, clock: Clock
) -> None:
    late = promised(store, due="2h")
    promised(store, due="2026-11-23")
    clock.step(hours=3)
    soon = promised(store, due="4h")
    found = followups.open_ones(store, ADVISOR)
    assert [each.id for each in found[:2]] == [late.id, soon.id]
    assert found[0].state(store.now()) == OVERDUE and found[0].when(store.now()) == "overdue 1 h"
    assert queue.count(store, ADVISOR) == DueCounts(overdue=1, today=1)
    assert queue.count(store, ADVISOR).words() == "1 overdue, 1 due today"


def test_the_time_itself_is_not_overdue_yet(store: Store, clock: Clock) -> None:
    promised(store, due="2h")
    clock.step(hours=2)
    assert queue.count(store, ADVISOR) == DueCounts(today=1)
    clock.step(seconds=1)
    assert queue.count(store, ADVISOR) == DueCounts(overdue=1)


def test_kept_leaves_the_queue_and_says_who_and_when(store: Store, clock: Clock) -> None:
    each = promised(store)
    clock.step(hours=1)
    followups.end(store, ADVISOR, each).result()
    assert followups.open_ones(store, ADVISOR) == []
    ended = again(store, each)
    assert (ended.ended, ended.ended_at, ended.ended_by) == (KEPT, utc_text(clock()), ADVISOR.id)
    assert ended.verdict(store.now()) == KEPT


def test_what_was_kept_after_its_time_counts_as_late_also_where_it_was_put_off(
    store: Store, clock: Clock
) -> None:
    each = promised(store, due="2h")
    followups.snooze(store, ADVISOR, each, "t 1500", "the ward rings back at three").result()
    clock.step(hours=3)
    assert again(store, each).state(store.now()) != OVERDUE
    assert again(store, each).verdict(store.now()) == LATE
    followups.end(store, ADVISOR, again(store, each)).result()
    assert again(store, each).verdict(store.now()) == LATE


def test_kept_an_hour_ago_is_written_as_it_was(store: Store, clock: Clock) -> None:
    each = promised(store, due="2h")
    clock.step(hours=3)
    followups.end(store, ADVISOR, each, at="1030").result()
    assert again(store, each).verdict(store.now()) == KEPT


def test_what_is_to_come_cannot_have_been_kept(store: Store) -> None:
    with pytest.raises(BadInput, match="still to come"):
        followups.end(store, ADVISOR, promised(store), at="t+1 0900")


def test_not_done_wants_a_reason_and_keeps_it(store: Store) -> None:
    each = promised(store)
    with pytest.raises(BadInput, match="why"):
        followups.end(store, ADVISOR, each, NOT_DONE, " ")
    followups.end(store, ADVISOR, each, NOT_DONE, "the child was transferred").result()
    ended = again(store, each)
    assert (ended.ended, ended.ended_why) == (NOT_DONE, "the child was transferred")
    assert ended.verdict(store.now()) == NOT_DONE


def test_handed_on_it_is_nobodys_of_the_desk_until_it_is_claimed(store: Store) -> None:
    each = promised(store)
    followups.claim(store, ADVISOR, each).result()
    followups.hand_on(store, ADVISOR, again(store, each), "Dr Osei, CAMHS", "his patient").result()
    handed = again(store, each)
    assert (handed.who, handed.claimed_by) == ("Dr Osei, CAMHS", b"")


def test_put_off_wants_a_time_to_come_and_a_reason(store: Store, clock: Clock) -> None:
    each = promised(store, due="2h")
    with pytest.raises(BadInput, match="why"):
        followups.snooze(store, ADVISOR, each, "4h", "")
    with pytest.raises(BadInput, match="in the future"):
        followups.snooze(store, ADVISOR, each, "0800", "later")
    followups.snooze(store, ADVISOR, each, "4h", "waiting for the ward").result()
    clock.step(hours=3)
    assert queue.count(store, ADVISOR) == DueCounts(today=1)


def test_the_former_words_of_what_was_changed_stay_in_the_ledger(store: Store) -> None:
    each = promised(store)
    followups.hand_on(store, ADVISOR, each, "Dr Osei", "his patient").result()
    assert [event["set"] for event in followups.events(store, each)][1:] == [
        "claimed_at, claimed_by, who"
    ]
    before = raw(store).conn.execute("SELECT count(*) FROM entry WHERE record = ?", (each.id,))
    assert before.fetchone() == (2,)


def test_what_a_colleague_has_ended_is_not_ended_again_and_says_who_did(
    store: Store, clock: Clock
) -> None:
    each = promised(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    followups.end(store, omar, each).result()
    with pytest.raises(BadInput, match="Omar Diaz has marked it kept at Fri 20 Nov 2026 09:00"):
        followups.end(store, ADVISOR, each).result()


def test_two_desks_that_claim_the_same_offline_are_both_named(store: Store) -> None:
    """Each wrote on top of what it was shown: two entries stand for the claim until somebody settles it."""
    each = promised(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    followups.claim(store, ADVISOR, each).result()
    followups.claim(store, omar, each).result()  # from what was shown before
    both = again(store, each)
    assert set(both.disputed["claimed_by"]) == {ADVISOR.id.hex(), omar.id.hex()}
    followups.claim(store, omar, both).result()
    settled = again(store, each)
    assert settled.claimed_by == omar.id and not settled.disputed


def test_a_role_that_sees_no_names_sees_none_and_may_end_nothing(store: Store) -> None:
    each = promised(store)
    analyst = signs(Actor(b"analyst-number-1", "Ann", "analyst"))
    (seen,) = followups.open_ones(store, analyst)
    assert (seen.children, seen.caller, seen.callback, seen.who) == ((), "", "", "")
    with pytest.raises(NotAllowed):
        followups.end(store, analyst, each)
    admin = Actor(b"admin---number-1", "Adi", "admin")
    with pytest.raises(NotAllowed):
        followups.open_ones(store, admin)


def test_a_promise_of_an_open_contact_is_one_and_is_not_doubled_when_it_closes(
    store: Store, clock: Clock
) -> None:
    draft = drafts.new(store, ADVISOR)
    from samples import a_sheet

    sheet = a_sheet(
        store.now(), actions=(Action("verbal-csc-spoc", "desk", "2h", utc_text(store.now())),)
    )
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    before = [(each.id, each.code) for each in followups.open_ones(store, ADVISOR)]
    assert len(before) == 4
    taken = sheets.take_over(store, ADVISOR, draft.id).result()
    contacts.close(store, ADVISOR, taken, taken.sheet).result()
    assert [(each.id, each.code) for each in followups.open_ones(store, ADVISOR)] == before


def test_a_restricted_contacts_promise_stands_in_the_queue_of_those_it_is_opened_to(
    store: Store,
) -> None:
    each = promised(
        store, values={"restricted": "staff-allegation", "about_staff": "Somebody Else"}
    )
    assert each.restricted and each.children == ()
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    assert followups.open_ones(store, omar) == []
    assert queue.count(store, ADVISOR) == DueCounts()
    followups.end(store, ADVISOR, each).result()
    assert followups.open_ones(store, ADVISOR) == []
    held = raw(store).conn.execute("SELECT ended FROM action WHERE id = ?", (each.id,)).fetchone()
    assert held == (None,)  # nothing of it stands in clear


def test_a_record_that_cannot_be_read_stops_no_list(store: Store) -> None:
    each = promised(store)
    for text in ("soon", "2026-11-20T09:00:00", "9999-99-99T99:99:99.999Z"):
        bad: dict[str, Any] = {
            "contact": each.contact.hex(),
            "code": "no-such",
            "due": "?",
            "due_at": text,
        }
        store.act(ADVISOR, [Command("action", bytes(text[:16].ljust(16), "ascii"), bad)]).result()
    found = followups.open_ones(store, ADVISOR)
    assert len(found) == 4 and each.id in {one.id for one in found}
    assert {one.when(store.now()) for one in found} >= {"not known"}
    assert [one.verdict(store.now()) for one in found].count(OPEN) == 4
    assert {one.id for one in queue.page(store, ADVISOR)} == {one.id for one in found}
    late, today = queue.due_now(store, ADVISOR, 4)
    first, asking = queue.unheld(store, ADVISOR, 4)
    assert each.id in {one.id for one in (*late, *today, *first)} and asking >= 1


def test_due_while_nobody_is_there_asks_who_holds_it_until_it_is_said(store: Store) -> None:
    each = promised(store, due="24h")  # Saturday
    assert each.asks_holder(store.hours, store.now())
    assert each.closed(store.hours) == "closed on Sat"
    told = {"holder": "Dr Lee, registrar", "holder_bleep": "bleep 412", "holder_since": "1645",
            "safe_tonight": "yes", "safe_with": "Sister Ash"}  # fmt: skip
    followups.hold(store, ADVISOR, each, told).result()
    held = again(store, each)
    assert not held.asks_holder(store.hours, store.now())
    assert (held.holder, held.safe_with) == ("Dr Lee, registrar", "Sister Ash")
    assert not promised(store, due="2h").asks_holder(store.hours, store.now())


# -- the calendar --------------------------------------------------------------------------------


def shut(store: Store, *days: str) -> None:
    settings.change(store, ADVISOR, "closures", " ".join(days)).result()
    settings.take(store)


def test_a_closure_moves_the_desks_own_open_tasks_says_from_when_to_when_and_why(
    store: Store,
) -> None:
    own, csc = promised(store, due="1wd"), promised(store, "csc-decision", "1wd")
    assert own.due_at == "2026-11-23T17:00:00.000Z" == csc.due_at
    shut(store, "2026-11-23")
    assert calendar.work_out_again(store, ADVISOR).result() == 1
    assert again(store, own).due_at == "2026-11-24T17:00:00.000Z"
    assert moved_words(again(store, own)) == (
        "moved from Mon 23 Nov 2026 17:00 to Tue 24 Nov 2026 17:00: "
        "1 working day from Fri 20 Nov 2026 09:00: Tue 24 Nov; closure day 23 Nov"
    )
    assert again(store, csc).due_at == csc.due_at  # social care goes by England's calendar
    assert calendar.work_out_again(store, ADVISOR).result() == 0


def test_whoever_may_follow_nothing_up_changes_the_calendar_and_moves_nothing_by_it(
    store: Store,
) -> None:
    admin, _ = a_colleague(store, "Adi", "admin")
    own = promised(store, due="1wd")
    assert calendar.change(store, admin, "closures", "2026-11-23") == ("2026-11-23", 0)
    assert again(store, own).due_at == own.due_at
    assert verify(store).findings == ()  # nothing was written that does not count
    assert "when somebody who follows them up signs in" in calendar.moved_words("admin", 0)
    assert calendar.work_out_again(store, ADVISOR).result() == 1


def test_what_is_late_or_kept_already_keeps_its_verdict_when_the_calendar_changes(
    store: Store, clock: Clock
) -> None:
    late, kept = promised(store, due="1wd"), promised(store, due="1wd")
    followups.end(store, ADVISOR, kept).result()
    clock.at = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    shut(store, "2026-11-23")
    assert calendar.work_out_again(store, ADVISOR).result() == 0
    assert again(store, late).verdict(store.now()) == LATE
    assert again(store, kept).verdict(store.now()) == KEPT


def test_a_closure_setting_that_another_version_wrote_stops_nothing(store: Store) -> None:
    settings.change(store, ADVISOR, "closures", "2026-11-23 easter").result()
    settings.change(store, ADVISOR, "hours.desk", "whenever").result()
    settings.take(store)
    assert store.hours.closures == frozenset({date(2026, 11, 23)})
    assert store.hours.week[0]


def test_a_restricted_contacts_promise_moves_with_the_calendar_and_stays_sealed(
    store: Store,
) -> None:
    each = promised(store, due="1wd", values={"restricted": "staff-allegation", "about_staff": "X"})
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    shut(store, "2026-11-23")
    assert calendar.work_out_again(store, omar).result() == 0  # it is not opened to him
    assert calendar.work_out_again(store, ADVISOR).result() == 1
    assert again(store, each).due_at == "2026-11-24T17:00:00.000Z"
    held = raw(store).conn.execute("SELECT due_at FROM action WHERE id = ?", (each.id,)).fetchone()
    assert held == (None,)
    assert calendar.work_out_again(store, ADVISOR).result() == 0


def test_the_pages_of_the_queue_make_the_whole_and_the_counts_are_those_of_it(
    store: Store, clock: Clock
) -> None:
    contact = promised(store).contact
    sealed = promised(
        store, values={"restricted": "staff-allegation", "about_staff": "Somebody Else"}, due="3h"
    )
    due = [("24h", hours) for hours in range(-40, 80)] + [("later", None)] * 3
    made = []
    for at, (rule, hours) in enumerate(due):
        said: dict[str, Any] = {"contact": contact.hex(), "code": "shared-hv", "due": rule}
        if hours is not None:
            said["due_at"] = utc_text(store.now() + timedelta(hours=hours // 2))
        made.append(Command("action", bytes([at]) * 16, said))
    store.act(ADVISOR, made).result()
    whole = followups.open_ones(store, ADVISOR)
    paged: list[FollowUp] = []
    while more := queue.page(store, ADVISOR, 7, paged[-1] if paged else None):
        paged += more
    assert [each.id for each in paged] == [each.id for each in whole]
    assert sealed.id in {each.id for each in paged}
    now = store.now()
    stands = [each.state(now) for each in whole]
    assert queue.count(store, ADVISOR) == DueCounts(stands.count("overdue"), stands.count("today"))
    assert queue.beyond(store, ADVISOR) == (stands.count("tomorrow"), len(whole))
    late, today = queue.due_now(store, ADVISOR, 4)
    assert [each.id for each in late] == [each.id for each in whole if each.state(now) == "overdue"][:4]  # fmt: skip
    assert [each.id for each in today] == [each.id for each in whole if each.state(now) == "today"][:4]  # fmt: skip
    asking = [each for each in whole if each.asks_holder(store.hours, now)]
    first, many = queue.unheld(store, ADVISOR, 5)
    assert ({each.id for each in first} <= {each.id for each in asking}, many) == (True, len(asking))  # fmt: skip
