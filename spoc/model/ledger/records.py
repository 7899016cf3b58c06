"""The kinds of record and their fields.

The description of a kind drives the table that screens read, search, verification, the contact's page and its
JSON, and what is sealed in a restricted contact. A new field is a line here (or, for the contact, a line of
the form), a new kind is a table here: the store then makes both by itself, also from entries that came
earlier. Field kinds: ``text``; ``code`` (text that may be a code of a list); ``many`` (a set of codes, one
ledger field per element, ``issues.bruise``); ``instant`` (UTC, ISO 8601 with ``Z``); ``day`` (ISO date);
``ref`` (the id of another record); ``flag``; ``int``; ``word`` (the program's own word, never searched).
"""

from collections.abc import Mapping

from spoc.model.followups.request_steps import REQUEST_FIELDS
from spoc.model.forms.forms import CONTACT_FORM, RELEASE_FORM, Field
from spoc.model.ledger.safety_net import safety_net
from spoc.model.ledger.service_records import service
from spoc.model.ledger.table import Column, Kind, Table
from spoc.model.ledger.table import table as _table

_OF_FORM: dict[str, Kind] = {
    "code": "code",
    "many": "many",
    "when": "instant",
    "text": "text",
    "age": "word",
}
_OF_RECORD: dict[str, Kind] = {"code": "code", "text": "text", "notes": "text"}


def _of_request(field: Field) -> Column:
    """The column for one field of a request; it is never searched."""
    if field.key.endswith("_at"):
        return Column(field.key, "instant")
    return Column(field.key, "many" if field.key == "copies" else "word")


# Every record with a due time: how it is followed up, and how it ended.
FOLLOWED = (
    Column("ended", "word"),  # kept, not-done, stopped; empty while it is open
    Column("ended_at", "instant"),
    Column("ended_by", "ref"),
    Column("ended_why", "word"),
    Column("claimed_by", "ref"),
    Column("claimed_at", "instant"),
    Column("snoozed_to", "instant"),
    Column("snoozed_why", "word"),
    Column("due_was", "instant"),  # before the calendar moved it
    Column("due_why", "word"),
    # if it falls due in closed hours: who holds it, how to reach them, since when, and
    Column("holder", "word"),
    Column("holder_bleep", "word"),
    Column("holder_since", "word"),
    Column("safe_tonight", "word"),  # whether the child is safe until then, confirmed with whom
    Column("safe_with", "word"),
)
_SEALED = Column("sealed", "ref")  # the restricted contact it belongs to; else empty


def contact_table(form: tuple[Field, ...]) -> Table:
    """The contact's table: what every contact has, then one column for each stored field of the form."""
    own = {"received_at"}
    return _table(
        "contact",
        Column("received_at", "instant", indexed=True),
        Column("ref", indexed=True),  # another program's name for it, so that it is added only once
        Column("opened_at", "instant"),
        Column("closed_at", "instant", indexed=True),  # empty while the contact is open
        Column("advisor", "ref"),
        Column("seconds", "int"),  # length of the call
        Column("identity", "code", codes="identity"),
        Column("visit", "ref", indexed=True),  # the first contact of the visit it belongs to
        Column("sbar", "many"),  # which parts of SBAR were complete when it closed
        Column("closed_anyway"),  # why it closed although something was missing
        Column("read_back_at", "instant"),  # when it was first shown to be read out
        Column("beside", "ref"),  # the open contact that stands beside a restricted one
        _SEALED,
        *(
            Column(field.key, _OF_FORM[field.kind], codes=field.codes)
            for field in form
            if field.kind in _OF_FORM and field.key not in own
        ),
        begins="opened_at",
        when="received_at",
        tells=("identity", "category", "issues", "service"),
    )


