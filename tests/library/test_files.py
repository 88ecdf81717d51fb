"""Files of other tools: what their readers say of a key that is missing or unknown, and what becomes of a hostile file."""

import json
import os
import re
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import pure_schedules as ps
from pure_schedules import _files, like

#: What a reader needs at least, and for each something of its own that is wrong: the key, and what is said of it.
READERS: dict[str, dict[str, Any]] = {
    "axolotl": {"learning_rate": 1.0, "max_steps": 100},
    "deepspeed": {"scheduler": {"type": "WarmupLR", "params": {"warmup_max_lr": 1.0, "warmup_num_steps": 10}}},
    "fvcore": {"SOLVER": {"MAX_ITER": 100, "STEPS": [60], "WARMUP_ITERS": 10}},
    "megatron": {"lr": 1.0, "train_iters": 100},
    "mmengine": {
        "optim_wrapper": {"optimizer": {"lr": 1.0}},
        "param_scheduler": [{"type": "MultiStepLR", "milestones": [60, 80], "by_epoch": False, "end": 90}],
        "train_cfg": {"max_iters": 100},
    },
    "nemo": {
        "model": {"optim": {"lr": 1.0, "sched": {"name": "CosineAnnealing", "warmup_steps": 10}}},
        "trainer": {"max_steps": 100},
    },
    "torchtitan": {"optimizer": {"lr": 1.0}, "lr_scheduler": {"warmup_steps": 10}, "training": {"steps": 100}},
    "transformers": {"learning_rate": 1.0, "max_steps": 100},
    "ultralytics": {"optimizer": "SGD", "lr0": 1.0, "warmup_epochs": 3, "epochs": 100},
}
#: What a file of theirs never says.
BESIDE: dict[str, dict[str, Any]] = {"ultralytics": {"batches_per_epoch": 5}}


def read(tool: str, config: Any, **given: Any) -> ps.Schedule:
    schedule: ps.Schedule = getattr(like, tool).from_config(config, **{**BESIDE.get(tool, {}), **given})
    return schedule


def changed(config: Any, path: str, value: Any) -> Any:
    """The same with another value at a place; None takes it out."""
    key, _, rest = path.partition(".")
    inner = changed(config.get(key, {}), rest, value) if rest else value
    return {**{k: v for k, v in config.items() if k != key}, **({} if inner is None else {key: inner})}


def test_every_reader_is_known_to_the_command_line() -> None:
    readers = {name for name in like.__all__ if hasattr(getattr(like, name), "from_config")}
    assert readers == set(_files.TOOLS) == set(READERS)
    for name in readers:
        arguments = list(signature(getattr(like, name).from_config).parameters.values())
        assert (arguments[0].name, arguments[1].name, arguments[1].default) == ("config", "total_steps", None)
        assert all(argument.kind is argument.KEYWORD_ONLY for argument in arguments[1:])


@pytest.mark.parametrize("tool", READERS)
def test_a_reader_changes_nothing_and_gives_a_value(tool: str) -> None:
    before = json.dumps(READERS[tool])
    schedule = read(tool, READERS[tool])
    assert json.dumps(READERS[tool]) == before
    assert ps.parse(repr(schedule)) == schedule == read(tool, json.loads(before))


