import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cpu_ledger
import pytest
from cpu_ledger import Ledger
from job_ledger import ONCE, STAGES, Account


class Clock:
    """Seconds that pass when told to."""

    now_s = 0.0

    def read(self) -> float:
        """What the ledger asks."""
        return self.now_s


def spin() -> None:
    sum(range(20_000))


def test_time_inside_an_inner_stage_is_booked_to_it_alone() -> None:
    clock = Clock()
    ledger = Ledger(clock.read)
    with ledger.stage("outer"):
        clock.now_s += 1
        with ledger.stage("inner"):
            clock.now_s += 10
        clock.now_s += 100
    clock.now_s += 1000
    assert ledger.spent_s == {"outer": 101, "inner": 10}


def test_a_generator_is_charged_for_its_own_steps_only() -> None:
    clock = Clock()
    ledger = Ledger(clock.read)

    def give() -> Iterator[int]:
        clock.now_s += 1
        yield 1
        clock.now_s += 10
        yield 2

    for _ in ledger.follow(give, "source")():
        clock.now_s += 100
    assert ledger.spent_s == {"source": 11}


def test_stages_never_sum_to_more_than_the_threads_that_ran_them() -> None:
    ledger = Ledger()

    def work() -> float:
        begin_s = time.thread_time()
        for _ in range(50):
            with ledger.stage("outer"), ledger.stage("inner"):
                spin()
        return time.thread_time() - begin_s

    with ThreadPoolExecutor(2) as pool:
        total_s = sum(done.result() for done in [pool.submit(work), pool.submit(work)])
    assert 0 < sum(ledger.spent_s.values()) <= total_s


def test_functions_are_followed_where_they_are_looked_up_and_only_meanwhile() -> None:
    before = cpu_ledger.decoder_threads_s
    ledger = Ledger()
    with ledger.following({"cpu_ledger:decoder_threads_s": "reading"}):
        cpu_ledger.decoder_threads_s()
    assert list(ledger.spent_s) == ["reading"]
    assert cpu_ledger.decoder_threads_s is before


def test_a_stage_that_is_gone_is_an_error() -> None:
    with pytest.raises(AttributeError), Ledger().following({"cpu_ledger:gone": "gone"}):
        pass


def test_every_stage_of_the_job_is_still_where_the_ledger_looks_for_it() -> None:
    with Ledger().following(STAGES):
        pass


def test_what_no_stage_explains_is_the_rest_of_what_every_frame_costs() -> None:
    stages_s = dict.fromkeys(STAGES.values(), 1.0)
    account = Account(stages_s, total_s=20.0)
    listed = dict(account.list_per_frame())
    assert ONCE not in listed
    assert listed["sum"] == 19.0
    assert listed["the rest"] == 19.0 - (len(stages_s) - 1)
