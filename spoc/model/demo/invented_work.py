"""Invented work of a duty desk: weeks of calls, made from a seed.

The same seed, time and pack give exactly the same work, down to the ids. Nobody in it exists (see words.py);
every NHS number is in the range reserved for testing, 999.
"""

import heapq
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Literal

from spoc.model.demo import words
from spoc.model.demo.people import People
from spoc.model.demo.words import STORIES, Story
from spoc.model.forms.sheet import (
    IN_HOURS,
    NAMED,
    NO_NAMES,
    OUT_OF_HOURS,
    UNBORN,
    Action,
    Person,
    Response,
    Sheet,
    with_value,
)
from spoc.model.rules.clock import Hours, NotKnown, from_local, is_working_day, to_local
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.guiding.guiding import (
    ANSWERED,
    DONE,
    NOT_KNOWN,
    SKIPPED,
    answered,
    guided,
    responded,
)
from spoc.model.values.instants import from_text, utc_text

WEEKS, A_DAY, LONGEST = 6, 12, timedelta(days=8 * 365)
"""At least so many weeks, at about so many calls a day, and never longer ago than that."""

_OPENS = time(9, 0)
_MINUTES = 8 * 60

State = Literal["closed", "open", "draft", "outcome"]


@dataclass(frozen=True, slots=True)
class Made:
    """One piece of work at the desk: a contact closed, left open or begun (a draft), or a later outcome.
    ``by`` is the number of the advisor; ``id`` is the contact's; ``at`` when it was done."""

    at: datetime
    by: int
    state: State
    id: bytes
    sheet: Sheet
    outcome: str = ""


def work(seed: int, count: int, now: datetime, pack: Pack, hours: Hours) -> Iterator[Made]:
    """``count`` contacts over the weeks before ``now``, in the order in which they were written.

    Memory is bounded, even for a million. The last few are left as drafts and open contacts.
    """
    return _DeskWork(random.Random(seed), count, now, pack, hours).work()