@pytest.mark.parametrize(
    ("tool", "place", "value", "said"),
    [
        ("axolotl", "max_steps", None, "max_steps is not there; give total_steps=..."),
        ("axolotl", "learning_rate", None, "learning_rate is missing in the file"),
        ("axolotl", "plugins", ["mine.Plugin"], "plugins has 'mine.Plugin', which may make a scheduler of its own"),
        (
            "axolotl",
            "lr_scheduler",
            "reduce_lr_on_plateau",
            "lr_scheduler is 'reduce_lr_on_plateau', which follows a metric",
        ),
        ("axolotl", "cosine_min_lr", 0.1, "cosine_min_lr is not known here, and may change the curve; did you mean"),
        ("deepspeed", "scheduler", None, "scheduler is not in the file; the rate is then the optimizer's, "),
        ("deepspeed", "scheduler.type", "StepLR", "scheduler.type must be one of LRRangeTest, OneCycle, "),
        (
            "deepspeed",
            "scheduler.params.warmup_num_steps",
            "auto",
            "scheduler.params.warmup_num_steps is auto; give warmup_st",
        ),
        ("deepspeed", "scheduler.params.warmup_max_lr", "auto", "optimizer.params.lr is not there; give lr=..."),
        ("deepspeed", "scheduler.params.warmup_steps", 9, "scheduler.params.warmup_steps is not known in WarmupLR, and may"),
        (
            "deepspeed",
            "scheduler.params.last_batch_iteration",
            9,
            "scheduler.params.last_batch_iteration is for a resumed run",
        ),
        ("fvcore", "_BASE_", "../Base.yaml", "_BASE_ names another file"),
        (
            "fvcore",
            "SOLVER.BASE_RL",
            0.1,
            "SOLVER.BASE_RL is not known in SOLVER, and may change the curve; did you mean 'BASE_",
        ),
        ("fvcore", "SOLVER.STEPS", "60, 80", "SOLVER.STEPS must be a list of numbers, got '60, 80'"),
        ("fvcore", "SOLVER.GAMMA", -1, "SOLVER.GAMMA: gamma must be positive, got gamma=-1"),
        ("fvcore", "SOLVER.REFERENCE_WORLD_SIZE", 8, "SOLVER.REFERENCE_WORLD_SIZE scales the lengths"),
        ("megatron", "train_iters", None, "train_iters is not there, and train_samples is not; give total_steps=..."),
        ("megatron", "lr_warmup_samples", 9, "lr_warmup_samples counts samples, and train_iters counts iters"),
        ("megatron", "rampup_batch_size", [16, 16, 100], "rampup_batch_size changes what an update is"),
        (
            "megatron",
            "lr_decay_style",
            "WSD",
            'lr_wsd_decay_iters: wsd_decay_steps is missing; "WSD" needs the length of its fall',
        ),
        ("megatron", "lr_warmup_step", 9, "lr_warmup_step is not known here, and may change the curve"),
        ("mmengine", "param_scheduler", None, "param_scheduler is not in the file; the rate is then the optimizer's"),
        (
            "mmengine",
            "param_scheduler",
            [{"type": "ReduceOnPlateauLR"}],
            "param_scheduler[0].type is 'ReduceOnPlateauLR', wh",
        ),
        ("mmengine", "param_scheduler", [{"type": "MyLR"}], "param_scheduler[0].type must be one of ConstantLR, "),
        ("mmengine", "param_scheduler", [{"type": "StepLR", "step": 9}], "param_scheduler[0].step is not known in StepLR, "),
        (
            "mmengine",
            "param_scheduler",
            [{"type": "StepLR", "step_size": 9}],
            "param_scheduler goes by epochs, whose length",
        ),
        ("mmengine", "param_scheduler", [{"type": "StepLR", "by_epoch": False}], "StepLR needs step_size; write dict"),
        ("mmengine", "param_scheduler", [7], "param_scheduler[0] must be a section of keys, got 7"),
        ("mmengine", "param_scheduler", "StepLR", "param_scheduler must be a list of schedulers, got 'StepLR'"),
        ("mmengine", "auto_scale_lr", {"enable": True}, "auto_scale_lr.enable scales lr by the size of the batch"),
        ("mmengine", "optim_wrapper.accumulative_counts", 4, "optim_wrapper.accumulative_counts makes an update of several"),
        ("nemo", "model.optim.sched", None, "model.optim.sched is not in the file; the rate is then the optimizer's"),
        ("nemo", "trainer.max_steps", None, "trainer.max_steps is not there, nor is it under sched; give total_steps=..."),
        ("nemo", "model.optim.lr", "${model.rate}", "model.optim.lr refers to model.rate, which is not in the file"),
        (
            "nemo",
            "model.optim.lr",
            "${model.optim.lr}",
            "model.optim.lr is a circular reference",
        ),
        ("nemo", "model.optim.lr", "${oc.env:LR}", "model.optim.lr is computed elsewhere, by '${oc.env:LR}'"),
        ("nemo", "model.optim.lr", "???", "model.optim.lr is missing in the file"),
        (
            "nemo",
            "model.optim.sched.name",
            "ReduceLROnPlateau",
            "model.optim.sched.name is 'ReduceLROnPlateau', which follows",
        ),
        (
            "nemo",
            "model.optim.sched.warmup_ratio",
            0.1,
            "model.optim.sched.warmup_ratio must not be given beside",
        ),
        ("nemo", "defaults", [{"model": "base"}], "defaults takes 'model' from another file"),
        (
            "torchtitan",
            "lr_scheduler.warmup",
            9,
            "lr_scheduler.warmup is not known in lr_scheduler, and may change the curve",
        ),
        ("torchtitan", "training.warmup_steps", 9, "training.warmup_steps is from the first versions of torchtitan"),
        ("torchtitan", "lr_scheduler.decay_type", "exp", "lr_scheduler.decay_type must be one of"),
        (
            "transformers",
            "max_steps",
            None,
            "max_steps is not there, nor is num_train_epochs; give total_steps=..., or batches_",
        ),
        ("transformers", "lr_scheduler_type", "greedy", "lr_scheduler_type is 'greedy', which follows a metric"),
        ("transformers", "lr_scheduler_type", "cosin", "lr_scheduler_type must be one of linear, cosine, "),
        (
            "transformers",
            "lr_scheduler_kwargs",
            {"min_lr": 0.1},
            "lr_scheduler_kwargs.min_lr is not known in linear, and may",
        ),
        (
            "transformers",
            "warmup_ratios",
            0.1,
            "warmup_ratios is not known here, and may change the curve; did you mean 'war",
        ),
        ("transformers", "warmup_ratio", 3, "warmup_ratio must be from 0 to 1, got 3"),
        ("transformers", "warmup_steps", -3, "warmup_steps must be 0 or more, got -3"),
        ("transformers", "num_epochs", 3, "num_epochs is a key of Axolotl; read its file with like.axolotl.from_config"),
        ("ultralytics", "optimizer", None, "optimizer is auto, and ultralytics then chooses lr0 and momentum"),
        ("ultralytics", "lr_0", 0.1, "lr_0 is not known here, and may change the curve; did you mean 'lr0'?"),
        ("transformers", "deepspeed", "ds.json", "deepspeed names a file, 'ds.json', which may have a scheduler"),
    ],
)
def test_what_is_refused_by_its_key(tool: str, place: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"^like.{tool}.from_config: {re.escape(said)}"):
        read(tool, changed(READERS[tool], place, value))


