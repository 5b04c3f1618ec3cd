from coproduce.core.messages import Message, _, ngettext_, untranslated


def test_a_marked_sentence_is_data() -> None:
    message = _("Used by %(month)s.", month="June")
    assert message == Message("Used by %(month)s.", (("month", "June"),))
    assert untranslated(message) == "Used by June."


def test_a_sentence_without_values_may_hold_a_percent_sign() -> None:
    assert untranslated(_("At most 70 %")) == "At most 70 %"


def test_a_sentence_that_depends_on_a_number_chooses_its_form() -> None:
    shown = [untranslated(ngettext_("%(count)s row", "%(count)s rows", n)) for n in (0, 1, 2)]
    assert shown == ["0 rows", "1 row", "2 rows"]


def test_a_value_may_be_a_message_itself() -> None:
    inner = ngettext_("%(count)s day", "%(count)s days", 3)
    assert untranslated(_("Wait %(time)s.", time=inner)) == "Wait 3 days."


def test_messages_with_the_same_words_are_equal() -> None:
    assert _("Same") == _("Same")
    assert len({_("Same"), _("Same"), _("Other")}) == 2
