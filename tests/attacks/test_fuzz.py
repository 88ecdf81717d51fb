"""Fuzzing: whatever `parse`, `from_data` and the readers of checkpoints and of other tools' files are given, they answer or
refuse in their own words.

What counts as an answer and as a refusal is in `oracle.py`; how the inputs are made, in `edits.py`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
import pytest
from attacks.edits import edited_data, edited_text, valid_schedules
from attacks.oracle import Oracle, problems_of
from hypothesis import strategies as st
from torch.optim import lr_scheduler as theirs
from training import optimizer_of

import pure_schedules as ps
from pure_schedules import _files
from pure_schedules_torch import lambda_lr, param_group_setter, step_of

#: As many inputs for each test every day, and in the documented run.
EVERY_DAY, FULL, FULL_PARSE = 5_000, 200_000, 1_000_000
#: Examples that hypothesis draws before it begins anew: it remembers them all, which would count as our memory.
BATCH = 1_000


def in_batches(oracle: Oracle, inputs: int, hostile: Callable[[Random], Any]) -> None:
    """Ask the oracle so many inputs that hypothesis draws; what it finds, hypothesis makes as simple as it can."""
    for batch in range(inputs // BATCH):

        @hypothesis.seed(batch)
        @hypothesis.settings(
            max_examples=BATCH, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(st.randoms(use_true_random=False))
        def attack(random: Random) -> None:
            assert oracle.ask(hostile(random)) == []

        attack()


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed here")
def test_parse_led_by_coverage(full: bool, figures: Callable[..., None], tmp_path: Path) -> None:
    runs, left = FULL_PARSE if full else EVERY_DAY, tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "attacks.fuzz_parse", str(runs), "1", str(left)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(left.read_text())
    figures(answer["figures"])
    assert answer["findings"] == {}
    assert answer["figures"]["inputs"] == runs


def test_parse_of_edited_texts(full: bool, figures: Callable[..., None]) -> None:
    texts = [repr(schedule) for schedule in valid_schedules(400)]
    oracle, random = Oracle(ps.parse), Random(1)
    for _ in range(FULL_PARSE if full else EVERY_DAY):
        oracle.ask(edited_text(random.choice(texts), random, texts))
    figures(oracle.figures())
    assert oracle.findings == {}
    assert oracle.accepted > oracle.inputs // 20  # it does get past the first bracket


def test_data(full: bool, figures: Callable[..., None]) -> None:
    valid = [ps.to_data(schedule) for schedule in valid_schedules(400)]
    oracle = Oracle(ps.from_data)
    in_batches(oracle, FULL if full else EVERY_DAY, lambda random: edited_data(random.choice(valid), random, valid))
    figures(oracle.figures())
    assert oracle.accepted > oracle.inputs // 20


# Files of other tools -------------------------------------------------------------------------------------------------

RUN = {"learning_rate": "2e-4", "max_steps": 99}
SCHEDULER = {"type": "WarmupCosineLR", "params": {"total_num_steps": 99}}
WSD = {"lr_decay_style": "WSD", "lr_wsd_decay_iters": 20, "lr_warmup_fraction": 0.1}
CYCLES = {"lr_scheduler_type": "cosine_with_restarts", "lr_scheduler_kwargs": {"num_cycles": 3}}
RATE_OF_MM = {"optim_wrapper": {"optimizer": {"lr": 0.1}}, "train_cfg": {"max_iters": 99}}
ONE_CYCLE = {"type": "OneCycleLR", "eta_max": 0.1, "total_steps": 99, "by_epoch": False}
CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("axolotl", {**RUN, "base_model": "a", "lr_scheduler": "rex", "warmup_steps": 9}),
    ("axolotl", {**RUN, "base_model": "a", "jagged_restart_steps": 20, "warmup_ratio": 0.1}),
    ("deepspeed", {"scheduler": {"type": "OneCycle", "params": {"cycle_min_lr": 0.1, "cycle_max_lr": 1.0}}}),
    ("deepspeed", {"scheduler": SCHEDULER, "optimizer": {"params": {"lr": 1}}}),
    ("fvcore", {"SOLVER": {"BASE_LR": 0.02, "STEPS": "(60, 80)", "MAX_ITER": 90, "WARMUP_ITERS": 9, "GAMMA": 0.1}}),
    ("fvcore", {"SOLVER": {"LR_SCHEDULER_NAME": "WarmupPolyLR", "MAX_ITER": 90, "POLY_LR_POWER": 0.9}}),
    ("megatron", {"lr": 1.0, "train_samples": 999, "global_batch_size": 16, "rampup_batch_size": [4, 4, 99]}),
    ("megatron", {"lr": 1.0, "train_iters": 99, **WSD}),
    ("mmengine", {**RATE_OF_MM, "param_scheduler": [{"type": "MultiStepLR", "milestones": [8, 11], "by_epoch": False}]}),
    ("mmengine", {**RATE_OF_MM, "param_scheduler": [{"type": "CosineAnnealingLR", "eta_min": 1e-3, "by_epoch": False}]}),
    ("mmengine", {**RATE_OF_MM, "param_scheduler": [ONE_CYCLE]}),
    ("nemo", {"model": {"optim": {"lr": "${lr}", "sched": {"name": "CosineAnnealing", "max_steps": 99}}}, "lr": 1.0}),
    ("nemo", {"model": {"optim": {"lr": 1, "sched": {"name": "StepLR", "step_size": 9}}}, "trainer": {"max_steps": 99}}),
    ("torchtitan", {"lr_scheduler": {"warmup_steps": 9, "decay_ratio": 0.5}, "training": {"steps": 99}}),
    ("ultralytics", {"optimizer": "SGD", "lr0": 0.01, "epochs": 9, "warmup_epochs": 3.0, "cos_lr": True}),
    ("transformers", {**RUN, **CYCLES, "warmup_steps": 0.1, "deepspeed": {"zero_optimization": {}}}),
]


def test_configurations(full: bool, figures: Callable[..., None]) -> None:
    """The readers under `like`, each with its own files and those of the others, edited."""
    valid = [config for _, config in CONFIGURATIONS]

    def read_by(tool_and_config: tuple[str, Any]) -> ps.Schedule:
        tool, config = tool_and_config
        beside = {"batches_per_epoch": 5} if tool in ("mmengine", "nemo", "transformers", "ultralytics") else {}
        schedule: Any = getattr(ps.like, tool).from_config(config, **beside)
        return schedule["lr"] if tool == "ultralytics" else schedule  # of its three curves one

    def hostile(random: Random) -> tuple[str, Any]:
        tool, config = random.choice(CONFIGURATIONS)
        return tool, edited_data(config, random, valid)

    oracle = Oracle(read_by)
    in_batches(oracle, FULL if full else EVERY_DAY, hostile)
    figures(oracle.figures())
    assert oracle.accepted > oracle.inputs // 20


FILES = {
    "a.yaml": [
        "learning_rate: 1e-3\nlr_scheduler_type: cosine # this\nwarmup_ratio: 0.1\nmax_steps: 100\n",
        "base: &a {base_model: x, learning_rate: 0.1}\n<<: [*a, *a]\nnum_epochs: 3\nmax_steps: 100\nb: !!set {? 1:2}\n",
        "SOLVER:\n  STEPS: (60, 80)\n  MAX_ITER: 90\n  BASE_LR: !!float 0.1\n  GAMMA: .1\nt: 2001-01-01\n",
    ],
    "a.json": [json.dumps(config) for _, config in CONFIGURATIONS],
    "a.toml": ["[optimizer]\nlr = 1e-3\n[lr_scheduler]\nwarmup_steps = 9\n[training]\nsteps = 99\na.b = [{c = 1}]\n"],
}


def test_files(full: bool, figures: Callable[..., None], tmp_path: Path) -> None:
    """The texts of such files, edited, as the command line reads them."""
    oracle, random = Oracle(_read_file), Random(1)
    kinds = list(FILES)
    for _ in range(FULL if full else EVERY_DAY):
        path = tmp_path / random.choice(kinds)
        path.write_text(edited_text(random.choice(FILES[path.name]), random, FILES[path.name]), errors="replace")
        oracle.ask(path)
    figures(oracle.figures())
    assert oracle.findings == {}
    assert oracle.accepted > oracle.inputs // 20


def _read_file(path: Path) -> ps.Schedule:
    try:
        return _files.read(path).schedule
    except _files.Problem as problem:
        raise ValueError(f"from_config: {problem}") from None


# Checkpoints ---------------------------------------------------------------------------------------------------------

RATE = ps.join([ps.linear(start=0.0, end=1e-3, steps=10), ps.cosine(start=1e-3, steps=90)])
OTHER = ps.scale(ps.warmup_cosine(peak=1.0, warmup_steps=5, total_steps=50), factor=0.5)
SPEC = [RATE, OTHER]


def states_of_torch() -> list[dict[str, Any]]:
    """What schedulers of torch save, which `step_of` reads too."""
    optimizer = optimizer_of()
    step = theirs.StepLR(optimizer, step_size=3)
    cosine = theirs.CosineAnnealingLR(optimizer, T_max=10)
    chained = theirs.ChainedScheduler([step, cosine], optimizer=optimizer)
    optimizer.step()
    chained.step()
    return [step.state_dict(), cosine.state_dict(), chained.state_dict()]


def saved_states() -> list[dict[str, Any]]:
    """Everything that the adapters save, beside some of torch's."""
    states = states_of_torch()
    for relative in (False, True):
        scheduler = lambda_lr(optimizer_of(2, lr=0.5), SPEC, relative=relative)
        scheduler.step(7)
        states.append(scheduler.state_dict())
        states.append({**scheduler.state_dict(), "fingerprint": json.loads(scheduler.state_dict()["fingerprint"])})
    set_step = param_group_setter(optimizer_of(2), lr=SPEC, weight_decay=OTHER)
    return [*states, set_step.fingerprint(), {key: json.dumps(value) for key, value in set_step.fingerprint().items()}]


