"""The data of patterns and of names holds, and speaks of codes that there are."""

from spoc.guidance.naming import lore
from spoc.guidance.pack import load
from spoc.guidance.patterns import patterns


def test_every_code_that_a_kind_of_event_names_is_in_the_pack() -> None:
    generic = load("generic")
    lists = {"issues": "issue"}
    for kind, fields in patterns().kinds.items():
        for name, codes in fields.items():
            for code in codes:
                assert generic.find(lists.get(name, name), code), f"{kind}: {code}"


def test_every_rule_counts_what_there_is_and_says_what_it_asks_for() -> None:
    known = {*patterns().kinds, "attendance"}
    for code, rule in patterns().rules.items():
        assert rule.counts <= known, code
        assert rule.asks and rule.text and rule.source.edition, code


def test_a_form_of_a_name_is_of_every_group_that_it_stands_in() -> None:
    assert {"tyler", "tyla"} <= lore().others("ty")
    assert {"alexander", "alexandra"} <= lore().others("alex")
    assert "ty" not in lore().others("ty")