def numbers_in(config: Any, path: str = "") -> list[str]:
    if isinstance(config, dict):
        return [place for key, value in config.items() for place in numbers_in(value, f"{path}.{key}".removeprefix("."))]
    return [path] if isinstance(config, int | float) else []


#: What is no number, or none that anybody means.
NO_NUMBERS = [
    *(float("nan"), float("inf"), float("-inf"), "nan", "1e999", "1" * 400, 10**5000, True, "much", [1], {"a": 1}),
    *("__import__('os')", "${x}", "", "1_000_000_000_000_000_000_000"),
]
#: What is no length, and the keys of what is none.
NO_LENGTHS = [2**70, -1, 0.5, -1e300]
ANY_NUMBER = ("lr", "lr0", "learning_rate", "warmup_max_lr", "warmup_epochs")


@pytest.mark.parametrize(
    ("tool", "place"), [(tool, place) for tool, config in READERS.items() for place in numbers_in(config)]
)
def test_what_is_no_number_is_refused_by_its_key(tool: str, place: str) -> None:
    for value in NO_NUMBERS + ([] if place.rpartition(".")[2] in ANY_NUMBER else NO_LENGTHS):
        with pytest.raises(ValueError, match=f"^like.{tool}.from_config: {re.escape(place)}[: ]") as refused:
            read(tool, changed(READERS[tool], place, value))
        assert len(str(refused.value)) < 400