def tables(form: tuple[Field, ...] = CONTACT_FORM) -> Mapping[str, Table]:
    """Every table of records, by name."""
    every = (
        contact_table(form),
        _table(
            "person",
            Column("name", label="Name"),
            Column("kind", "code"),  # child, unborn, adult, professional
            Column("dob", "day", indexed=True, label="Born"),
            Column("edd", "day", label="Due date"),
            Column("age", "word"),  # as somebody gave it, if the date of birth is not known: "4m"
            Column("age_on", "day"),
            Column("nhs_number", indexed=True, label="NHS number"),
            Column("doubt", "word"),  # the fields above that nobody has confirmed
            Column("mother", "ref", indexed=True),
            Column("service", "code", indexed=True, codes="service"),
            Column("role", "code", codes="role"),
            Column("callback"),
            _SEALED,
            begins="kind",
        ),
        _table(
            "contact_person",
            Column("contact", "ref", indexed=True),
            Column("person", "ref", indexed=True),
            Column("part", "code"),  # caller, child, mother
            _SEALED,
            owner="contact",
            natural=("contact", "person", "part"),
        ),
        _table(
            "action",
            Column("contact", "ref", indexed=True),
            Column("code", "code", codes="action", label="Action"),
            Column("at", "instant"),  # when it was agreed: due times count from here
            Column("who", label="Who"),
            Column("due", label="By when"),
            Column("due_at", "instant"),
            *FOLLOWED,
            _SEALED,
            owner="contact",
        ),
        _table(
            "clock",  # the clocks that a request to social care starts; an agreed action is a clock itself
            Column("contact", "ref", indexed=True),
            Column("code", "word"),  # of the pack's actions
            Column("at", "instant"),
            Column("who", "word"),
            Column("due", "word"),
            Column("due_at", "instant"),
            *FOLLOWED,
            _SEALED,
            owner="contact",
            natural=("contact", "code"),
        ),
        _table(
            "request",  # to social care: one per contact, however often and in whatever way the desk asked
            Column("contact", "ref", indexed=True),
            Column("how", "word"),  # telephone, eha
            Column("asked_by", "word"),
            Column("asked_at", "instant", indexed=True),
            *(_of_request(each) for each in REQUEST_FIELDS),
            Column("closed_at", "instant"),
            _SEALED,
            owner="contact",
            natural=("contact",),
            when="asked_at",
            tells=("how", "asked_by"),
        ),
        _table(
            "chase",  # a call to social care to ask for an answer
            Column("contact", "ref", indexed=True),
            Column("at", "instant"),
            Column("spoken_to", "word"),
            Column("said", "word"),
            _SEALED,
            owner="contact",
            listed="chases",
            when="at",
            tells=("said", "spoken_to"),
        ),
        _table(
            "unborn",  # the plan for a birth, and what became of the baby
            Column("person", "ref", indexed=True),
            Column("plan", "word"),
            Column("plan_where", "word"),
            Column("holder", "word"),
            Column("ended", "word"),  # born, lost, ended, moved; empty while the baby is expected
            Column("ended_on", "day"),
            Column("ended_by", "ref"),
            Column("why", "word"),
            Column("area", "word"),
            Column("born", "many"),  # the children born, by id
            _SEALED,
            natural=("person",),
            tells=("ended", "plan", "why"),
        ),
        _table("handover", Column("text", "word")),  # a message for whoever takes over the desk
        _table(
            "outcome",
            Column("contact", "ref", indexed=True),
            Column("code", "code", codes="outcome", label="Outcome"),
            Column("at", "instant", label="When"),
            Column("said_by", label="Said by"),
            Column("office", label="Office"),
            Column("detail", label="Detail"),
            Column("after", "ref"),  # the latest outcome when this one was added
            _SEALED,
            owner="contact",
            listed="outcomes",
            when="at",
            tells=("code", "said_by", "office", "at", "detail"),
        ),
        _table(
            "release",
            Column("contact", "ref", indexed=True),
            Column("at", "instant"),
            *(
                Column(each.key, _OF_RECORD[each.kind], codes=each.codes, label=each.label)
                for each in RELEASE_FORM
            ),
            _SEALED,
            owner="contact",
            listed="releases",
            when="at",
            tells=tuple(each.key for each in RELEASE_FORM),
        ),
        _table(
            "note",
            Column("contact", "ref", indexed=True),
            Column("text", label="Note"),
            Column("author", "ref"),  # who typed it, if somebody else handed it on
            _SEALED,
            owner="contact",
            tells=("text",),
        ),
        _table(
            "answer",
            Column("contact", "ref", indexed=True),
            Column("question", "word"),  # a question of the pack's walk
            Column("state", "word"),  # answered, skipped, unknown
            Column("text"),
            _SEALED,
            owner="contact",
            natural=("contact", "question"),
        ),
        _table(
            "prompt",
            Column("contact", "ref", indexed=True),
            Column("code", "word"),  # of the pack's prompts
            Column("state", "word"),  # done, overridden, dismissed, shown
            Column("done", "many", codes="action"),
            Column("why"),
            Column("at", "instant"),
            _SEALED,
            owner="contact",
            natural=("contact", "code"),
        ),
        _table(
            "fact",  # what somebody said about a person, on a contact or separately; earlier statements stay
            Column("person", "ref", indexed=True),
            Column("contact", "ref", indexed=True),
            Column("key", "word"),  # a key of the person's record: address, gp, school …
            Column("value"),
            Column("at", "instant"),
            Column("said_by"),
            Column("since", "day"),
            Column("until", "day"),
            Column("team"),
            Column("number"),
            _SEALED,
            owner="contact",
            when="at",
            tells=("key", "value", "said_by"),
        ),
        _table(
            "alert",  # with source and date; never live data from another system
            Column("person", "ref", indexed=True),
            Column("contact", "ref", indexed=True),
            Column("code", "code", codes="alert"),
            Column("at", "instant"),
            Column("said_by"),  # the source: who stated it
            Column("checked", "day"),
            Column("checked_by"),
            Column("review", "day"),
            Column("ended_on", "day"),
            Column("text"),
            _SEALED,
            owner="contact",
            when="at",
            tells=("code", "text", "said_by"),
        ),
        _table(
            "household",  # who lives with a child or cares for them, according to somebody
            Column("person", "ref", indexed=True),  # the child
            Column("other", "ref", indexed=True),
            Column("contact", "ref", indexed=True),
            Column("relation", "code", codes="relation"),
            Column("responsible", "word"),  # parental responsibility: yes, no
            Column("at", "instant"),
            Column("said_by"),
            Column("until", "day"),  # past, where it is set
            _SEALED,
            owner="contact",
            when="at",
            tells=("relation", "said_by"),
        ),
        _table(
            "person_link",  # links two records that are of one person, or says that they are not; copies nothing
            Column("person", "ref", indexed=True),
            Column("other", "ref", indexed=True),
            Column("kind", "word"),  # same, born, not-same
            Column("at", "instant"),
            Column("why"),
            when="at",
            tells=("kind", "why"),
        ),
        _table(
            "contact_link",  # links two contacts about one matter: a ring-back, a follow-on
            Column("contact", "ref", indexed=True),
            Column("other", "ref", indexed=True),
            Column("kind", "word"),  # ring-back, follow-on
            Column("at", "instant"),
            Column("why"),
            when="at",
            tells=("kind", "why"),
        ),
        _table(
            "opening",  # a restricted contact's key, sealed to one person
            Column("contact", "ref", indexed=True),
            Column("user", "ref"),
            Column("key", "word"),
            Column("name", "word"),  # the key's name, as in what is sealed with it
            Column("generation", "int"),  # from 1; see spoc.model.rules.generations
        ),
        *safety_net(FOLLOWED),
        *service(),
        _table(
            "supplied",  # others' counts, never mixed with the desk's own
            Column("series", "word", indexed=True),  # the code of a measure
            Column("part", "word"),  # the service, if it is counted by service
            Column("period", "word"),
            Column("start", "day"),
            Column("end", "day"),
            Column("value", "word"),  # a number in digits
            Column("numerator", "int"),
            Column("denominator", "int"),
            Column("supplier", "word"),
            Column("dated", "day"),  # when the supplier counted
        ),
        _table(
            "chart_mark",  # a note on a chart, or a decision to begin a new phase
            Column("kind", "word"),  # note, rebase
            Column("measure", "word", indexed=True),
            Column("day", "day"),
            Column("why", "word"),
            Column("decided_by", "word"),
        ),
        _table(
            "submission",  # a return that was made: what it said, and which numbers were shown
            Column("period", "word", indexed=True),
            Column("start", "day"),
            Column("end", "day"),
            Column("recipient", "word"),
            Column("state", "word"),  # draft, frozen
            Column("signed_by", "word"),
            Column("made_at", "instant"),
            Column("cells", "word"),  # JSON: the frozen return's unsuppressed numbers, and ids
            # JSON: the quantities that were sent, and which of them were hidden
            Column("shown", "word"),
            Column("seen", "word"),  # JSON: how far each stream had been read
        ),
    )
    return {table.name: table for table in every}
