"""Law 10: errors teach. Schedule, hyperparameter, rule, value given, what to write instead: every message in full."""

import functools
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from catalogue import CASES, Case
from leaves import leaves, only

import pure_schedules as ps
from pure_schedules import checks

UP = ps.linear(start=0.0, end=1.0, steps=10)
ONE = ps.constant(value=1.0)

# What is written, the kind of error, and its message.
MISTAKES: list[tuple[Any, type[Exception], str | None]] = [
    # Names.
    (
        lambda: ps.linear(strat=0.0, end=1.0, steps=10),
        TypeError,
        "linear: there is no hyperparameter 'strat'; did you mean 'start'? linear has start, end, steps",
    ),
    (
        lambda: ps.linear(start=0.0, end=1.0, steps=10, gamma=3),
        TypeError,
        "linear: there is no hyperparameter 'gamma'; linear has start, end, steps",
    ),
    (
        lambda: ps.linear(start=0.0, end=1.0),
        TypeError,
        "linear: steps is missing; write linear(start=..., end=..., steps=...)",
    ),
    (lambda: ps.scale(UP), TypeError, "scale: factor is missing; write scale(schedule, factor=...)"),
    (lambda: ps.scale(factor=2.0), TypeError, "scale: schedule is missing; write scale(schedule, factor=...)"),
    (
        lambda: ps.linear(0.0, 1.0, 10),
        TypeError,
        "linear: numbers are given by name, got 0.0 by position; write linear(start=0.0, end=1.0, steps=10)",
    ),
    (
        lambda: ps.scale(UP, 2.0),
        TypeError,
        "scale: numbers are given by name, got 2.0 by position; write scale(schedule, factor=2.0)",
    ),
    (
        lambda: ps.clip(UP, 0.1, 0.5),
        TypeError,
        "clip: numbers are given by name, got 0.1 by position; write clip(schedule, low=0.1, high=0.5)",
    ),
    (
        lambda: ps.clip(UP, 0.1, high=0.5),
        TypeError,
        "clip: numbers are given by name, got 0.1 by position; write clip(schedule, low=0.1, high=0.5)",
    ),
    (
        lambda: ps.warmup_cosine(peak=1.0, warmup_steps=0.03, total_steps=10_000),
        ValueError,
        "warmup_cosine: warmup_steps must be a length in steps, not a ratio of total_steps, got warmup_steps=0.03; "
        "write warmup_steps=0.03 * 10000",
    ),
    (
        lambda: ps.warmup_cosine(peak=1.0, warmup_ratio=0.1, total_steps=10_000),  # type: ignore[call-arg]
        TypeError,
        "warmup_cosine: there is no hyperparameter 'warmup_ratio'; write warmup_steps=0.1 * total_steps",
    ),
    (
        lambda: ps.warmup_stable_decay(peak=1.0, warmup_steps=500, decay_steps=0.1, total_steps=10_000),
        ValueError,
        "warmup_stable_decay: decay_steps must be a length in steps, not a ratio of total_steps, got decay_steps=0.1; "
        "write decay_steps=0.1 * 10000",
    ),
    (
        lambda: ps.warmup_linear(peak=1.0, warmup_steps=5, total_steps=10_000)(5, {"warmup_steps": 0.5}),
        ValueError,
        "warmup_linear: warmup_steps must be a length in steps, not a ratio of total_steps, got warmup_steps=0.5; "
        "write warmup_steps=0.5 * 10000",
    ),
    (
        lambda: ps.piecewise_constant(values=[1.0, 0.0], boundaries=[torch.tensor([1000.0], dtype=torch.bfloat16)]),
        ValueError,
        "piecewise_constant: boundaries must not be of half precision, which cannot count, "
        "got boundaries=[torch.tensor([1000.0], dtype=torch.bfloat16)]; convert them to float32 or integers",
    ),
    (
        lambda: ps.cosine_restarts(peak=1.0, every=10, times=2**33),
        ValueError,
        "cosine_restarts: times must be at most 100000, got times=8589934592; for more of them write repeat(...)",
    ),
    (
        lambda: ps.repeat(UP, 3),
        TypeError,
        "repeat: numbers are given by name, got 3 by position; write repeat(schedule, times=3)",
    ),
    (
        lambda: ps.warmup_cosine(1e-3, 10, 100),
        TypeError,
        "warmup_cosine: numbers are given by name, got 0.001 by position; "
        "write warmup_cosine(peak=0.001, warmup_steps=10, total_steps=100)",
    ),
    (lambda: ps.join(UP, ONE), TypeError, "join: schedules takes one list, got 2 by position; write join([a, b])"),
    (lambda: ps.add(*[UP] * 6), TypeError, "add: schedules takes one list, got 6 by position; write add([a, b, c, d, ...])"),
    (
        lambda: ps.switch(UP, ONE, [3]),
        TypeError,
        "switch: schedules takes one list, got 2 by position; write switch([a, b], boundaries=[3])",
    ),
    (
        lambda: ps.maximum(UP, 0.1),
        TypeError,
        "maximum: schedules takes one list, got 2 by position; write maximum([a, constant(value=0.1)])",
    ),
    (
        lambda: ps.scale(UP, ONE, factor=2.0),
        TypeError,
        "scale: 1 may be given by position, got 2; write scale(schedule, factor=2.0)",
    ),
    (
        lambda: ps.scale(ps.linear, factor=2.0),
        TypeError,
        "scale: schedule must be a schedule, and this is a function that makes one, got schedule=linear; "
        "give its hyperparameters: linear(...)",
    ),
    (
        lambda: ps.scale(UP, schedule=UP, factor=2.0),
        TypeError,
        "scale: schedule is given twice, by position and by name; give it once",
    ),
    # Numbers.
    (
        lambda: ps.linear(start=0.0, end=1.0, steps=-1),
        ValueError,
        "linear: steps must not be negative, got steps=-1; give 0 or a number above it",
    ),
    (
        lambda: ps.linear(start=math.nan, end=1.0, steps=1),
        ValueError,
        "linear: start must be finite, got start=nan; give a finite number",
    ),
    (
        lambda: ps.cosine(start=1.0, steps=math.inf),
        ValueError,
        "cosine: steps must be finite, got steps=inf; give a finite number",
    ),
    (
        lambda: ps.exponential(start=0.0, end=1.0, steps=9),
        ValueError,
        "exponential: start must be positive, got start=0.0; give a number above 0",
    ),
    (
        lambda: ps.one_cycle(peak=1.0, total_steps=10, warmup_fraction=30),
        ValueError,
        "one_cycle: warmup_fraction must be a fraction, from 0 to 1, got warmup_fraction=30; write 0.3 for 30 percent",
    ),
    (
        lambda: ps.cosine_restarts(peak=1.0, every=5, times=2.5),  # type: ignore[arg-type]
        ValueError,
        "cosine_restarts: times must be a whole number above 0, got times=2.5; count them: 1, 2, 3 ...",
    ),
    (
        lambda: ps.warmup_cosine(peak=1.0, warmup_steps=100, total_steps=10),
        ValueError,
        "warmup_cosine: total_steps must be at least warmup_steps, got total_steps=10; raise it, or lower warmup_steps",
    ),
    (
        lambda: ps.warmup_stable_decay(peak=1.0, warmup_steps=6, decay_steps=5, total_steps=10),
        ValueError,
        "warmup_stable_decay: total_steps must be at least warmup_steps + decay_steps, got total_steps=10; "
        "raise it, or lower warmup_steps + decay_steps",
    ),
    (
        lambda: ps.clip(UP, low=0.5, high=0.1),
        ValueError,
        "clip: high must be at least low, got high=0.1; raise it, or lower low",
    ),
    # Kinds.
    (
        lambda: ps.linear(start="0", end=1.0, steps=1),  # type: ignore[arg-type]
        TypeError,
        "linear: start must be a number, not text, got start='0'; write it without the quotes",
    ),
    (
        lambda: ps.linear(start="1e-3", end=1.0, steps=1),
        TypeError,
        "linear: start must be a number, not text, got start='1e-3'; "
        "in YAML a number has a point, and a sign before its exponent: write 1.0e-3",
    ),
    (
        lambda: ps.branch(ps.linear(start=1.0, end=0.0, steps=10), ps.cosine(start=1.0, steps=5), at=10),
        ValueError,
        "branch: at must be a step at which the schedule is not 0, got at=10; "
        "nothing can be scaled to 0: write join, and the value that the other one starts from",
    ),
    (
        lambda: ps.warmup(ps.polynomial(start=1.0, end=0.0, steps=0, power=1.0), warmup_steps=5),
        ValueError,
        "warmup: schedule must have a value to rise to, got "
        "schedule=polynomial(start=1.0, end=0.0, steps=0, power=1.0); it is over at once, and 0: give it a length above 0",
    ),
    (
        lambda: ps.linear(start=1j, end=1.0, steps=1),  # type: ignore[arg-type]
        TypeError,
        "linear: start must be a number, not complex, got start=1j; give an int, a float or a tensor of them",
    ),
    (
        lambda: ps.linear(start=True, end=1.0, steps=1),
        TypeError,
        "linear: start must be a number, not bool, got start=True; give an int, a float or a tensor of them",
    ),
    (
        lambda: ps.linear(start=None, end=1.0, steps=1),  # type: ignore[arg-type]
        TypeError,
        "linear: start must be a number, not NoneType, got start=None; give an int, a float or a tensor of them",
    ),
    (
        lambda: ps.constant(value=UP),  # type: ignore[arg-type]
        TypeError,
        "constant: value must be a number, not a schedule, got value=linear(start=0.0, end=1.0, steps=10); "
        "give the number itself",
    ),
    (
        lambda: ps.constant(value=torch.tensor(True)),
        TypeError,
        "constant: value must hold real numbers, not bool, got value=torch.tensor(True, dtype=torch.bool); "
        "convert it to floating point",
    ),
    (
        lambda: ps.scale(0.5, factor=2.0),  # type: ignore[arg-type]
        TypeError,
        "scale: schedule must be a schedule, not a number, got schedule=0.5; write constant(value=0.5)",
    ),
    (
        lambda: ps.scale([UP], factor=2.0),  # type: ignore[arg-type]
        TypeError,
        "scale: schedule must be one schedule, not a list, got schedule=[linear(start=0.0, end=1.0, steps=10)]; "
        "give the schedule itself, without brackets",
    ),
    (
        lambda: ps.scale("linear", factor=2.0),  # type: ignore[arg-type]
        TypeError,
        "scale: schedule must be a schedule, not str, got schedule='linear'; give a schedule or a function of the step",
    ),
    (
        lambda: ps.scale(ps.linear, factor=2.0),
        TypeError,
        "scale: schedule must be a schedule, and this is a function that makes one, got schedule=linear; "
        "give its hyperparameters: linear(...)",
    ),
    (
        lambda: ps.join(UP),  # type: ignore[arg-type]
        TypeError,
        "join: schedules must be a list of schedules, got schedules=linear(start=0.0, end=1.0, steps=10); "
        "put them in brackets: [...]",
    ),
    (lambda: ps.add([]), TypeError, "add: schedules must hold at least one schedule, got schedules=[]; put one in"),
    (
        lambda: ps.join([UP, 0.5]),  # type: ignore[list-item]
        TypeError,
        "join: schedules[1] must be a schedule, not a number, got schedules=[linear(start=0.0, end=1.0, steps=10), 0.5]; "
        "write constant(value=0.5)",
    ),
    (
        lambda: ps.join([UP, ONE], boundaries=10),  # type: ignore[arg-type]
        TypeError,
        "join: boundaries must be a list of numbers, got boundaries=10; put it in brackets: [...]",
    ),
    (
        lambda: ps.warmup_stable_decay(peak=1.0, warmup_steps=1, decay_steps=1, total_steps=9, decay="cosine"),  # type: ignore[arg-type]
        TypeError,
        "warmup_stable_decay: decay must be a function that makes a schedule, got decay='cosine'; "
        "write the name alone, without hyperparameters, such as decay=cosine",
    ),
    # Counts, order, lengths.
    (
        lambda: ps.piecewise_constant(values=[1.0, 0.5], boundaries=[1, 2]),
        ValueError,
        "piecewise_constant: values must be one more than boundaries, got values=[1.0, 0.5]; "
        "give a value before the first of boundaries, and one from each of them on",
    ),
    (
        lambda: ps.join([ONE, UP]),
        ValueError,
        "join: boundaries must be given where a schedule is endless, got schedules[0]=constant(value=1.0); "
        "write boundaries=[...] with the step at which each next one begins",
    ),
    (
        lambda: ps.join([UP, ONE, UP], boundaries=[20, 10]),
        ValueError,
        "join: boundaries must rise from 0 on, never falling, got boundaries=[20, 10]; "
        "sort them; the first boundary is not negative",
    ),
    (
        lambda: ps.repeat(ONE),
        ValueError,
        "repeat: every must be given where the schedule is endless, got schedule=constant(value=1.0); "
        "write every=... with the length of a round",
    ),
    (
        lambda: ps.repeat(ps.linear(start=0.0, end=1.0, steps=0)),
        ValueError,
        "repeat: every must be given where the schedule has no length, got schedule=linear(start=0.0, end=1.0, steps=0); "
        "write every=... with the length of a round",
    ),
    # Steps.
    (
        lambda: UP("5"),
        TypeError,
        "a step must be a real number or a tensor of them, got '5' of type str; "
        "give the index of the update, counted from 0",
    ),
    (
        lambda: UP(1j),
        TypeError,
        "a step must be a real number or a tensor of them, got 1j of type complex; "
        "give the index of the update, counted from 0",
    ),
    (
        lambda: UP(True),
        TypeError,
        "a step must be a real number or a tensor of them, got True of type bool; "
        "give the index of the update, counted from 0",
    ),
    (
        lambda: UP(torch.zeros(2, dtype=torch.bfloat16)),
        TypeError,
        "a step must not be of half precision, which cannot count past 256, got torch.bfloat16; "
        "count in int64 and give that",
    ),
    (
        lambda: UP(np.zeros(2, dtype=np.float16)),
        TypeError,
        "a step must not be of half precision, which cannot count past 2048, got float16; count in int64 and give that",
    ),
    (
        lambda: UP(torch.tensor([True])),
        TypeError,
        "a step must be real, got a tensor of torch.bool; count in int64 and give that",
    ),
    # Batches.
    (
        lambda: UP(torch.arange(4), {"end": torch.ones(3)}),
        ValueError,
        "the step and the hyperparameters must broadcast together, got step (4,), linear.end (3,); "
        "give each batch a dimension of its own, such as peak[:, None] for one curve in each row",
    ),
    (
        lambda: torch.func.vmap(
            lambda end: ps.join([UP, ps.scale(UP, factor=torch.ones(2))])(torch.arange(3), {"schedules": {0: {"end": end}}})
        )(torch.ones(5)),
        ValueError,
        "the step and the hyperparameters must broadcast together, got step (3,), join.schedules[0].end (), "
        "join.schedules[1].factor (2,); "
        "give each batch a dimension of its own, such as peak[:, None] for one curve in each row",
    ),
    (
        lambda: torch.func.grad(lambda end: UP(3, {"schedules": {"ende": end}}))(torch.ones(())),
        TypeError,
        "linear: there is no hyperparameter 'schedules'; linear has start, end, steps",
    ),
    # Trees.
    (
        lambda: UP(5, {"strat": 1.0}),
        TypeError,
        "linear: there is no hyperparameter 'strat'; did you mean 'start'? linear has start, end, steps",
    ),
    (
        lambda: ps.join([UP, UP]).replace({"schedules": {1: {"strat": 1.0}}}),
        TypeError,
        "join.schedules[1]: there is no hyperparameter 'strat'; did you mean 'start'? linear has start, end, steps",
    ),
    (
        lambda: ps.join([UP, UP]).replace({"schedules": {2: {"start": 1.0}}}),
        TypeError,
        "join.schedules: there is no item 2; it has 2, counted from 0",
    ),
    (
        lambda: ps.join([UP, UP]).replace({"schedules": [{}, {}, {}]}),
        TypeError,
        "join.schedules: 3 items were given for 2; give as many, or a dict by index",
    ),
    (
        lambda: UP.replace(start={"value": 1.0}),
        TypeError,
        "linear.start: a dict was given, and there is nothing below it; give a number",
    ),
    (
        lambda: ps.scale(math.sin, factor=1.0).replace({"schedule": {"value": 1.0}}),
        TypeError,
        "scale.schedule: a dict was given, and there is nothing below it; give a schedule",
    ),
    (
        lambda: UP.replace(steps=-1),
        ValueError,
        "linear: steps must not be negative, got steps=-1; give 0 or a number above it",
    ),
    *(
        (
            make,
            ValueError,
            f"{name}: sizes must be positive, got sizes={sizes}; give a number above 0",
        )
        for sizes in ([-4, 32], [32, 0])
        for name, make in (
            ("consumed", lambda sizes=sizes: ps.consumed(sizes=sizes, boundaries=[10])),
            ("batch_size_ramp", lambda sizes=sizes: ps.batch_size_ramp(sizes=sizes, samples=[10])),
        )
    ),
    (
        lambda: ps.uniform_noise(low=0.0, high=1.0, seed=2**53 + 1),
        ValueError,
        "uniform_noise: seed must be at most 9007199254740992, got seed=9007199254740993; give a smaller whole number",
    ),
    # A user's own.
    (
        lambda: ps.schedule(stpes=checks.positive)(lambda step, *, steps: steps),
        TypeError,
        "<lambda>: a rule is declared for 'stpes', which is not one of its hyperparameters",
    ),
    (
        lambda: ps.schedule(lambda step, *numbers: 1.0),
        TypeError,
        "<lambda>: hyperparameters are named one by one, without * or /; got *numbers",
    ),
    (
        lambda: ps.schedule(length=checks.positive)(lambda step, *, length: length),
        TypeError,
        "<lambda>: length must be a function of the hyperparameters that returns a number of steps, got a rule; "
        "a hyperparameter of that name needs another one, such as steps",
    ),
    (
        lambda: ps.schedule(start=2.0)(lambda step, *, start: start),  # type: ignore[arg-type]
        TypeError,
        "<lambda>: the rule of start must be one of pure_schedules.checks, got 2.0; write such(...) for one of your own",
    ),
    (
        lambda: ps.schedule(lambda *, start: start),  # type: ignore[arg-type]
        TypeError,
        "<lambda>: a formula takes the step first, got (start); write def <lambda>(step, *, start)",
    ),
    (
        lambda: ps.schedule(lambda step, start=1.0: start),
        TypeError,
        "<lambda>: start is before the *, as schedules are, but its default is a number; "
        "write * before it: def <lambda>(step, *, start, ...)",
    ),
    (
        lambda: ps.schedule(lambda step, start: start)(start=1.0),
        TypeError,
        "<lambda>: start must be a schedule, not a number, got start=1.0; write constant(value=1.0), or, "
        "where a number is meant, def <lambda>(step, *, start, ...)",
    ),
    (
        lambda: ps.schedule(lambda step, *, start: None)(start=1.0)(5),
        TypeError,
        "<lambda>: a formula must return a number, or a tensor or array of them, got None; return what it computes",
    ),
    (
        lambda: ps.schedule(lambda step, *, start: "0.5")(start=1.0)(torch.tensor(5)),
        TypeError,
        "<lambda>: a formula must return a number, or a tensor or array of them, got '0.5'; return what it computes",
    ),
    (
        lambda: ps.schedule(lambda step, *, start: UP)(start=1.0)(5),
        TypeError,
        f"<lambda>: a formula must return a number, or a tensor or array of them, got {UP!r}; "
        "call it with the step: return child(step)",
    ),
    (
        lambda: ps.recipe(lambda *, peak: peak)(peak=1.0),
        TypeError,
        "<lambda>: a recipe must return a schedule, got 1.0; return what join gives",
    ),
    (
        lambda: ps.schedule(functools.partial(math.pow, 2.0)),
        TypeError,
        "schedule: a function with a name is needed, got functools.partial(<built-in function pow>, 2.0); use def",
    ),
    # Text.
    (
        lambda: ps.parse("linaer(start=0)"),
        ValueError,
        "parse: there is no schedule 'linaer'; did you mean 'linear'?\n    linaer(start=0)\n    ^",
    ),
    (
        lambda: ps.parse("scale(constant(value=open), factor=1)"),
        ValueError,
        "parse: there is no schedule or number 'open'; give your own as parse(text, names={'open': ...})\n"
        "    scale(constant(value=open), factor=1)\n                         ^",
    ),
    (
        lambda: ps.parse("constant(value=0.1"),
        ValueError,
        "parse: this is not an expression: '(' was never closed\n    constant(value=0.1\n            ^",
    ),
    (
        lambda: ps.parse("constant.__class__"),
        ValueError,
        "parse: only names of schedules, numbers and lists are read here\n    constant.__class__\n    ^",
    ),
    (
        lambda: ps.parse("constant(value=9**9**9)"),
        ValueError,
        "parse: the power is too large; exponents go up to 400\n    constant(value=9**9**9)\n                   ^",
    ),
    (
        lambda: ps.parse("0.1"),
        ValueError,
        "parse: a schedule has its hyperparameters beside its name: constant(...)\n    0.1\n    ^",
    ),
    (
        lambda: ps.parse("cosine"),
        ValueError,
        "parse: a schedule has its hyperparameters beside its name: cosine(...)\n    cosine\n    ^",
    ),
    (lambda: ps.parse("(" * 300), ValueError, None),
    (lambda: ps.parse("-" * 50_000 + "1"), ValueError, None),
    (lambda: ps.parse("1+" * 40_000 + "1"), ValueError, None),
    (
        lambda: ps.parse("1" * 200_000),
        ValueError,
        "parse: the text has 200000 characters, and 100000 is the most that is read",
    ),
    (lambda: ps.parse(b"constant(value=1)"), TypeError, "parse: the text must be a str, got bytes; decode it first"),  # type: ignore[arg-type]
    # What the rest of the vocabulary asks for.
    (
        lambda: ps.harmonic(start=0.0, end=1.0, steps=9),
        ValueError,
        "harmonic: start must be positive, got start=0.0; give a number above 0",
    ),
    (
        lambda: ps.half_life(start=0.5, end=1.0, steps=9),
        ValueError,
        "half_life: end must be below 1, got end=1.0; write 0.999, and not 1",
    ),
    (
        lambda: ps.one_minus_power(start=1.0, steps=9, power=0),
        ValueError,
        "one_minus_power: power must be positive, got power=0; give a number above 0",
    ),
    (
        lambda: ps.rex(start=1.0, steps=9, beta=0.0),
        ValueError,
        "rex: beta must be positive, got beta=0.0; give a number above 0",
    ),
    (
        lambda: ps.affine_exponential(start=1.0, steps=9, factor=1),
        ValueError,
        "affine_exponential: factor must not be 1, got factor=1; for a straight line use linear",
    ),
    (
        lambda: ps.hyperbolic(start=1.0, steps=9, upper_bound=5),
        ValueError,
        "hyperbolic: upper_bound must be at least steps, got upper_bound=5; raise it, or lower steps",
    ),
    (
        lambda: ps.capped_power(peak=1.0, timescale=1, power=0.5),
        ValueError,
        "capped_power: power must be negative, got power=0.5; give a number below 0",
    ),
    (
        lambda: ps.radam_warmup(peak=1.0, beta2=1.0),
        ValueError,
        "radam_warmup: beta2 must be below 1, got beta2=1.0; write 0.999, and not 1",
    ),
    (
        lambda: ps.sinusoid(start=1.0, end=0.0, period=0),
        ValueError,
        "sinusoid: period must be positive, got period=0; give a number above 0",
    ),
    (lambda: ps.table(values=[]), ValueError, "table: values must not be empty, got values=[]; put a number in"),
    (
        lambda: ps.uniform_noise(low=1.0, high=0.0),
        ValueError,
        "uniform_noise: high must be at least low, got high=0.0; raise it, or lower low",
    ),
    (
        lambda: ps.normal_noise(mean=1.0, deviation=-0.1),
        ValueError,
        "normal_noise: deviation must not be negative, got deviation=-0.1; give 0 or a number above it",
    ),
    (
        lambda: ps.chain([ONE, UP], boundaries=[5]),
        ValueError,
        "chain: schedules must not begin at 0 after the first, where nothing can be scaled to the value reached, "
        "got schedules=[constant(value=1.0), linear(start=0.0, end=1.0, steps=10)]; "
        "write join, and the value that the next one starts from",
    ),
    (
        lambda: ps.remap(UP, low=1.0, high=1.0, to_low=0.0, to_high=1.0),
        ValueError,
        "remap: high must differ from low, got high=1.0; give two different values",
    ),
    (
        lambda: ps.round_to(UP, multiple=0),
        ValueError,
        "round_to: multiple must be positive, got multiple=0; give a number above 0",
    ),
    (
        lambda: ps.interpolate(UP, start=0.0, end=1.0, steps=9, space=ps.logarithm),
        ValueError,
        "interpolate: start must have a place on the axis of space, got start=0.0; a logarithm needs positive values",
    ),
    (
        lambda: ps.interpolate(UP, start=1.0, end=2.0, steps=9, space="log"),
        TypeError,
        "interpolate: space must be an axis, got space='log'; "
        "write logarithm, reciprocal or half_lives, or leave it out for a straight one",
    ),
    (
        lambda: ps.vary(UP, ONE, hyperparameter="peak"),
        ValueError,
        "vary: hyperparameter must be the name of a number among the hyperparameters of schedule, "
        "got hyperparameter='peak'; "
        "print the schedule to see them",
    ),
    (
        lambda: ps.vary(UP, ONE, hyperparameter=3),
        TypeError,
        "vary: hyperparameter must be a word, not int, got hyperparameter=3; write it in quotes",
    ),
    (
        lambda: ps.vary(abs, ONE, hyperparameter="peak"),
        TypeError,
        "vary: schedule must be a schedule of this library, got schedule=abs; put @schedule over the function",
    ),
    (
        lambda: ps.running_product(UP, times=0),
        ValueError,
        "running_product: times must be a whole number above 0, got times=0; count them: 1, 2, 3 ...",
    ),
    (
        lambda: ps.repeat(UP, growth=0.5),
        ValueError,
        "repeat: growth must be 1 or more, got growth=0.5; give a number from 1 on",
    ),
    (
        lambda: ps.stretch_to(ONE, steps=5),
        ValueError,
        "stretch_to: from_steps must be given where the schedule is endless, got schedule=constant(value=1.0); "
        "write from_steps=... with the length that is stretched",
    ),
    (
        lambda: ps.mirror(ONE),
        ValueError,
        "mirror: steps must be given where the schedule is endless, "
        "got schedule=constant(value=1.0); "
        "write steps=... with the length that is meant",
    ),
    (
        lambda: ps.window(UP, first=5, stop=4),
        ValueError,
        "window: stop must be at least first, got stop=4; raise it, or lower first",
    ),
    (
        lambda: ps.sequence([UP, ONE], fractions=[0.5, 0.5], total_steps=9),
        ValueError,
        "sequence: schedules must all have an end, and a length above 0, "
        "got schedules=[linear(start=0.0, end=1.0, steps=10), constant(value=1.0)]; "
        "give each of them steps, such as steps=1",
    ),
    (
        lambda: ps.sequence([UP, UP], fractions=[0.5], total_steps=9),
        ValueError,
        "sequence: fractions must be as many as schedules, got fractions=[0.5]; give one for each of schedules",
    ),
    (
        lambda: ps.sequence([UP, UP], fractions=[0.5, 0.6], total_steps=9),
        ValueError,
        "sequence: fractions must have a sum of 1, got fractions=[0.5, 0.6]; write 0.3 for 30 percent",
    ),
    (
        lambda: ps.sequence([UP, UP], fractions=[1.0, 0.0], total_steps=9),
        ValueError,
        "sequence: fractions must be positive, got fractions=[1.0, 0.0]; leave out what takes no part",
    ),
    (
        lambda: ps.batch_size_ramp(sizes=[32], samples=[100]),
        ValueError,
        "batch_size_ramp: sizes must be one more than samples, got sizes=[32]; "
        "give a value before the first of samples, and one from each of them on",
    ),
    (
        lambda: ps.warmup(UP, warmup_steps=-1),
        ValueError,
        "warmup: warmup_steps must not be negative, got warmup_steps=-1; give 0 or a number above it",
    ),
    (
        lambda: ps.warmup(UP, warmup_steps=5, rise=ps.linear(start=0.0, end=1.0, steps=2)),
        TypeError,
        "warmup: rise must be a function that makes a schedule, got rise=linear(start=0.0, end=1.0, steps=2); "
        "write the name alone, without hyperparameters, such as decay=cosine",
    ),
    (
        lambda: ps.jagged_restarts(UP, every=10, warmup_steps=6, decay_steps=5),
        ValueError,
        "jagged_restarts: every must be at least warmup_steps + decay_steps, got every=10; "
        "raise it, or lower warmup_steps + decay_steps",
    ),
    (
        lambda: ps.extend(UP, at=10, total_steps=20),
        ValueError,
        "extend: at must be before the end of the schedule, got at=10; "
        "give a step at which there is something left to stretch",
    ),
    (
        lambda: ps.extend(UP, at=5, total_steps=5),
        ValueError,
        "extend: total_steps must be above at, got total_steps=5; "
        "it is the new total length, not the remaining or the added one",
    ),
    (
        lambda: ps.extend(ONE, at=5, total_steps=20),
        ValueError,
        "extend: schedule must have an end, and a length above 0, got schedule=constant(value=1.0); give one with steps",
    ),
    (
        lambda: ps.branch(ONE, UP, at=5),
        ValueError,
        "chain: schedules must not begin at 0 after the first, where nothing can be scaled to the value reached, "
        "got schedules=[constant(value=1.0), linear(start=0.0, end=1.0, steps=10)]; "
        "write join, and the value that the next one starts from",
    ),
    (
        lambda: ps.bundle(lr=3.0),
        TypeError,
        "bundle: lr must be a schedule, not a number, got lr=3.0; write constant(value=3.0)",
    ),
    (lambda: ps.bundle(), ValueError, "bundle: there must be at least one schedule; write bundle(lr=...)"),
]


