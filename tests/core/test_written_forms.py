import re
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core import contact_rules, day_rules, identifying, number_rules, place_rules
from coproduce.core.written_forms import Form, find_forms
from scripts.identifier_scores import read_invented

FORMS = [
    form
    for module in (contact_rules, day_rules, identifying, number_rules, place_rules)
    for forms in vars(module).values()
    if isinstance(forms, tuple)
    for form in forms
    if isinstance(form, Form)
]
ALL_TEXTS = [row.text for row in read_invented()]
TEXTS = [*ALL_TEXTS, *map(str.upper, ALL_TEXTS), *map(str.title, ALL_TEXTS)]


def test_a_form_is_found_by_its_last_group_or_whole() -> None:
    forms = [Form(re.compile("in ([a-z]+)")), Form(re.compile("[0-9]+"), needs=("7",))]
    assert list(find_forms("in leeds 12 7", forms)) == [(3, 8), (9, 11), (12, 13)]


def test_a_form_of_which_no_sign_stands_is_not_tried() -> None:
    assert not list(find_forms("12", [Form(re.compile("[0-9]+"), needs=("7",))]))


def test_forms_of_every_kind_are_compared_below() -> None:
    assert len([form for form in FORMS if form.needs]) > 15


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.pattern.pattern[:40])
def test_the_signs_a_form_needs_stand_wherever_it_does(form: Form) -> None:
    for text in TEXTS:
        assert list(find_forms(text, [form])) == list(find_forms(text, [Form(form.pattern)]))


@pytest.mark.parametrize("form", [form for form in FORMS if form.needs])
@given(st.data())
def test_the_signs_stand_in_made_up_texts_that_have_the_form(
    form: Form, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(form.pattern))
    assert form.pattern.search(text) is None or any(sign in text.casefold() for sign in form.needs)


def test_each_sign_is_in_small_letters() -> None:
    signs = list(chain.from_iterable(form.needs for form in FORMS))
    assert signs == [sign.casefold() for sign in signs]
