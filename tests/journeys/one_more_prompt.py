"""Run by a test in a copy of spoc that has one more prompt with a condition of its own: says where it shows."""

import sys
from datetime import date
from pathlib import Path

import spoc
from spoc.guidance.pack import load
from spoc.model.forms.sheet import Person, Sheet
from spoc.model.rules.guiding.guiding import Guided, guided


def seen(where: str) -> Guided:
    child = Person("Brook, Ty", dob="2019-11-02")
    values = {"category": "physical", "where_now": where}
    call = Sheet("2026-11-20T09:00:00.000Z", values=values, children=(child,), identity="named")
    return guided(call, load("generic").guide, date(2026, 11, 20), 0)


assert Path(spoc.__file__).is_relative_to(Path(sys.argv[1])), "this is not the copy"
fired = {each.code: each for each in seen("ward").fired}
assert "X1" in fired
print("fires")
assert "X1" not in [each.code for each in seen("home").fired]
print("elsewhere-not")
assert fired["X1"].tells == ("Nurse in charge to be told.",)
print("read-back")