#: Each argument that a file says too: the changes to the file, and what it says then. The total_steps of Axolotl are those
#: of the data, which `max_steps` shortens, and no file of ultralytics has a length in batches.
SAID: list[tuple[str, str, dict[str, Any], Any]] = [
    *((tool, "total_steps", {}, 100) for tool in READERS if tool not in ("axolotl", "deepspeed", "ultralytics")),
    ("deepspeed", "warmup_steps", {}, 10),
    ("deepspeed", "lr", {}, 1.0),
    ("deepspeed", "total_steps", {"scheduler.type": "WarmupDecayLR", "scheduler.params.total_num_steps": 50}, 50),
    ("deepspeed", "lr", {"scheduler.params.warmup_max_lr": "auto", "optimizer.params.lr": 1.0}, 1.0),
    ("transformers", "total_steps", {"lr_scheduler_type": "constant"}, 100),
    ("nemo", "total_steps", {"model.optim.sched": {"name": "StepLR", "step_size": 3}}, 100),
]


@pytest.mark.parametrize(("tool", "argument", "changes", "said"), SAID)
def test_an_argument_that_the_file_says_too_must_agree(tool: str, argument: str, changes: Any, said: Any) -> None:
    config = READERS[tool]
    for place, value in changes.items():
        config = changed(config, place, value)
    assert read(tool, config, **{argument: said}) == read(tool, config)
    told = f"says {said}, and {argument}={said + 1} was given; leave {argument} out"
    with pytest.raises(ValueError, match=re.escape(told)):
        read(tool, config, **{argument: said + 1})


def test_every_argument_of_every_reader_is_held() -> None:
    """Each one is refused beside the file's own word, or makes a length that is refused beside another."""
    held = {(tool, argument) for tool, argument, *_ in SAID}
    held |= {("axolotl", "total_steps")} | {
        (tool, name) for tool in TWO_LENGTHS for name in ("total_steps", "batches_per_epoch")
    }
    assert held == {
        (tool, name) for tool in READERS for name in list(signature(getattr(like, tool).from_config).parameters)[1:]
    }


#: Files in epochs, of which batches_per_epoch=5 makes 50 updates.
TWO_LENGTHS: dict[str, dict[str, Any]] = {
    "mmengine": changed(READERS["mmengine"], "train_cfg", {"max_epochs": 10}),
    "nemo": changed(READERS["nemo"], "trainer", {"max_epochs": 10}),
    "transformers": {"learning_rate": 1.0, "num_train_epochs": 10},
    "ultralytics": {**READERS["ultralytics"], "epochs": 10},
}


@pytest.mark.parametrize("tool", TWO_LENGTHS)
def test_two_lengths_must_agree(tool: str) -> None:
    reader = getattr(like, tool).from_config
    config = TWO_LENGTHS[tool]
    by_epochs = reader(config, batches_per_epoch=5)
    assert by_epochs == reader(config, total_steps=50, batches_per_epoch=5)
    if tool in ("mmengine", "ultralytics"):  # the length of an epoch follows
        assert by_epochs == reader(config, total_steps=50)
    told = "total_steps=60 was given, and batches_per_epoch=..., which makes 50 steps with "
    with pytest.raises(ValueError, match=re.escape(told)):
        reader(config, total_steps=60, batches_per_epoch=5)


