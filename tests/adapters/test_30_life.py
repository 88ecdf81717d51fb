"""Law 30: a life of an optimizer. Whatever is done to it, each group really uses at each update what a plain model says.

The model is a dict from the name of a group to the rate that it must use. A group is named by the size of its parameter,
which survives everything that is done here.
"""

import copy
import gc
import json
import math
import pickle
from typing import Any

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter

# Every value is a few powers of two, and so exact in float32 as well.
UP = ps.linear(start=0.25, end=2.25, steps=16)
DOWN = ps.linear(start=2.0, end=0.0, steps=16)
SHAPES = (UP, DOWN, None)
RATES = st.sampled_from([0.25, 0.5, 1.0, 2.0])
STEPS = st.integers(0, 60).map(lambda quarters: quarters / 4)
SPECS = st.sampled_from(["one", "list", "rule", "factor"])


def name_of(group: Any) -> int:
    return group["params"][0].numel()


def by_name(group: Any) -> ps.Schedule | None:
    return SHAPES[name_of(group) % 3]


def by_rate(group: Any) -> ps.Schedule:
    return ps.scale(UP, factor=float(group["lr"]))


class Attached:
    """An adapter, and what the model knows of it: what was said of each group, and which it has met."""

    def __init__(self, spec: str, relative: bool) -> None:
        self.adapter: Any = None
        self.spec, self.relative = spec, relative
        self.step: float = 0
        self.first: dict[int, float] = {}
        self.said: dict[int, Any] = {}
        self.planned: set[int] = set()
        self.list: dict[int, Any] = {}

    @property
    def is_scheduler(self) -> bool:
        return hasattr(self.adapter, "step")

    def given(self, names: list[int]) -> Any:
        """What is written for these groups."""
        self.said = {}
        self.list = {name: SHAPES[(name + 1) % 3] for name in names} if self.spec == "list" else {}
        kinds = {"one": DOWN, "rule": by_group(by_name), "factor": by_group(by_rate)}
        return list(self.list.values()) if self.spec == "list" else kinds[self.spec]

    def meet(self, standing: dict[int, float]) -> bool:
        """See the groups that there are; False where one of them is refused."""
        new = [name for name in standing if name not in self.said]
        if self.spec == "list" and any(name not in self.list for name in new):
            return False
        for name in new:
            first = self.first.setdefault(name, standing[name])
            shape = {"one": DOWN, "rule": SHAPES[name % 3], "factor": UP}.get(self.spec, self.list.get(name))
            factor = (first if self.spec == "factor" else 1.0) * (first if self.relative else 1.0)
            self.said[name] = None if shape is None else (shape, factor)
        self.planned = set(standing)
        return True

    def rate(self, name: int, standing: float) -> float:
        said = self.said[name]
        return standing if said is None else said[1] * said[0](self.step)