def begins(count: int, now: datetime) -> datetime:
    """When the first of ``count`` contacts may have come in."""
    days = max(WEEKS * 7, count * 7 // (A_DAY * 5))
    return now - min(timedelta(days=days), LONGEST)


class _DeskWork:
    """The desk while its work is invented: who rings, whom they rang about, which number is next."""

    def __init__(
        self, chance: random.Random, count: int, now: datetime, pack: Pack, hours: Hours
    ) -> None:
        self.chance, self.count, self.now, self.pack, self.hours = chance, count, now, pack, hours
        self.codes: Mapping[str, Code] = {code.code: code for code in pack.lists["action"]}
        self.by_name = {code.code for code in pack.lists["issue"] if "caller" in code.asks}
        self.people = People(chance, begins(count, now))
        self.services = list(words.SERVICES)
        self.shares = list(accumulate(share for share, _ in words.SERVICES.values()))
        self.stories = {
            service: [each for each in STORIES if not each.services or service in each.services]
            for service in self.services
        }

    def work(self) -> Iterator[Made]:
        """The work in order: each call when it ends, with later outcomes in between."""
        waiting: list[tuple[datetime, int, Made]] = []
        order, last = 0, begins(self.count, self.now)
        drafts = {self.count - back for back in (1, 4, 9) if self.count > 20}
        left_open = {self.count - back for back in (3, 7, 13, 22) if self.count > 40}
        for place, opened in enumerate(self._times()):
            while waiting and waiting[0][0] <= opened:
                yield heapq.heappop(waiting)[2]
            state: State = (
                "draft" if place in drafts else "open" if place in left_open else "closed"
            )
            made = self._call(opened, state, last)
            last = made.at
            order += 1
            heapq.heappush(waiting, (made.at, order, made))
            if later := self._later(made):
                order += 1
                heapq.heappush(waiting, (later.at, order, later))
        while waiting:
            yield heapq.heappop(waiting)[2]

    # -- when ------------------------------------------------------------------------------------

    def _times(self) -> Iterator[datetime]:
        """When each call comes: during the desk's hours, more on Mondays, the last one just now."""
        first, last = to_local(begins(self.count, self.now)).date(), to_local(self.now).date()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        open_days = [day for day in days if self._works(day) and self._instant(day, 0) < self.now]
        if not open_days:
            return
        busy = list(accumulate(14 if day.weekday() == 0 else 10 for day in open_days))
        end = self.now - timedelta(minutes=25)
        rest = (self.now - self._instant(open_days[-1], 0)).total_seconds() / 60 / _MINUTES
        total = busy[-1] - (1 - min(1.0, rest)) * (busy[-1] - (busy[-2] if busy[1:] else 0))
        at = 0
        for place in range(self.count):
            spot = (place + self.chance.random()) / self.count * total
            while busy[at] < spot and at < len(busy) - 1:
                at += 1
            before = busy[at - 1] if at else 0
            share = min(0.999, (spot - before) / (busy[at] - before))
            yield min(self._instant(open_days[at], share * _MINUTES), end)

    def _works(self, day: date) -> bool:
        try:
            return is_working_day(self.hours, day)
        except NotKnown:
            return day.weekday() < 5

    def _instant(self, day: date, minutes: float) -> datetime:
        return from_local(datetime.combine(day, _OPENS) + timedelta(minutes=minutes))[0]

    # -- a call ------------------------------------------------------------------------------------

    def _call(self, opened: datetime, state: State, last: datetime) -> Made:
        """A call that began at ``opened``. It ends no earlier than the call before, so that everybody it
        knows has been written by then; somebody who is only in a draft is not known."""
        chance = self.chance
        service = chance.choices(self.services, cum_weights=self.shares)[0]
        story = self._story(service)
        named = not self.by_name.isdisjoint(story.issues + story.also)
        caller = self.people.ringing(service, state != "draft", named)
        today = to_local(opened).date()
        no_names = story.no_names or chance.random() < 0.02
        children = () if no_names else self.people.children(story, today, opened, state != "draft")
        identity = NO_NAMES if no_names else UNBORN if story.unborn else NAMED
        tried = chance.choice(story.actions)
        outcome = self._outcome(tried)
        values = self._values(service, caller, story, opened)
        issues = story.issues + (
            (chance.choice(story.also),) if story.also and chance.random() < 0.4 else ()
        )
        sheet = Sheet(
            opened_at=utc_text(opened),
            values=values,
            many={"issues": tuple(dict.fromkeys(issues))},
            caller=caller,
            children=children,
            identity=identity,
            actions=tuple(self._action(code, utc_text(opened), caller) for code in tried),
            outcome=outcome,
            notes=self._notes(story, no_names, outcome),
        )
        sheet = self._guided(sheet, caller)
        done = min(max(opened + timedelta(seconds=chance.randrange(150, 1300)), last), self.now)
        by = chance.choices(range(len(words.ADVISORS)), cum_weights=(5, 8, 10))[0]
        if state != "closed":
            sheet = replace(sheet, outcome="", actions=sheet.actions[:1] if state == "open" else ())
        if state == "draft":
            kept = {
                key: value for key, value in values.items() if key not in ("category", "where_now")
            }
            begun = sheet.notes.split(". ")[0]
            sheet = replace(sheet, values=kept, many={}, notes=begun, pending={"category": "phys"})
        return Made(done, by, state, self.people.new_id(opened), sheet)

    def _guided(self, sheet: Sheet, caller: Person) -> Sheet:
        """The sheet with the answers of the walk, and what was done about each STOP."""
        chance, guide = self.chance, self.pack.guide
        on = to_local(from_text(sheet.opened_at)).date()
        for question in guided(sheet, guide, on).asked:
            how = chance.choices((ANSWERED, SKIPPED, NOT_KNOWN), (6, 3, 1))[0]
            if how == ANSWERED and question.kind == "yes-no":
                sheet = answered(
                    sheet, question.code, ANSWERED, words.YES_NO.get(question.code, "no")
                )
            elif how == ANSWERED and question.code in words.ANSWERS:
                text = chance.choice(words.ANSWERS[question.code])
                sheet = with_value(sheet, question.code, text)
            else:
                sheet = answered(sheet, question.code, NOT_KNOWN if how == NOT_KNOWN else SKIPPED)
        for prompt in guided(sheet, guide, on).stops:
            done = prompt.done[0]
            if done not in [each.code for each in sheet.actions]:
                action = self._action(done, sheet.opened_at, caller)
                sheet = replace(sheet, actions=(*sheet.actions, action))
            met = Response(DONE, (done,), at=sheet.opened_at)
            sheet = responded(sheet, prompt.code, met)
        return sheet

    def _later(self, made: Made) -> Made | None:
        """The outcome, some days later, of a contact that waited for an answer."""
        code = self.pack.find("outcome", made.sheet.outcome)
        if (
            made.state != "closed"
            or not code
            or code.group != "waiting"
            or self.chance.random() < 0.2
        ):
            return None
        outcome = self.chance.choice(
            (
                "accepted-s17",
                "strategy-agreed",
                "early-help",
                "nfa-agreed",
                "already-open",
                "s47-begun",
            )
            if made.sheet.outcome == "awaiting-csc"
            else ("advice-accepted", "signposted", "closed-oversight")
        )
        at = made.at + timedelta(
            days=self.chance.randrange(1, 4), minutes=self.chance.randrange(-30, 30)
        )
        if not self._works(to_local(at).date()) or at > self.now:
            return None
        return Made(at, made.by, "outcome", made.id, made.sheet, outcome)

    def _story(self, service: str) -> Story:
        stories = self.stories[service]
        return self.chance.choices(stories, [story.weight for story in stories])[0]

    def _values(
        self, service: str, caller: Person, story: Story, opened: datetime
    ) -> dict[str, str]:
        chance = self.chance
        late = chance.random() < 0.14
        channel = (
            chance.choices(
                ("TEL-IN", "EMAIL-IN", "IN-PERSON", "WARD-VISIT", "TEL-OUT", "VIDEO"),
                cum_weights=(80, 87, 91, 95, 99, 100),
            )[0]
            if not late
            else chance.choice(("VOICEMAIL", "EMAIL-IN", "ED-SAFETY-NET"))
        )
        verified = {"EMAIL-IN": "nhs-net", "IN-PERSON": "in-person", "WARD-VISIT": "in-person"}.get(
            channel
        ) or chance.choices(
            ("known-number", "switchboard", "not-verified"), cum_weights=(70, 94, 100)
        )[0]
        places = ("unborn",) if story.unborn else words.PLACES.get(service, words.ANYWHERE)
        values = {
            "service": service,
            "role": caller.role,
            "callback": caller.callback,
            "verified": verified,
            "channel": channel,
            "hours": OUT_OF_HOURS if late else IN_HOURS,
            "where_now": chance.choice(places),
            "category": story.category,
            "record_system": words.RECORDS.get(service, "epr"),
        }
        if late:  # somebody rang at night or at the weekend, and the desk logged it when it opened
            night = to_local(opened).replace(hour=17, minute=0, tzinfo=None) - timedelta(days=1)
            received, _ = from_local(night + timedelta(minutes=chance.randrange(20, 900)))
            values["received_at"] = utc_text(received)
        return values

    def _action(self, code: str, at: str, caller: Person) -> Action:
        """An action with its usual owner and due time, or invented ones if it needs them and has none."""
        known = self.codes[code]
        who = known.who or (self.chance.choice(("caller", "desk")) if "who" in known.asks else "")
        due = known.due or (
            self.chance.choice(("24h", "1wd", "2wd", "3wd")) if "due" in known.asks else ""
        )
        return Action(code, who, due, at)

    def _outcome(self, actions: tuple[str, ...]) -> str:
        if actions in words.REQUEST:
            return self.chance.choices(
                (
                    "awaiting-csc",
                    "accepted-s17",
                    "strategy-agreed",
                    "nfa-agreed",
                    "admitted",
                    "s47-begun",
                ),
                cum_weights=(55, 68, 80, 88, 94, 100),
            )[0]
        return self.chance.choices(
            (
                "advice-accepted",
                "awaiting-caller",
                "early-help",
                "signposted",
                "already-open",
                "declined",
            ),
            cum_weights=(70, 80, 87, 92, 98, 100),
        )[0]

    def _notes(self, story: Story, no_names: bool, outcome: str) -> str:
        chance = self.chance
        parts = [chance.choice(story.sentences)]
        if no_names:
            parts += [] if story.no_names else [words.NOT_NAMED]
        elif story.unborn:
            parts.append(chance.choice(words.BACKGROUND_UNBORN))
        else:
            older = words.BACKGROUND_SCHOOL if story.youngest >= words.SCHOOL_AGE else ()
            parts.append(chance.choice(words.BACKGROUND + older))
        parts += chance.sample(words.PLAN, chance.randrange(1, 3))
        if outcome == "declined":
            parts.append(words.DISPUTED)
        return " ".join(parts)