@pytest.mark.parametrize(
    ("tool", "missing", "default"),
    [
        ("axolotl", "lr_scheduler", "lr_scheduler='cosine', warmup_steps=3"),
        ("deepspeed", "scheduler.params.warmup_num_steps", "scheduler.params.warmup_num_steps=1000"),
        ("fvcore", "SOLVER.MAX_ITER", "SOLVER.MAX_ITER=40000"),
        ("megatron", "lr_decay_style", "lr_decay_style='linear'"),
        ("mmengine", "param_scheduler.0.gamma", "param_scheduler[0].gamma=0.1"),
        ("nemo", "model.optim.sched.min_lr", "model.optim.sched.min_lr=0.0"),
        ("torchtitan", "training.steps", "training.steps=10000"),
        ("torchtitan", "optimizer.lr", "optimizer.lr=0.0008"),
        ("transformers", "learning_rate", "learning_rate=5e-05"),
        ("ultralytics", "lr0", "lr0=0.01"),
    ],
)
def test_a_default_of_the_tool_that_is_taken_is_told(tool: str, missing: str, default: str, file: Any) -> None:
    config = changed(READERS[tool], missing, None) if "param_scheduler" not in missing else READERS[tool]
    found = _files.read(file("config.json", json.dumps(config)), tool, **BESIDE.get(tool, {}))
    assert f"config.json: not in the file; defaults of {_files.TOOLS[tool].title}: " in found.defaults
    assert default in found.defaults


@pytest.mark.parametrize("tool", READERS)
def test_what_is_no_length_is_no_argument(tool: str) -> None:
    with pytest.raises(TypeError, match="total_steps must be a whole number, got total_steps='many'"):
        read(tool, READERS[tool], total_steps="many")
    with pytest.raises(TypeError, match=f"like.{tool}.from_config: config must be a mapping, got "):
        read(tool, [READERS[tool]])


def test_the_state_of_a_trainer_is_no_configuration(file: Any) -> None:
    state = {"global_step": 9, "max_steps": 100, "num_train_epochs": 3, "log_history": []}
    with pytest.raises(
        _files.Problem, match=r"log_history is of a trainer_state\.json; the schedule is in the training arg"
    ):
        _files.read(file("trainer_state.json", json.dumps(state)))


@pytest.mark.parametrize(
    ("tool", "place", "near", "meant"),
    [
        ("deepspeed", "scheduler.type", "WarmupCosinLR", "WarmupCosineLR"),
        ("mmengine", "param_scheduler", [{"type": "MultiStepsLR"}], "MultiStepLR"),
        ("nemo", "model.optim.sched.name", "CosineAnealing", "CosineAnnealing"),
        ("transformers", "lr_scheduler_type", "cosin", "cosine"),
        ("axolotl", "lr_scheduler", "inverse_sqr", "inverse_sqrt"),
    ],
)
def test_a_misspelt_scheduler_is_recognised(tool: str, place: str, near: Any, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{meant}'\\?$"):
        read(tool, changed(READERS[tool], place, near))


def test_a_null_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match="learning_rate is null in the file"):
        read("axolotl", {"learning_rate": None, "max_steps": 9})


def test_many_parts_are_not_made() -> None:
    with pytest.raises(ValueError, match="num_cycles must be at most 10,000"):
        read(
            "transformers",
            {"max_steps": 9, "lr_scheduler_type": "cosine_with_restarts", "lr_scheduler_kwargs": {"num_cycles": 1e9}},
        )
    with pytest.raises(ValueError, match="STEPS must have at most 10,000 numbers"):
        read("fvcore", {"SOLVER": {"STEPS": list(range(10_001))}})
    ramp = {"rampup_batch_size": [1, 1, 9], "global_batch_size": 10**6}
    with pytest.raises(ValueError, match="rampup_batch_size must have at most 10,000 stages"):
        read("megatron", {"lr": 1.0, "train_samples": 9, **ramp})


def test_a_long_list_is_not_quoted_in_full() -> None:
    with pytest.raises(ValueError, match=r"SOLVER\.STEPS: steps must rise from 0 on, .* \.\.\. ") as refused:
        read("fvcore", {"SOLVER": {"STEPS": [*range(5000), 0]}})
    assert len(str(refused.value)) < 700


# Files ---------------------------------------------------------------------------------------------------------------

YAML = "learning_rate: 1e-3\nlr_scheduler_type: cosine\nwarmup_ratio: 0.1\nmax_steps: 100\n"
COSINE = ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


