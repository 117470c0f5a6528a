"The search against brute force, on the small spaces of the benchmark."

import importlib.util
from pathlib import Path

FILE = Path(__file__).parent / 'benchmarks' / 'frontier.py'


def load():
    "The benchmark as a module."
    spec = importlib.util.spec_from_file_location('benchmark_frontier', FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_answers_are_those_of_brute_force():
    benchmark = load()
    assert [case for case in range(300) if not benchmark.agrees(case)] == []


def test_a_wrong_answer_is_noticed():
    benchmark = load()
    right = benchmark.best
    benchmark.best = lambda *args, **more: right(*args, **more).assign(loss=lambda frame: frame.loss * (1 + 1e-6))
    assert sum(not benchmark.agrees(case) for case in range(10)) > 5
