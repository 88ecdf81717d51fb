"""A life of an optimizer. Whatever is done to it, each group really uses at each update what a plain model says (law 30).

The model is a dict from the name of a group to the rate that it must use. A group is named by the size of its parameter,
which survives everything that is done here. What an update really used is read off the weights where it is SGD's, which
moves each by the rate, and off the groups at the moment of the update for other optimizers.
"""

import copy
import gc
import io
import json
import math
import pickle
from collections import Counter
from typing import Any, ClassVar

import pytest
import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter, relative

# Every value is a few powers of two: what is not the same is far apart, and only factors of factors are rounded.
UP = ps.linear(start=0.25, end=2.25, steps=16)
DOWN = ps.linear(start=2.0, end=0.0, steps=16)
SHAPES = (UP, DOWN, None)
RATES = st.sampled_from([0.25, 0.5, 1.0, 2.0])
STEPS = st.integers(0, 60).map(lambda quarters: quarters / 4)
SPECS = st.sampled_from(["one", "list", "rule", "factor"])
ATTACHED = st.fixed_dictionaries(
    {name: st.booleans() for name in ("scheduler", "factor", "keep", "wrapped", "both")} | {"spec": SPECS}
)
KINDS: dict[str, Any] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    # Without a GPU it makes no update of a parameter that has a gradient.
    "capturable": lambda groups, lr: torch.optim.AdamW(groups, lr=lr, capturable=True),
}
#: The size of the parameter of the second optimizer, whose group stays as it is.
OTHER = 100


def name_of(group: Any) -> int:
    return group["params"][0].numel()