@pytest.mark.parametrize("tool", READERS)
def test_it_is_found_out_whose_a_file_is(tool: str, file: Any) -> None:
    config = READERS[tool] if tool != "axolotl" else {**READERS[tool], "base_model": "a/b"}
    if tool == "transformers":
        config = {**config, "lr_scheduler_type": "linear"}
    found = _files.read(file("config.json", json.dumps(config)), **BESIDE.get(tool, {}))
    assert found.schedule == read(tool, config)
    assert found.said.endswith(f"config.json: read as a file of {_files.TOOLS[tool].title}, by like.{tool}.from_config")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", YAML),
        ("a.yml", f"\ufeff# a comment\n{YAML}model: !!python/object/apply:os.system ['exit 3']\n"),
        ("a.yaml", f"base: &base\n  x: 1\nother: *base\n{YAML}"),
        (
            "a.json",
            '{"learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_ratio": 0.1, "max_steps": 100, "x": NaN}',
        ),
    ],
)
def test_files_that_are_read(name: str, text: str, file: Any) -> None:
    assert _files.read(file(name, text)).schedule == COSINE


def test_toml(file: Any) -> None:
    pytest.importorskip("tomllib")
    text = "[optimizer]\nlr = 1.0\n[lr_scheduler]\nwarmup_steps = 10\n[training]\nsteps = 100\n"
    assert _files.read(file("a.toml", text)).schedule == read("torchtitan", READERS["torchtitan"])


def test_a_file_that_stands_on_another(file: Any) -> None:
    file("Base.yaml", "_BASE_: below/Base.yaml\nSOLVER:\n  MAX_ITER: 100\n")
    file("below/Base.yaml", "SOLVER:\n  STEPS: (60,)\n  WARMUP_ITERS: 10\n  MAX_ITER: 7\n")
    schedule = _files.read(file("a.yaml", "_BASE_: Base.yaml\nSOLVER:\n  BASE_LR: 1.0\n")).schedule
    assert schedule == read("fvcore", {"SOLVER": {"MAX_ITER": 100, "STEPS": [60], "WARMUP_ITERS": 10, "BASE_LR": 1.0}})


def test_the_file_of_deepspeed_is_looked_into(file: Any) -> None:
    """Where the tool is started above its configuration, as it is in most repositories."""
    scheduler = {"type": "WarmupDecayLR", "params": dict.fromkeys(("warmup_max_lr", "total_num_steps"), "auto")}
    file("ds/with.json", json.dumps({"scheduler": scheduler}))
    file("ds/without.json", "{}")
    assert _files.read(file("a/b/c.yaml", f"{YAML}deepspeed: ds/without.json")).schedule == COSINE
    theirs = like.deepspeed.WarmupDecayLR(total_num_steps=100, warmup_max_lr=1e-3)
    assert _files.read(file("a/b/c.yaml", f"{YAML}deepspeed: ds/with.json")).schedule == theirs
    with pytest.raises(_files.Problem, match=r"deepspeed: ds/other\.json: there is no such file here, nor above c\.yaml"):
        _files.read(file("a/b/c.yaml", f"{YAML}deepspeed: ds/other.json"))
    with pytest.raises(_files.Problem, match="there is no such file here"):
        _files.read(file("a/b/c.yaml", f"{YAML}deepspeed: {'d' * 10_000}.json"))


LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['ha'] * 9)}]\n" for n in range(30))
MERGED = "a0: &a0 {x: 1, y: 2}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30))

