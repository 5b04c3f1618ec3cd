"""The benchmarks measure what works, and leave nothing running behind."""

import multiprocessing
from functools import partial

import pytest

from benchmarks.bare_app import new_token
from benchmarks.instances import Instance, workshop
from benchmarks.load import Client, Visit, make_load
from benchmarks.pages import open_form, product_token, sender
from benchmarks.servers import running


def visits(kind: str, instance: Instance) -> list[Visit]:
    """What the clients of each application do; every one refuses a wrong answer."""
    token = product_token if kind == "product" else new_token
    return [open_form, sender(partial(token, instance.keys))]


@pytest.mark.parametrize("kind", ["product", "bare"])
def test_a_server_answers_and_ends_with_the_benchmark(kind: str) -> None:
    with workshop() as made:
        instance = made.instance("sqlite")
        with running(kind, instance) as server:
            for visit in visits(kind, instance):
                load = make_load(server.port, visit, seconds=0.2, clients=2)
                assert load.visits >= 2
            assert server.cpu_seconds() > 0
        assert not multiprocessing.active_children()
    assert not instance.folder.exists()


def test_a_wrong_answer_stops_the_measurement() -> None:
    def ask_for_nothing(client: Client) -> None:
        if client.get("/nothing").status != 200:
            raise RuntimeError("the server gave a wrong answer")

    with (
        workshop() as made,
        running("bare", made.instance("sqlite")) as server,
        pytest.raises(RuntimeError, match="wrong answer"),
    ):
        make_load(server.port, ask_for_nothing, seconds=5, clients=2)