@pytest.mark.parametrize(
    ("mistake", "kind", "message"), MISTAKES, ids=[(message or "deep")[:60] for _, _, message in MISTAKES]
)
def test_the_message_in_full(mistake: Any, kind: type[Exception], message: str | None) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    if message is not None:
        said = re.sub(r"<function .*?<lambda> at 0x\w+>", "<function <lambda> at 0x...>", str(caught.value))
        assert re.sub(r" at 0x\w+", " at 0x...", said) == message


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 10**400])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_what_is_not_finite_is_refused_for_every_hyperparameter(case: Case, wrong: float) -> None:
    for path, _ in leaves(case.schedule.hyperparameters):
        with pytest.raises(ValueError, match="must be"):
            case.schedule.replace(only(path, wrong))


NOT_NUMBERS = {
    "text": "1",
    "complex": 1j,
    "bool": True,
    "list": [1.0],
    "schedule": UP,
    "object": object(),
    "tensor": torch.tensor([1j]),
}


@pytest.mark.parametrize("wrong", NOT_NUMBERS)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_what_is_not_a_number_is_refused_for_every_hyperparameter(case: Case, wrong: str) -> None:
    for path, _ in leaves(case.schedule.hyperparameters):
        with pytest.raises(TypeError, match=r"must be|must hold"):
            case.schedule.replace(only(path, NOT_NUMBERS[wrong]))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_refused_change_leaves_the_schedule_as_it_was(case: Case) -> None:
    before = repr(case.schedule)
    with pytest.raises(TypeError):
        case.schedule(3, {"no such name": 1.0})
    assert repr(case.schedule) == before


def test_nothing_is_looked_at_in_a_tensor() -> None:
    """Its values may be traced, batched or on another device: they are trusted."""
    assert math.isfinite(ps.linear(start=0.0, end=1.0, steps=torch.tensor(-1.0))(3).item())
    ps.warmup_cosine(peak=1.0, warmup_steps=torch.tensor(20), total_steps=10)