HOSTILE = [
    ("a.yaml", LAUGHS, "a file may have 100,000 values, its aliases counted"),
    ("a.yaml", MERGED, "a file may have 100,000 values, its aliases counted"),
    ("a.yaml", "a: &a [*a]", "a file may have 100,000 values, its aliases counted"),
    ("a.yaml", "[" * 50_000, "nested deeper than 100"),
    ("a.yaml", "{a: " * 40_000, "nested deeper than 100"),
    ("a.yaml", "- " * 50_000, "nested deeper than 100"),
    ("a.yaml", f"a: {'1:' * 50_000}1", "a value may have 20,000 characters"),
    ("a.yaml", f"a: {'9' * 19_000}", "cannot be read as YAML"),
    ("a.yaml", "a: 2001-99-99", "cannot be read as YAML"),
    ("a.yaml", "a: !!float ''", "cannot be read as YAML"),
    ("a.yaml", "a: !!bool much", "cannot be read as YAML"),
    ("a.yaml", "a: !!timestamp then", "cannot be read as YAML"),
    ("a.yaml", "a: [1\nb: 2", "cannot be read as YAML"),
    ("a.yaml", "{[1]: 2}", "cannot be read as YAML"),
    ("a.yaml", "a: *b", "cannot be read as YAML"),
    ("a.yaml", "a: 1\n---\nb: 2", "cannot be read as YAML"),
    ("a.yaml", "", "is empty"),
    ("a.yaml", "- 1", "must have keys at its top"),
    ("a.yaml", "a: 1", "this is not known as a file of Axolotl, DeepSpeed, "),
    (
        "a.yaml",
        "SOLVER: {}\nlr_scheduler_type: cosine",
        "this could be a file of detectron2 or Transformers; say which by --tool",
    ),
    ("a.yaml", "_BASE_: a.yaml", "more than 10 files include each other"),
    ("a.yaml", "_BASE_: /dev/zero", "_BASE_: '/dev/zero' is no name of a file that is read here"),
    ("a.yaml", "_BASE_: b.yaml", "b.yaml: cannot be read: No such file"),
    ("a.json", "[" * 100_000, "cannot be read as JSON: nested too deep"),
    ("a.json", '{"a":' * 30_000, "cannot be read as JSON: nested too deep"),
    ("a.json", "{'a': 1}", "cannot be read as JSON: Expecting property name"),
    ("a.json", "9" * 10_000, "cannot be read as JSON"),
    ("a.json", "x" * 200_001, "a file may have 200,000 bytes, and this has more"),
    (
        "a.json",
        '{"scheduler": {"type": "WarmupLR", "params": {"warmup_max_lr": NaN}}}',
        "warmup_max_lr must be finite, got nan",
    ),
    ("a.toml", "a = " + "[" * 10_000, "cannot be read as TOML"),
    ("a.toml", "a." * 30_000 + "a = 1", "a line may have 20,000 characters"),
    ("a.toml", "a = ", "cannot be read as TOML"),
]


@pytest.mark.parametrize(
    ("name", "text", "said"), HOSTILE, ids=[f"{said}-{index}" for index, (*_, said) in enumerate(HOSTILE)]
)
def test_a_hostile_file_ends_in_words(name: str, text: str, said: str, file: Any) -> None:
    if name.endswith(".toml"):
        pytest.importorskip("tomllib")
    if "9999" in text and not hasattr(__import__("sys"), "get_int_max_str_digits"):
        pytest.skip("this Python reads numbers of any length")
    with pytest.raises(_files.Problem, match=re.escape(said)) as refused:
        _files.read(file(name, text))
    assert len(str(refused.value)) < 700
    assert str(refused.value).partition(": ")[0].endswith((name, "b.yaml"))


def test_what_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "a.json"
    folder.mkdir()
    with pytest.raises(_files.Problem, match="is a directory; give the name of a file in it"):
        _files.read(folder)
    with pytest.raises(_files.Problem, match="cannot be read: No such file"):
        _files.read(tmp_path / "b.json")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "c.json")
        with pytest.raises(_files.Problem, match="is not a file"):
            _files.read(tmp_path / "c.json")
    (tmp_path / "d.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(_files.Problem, match="this is not UTF-8 text; byte 7 is 0xff"):
        _files.read(tmp_path / "d.json")


@pytest.mark.parametrize(
    ("module", "name", "said"), [("yaml", "a.yaml", "install pyyaml"), ("tomllib", "a.toml", "install tomli")]
)
def test_without_what_reads_it(module: str, name: str, said: str, file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for absent in {module, "tomli"}:
        monkeypatch.setitem(__import__("sys").modules, absent, None)
    with pytest.raises(_files.Problem, match=said):
        _files.read(file(name, "a = 1"))