class Wrapper(torch.optim.Optimizer):
    """An optimizer by class that has not called torch's constructor, as Accelerate's."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:
        return self.optimizer.param_groups

    def __getstate__(self) -> Any:
        return self.optimizer

    def __setstate__(self, state: Any) -> None:
        self.optimizer = state


def saved_and_read(things: Any, weights_only: bool = False) -> Any:
    """The same out of a file that torch has written."""
    file = io.BytesIO()
    torch.save(things, file)
    file.seek(0)
    return torch.load(file, weights_only=weights_only)


def with_rate(state: Any, rate: float | None) -> Any:
    """A state as a hook may change it: with this rate in all groups."""
    if rate is None:
        return None
    return {**state, "param_groups": [{**group, "lr": rate} for group in state["param_groups"]]}


def by_name(group: Any) -> ps.Schedule | None:
    return SHAPES[name_of(group) % 3]


def by_rate(group: Any) -> ps.Schedule:
    return ps.scale(UP, factor=float(group["lr"]))


class Relatively:
    """A rule whose schedules are factors of what stands in the group."""

    def __init__(self, rule: Any) -> None:
        self.rule = rule

    def __call__(self, group: Any) -> Any:
        schedule = self.rule(group)
        return None if schedule is None else relative(schedule)


class Attached:
    """An adapter, and what the model knows of it: what was said of each group, and which it has met."""

    def __init__(self, spec: str, relative: bool, both: bool) -> None:
        self.adapter: Any = None
        self.spec, self.relative, self.both = spec, relative, both
        self.step: float = 0
        self.first: dict[int, float] = {}
        self.said: dict[int, Any] = {}
        self.planned: set[int] = set()
        self.list: dict[int, Any] = {}

    @property
    def is_scheduler(self) -> bool:
        return hasattr(self.adapter, "step")

    def given(self, names: list[int], scheduler: bool) -> Any:
        """What is written for these groups."""
        self.said = {}
        self.list = {name: SHAPES[(name + 1) % 3] for name in names} if self.spec == "list" else {}

        of = Relatively if self.relative and not scheduler else lambda rule: rule  # a scheduler makes it so by itself
        if self.spec in ("list", "one"):
            shapes = [of(lambda group, shape=shape: shape)({}) for shape in self.list.values() or [DOWN]]
            return shapes if self.spec == "list" else shapes[0]
        return by_group(of(by_name if self.spec == "rule" else by_rate))

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
    #: How often each rule was tried, and how many updates were looked at, over all lives.
    counted: ClassVar[Counter[str]] = Counter()

    @initialize(
        count=st.integers(1, 3), rate=RATES, tensor=st.booleans(), kind=st.sampled_from(sorted(KINDS)), first=ATTACHED
    )
    def begin(self, count: int, rate: float, tensor: bool, kind: str, first: dict[str, Any]) -> None:
        self.counted["lives"] += 1
        self.kind = kind
        self.names = 0
        self.standing: dict[int, float] = {}
        self.attached: list[Attached] = []  # the one that wrote last is the last of them
        self.saved: list[tuple[list[float], Any]] = []
        self.gone: list[Any] = []
        groups = [self.new_group() for _ in range(count)]
        self.optimizer = KINDS[kind](groups, lr=torch.tensor(rate) if tensor else rate)
        self.standing = dict.fromkeys(range(1, count + 1), rate)
        self.other = torch.optim.SGD([torch.nn.Parameter(torch.ones(OTHER))], lr=1.0)
        self.of_the_other = {OTHER: 1.0}
        self.attach_one(**first)

    def new_group(self, **options: Any) -> dict[str, Any]:
        self.names += 1
        return {"params": [torch.nn.Parameter(torch.ones(self.names, dtype=torch.float64))], **options}

    def in_order(self) -> None:
        """Have the model name the groups in the order in which they stand."""
        self.standing = {name: self.standing[name] for name in map(name_of, self.optimizer.param_groups)}

    def of(self, one: Attached) -> dict[int, float]:
        """What stands in the groups that an adapter writes."""
        return {**self.standing, **self.of_the_other} if one.both else self.standing

    def rate(self, one: Attached, name: int) -> float:
        """The rate that an adapter writes for a group, as what stands there holds it: a number, or a tensor in float32."""
        (held,) = (group["lr"] for group in self.optimizer.param_groups if name_of(group) == name)
        rate = one.rate(name, self.standing[name])
        return torch.tensor(rate, dtype=held.dtype).item() if isinstance(held, torch.Tensor) else rate

    def wrote(self, one: Attached) -> None:
        self.attached.remove(one)
        self.attached.append(one)
        self.standing = {name: self.rate(one, name) for name in self.standing}
        if one.both:
            self.of_the_other = {OTHER: one.rate(OTHER, self.of_the_other[OTHER])}

    # Adapters --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.attached) < 3)
    @rule(choice=ATTACHED)
    def attach(self, choice: dict[str, Any]) -> None:
        self.attach_one(**choice)

    def attach_one(self, scheduler: bool, spec: str, factor: bool, keep: bool, wrapped: bool, both: bool) -> None:
        one = Attached(spec, factor, both and not scheduler)
        self.counted["adapters attached"] += 1
        given = one.given(list(self.of(one)), scheduler)
        optimizer = Wrapper(self.optimizer) if wrapped else self.optimizer
        if scheduler:
            one.adapter = lambda_lr(optimizer, given, relative=factor)
        else:
            one.adapter = param_group_setter([optimizer, self.other] if one.both else optimizer, keep_tensors=keep, lr=given)
        assert one.meet(self.of(one))
        self.attached.insert(0, one)
        if scheduler:
            self.wrote(one)

    @precondition(lambda self: self.attached)
    @rule(index=st.integers(0, 2), step=STEPS, advance=st.booleans())
    def write(self, index: int, step: float, advance: bool) -> None:
        one = self.attached[index % len(self.attached)]
        accepted = one.meet(self.of(one))
        self.counted["writes"] += 1
        call = (one.adapter.step if advance else lambda: one.adapter.step(step)) if one.is_scheduler else None
        if not accepted:
            # Of several optimizers it says how to name them instead.
            with pytest.raises(ValueError, match="lists . schedules" if one.both else "has none"):
                one.adapter(step) if call is None else call()
            return
        rates = [group["lr"] for group in self.optimizer.param_groups]
        one.adapter(step) if call is None else call()
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            assert isinstance(group["lr"], torch.Tensor) or not isinstance(rate, torch.Tensor)
        one.step = one.step + 1 if one.is_scheduler and advance else step
        self.wrote(one)

    @precondition(lambda self: self.attached)
    @rule(updates=st.integers(1, 4))
    def train(self, updates: int) -> None:
        """What is done most: write and update, by the one that wrote last."""
        for _ in range(updates):
            self.write(len(self.attached) - 1, (self.attached[-1].step + 1) % 20, advance=True)
            self.an_update_uses_what_the_model_says()

    @precondition(lambda self: any(one.is_scheduler for one in self.attached))
    @rule(step=st.sampled_from(["3", math.nan, math.inf, -7, torch.tensor(3), None]))
    def refused(self, step: Any) -> None:
        """What is no step leaves the scheduler where it was; and a state that is saved changes nothing."""
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
        given = one.given(list(self.of(one)), one.is_scheduler)
        one.adapter.follow(given) if one.is_scheduler else one.adapter.follow(lr=given)
        assert one.meet(self.of(one))
        if one.is_scheduler:
            self.wrote(one)

    @precondition(lambda self: self.attached)
    @rule(index=st.integers(0, 2))
    def drop(self, index: int) -> None:
        del self.attached[index % len(self.attached)]
        gc.collect(0)

    @precondition(lambda self: any(one.is_scheduler for one in self.attached))
    @rule(to=STEPS)
    def load_scheduler(self, to: float) -> None:
        one = next(one for one in self.attached if one.is_scheduler)
        if one.meet(self.standing):
            state = saved_and_read(one.adapter.state_dict(), weights_only=True)
            one.step = state["last_epoch"] = to
            one.adapter.load_state_dict(state)
            self.wrote(one)

    # Groups ----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.standing) < 5)
    @rule(rate=RATES, tensor=st.booleans())
    def add(self, rate: float, tensor: bool) -> None:
        self.optimizer.add_param_group(self.new_group(lr=torch.tensor(rate) if tensor else rate))
        self.counted["groups added, removed, swapped or reordered"] += 1
        self.standing[self.names] = rate

    @precondition(lambda self: len(self.standing) > 1)
    @rule(index=st.integers(0, 4))
    def remove(self, index: int) -> None:
        group = self.optimizer.param_groups.pop(index % len(self.standing))
        self.counted["groups added, removed, swapped or reordered"] += 1
        self.gone.append(group)
        self.in_order()

    @precondition(lambda self: self.gone)
    @rule(index=st.integers(0, 4))
    def bring_back(self, index: int) -> None:
        group = self.gone.pop(index % len(self.gone))
        self.counted["groups added, removed, swapped or reordered"] += 1
        self.optimizer.param_groups.insert(index % 3, group)
        self.standing[name_of(group)] = float(group["lr"])
        self.in_order()

    @rule(index=st.integers(0, 4), rate=RATES)
    def swap(self, index: int, rate: float) -> None:
        """One in the place of another, so that their number stays."""
        place = index % len(self.standing)
        self.counted["groups added, removed, swapped or reordered"] += 1
        old = self.optimizer.param_groups[place]
        self.optimizer.param_groups[place] = {**old, **self.new_group(lr=rate)}
        self.standing[self.names] = rate
        self.in_order()

    @rule(order=st.randoms(use_true_random=False))
    def reorder(self, order: Any) -> None:
        order.shuffle(self.optimizer.param_groups)
        self.counted["groups added, removed, swapped or reordered"] += 1
        self.in_order()

    @rule(to_none=st.booleans())
    def zero_grad(self, to_none: bool) -> None:
        self.optimizer.zero_grad(set_to_none=to_none)

    @rule()
    def forget_the_removed(self) -> None:
        """Their parameters are collected, and others may have their place in memory."""
        self.gone.clear()
        gc.collect(0)

    @rule(rate=RATES)
    def replace_in_the_other(self, rate: float) -> None:
        self.other.param_groups[0]["lr"] = rate
        self.of_the_other = {OTHER: rate}

    @rule(rate=RATES, tensor=st.booleans(), indices=st.sets(st.integers(0, 4), min_size=1))
    def replace(self, rate: float, tensor: bool, indices: set[int]) -> None:
        """A number or a tensor in the place of a rate; one tensor in several places, too."""
        new: Any = torch.tensor(rate) if tensor else rate
        self.counted["rates replaced"] += 1
        names = list(self.standing)
        for index in {index % len(names) for index in indices}:
            self.optimizer.param_groups[index]["lr"] = new
            self.standing[names[index]] = rate

    # States and copies -----------------------------------------------------------------------------------------------

    @rule(in_a_file=st.booleans())
    def save(self, in_a_file: bool) -> None:
        state = self.optimizer.state_dict()
        state = saved_and_read(state, weights_only=True) if in_a_file else copy.deepcopy(state)
        self.saved.append((list(self.standing.values()), state))

    @precondition(lambda self: self.saved)
    @rule(index=st.integers(0, 9), changed=st.none() | RATES, rate=RATES)
    def load(self, index: int, changed: float | None, rate: float) -> None:
        """Also by way of a hook that changes the state, and of one that adds the group that is missing."""
        rates, state = self.saved[index % len(self.saved)]
        if len(rates) == len(self.standing) + 1:
            group = self.new_group(lr=rate)
            handle = self.optimizer.register_load_state_dict_pre_hook(lambda its, _: its.add_param_group(group))
            self.standing[self.names] = rate
        elif len(rates) == len(self.standing):
            handle = self.optimizer.register_load_state_dict_pre_hook(lambda _, its: with_rate(its, changed))
        else:
            return
        rates = rates if changed is None or len(rates) > len(self.optimizer.param_groups) else [changed] * len(rates)
        self.standing = dict(zip(self.standing, rates, strict=True))
        self.loads(lambda: self.optimizer.load_state_dict(copy.deepcopy(state)))
        handle.remove()

    def loads(self, load: Any) -> None:
        """Load; the scheduler that wrote last puts its rates back."""
        self.counted["states loaded"] += 1
        for one in self.attached:
            one.planned.clear()  # a load puts other groups, with the same parameters, in the place of those that were there
        last = self.attached[-1] if self.attached else None
        if last is not None and last.is_scheduler and not last.meet(self.standing):
            with pytest.raises(ValueError, match="has none"):
                load()
        else:
            load()
            if last is not None and last.is_scheduler:
                self.wrote(last)

    @rule(way=st.sampled_from([copy.deepcopy, lambda things: pickle.loads(pickle.dumps(things)), saved_and_read]))
    def go_on_with_a_copy(self, way: Any) -> None:
        adapters = [one.adapter for one in self.attached]
        self.counted["copies"] += 1
        (self.optimizer, self.gone, self.other), adapters = way(((self.optimizer, self.gone, self.other), adapters))
        for one, adapter in zip(self.attached, adapters, strict=True):
            one.adapter = adapter

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
                expected = {n: self.rate(last, n) if n in new else rate for n, rate in expected.items()}
        if refused:
            with pytest.raises(ValueError, match="has none"):
                self.optimizer.step()
            return
        used = self.used_by_an_update()
        assert used == expected, (used, expected)
        assert list(used) == list(expected)
        assert [float(group["lr"]) for group in self.other.param_groups] == list(self.of_the_other.values())
        self.standing = expected
        self.counted["updates"] += 1

    def used_by_an_update(self) -> dict[int, float]:
        used: dict[int, float] = {}
        if self.kind == "sgd":
            parameters = [group["params"][0] for group in self.optimizer.param_groups]
            for parameter in parameters:
                parameter.data.zero_()
                parameter.grad = torch.ones_like(parameter)
            self.optimizer.step()
            return {parameter.numel(): -float(parameter[0].detach()) for parameter in parameters}

        def record(optimizer: Any, *_: Any) -> None:
            used.update({name_of(group): float(group["lr"]) for group in optimizer.param_groups})

        handle = self.optimizer.register_step_pre_hook(record)
        self.optimizer.step()
        handle.remove()
        return used