def hostile_state(random: Random, valid: list[dict[str, Any]]) -> Any:
    """One of these, edited; the text that is in it too, as the data that it stands for or as mere characters."""
    state = dict(random.choice(valid))
    texts = [key for key, value in state.items() if isinstance(value, str) and value.startswith("[")]
    if texts and random.random() < 0.5:
        key = random.choice(texts)
        if random.random() < 0.5:
            edited = edited_data(json.loads(state[key]), random, [json.loads(state[key])])
            state[key] = json.dumps(edited, default=repr, skipkeys=True)
        else:
            state[key] = edited_text(state[key], random, [state[key]])
        return state
    return edited_data(state, random, valid)


def load(state: Any, relative: bool) -> None:
    """Into a scheduler: all of it or nothing, and the schedule stays the one that it was built with."""
    optimizer = optimizer_of(2, lr=0.5)
    scheduler = lambda_lr(optimizer, SPEC, relative=relative)
    scheduler.step(3)
    before = scheduler.state_dict()
    try:
        scheduler.load_state_dict(state)
    except (ValueError, TypeError):
        assert scheduler.state_dict() == before
        raise
    assert scheduler.last_epoch == step_of(state)
    assert scheduler.lr_lambdas == SPEC
    rates = [base * schedule(scheduler.last_epoch) for base, schedule in zip(scheduler.base_lrs, SPEC, strict=True)]
    assert scheduler.get_last_lr() == rates


