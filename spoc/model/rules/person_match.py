"""Whether somebody who is new may be known already: said for a person to judge, never acted on."""

from spoc.model.forms.sheet import Person


def likely(new: Person, known: Person) -> str:
    """Why somebody who is written as new may be known already, in words, or nothing."""
    same_number = bool(new.nhs_number) and new.nhs_number == known.nhs_number
    same_day = bool(new.dob) and new.dob == known.dob
    if same_number:
        if same_day:
            return "same NHS number and date of birth as several"
        return (
            "same NHS number, " + ("another" if new.dob and known.dob else "no") + " date of birth"
        )
    if not same_day:
        return ""
    apart = bool(new.nhs_number and known.nhs_number)
    if _spelt(new.name) == _spelt(known.name):
        return "same name and date of birth" + (", another NHS number" if apart else "")
    near = not apart and _near(new.name, known.name)
    return "a near spelling of the name, same date of birth" if near else ""


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for capitals, order and signs."""
    return _spelt(one) == _spelt(other)


def _spelt(name: str) -> list[str]:
    return sorted("".join(each if each.isalnum() else " " for each in name.casefold()).split())


def _near(one: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    pairs = [
        (one.casefold(), other.casefold()),
        (" ".join(_spelt(one)), " ".join(_spelt(other))),
    ]
    slips = 1 if min(len(one), len(other)) <= 5 else 2
    return bool(one and other) and any(OSA.distance(a, b) <= slips for a, b in pairs)
