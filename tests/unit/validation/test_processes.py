import os
from math import factorial
from multiprocessing import active_children
from pathlib import Path

import pytest

from safemob.errors import SafemobError, ScenarioError
from safemob.scenes.scenario import read_scenario
from safemob.validation.processes import work_on_all


def test_results_come_in_the_order_of_the_items_and_progress_adds_up() -> None:
    told: list[tuple[int, int]] = []
    items = [20_000, 1, 5]
    assert work_on_all(factorial, items, lambda done, total: told.append((done, total))) == list(map(factorial, items))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_nothing_to_do_starts_nothing() -> None:
    assert work_on_all(factorial, [], lambda *_: pytest.fail("there is nothing to tell")) == []


def test_a_refusal_comes_back_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"missing\.toml"):
        work_on_all(read_scenario, [tmp_path / "missing.toml"], lambda *_: None)


def test_a_process_that_the_system_stops_ends_the_work_in_one_sentence() -> None:
    with pytest.raises(SafemobError, match="the system has stopped a process"):
        work_on_all(os._exit, [1, 1], lambda *_: None)


def test_an_interruption_leaves_no_process_behind() -> None:
    def interrupt(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_on_all(factorial, [1, *[50_000] * 40], interrupt)
    assert not active_children()
