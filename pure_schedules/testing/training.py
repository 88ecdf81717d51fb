"""Test a training loop: compare what an optimizer used at each update with a schedule.

An adapter writes the value of a step. The loop must give it the right step, once for each update, also with
accumulation, after a resume and for every group. A hook at the beginning of each `optimizer.step()` records what is
really used.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .assertions import named

__all__ = ["Record", "following", "recording"]

#: How many updates a message shows.
SHOWN = 5


class Life:
    """One parameter group and its updates.

    Attributes:
        index: its index when it was first seen.
        first: its hyperparameters at its first update.
        updates: its hyperparameters at each update, by index of the update.
    """

    def __init__(self, index: int, first: dict[str, Any]) -> None:
        self.index = index
        self.first = first
        self.updates: list[tuple[int, dict[str, Any]]] = []


class Record:
    """The hyperparameters that each update used, group by group.

    An update that a fused optimizer skips, because `GradScaler` found an overflow, is not counted.

    Attributes:
        updates: for each update and each group, a dict of hyperparameters: numbers, and tuples of numbers.
    """

    def __init__(self) -> None:
        self.updates: list[list[dict[str, Any]]] = []
        self._lives: list[Life] = []
        #: By the id of each parameter; the parameter is kept alive, so that its id stays unique.
        self._life_of: dict[int, tuple[Any, Life]] = {}

    def note(self, optimizer: Any) -> None:
        """Record the update that this optimizer is about to take."""
        overflow = getattr(optimizer, "found_inf", None)  # an optimizer that unscales gradients itself
        if overflow is not None and bool(overflow):
            return
        now: list[dict[str, Any]] = []
        for index, group in enumerate(optimizer.param_groups):
            now.append({name: _plain(value) for name, value in group.items()})
            life = self._found(group) or Life(index, {"optimizer": optimizer, **now[-1]})
            if not life.updates:
                self._lives.append(life)
            life.updates.append((len(self.updates), now[-1]))
            self._life_of.update({id(mark): (mark, life) for mark in _marks(group)})
        self.updates.append(now)

    def _found(self, group: Any) -> Life | None:
        return next((self._life_of[id(mark)][1] for mark in _marks(group) if id(mark) in self._life_of), None)

    def used(self, name: str = "lr", group: int = 0) -> list[Any]:
        """What each update used for one hyperparameter of the group at an index; None without such a group."""
        return [groups[group].get(name) if group < len(groups) else None for groups in self.updates]

    def assert_follows(self, *, first: int = 0, rel_tol: float = 0.0, **schedules: Any) -> None:
        """Assert that the updates used the values of schedules, from a step on.

        A group added later is tested from its first update on, at any index; a removed one up to its last update.

        Args:
            first: the step of the first recorded update [steps].
            rel_tol: relative tolerance: 0, or 1e-6 for rates in float32 tensors [1].
            schedules: as for `param_group_setter`: for each hyperparameter a schedule, a list with one for each group
                in the order in which they were added, `by_group(rule)`, or a tuple. None is not tested.

        Raises:
            AssertionError: they differ, or nothing was recorded. The message shows the first differences and the likely
                mistake: steps advance too often, one step behind, or a restart at step 0.
        """
        from pure_schedules_torch import schedules_by_group  # imported here: `recording` works without it

        if not self.updates:
            raise AssertionError("no update was recorded: optimizer.step() was not called, or on another optimizer")
        for name, spec in schedules.items():
            of_lives = schedules_by_group([life.first for life in self._lives], name, spec, owner="assert_follows")
            for life, served in zip(self._lives, of_lives, strict=True):
                is_tuple = isinstance(served, tuple)
                came = life.updates[0][0]
                for position, schedule in enumerate(served if is_tuple else (served,)):
                    if schedule is None:
                        continue
                    where = f"{name} of param_groups[{life.index}]" + (f"[{position}]" if is_tuple else "")
                    where += f", which came at update {came}" if came else ""
                    used = [(update, group[name][position] if is_tuple else group[name]) for update, group in life.updates]
                    _compare(where, used, schedule, first, rel_tol)


def _marks(group: Any) -> Sequence[Any]:
    """What identifies a group: its parameters, or if it has none the list that will hold them."""
    return group["params"] or [group["params"]]


def _compare(
    where: str, used: Sequence[tuple[int, float]], schedule: Callable[[Any], Any], first: int, rel_tol: float
) -> None:
    def has(step: float, value: float) -> bool:
        expected = float(schedule(step))
        return value == expected or abs(value - expected) <= rel_tol * abs(expected)

    wrong = [(update, value) for update, value in used if not has(first + update, value)]
    if not wrong:
        return
    lines = [
        f"  update {update}: used {value!r}, the schedule has {float(schedule(step))!r} at step {step}"
        for update, value, step in ((update, value, first + update) for update, value in wrong[:SHOWN])
    ]
    if len(wrong) > SHOWN:
        lines.append(f"  and {len(wrong) - SHOWN} more")
    if [update for update, _ in used] == list(range(len(used))):
        lines.extend(_reason([value for _, value in used], has, first))
    raise AssertionError(
        f"{where}: {len(wrong)} of {len(used)} updates did not follow {named(schedule)}\n" + "\n".join(lines)
    )


def _reason(used: Sequence[float], has: Callable[[float, float], bool], first: int) -> Iterator[str]:
    """The simple mistake that explains all updates, if there is one."""
    if len(set(used)) == 1:
        yield f"every update used {used[0]!r}: nothing writes it between the updates, or something writes over it"
        return
    updates = range(len(used))
    for steps, said in _mistakes(first, updates):
        if len(set(steps)) > 1 and all(map(has, steps, used)):
            yield said
            return


def _mistakes(first: int, updates: range) -> Iterator[tuple[list[int], str]]:
    """The steps that simple mistakes produce, and a message for each."""
    for many in (2, 3, 4, 5, 6, 7, 8, 16, 32, 64):
        advanced = f"the step advances by {many} for each update: it is counted, or scheduler.step() called, {many} times"
        yield [first + many * k for k in updates], advanced
        delayed = f"the step advances once in {many} updates: it counts something else than updates"
        yield [first + k // many for k in updates], delayed
    for offset in (1, 2):
        plural = "s" if offset > 1 else ""
        early = f"every update is {offset} step{plural} ahead: the step is advanced before the update"
        yield [first + k + offset for k in updates], early
        late = f"every update is {offset} step{plural} behind: the step is advanced too late"
        yield [max(first + k - offset, 0) for k in updates], late
    for again in updates:
        anew = f"from update {again} on, the schedule starts over: the step was not restored"
        yield [first + k if k < again else k - again for k in updates], anew


@contextmanager
def recording(optimizer: Any) -> Generator[Record]:
    """Record what an optimizer uses at each update within the context.

    Args:
        optimizer: a torch optimizer, or a wrapper with one as its `optimizer`.

    Raises:
        TypeError: the optimizer has no step hooks.

    Example:
        >>> import torch
        >>> from pure_schedules import linear
        >>> from pure_schedules.testing import recording
        >>> from pure_schedules_torch import param_group_setter
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters())
        >>> set_step = param_group_setter(optimizer, lr=linear(start=0.0, end=1.0, steps=4))
        >>> with recording(optimizer) as record:
        ...     for step in range(4):
        ...         set_step(step)
        ...         optimizer.step()
        >>> record.used("lr")
        [0.0, 0.25, 0.5, 0.75]
    """
    record = Record()
    handle = _hooked(optimizer, lambda updated, *_: record.note(updated))
    try:
        yield record
    finally:
        handle.remove()


@contextmanager
def following(optimizer: Any, *, first: int = 0, rel_tol: float = 0.0, **schedules: Any) -> Generator[Record]:
    """Assert that every update within the context uses the values of schedules: a test of a training loop in one line.

    Args:
        optimizer: a torch optimizer, or a wrapper with one as its `optimizer`.
        first: the step of the first update within the context: 0, or the step of a resumed run [steps].
        rel_tol: relative tolerance: 0, or 1e-6 for rates in float32 tensors [1].
        schedules: as for `param_group_setter`.

    Raises:
        AssertionError: at the end of the context, if an update differs; see `Record.assert_follows`.
        TypeError: the optimizer has no step hooks.

    Example:
        >>> import torch
        >>> from pure_schedules import linear
        >>> from pure_schedules.testing import following
        >>> from pure_schedules_torch import lambda_lr
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters())
        >>> rate = linear(start=0.0, end=1.0, steps=8)
        >>> scheduler = lambda_lr(optimizer, rate)
        >>> with following(optimizer, lr=rate):
        ...     for batch in range(3):
        ...         optimizer.step()
        ...         scheduler.step()
        ...         scheduler.step()
        Traceback (most recent call last):
        AssertionError: lr of param_groups[0]: 2 of 3 updates did not follow linear(start=0.0, end=1.0, steps=8)
          update 1: used 0.25, the schedule has 0.125 at step 1
          update 2: used 0.5, the schedule has 0.25 at step 2
        the step advances by 2 for each update: it is counted, or scheduler.step() called, 2 times
    """
    with recording(optimizer) as record:
        yield record
    record.assert_follows(first=first, rel_tol=rel_tol, **schedules)


def _hooked(optimizer: Any, note: Callable[..., None]) -> Any:
    inner = optimizer
    while inner is not None:
        try:
            return inner.register_step_pre_hook(note)
        except AttributeError:  # a wrapper, or a class that did not call torch's constructor
            inner = getattr(inner, "optimizer", None)
    raise TypeError(
        f"recording: an optimizer with register_step_pre_hook is needed, got {type(optimizer).__name__}; "
        "give the torch optimizer that takes the updates"
    )


def _plain(value: Any) -> Any:
    """The current value of a hyperparameter: a tensor as its number, since it will be overwritten."""
    if isinstance(value, tuple | list):
        return (
            tuple(map(_plain, value))
            if all(isinstance(item, int | float) or hasattr(item, "item") for item in value)
            else None
        )
    if hasattr(value, "numel") and value.numel() == 1:
        return value.item()
    return value
