from coproduce.core.labels import find_labels


def test_a_label_comes_with_its_place_and_plainer_words() -> None:
    text = "Most drug users came."
    [label] = find_labels(text)
    assert text[label.start : label.end] == label.words == "drug users"
    assert label.instead == "people who use drugs"


def test_a_label_within_another_counts_once() -> None:
    assert [label.words for label in find_labels("He lives a chaotic lifestyle.")] == [
        "chaotic lifestyle"
    ]


def test_labels_come_in_the_order_of_the_text() -> None:
    found = [label.words for label in find_labels("An addict and a junkie who failed to attend")]
    assert found == ["addict", "junkie", "failed to attend"]


def test_a_name_of_a_service_is_no_label() -> None:
    assert not list(find_labels("Victim Support helped."))
    assert [label.words for label in find_labels("the victims")] == ["victims"]
