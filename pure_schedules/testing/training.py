"""What an optimizer really used at each update, compared with a schedule: whether a training loop is right.

An adapter writes what a schedule says; whether it is asked for the right step, at the right moment and once per update
is up to the loop around it: to accumulation, to a resume, to groups. A record is kept by a hook that torch calls at the
beginning of each `optimizer.step()`, so nothing of it is taken on trust.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .assertions import named

__all__ = ["Record", "following", "recording"]

#: So many updates are shown in a message.
SHOWN = 5


class Record:
    """The hyperparameters that each update used, group by group.

    Attributes:
        updates: for each update, for each group, a dict of its hyperparameters: numbers, and tuples of them.
    """

    def __init__(self) -> None:
        self.updates: list[list[dict[str, Any]]] = []

    def used(self, name: str = "lr", group: int = 0) -> list[Any]:
        """What each update used for one hyperparameter of one group."""
        return [groups[group].get(name) for groups in self.updates]

    def assert_follows(self, *, first: int = 0, rel_tol: float = 0.0, **schedules: Any) -> None:
        """That the updates used what schedules say, from one step on.

        Args:
            first: the step of the first update that was recorded [steps].
            rel_tol: how far a value may be off, as a part of it: 0, or 1e-6 where rates are tensors in single precision [1].
            schedules: as for `param_group_setter`: for each hyperparameter a schedule, a list with one for each group,
                `by_group(rule)`, or a tuple; None for what is not looked at.

        Raises:
            AssertionError: they did not, or there was none; the message shows the first updates that did not, and says
                what they did follow, if that can be told: a step too many for each update, a step behind, a new beginning.
        """
        from pure_schedules_torch import schedules_by_group  # only here: `recording` works without it

        if not self.updates:
            raise AssertionError("no update was recorded: optimizer.step() was not called, or on another optimizer")
        for name, spec in schedules.items():
            for group, served in enumerate(schedules_by_group(self.updates[0], name, spec, owner="assert_follows")):
                is_tuple = isinstance(served, tuple)
                for position, schedule in enumerate(served if is_tuple else (served,)):
                    if schedule is None:
                        continue
                    where = f"{name} of param_groups[{group}]" + (f"[{position}]" if is_tuple else "")
                    used = [value[position] if is_tuple else value for value in self.used(name, group)]
                    _compare(where, used, schedule, first, rel_tol)


def _compare(where: str, used: Sequence[float], schedule: Callable[[Any], Any], first: int, rel_tol: float) -> None:
    def has(step: float, value: float) -> bool:
        expected = float(schedule(step))
        return value == expected or abs(value - expected) <= rel_tol * abs(expected)

    wrong = [update for update, value in enumerate(used) if not has(first + update, value)]
    if not wrong:
        return
    lines = [
        f"  update {update}: used {used[update]!r}, the schedule has {float(schedule(step))!r} at step {step}"
        for update, step in ((update, first + update) for update in wrong[:SHOWN])
    ]
    if len(wrong) > SHOWN:
        lines.append(f"  and {len(wrong) - SHOWN} more")
    lines.extend(_reason(used, has, first))
    raise AssertionError(
        f"{where}: {len(wrong)} of {len(used)} updates did not follow {named(schedule)}\n" + "\n".join(lines)
    )


def _reason(used: Sequence[float], has: Callable[[float, float], bool], first: int) -> Iterator[str]:
    """What the updates did follow, if one simple mistake explains all of them."""
    if len(set(used)) == 1:
        yield f"every update used {used[0]!r}: nothing writes it between the updates, or something writes over it"
        return
    updates = range(len(used))
    for steps, said in _mistakes(first, updates):
        if len(set(steps)) > 1 and all(map(has, steps, used)):
            yield said
            return


def _mistakes(first: int, updates: range) -> Iterator[tuple[list[int], str]]:
    """The steps that simple mistakes make of a run, and what is to be said of each."""
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
        anew = f"from update {again} on, the schedule begins anew: the step was not restored"
        yield [first + k if k < again else k - again for k in updates], anew


@contextmanager
def recording(optimizer: Any) -> Generator[Record]:
    """Record what an optimizer uses at each update, as long as the context lasts.

    Args:
        optimizer: an optimizer of torch, or a wrapper that has one as its `optimizer`.

    Raises:
        TypeError: it has no hooks for its updates.

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

    def note(updated: Any, *_: Any) -> None:
        record.updates.append([{name: _plain(value) for name, value in group.items()} for group in updated.param_groups])

    handle = _hooked(optimizer, note)
    try:
        yield record
    finally:
        handle.remove()


@contextmanager
def following(optimizer: Any, *, first: int = 0, rel_tol: float = 0.0, **schedules: Any) -> Generator[Record]:
    """That every update within the context uses what schedules say: a proof of a training loop in one line.

    Args:
        optimizer: an optimizer of torch, or a wrapper that has one as its `optimizer`.
        first: the step of the first update within the context: 0, or where the run is resumed [steps].
        rel_tol: how far a value may be off, as a part of it: 0, or 1e-6 where rates are tensors in single precision [1].
        schedules: as for `param_group_setter`.

    Raises:
        AssertionError: at the end of the context: an update did not; see `Record.assert_follows`.
        TypeError: the optimizer has no hooks for its updates.

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
        except AttributeError:  # a wrapper, or one that has not called torch's constructor
            inner = getattr(inner, "optimizer", None)
    raise TypeError(
        f"recording: an optimizer with register_step_pre_hook is needed, got {type(optimizer).__name__}; "
        "give the torch optimizer that takes the updates"
    )


def _plain(value: Any) -> Any:
    """A hyperparameter as it is now: a tensor as the number in it, because it will be written over."""
    if isinstance(value, tuple | list):
        return (
            tuple(map(_plain, value))
            if all(isinstance(item, int | float) or hasattr(item, "item") for item in value)
            else None
        )
    if hasattr(value, "numel") and value.numel() == 1:
        return value.item()
    return value
