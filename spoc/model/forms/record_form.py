"""A record that is a form by itself (see forms.RELEASE_FORM): what it still lacks."""

from collections.abc import Mapping, Sequence
from datetime import date

from spoc.model.forms.contact import Missing
from spoc.model.forms.forms import Field
from spoc.model.rules.codes import Pack
from spoc.model.rules.due import clock_time
from spoc.model.values.dates import quoted


def lacking(
    fields: Mapping[str, str], form: Sequence[Field], pack: Pack, on: date
) -> Missing | None:
    """The first field that cannot stay as it is, and why: it is empty, not a code of its list on that
    local day, or not a time of day."""
    for field in form:
        value = fields.get(field.key, "").strip()
        if not value and field.needed:
            return Missing(field.key, f"{field.label}: {field.needed}.")
        if (
            value
            and field.codes
            and value not in {code.code for code in pack.codes(field.codes, on)}
        ):
            return Missing(field.key, f"{field.label}: {quoted(value)} is not one of its codes.")
        if value and field.kind == "clock" and clock_time(value) is None:
            return Missing(field.key, f"{field.label}: {quoted(value)} is not a time; write 1645.")
    return None
