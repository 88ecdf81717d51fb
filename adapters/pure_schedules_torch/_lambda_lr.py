"""The scheduler: a real `torch.optim.lr_scheduler.LambdaLR` whose learning rate is a schedule's value."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ._checkpoints import as_text, differences_of, numbers_of, refuse_differences, step_of
from ._groups import Group
from ._writer import Writer


class ScheduleLR(LambdaLR):
    """What `lambda_lr` returns: a `LambdaLR` by class and by use, without a state but the step.

    Torch's constructor would wrap `optimizer.step` and leave `initial_lr` in the groups. None of what it sets up is
    needed here, so it is not called, and what it would offer is offered by the methods below.
    """

    #: Accelerate counts here when it accumulates gradients. It is read by nobody.
    _step_count = 1

    def __init__(self, optimizer: Optimizer, schedule: Any, relative: bool, last_epoch: int) -> None:
        name = "lambda_lr"
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{name}: optimizer must be a torch.optim.Optimizer, got {optimizer!r}; "
                "for anything else that has param_groups use param_group_setter"
            )
        if isinstance(last_epoch, bool) or not isinstance(last_epoch, int) or last_epoch < -1:
            raise ValueError(
                f"{name}: last_epoch must be a whole number from -1 on, got last_epoch={last_epoch!r}; "
                "to go on with update k write last_epoch=k - 1"
            )
        self.optimizer = optimizer
        self.last_epoch = last_epoch + 1
        self._schedule = schedule
        self._relative = relative
        self.base_lrs: list[Any] = []
        self._writer = Writer(name, [optimizer], {"lr": schedule}, step=self.last_epoch, bases=self._bases_of)
        self._show_plan()
        self._writer.write(self.last_epoch)
        handle = _after_load(optimizer, _write_again(weakref.ref(self)))
        if handle is not None:
            # An optimizer that is loaded brings the rate of its checkpoint; this scheduler's is in force again at once.
            weakref.finalize(self, handle.remove)

    def step(self, epoch: int | None = None) -> None:
        """Write the rates of the next update, or of update `epoch`; called after `optimizer.step()`."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._write()

    def follow(self, schedule: Any) -> None:
        """Go on by another schedule: after a change of plan, or with another factor from a plateau.

        The rate of the update that comes next is written at once.

        Args:
            schedule: as for `lambda_lr`.

        Raises:
            TypeError: as for `lambda_lr`; then nothing is changed.
            ValueError: likewise.

        Example:
            >>> import torch
            >>> from pure_schedules import constant, cool_down
            >>> from pure_schedules_torch import lambda_lr
            >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters())
            >>> run = constant(value=0.1)
            >>> scheduler = lambda_lr(optimizer, run, last_epoch=124)
            >>> scheduler.follow(cool_down(run, at=100, decay_steps=50))
            >>> scheduler.get_last_lr()
            [0.05]
        """
        self._plan(schedule)
        self._writer.write(self.last_epoch)

    def get_lr(self) -> list[Any]:
        """The rate of each group at the current step."""
        self._look()
        values = self._writer.distinct.values(self.last_epoch)
        return [
            _copy(group["lr"]) if place is None else values[place]
            for group, place in zip(self.optimizer.param_groups, self._writer.plans[0].places, strict=True)
        ]

    def get_last_lr(self) -> list[Any]:
        """The rate that each group has, as numbers or copies: nothing that another write could change."""
        return [_copy(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The step, and what tells another configuration from this one: numbers, strings, lists and dicts only."""
        state: dict[str, Any] = {"last_epoch": self.last_epoch, "fingerprint": as_text(self._writer.fingerprint()["lr"])}
        if self._relative:
            state["base_lrs"] = list(self.base_lrs)
            state["last_lrs"] = [float(rate) for rate in self.get_last_lr()]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on at the saved step. The schedule stays the one that this scheduler was built with."""
        step = step_of(state_dict)
        if self._relative:
            # Built after the optimizer was loaded, it took the scheduled rate that it found there for a base rate.
            last_rates = numbers_of(state_dict, "last_lrs" if "last_lrs" in state_dict else "_last_lr")
            for index, (base, last) in enumerate(zip(numbers_of(state_dict, "base_lrs"), last_rates, strict=False)):
                if index < len(self.base_lrs) and self.base_lrs[index] == last:
                    self.base_lrs[index] = base
        self.last_epoch = step
        if self._relative:
            self._plan(self._schedule)
        self._write()

    def differences(self, state_dict: dict[str, Any]) -> list[str]:
        """In words, how the schedules differ from those of a saved state; nothing if they do not."""
        saved = {"lr": state_dict.get("fingerprint")} if isinstance(state_dict, Mapping) else state_dict
        return differences_of("lambda_lr", saved, self._writer.fingerprint())

    def require_same(self, state_dict: dict[str, Any]) -> None:
        """Refuse to go on under other schedules than those of a saved state.

        Raises:
            ValueError: they differ; the message says where.
        """
        refuse_differences("lambda_lr", self.differences(state_dict))

    def _bases_of(self, groups: Sequence[Group]) -> Sequence[float] | None:
        """What each group's schedule is a factor of, where it is one; a group that is new has its own rate."""
        if not self._relative:
            return None
        return [*self.base_lrs, *(float(_copy(group["lr"])) for group in groups[len(self.base_lrs) :])]

    def _plan(self, schedule: Any) -> None:
        self._writer.follow({"lr": schedule}, self.last_epoch, self._bases_of)
        self._schedule = schedule
        self._show_plan()

    def _show_plan(self) -> None:
        """What a `LambdaLR` shows: the functions of the groups, and the bases that they are factors of."""
        groups, places = self.optimizer.param_groups, self._writer.plans[0].places
        self.base_lrs = list(self._bases_of(groups) or [1.0] * len(places))
        rates = [None if place is None else self._writer.distinct.schedules[place] for place in places]
        lambdas: list[Any] = [rate.arguments["schedule"] if self._relative and rate else rate for rate in rates]
        self.lr_lambdas = lambdas

    def _look(self) -> None:
        if self._writer.is_stale():
            self._plan(self._schedule)

    def _write(self) -> None:
        self._look()
        self._writer.write(self.last_epoch)


def _write_again(scheduler: "weakref.ref[ScheduleLR]") -> Callable[[Optimizer], None]:
    def after_load(optimizer: Optimizer) -> None:
        alive = scheduler()
        if alive is not None:
            alive._write()

    return after_load


def _after_load(optimizer: Any, hook: Callable[[Optimizer], None]) -> Any:
    """Have the hook called when the optimizer has been loaded; the handle that takes it away, or None without a way to.

    A wrapper such as Accelerate's is an `Optimizer` by class that has not called torch's constructor, and so has no
    hooks: what it wraps has them.
    """
    while optimizer is not None:
        try:
            return optimizer.register_load_state_dict_post_hook(hook)
        except AttributeError:
            optimizer = getattr(optimizer, "optimizer", None)
    return None


def _copy(rate: Any) -> Any:
    return rate.detach().clone() if isinstance(rate, Tensor) else rate


def lambda_lr(optimizer: Optimizer, schedule: Any, *, relative: bool = False, last_epoch: int = -1) -> ScheduleLR:
    """Make a torch scheduler whose learning rate is the schedule's value, whatever rate the optimizer was built with.

    It is used as any other: ``scheduler.step()`` after ``optimizer.step()``. Its state is the step; a load never changes
    the schedule, and the rates are right again at once, in whatever order optimizer and scheduler are built and loaded.

    Args:
        optimizer: the optimizer.
        schedule: a schedule for all groups; or a list, with one for each group; or `by_group(rule)`. None leaves a group
            alone.
        relative: the schedule is a factor of the rate that each group has when it is attached [1]. To resume, build the
            scheduler before the optimizer is loaded, or load the scheduler's own state too: an optimizer that has been
            loaded has the rate of its last update, and nothing tells what it was built with.
        last_epoch: index of the last update taken: -1 to begin, k - 1 to go on with update k [steps].

    Raises:
        TypeError: the optimizer is not one; a schedule is not one.
        ValueError: a list is of another length than the groups; there are no groups.

    Example:
        >>> import torch
        >>> from pure_schedules import noam
        >>> from pure_schedules_torch import lambda_lr
        >>> optimizer = torch.optim.Adam(torch.nn.Linear(2, 2).parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)
        >>> scheduler = lambda_lr(optimizer, noam(d_model=64, warmup_steps=4))
        >>> for step in range(3):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.0625]
    """
    return ScheduleLR(optimizer, schedule, relative, last_epoch)