class Life(RuleBasedStateMachine):
    @initialize(count=st.integers(1, 3), rate=RATES, tensor=st.booleans())
    def begin(self, count: int, rate: float, tensor: bool) -> None:
        self.names = 0
        self.standing: dict[int, float] = {}
        self.attached: list[Attached] = []  # the one that wrote last is the last of them
        self.saved: list[tuple[list[float], Any]] = []
        self.gone: list[Any] = []
        groups = [self.new_group() for _ in range(count)]
        self.optimizer = torch.optim.SGD(groups, lr=torch.tensor(rate) if tensor else rate)
        self.standing = dict.fromkeys(range(1, count + 1), rate)

    def new_group(self, **options: Any) -> dict[str, Any]:
        self.names += 1
        return {"params": [torch.nn.Parameter(torch.ones(self.names))], **options}

    def in_order(self) -> None:
        """Have the model name the groups in the order in which they stand."""
        self.standing = {name: self.standing[name] for name in map(name_of, self.optimizer.param_groups)}

    def wrote(self, one: Attached) -> None:
        self.attached.remove(one)
        self.attached.append(one)
        self.standing = {name: one.rate(name, standing) for name, standing in self.standing.items()}

    # Adapters --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.attached) < 3)
    @rule(scheduler=st.booleans(), spec=SPECS, relative=st.booleans(), keep=st.booleans())
    def attach(self, scheduler: bool, spec: str, relative: bool, keep: bool) -> None:
        one = Attached(spec, relative and scheduler)
        given = one.given(list(self.standing))
        if scheduler:
            one.adapter = lambda_lr(self.optimizer, given, relative=one.relative)
        else:
            one.adapter = param_group_setter(self.optimizer, keep_tensors=keep, lr=given)
        assert one.meet(self.standing)
        self.attached.insert(0, one)
        if scheduler:
            self.wrote(one)

    @precondition(lambda self: self.attached)
    @rule(index=st.integers(0, 2), step=STEPS, advance=st.booleans())
    def write(self, index: int, step: float, advance: bool) -> None:
        one = self.attached[index % len(self.attached)]
        accepted = one.meet(self.standing)
        call = (one.adapter.step if advance else lambda: one.adapter.step(step)) if one.is_scheduler else None
        if not accepted:
            with pytest.raises(ValueError, match="has none"):
                one.adapter(step) if call is None else call()
            return
        one.adapter(step) if call is None else call()
        one.step = one.step + 1 if one.is_scheduler and advance else step
        self.wrote(one)

    @precondition(lambda self: any(one.is_scheduler for one in self.attached))
    @rule(step=st.sampled_from(["3", math.nan, math.inf, -7, torch.tensor(3), None]))
    def refused(self, step: Any) -> None:
        """What is no step leaves the scheduler where it was."""
        one = next(one for one in self.attached if one.is_scheduler)
        if step is not None:
            with pytest.raises((TypeError, ValueError), match="lambda_lr: epoch must be "):
                one.adapter.step(step)
        assert json.loads(json.dumps(one.adapter.state_dict()))["last_epoch"] == one.step

    @precondition(lambda self: self.attached)
    @rule(index=st.integers(0, 2), spec=SPECS)
    def follow(self, index: int, spec: str) -> None:
        one = self.attached[index % len(self.attached)]
        one.spec = spec
        given = one.given(list(self.standing))
        one.adapter.follow(given) if one.is_scheduler else one.adapter.follow(lr=given)
        assert one.meet(self.standing)
        if one.is_scheduler:
            self.wrote(one)

    @precondition(lambda self: self.attached)
    @rule(index=st.integers(0, 2))
    def drop(self, index: int) -> None:
        del self.attached[index % len(self.attached)]
        gc.collect()

    @precondition(lambda self: any(one.is_scheduler for one in self.attached))
    @rule(to=STEPS)
    def load_scheduler(self, to: float) -> None:
        one = next(one for one in self.attached if one.is_scheduler)
        if one.meet(self.standing):
            state = pickle.loads(pickle.dumps(one.adapter.state_dict()))
            one.step = state["last_epoch"] = to
            one.adapter.load_state_dict(state)
            self.wrote(one)

    # Groups ----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.standing) < 5)
    @rule(rate=RATES, tensor=st.booleans())
    def add(self, rate: float, tensor: bool) -> None:
        self.optimizer.add_param_group(self.new_group(lr=torch.tensor(rate) if tensor else rate))
        self.standing[self.names] = rate

    @precondition(lambda self: len(self.standing) > 1)
    @rule(index=st.integers(0, 4))
    def remove(self, index: int) -> None:
        group = self.optimizer.param_groups.pop(index % len(self.standing))
        self.gone.append(group)
        self.in_order()
        for one in self.attached:
            one.planned.discard(name_of(group))

    @precondition(lambda self: self.gone)
    @rule(index=st.integers(0, 4))
    def bring_back(self, index: int) -> None:
        group = self.gone.pop(index % len(self.gone))
        self.optimizer.param_groups.insert(index % 3, group)
        self.standing[name_of(group)] = float(group["lr"])
        self.in_order()

    @rule(index=st.integers(0, 4), rate=RATES)
    def swap(self, index: int, rate: float) -> None:
        """One in the place of another, so that their number stays."""
        place = index % len(self.standing)
        old = self.optimizer.param_groups[place]
        self.optimizer.param_groups[place] = {**old, **self.new_group(lr=rate)}
        self.standing[self.names] = rate
        self.in_order()
        for one in self.attached:
            one.planned.discard(name_of(old))

    @rule(order=st.randoms(use_true_random=False))
    def reorder(self, order: Any) -> None:
        order.shuffle(self.optimizer.param_groups)
        self.in_order()

    @rule(rate=RATES, tensor=st.booleans(), indices=st.sets(st.integers(0, 4), min_size=1))
    def replace(self, rate: float, tensor: bool, indices: set[int]) -> None:
        """A number or a tensor in the place of a rate; one tensor in several places, too."""
        new: Any = torch.tensor(rate) if tensor else rate
        names = list(self.standing)
        for index in {index % len(names) for index in indices}:
            self.optimizer.param_groups[index]["lr"] = new
            self.standing[names[index]] = rate

    # States and copies -----------------------------------------------------------------------------------------------

    @rule()
    def save(self) -> None:
        self.saved.append((list(self.standing.values()), copy.deepcopy(self.optimizer.state_dict())))

    @precondition(lambda self: self.saved)
    @rule(index=st.integers(0, 9))
    def load(self, index: int) -> None:
        rates, state = self.saved[index % len(self.saved)]
        if len(rates) != len(self.standing):
            return
        self.standing = dict(zip(self.standing, rates, strict=True))
        last = self.attached[-1] if self.attached else None
        if last is not None and last.is_scheduler and not last.meet(self.standing):
            with pytest.raises(ValueError, match="has none"):
                self.optimizer.load_state_dict(copy.deepcopy(state))
        else:
            self.optimizer.load_state_dict(copy.deepcopy(state))
            if last is not None and last.is_scheduler:
                self.wrote(last)

    @rule(way=st.sampled_from([copy.deepcopy, lambda things: pickle.loads(pickle.dumps(things))]))
    def go_on_with_a_copy(self, way: Any) -> None:
        adapters = [one.adapter for one in self.attached]
        (self.optimizer, self.gone), adapters = way(((self.optimizer, self.gone), adapters))
        for one, adapter in zip(self.attached, adapters, strict=True):
            one.adapter = adapter
            if not one.meet(self.standing):
                one.planned = set()

    # The truth -------------------------------------------------------------------------------------------------------

    @invariant()
    def an_update_uses_what_the_model_says(self) -> None:
        if not hasattr(self, "optimizer"):
            return
        last = self.attached[-1] if self.attached else None
        expected = dict(self.standing)
        refused = False
        if last is not None and last.is_scheduler and last.planned != set(self.standing):
            new = set(self.standing) - last.planned
            refused = not last.meet(self.standing)
            if not refused:
                expected = {n: last.rate(n, rate) if n in new else rate for n, rate in expected.items()}
        used: dict[int, float] = {}

        def record(optimizer: Any, *_: Any) -> None:
            used.update({name_of(group): float(group["lr"]) for group in optimizer.param_groups})

        handle = self.optimizer.register_step_pre_hook(record)
        if refused:
            with pytest.raises(ValueError, match="has none"):
                self.optimizer.step()
        else:
            self.optimizer.step()
            assert used == expected
            assert list(used) == list(expected)
            self.standing = expected
        handle.remove()


def test_a_life_of_an_optimizer() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=60, stateful_step_count=30))
