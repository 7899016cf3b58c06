"""The steps of a request to social care, each a short form.

A field with a key that ends in ``_at`` is a time, as people type it; empty means now.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spoc.model.forms.forms import Field


def _when(key: str, label: str, row: int) -> Field:
    return Field(key, label, "text", row=row, hint="A time: 1430 or t-1 1630. Empty: now.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request: its key, its title, its form, and the clocks that it ends (``kept``) or makes
    unnecessary (``stopped``)."""

    key: str
    title: str
    form: tuple[Field, ...]
    kept: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    label: str = ""  # a shorter title for the lines of a request, if needed

    @property
    def head(self) -> str:
        return self.label or self.title


STEPS: Mapping[str, Step] = {
    each.key: each
    for each in (
        Step(
            "asked",
            "Asked of social care",
            (
                _when("asked_at", "When", 1),
                Field("spoken_to", "Spoken to", "text", row=2, hint="Name and team of whoever answered.",
                      needed="say who was spoken to"),
                Field("response", "Response", "text", row=3, hint="What they said they would do."),
                Field("reference", "Reference", "text", row=4, hint="Their number for it, if there is one."),
            ),
        ),
        Step(
            "written",
            "Written referral sent",
            (
                _when("written_at", "Sent", 1),
                Field("written_how", "How", "text", row=2, hint="Portal, secure mail; never a fax.",
                      needed="say how it was sent"),
                Field("confidential", "Marked confidential", "code", "yes-no", row=3,
                      needed="say whether it is marked confidential: yes or no"),
            ),
            kept=("written",),
            label="Written",
        ),
        Step(
            "arrived",
            "Arrival confirmed",
            (
                _when("arrived_at", "When", 1),
                Field("arrived_with", "Confirmed with", "text", row=2, hint="Name of whoever has it.",
                      needed="say who confirmed that it arrived"),
            ),
            label="Arrived",
        ),
        Step(
            "copied",
            "A copy sent",
            (
                Field("copies", "Copy to", "code", "copy", row=1, hint="One at a time.",
                      needed="say where the copy went"),
            ),
        ),
        Step(
            "acknowledged",
            "Acknowledged by social care",
            (
                _when("acknowledged_at", "When", 1),
                Field("acknowledged_by", "By", "text", row=2, hint="Name there.", needed="say who acknowledged it"),
            ),
            label="Acknowledged",
        ),
        Step(
            "decided",
            "Decision of social care",
            (
                Field("decision", "Decision", "code", "decision", row=1, needed="choose the decision"),
                _when("decided_at", "When", 2),
                Field("decided_by", "By", "text", row=3, hint="Name there.", needed="say who decided"),
            ),
            kept=("decision",),
            stopped=("chase",),
            label="Decision",
        ),
        Step(
            "decided-again",
            "Decision after the disagreement",
            (
                Field("decision_after", "Decision", "code", "decision", row=1, needed="choose the decision"),
                _when("decided_after_at", "When", 2),
            ),
            label="Later decision",
        ),
        Step(
            "chased",
            "Chased",
            (
                _when("at", "When", 1),
                Field("spoken_to", "Spoken to", "text", row=2, hint="Name there.", needed="say who was spoken to"),
                Field("said", "Said", "notes", row=3, hint="What they said. Tab or F2 leaves.",
                      needed="say what they said"),
            ),
            kept=("chase",),
        ),
        Step(
            "referrer",
            "Who referred: one person, by name",
            (
                Field("referrer", "Referrer", "text", row=1, hint="Name and role: exactly one person.",
                      needed="name the one who referred"),
                _when("rung_at", "Rang at", 2),
                Field("rung_to", "Spoke to", "text", row=3, hint="Name at social care.",
                      needed="name who they spoke to"),
            ),
            kept=("referrer",),
            label="Referrer",
        ),
    )
}  # fmt: skip

# Every field of a request, except the log of its chases: each of those is a record.
REQUEST_FIELDS: tuple[Field, ...] = tuple(
    field
    for step in STEPS.values()
    if step.key != "chased"
    for field in step.form
    if field.key != "asked_at"  # every request has it
)
FORMS = tuple(field for step in STEPS.values() for field in step.form)
