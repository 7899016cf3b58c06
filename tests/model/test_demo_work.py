"""The invented work of the demo: the same for a seed, whole, and nobody's own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from spoc.guidance.pack import load
from spoc.model.demo import invented_work, words
from spoc.model.demo.invented_work import Made
from spoc.model.errors import BadInput
from spoc.model.forms.contact import missing_to_close
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import NO_NAMES, UNBORN, Person
from spoc.model.rules.clock import Hours, to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guiding import guided
from spoc.model.values import nhs_number
from spoc.model.values.dates import whole_months
from spoc.model.values.instants import from_text
from spoc.storage.service import settings

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
MANY = 1200


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load("generic")


@pytest.fixture(scope="module")
def hours(pack: Pack) -> Hours:
    return settings.hours({}, pack)


@pytest.fixture(scope="module")
def work(pack: Pack, hours: Hours) -> list[Made]:
    return list(invented_work.work(7, MANY, NOW, pack, hours))


def people(work: list[Made]) -> list[Person]:
    found = [child for made in work for child in made.sheet.children]
    return found + [made.sheet.caller for made in work if made.sheet.caller.name]


def test_a_seed_gives_the_same_work_to_the_last_id(pack: Pack, hours: Hours) -> None:
    first = list(invented_work.work(1, 200, NOW, pack, hours))
    assert first == list(invented_work.work(1, 200, NOW, pack, hours))
    assert first != list(invented_work.work(2, 200, NOW, pack, hours))
    assert len({made.id for made in first if made.state != "outcome"}) == 200


@pytest.mark.long
def test_every_contact_lacks_nothing_or_is_unfinished_on_purpose(
    work: list[Made], pack: Pack
) -> None:
    states = Counter(made.state for made in work)
    assert states["draft"] == 3 and states["open"] == 4
    assert states["draft"] + states["open"] + states["closed"] == MANY
    for made in work:
        on = to_local(from_text(made.sheet.received_at)).date()
        lacks = missing_to_close(
            made.sheet, pack, CONTACT_FORM, on, guided(made.sheet, pack.guide, on)
        )
        assert bool(lacks) == (made.state in ("draft", "open")), lacks


def test_every_nhs_number_is_of_the_test_range_valid_and_one_childs_own(work: list[Made]) -> None:
    numbers: dict[str, str] = {}
    for made in work:
        for child in made.sheet.children:
            if child.nhs_number:
                assert child.nhs_number.startswith("999")
                assert nhs_number.parse(child.nhs_number) == child.nhs_number
                assert numbers.setdefault(child.nhs_number, child.name) == child.name
    assert len(numbers) > MANY / 2


@pytest.mark.parametrize("nine", ["999000001", "999012345", "123456789"])
def test_nine_digits_are_completed_or_have_no_tenth(nine: str) -> None:
    whole = nhs_number.completed(nine)
    tried = []
    for last in "0123456789":
        try:
            tried.append(nhs_number.parse(nine + last))
        except BadInput:
            continue
    assert tried == ([whole] if whole else [])


def test_ages_fit_what_the_call_is_about(work: list[Made]) -> None:
    stories = {story.issues[0]: story for story in words.STORIES}
    checked = 0
    for made in work:
        issues = made.sheet.many.get("issues", ())
        if not issues or not made.sheet.children or made.sheet.children[0].kind == UNBORN:
            continue
        child, story = made.sheet.children[0], stories[issues[0]]
        on = to_local(from_text(made.sheet.opened_at)).date()
        months = whole_months(date.fromisoformat(child.dob), on)
        assert story.youngest <= months <= max(story.oldest, story.youngest)
        checked += 1
    assert checked > MANY / 2


def test_about_half_comes_from_emergency_departments_and_every_kind_of_call_is_there(
    work: list[Made],
) -> None:
    calls = [made for made in work if made.state != "outcome"]
    services = Counter(made.sheet.values["service"] for made in calls)
    assert 0.45 < services["ED"] / MANY < 0.55
    assert set(services) == set(words.SERVICES)
    identities = Counter(made.sheet.identity for made in calls)
    assert identities[NO_NAMES] > 50 and identities[UNBORN] > 50
    unborn = [made for made in calls if made.sheet.identity == UNBORN]
    assert all(child.mother and child.edd for made in unborn for child in made.sheet.children)
    assert sum(made.sheet.values["service"].startswith("MAT") for made in unborn) > len(unborn) / 2
    late = [made for made in calls if made.sheet.received_at < made.sheet.opened_at]
    assert {made.sheet.values["hours"] for made in late} == {"ooh-received-later"}
    assert 0.08 < len(late) / MANY < 0.2
    assert all(action.due for made in calls for action in made.sheet.actions if action.who)


def test_callers_ring_often_children_come_again_and_siblings_share_a_name(work: list[Made]) -> None:
    calls = [made for made in work if made.state == "closed"]
    rung = Counter(made.sheet.caller.id for made in calls if made.sheet.caller.name)
    assert rung.most_common(1)[0][1] > 20 and len(rung) > 80
    again = Counter(child.id for made in calls for child in made.sheet.children)
    assert sum(count > 1 for count in again.values()) > 100
    families = [made.sheet.children for made in calls if len(made.sheet.children) > 1]
    assert families and all(len({c.name.split(",")[0] for c in each}) == 1 for each in families)
    assert any(len({c.dob for c in each}) < len(each) for each in families), "no twins"
    named = " ".join(person.name for person in people(work))
    assert all(part in named for part in ("O'Brien", "Zoë", "Smith-Reed", "Nguyễn", "van der Veen"))


def test_whoever_is_known_was_written_before(work: list[Made]) -> None:
    written: set[str] = set()
    for made in work:
        if made.state not in ("closed", "open"):
            continue
        for person in (*made.sheet.children, made.sheet.caller):
            if person.name:
                assert person.kept.fields or person.id not in written
                assert not person.kept.fields or person.id in written
                written.add(person.id)


@pytest.mark.parametrize("count", [1, 30, 1000, 50_000])
@pytest.mark.parametrize("now", [NOW, datetime(2026, 11, 22, 3, 0, tzinfo=UTC)])
def test_it_lies_in_the_desks_hours_in_order_and_never_after_now(
    count: int, now: datetime, pack: Pack, hours: Hours
) -> None:
    work = invented_work.work(3, count, now, pack, hours)
    some = [made for made, _ in zip(work, range(300), strict=False)]
    assert all(a.at <= b.at for a, b in pairwise(some))
    assert all(made.at <= now for made in some)
    opened = [to_local(from_text(made.sheet.opened_at)) for made in some]
    assert all(at.weekday() < 5 and 9 <= at.hour < 17 for at in opened)
    assert opened[0] >= invented_work.begins(count, now) - timedelta(days=1)


def test_every_code_is_the_packs_own(pack: Pack) -> None:
    codes = {name: {code.code for code in found} for name, found in pack.lists.items()}
    assert set(words.SERVICES) <= codes["service"]
    assert {role for _, roles in words.SERVICES.values() for role in roles} <= codes["role"]
    assert set(words.RECORDS.values()) <= codes["record-system"]
    assert {each for found in words.PLACES.values() for each in found} <= codes["place"]
    for story in words.STORIES:
        assert story.category in codes["category"]
        assert {*story.issues, *story.also} <= codes["issue"]
        assert {code for actions in story.actions for code in actions} <= codes["action"]