#: Where among the readers the load into an absolute scheduler stands.
LOAD = 1


def readers() -> list[Callable[[Any], object]]:
    """Everything that is ever given a checkpoint."""
    scheduler = lambda_lr(optimizer_of(2), SPEC)
    set_step = param_group_setter(optimizer_of(2), lr=SPEC)
    return [
        step_of,
        lambda state: load(state, relative=False),
        lambda state: load(state, relative=True),
        scheduler.differences,
        scheduler.require_same,
        set_step.differences,
        set_step.require_same,
        lambda state: ps.differences(state, RATE),
    ]


def test_checkpoints(full: bool, figures: Callable[..., None]) -> None:
    valid, everyone = saved_states(), readers()

    def given_to_everyone(state: Any) -> None:
        refusals: dict[int, Exception] = {}
        for place, read in enumerate(everyone):
            try:
                read(state)
            except (ValueError, TypeError) as error:
                if any(problems_of(error)):
                    raise
                refusals[place] = error
        if LOAD in refusals:  # this one tells whether the state counts as accepted: the last compares anything
            raise refusals[LOAD]

    oracle = Oracle(given_to_everyone)
    in_batches(oracle, FULL if full else EVERY_DAY, lambda random: hostile_state(random, valid))
    figures(oracle.figures())


def test_what_is_saved_is_read() -> None:
    """The states that the attack begins with are valid: each has a reader that takes it."""
    for state in saved_states():
        answers = []
        for read in readers():
            try:
                answers.append(read(state))
            except (ValueError, TypeError) as error:
                answers.append(error)
        assert any(not isinstance(answer, Exception) for answer in answers), state
