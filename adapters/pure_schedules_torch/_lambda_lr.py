"""The scheduler: a real `torch.optim.lr_scheduler.LambdaLR` whose learning rate is a schedule's value."""

import weakref
from collections.abc import Mapping
from functools import partial
from inspect import currentframe
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, LambdaLR, SequentialLR

from ._attachment import Attachment, wrapped_in
from ._checkpoints import as_text, counted, differences_of, numbers_of, refuse_differences, step_of_torch
from ._groups import number
from ._words import named, taught, written

#: What composes schedulers in torch, and the schedule to attach in its place.
_CONTAINERS = {SequentialLR: "join([first, second], boundaries=[...])", ChainedScheduler: "multiply([first, second])"}


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
                f"{name}: optimizer must be a torch.optim.Optimizer, got {named(optimizer)}; "
                "for several, and for anything else that has param_groups, use param_group_setter"
            )
        if isinstance(last_epoch, bool) or not isinstance(last_epoch, int) or last_epoch < -1:
            raise ValueError(
                f"{name}: last_epoch must be a whole number from -1 on, got last_epoch={last_epoch!r}; "
                "to go on with update k write last_epoch=k - 1"
            )
        self.optimizer = optimizer
        self.last_epoch = last_epoch + 1
        self._attachment = Attachment(name, [optimizer], {"lr": schedule}, relative=relative, step=self.last_epoch)
        self._show()
        self._write(self.last_epoch)
        self._listen()

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer.

        Torch's containers ask each scheduler for it, and nothing else before they train at wrong rates: one in a sequence
        takes the rates that another has written for its own base, and of two in a chain the last one writes over the
        first. So who asks is looked at.
        """
        frame = currentframe()
        try:
            asking = frame.f_back.f_locals.get("self") if frame and frame.f_back else None
        finally:
            del frame  # which would hold itself
        for container, instead in _CONTAINERS.items():
            if isinstance(asking, container):
                raise TypeError(
                    f"lambda_lr: what it returns must not be given to {container.__name__}, which would write other rates, "
                    f"got {self!r}; attach one schedule instead: lambda_lr(optimizer, {instead}), "
                    "where from_torch(scheduler) makes a schedule of one of torch's"
                )
        attached: Optimizer = vars(self)["optimizer"]
        return attached

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        vars(self)["optimizer"] = optimizer

    def step(self, epoch: float | None = None) -> None:
        """Write the rates of the next update, or of update `epoch`; called after `optimizer.step()`.

        Args:
            epoch: the update; a fraction is taken as it is [steps].

        Raises:
            TypeError: `epoch` is not a number; then nothing is changed.
            ValueError: it is negative, infinite or nan; then nothing is changed.
        """
        self._write(self.last_epoch + 1 if epoch is None else counted("lambda_lr", "epoch", epoch))

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
        self._attachment.follow({"lr": schedule}, self.last_epoch)
        self._write(self.last_epoch)

    def get_lr(self) -> list[Any]:
        """The rate of each group at the current step."""
        return [_copy(rate) for rate in self._attachment.values(self.last_epoch)]

    def get_last_lr(self) -> list[Any]:
        """The rate that each group has, as numbers or copies: nothing that another write could change."""
        return [_copy(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The step, and what tells another configuration from this one: numbers, strings, lists and dicts only."""
        state: dict[str, Any] = {"last_epoch": self.last_epoch, "fingerprint": as_text(self._attachment.fingerprint()["lr"])}
        if any(base is not None for base in self._attachment.bases("lr")):
            state["base_lrs"] = self._bases()
            state["last_lrs"] = [float(rate) for rate in self.get_last_lr()]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on at the saved step. The schedule stays the one that this scheduler was built with."""
        step = step_of_torch(state_dict)
        self._take_bases(state_dict)
        self._write(step)

    def _take_bases(self, state_dict: Mapping[str, Any]) -> None:
        """Where the scheduler was built after the optimizer was loaded, it took the rates of the last update for bases.

        That was so if these are the rates of all groups. Otherwise it was built before, or with other bases, which stay.
        """
        self._attachment.look(None)
        bases = self._attachment.bases("lr")
        if all(base is None for base in bases):
            return
        last_rates = numbers_of(state_dict, "last_lrs" if "last_lrs" in state_dict else "_last_lr")
        saved = numbers_of(state_dict, "base_lrs")
        states = list(zip(bases, saved, last_rates, strict=False))
        if all(own in (None, last) for own, _, last in states):
            taken = [None if own is None else base for own, base, _ in states]
            self._attachment.rebase({"lr": taken + [None] * (len(bases) - len(taken))})

    def differences(self, state_dict: dict[str, Any]) -> list[str]:
        """In words, how the schedules differ from those of a saved state, or cannot be compared; else nothing."""
        saved = {"lr": state_dict.get("fingerprint")} if isinstance(state_dict, Mapping) else state_dict
        return differences_of("lambda_lr", saved, self._attachment.fingerprint())

    def require_same(self, state_dict: dict[str, Any]) -> None:
        """Refuse to go on under other schedules than those of a saved state.

        Raises:
            ValueError: they differ, or cannot be compared; the message says where.
        """
        refuse_differences("lambda_lr", self.differences(state_dict))

    def __repr__(self) -> str:
        attached = self._attachment
        relative = ", relative=True" if attached.relative else ""
        return f"lambda_lr({written(attached.schedules['lr'])}{relative}, last_epoch={self.last_epoch - 1})"

    def _write(self, step: float) -> None:
        self._attachment.write(step)
        self.last_epoch: Any = step
        if self._attachment.plan.known is not self._shown:
            self._show()

    def _show(self) -> None:
        """What a `LambdaLR` shows: the functions of the groups, and the bases that they are factors of."""
        attached = self._attachment
        self._shown, self.base_lrs = attached.plan.known, self._bases()
        self.lr_lambdas = [
            rate if base is None else rate.arguments["schedule"]
            for base, rate in zip(attached.bases("lr"), attached.scheduled("lr"), strict=True)
        ]

    def _bases(self) -> list[Any]:
        """What the rates of the groups are factors of; as torch has it, where all are, the rate that was found in a group
        that is left alone, and otherwise 1 where there is no base."""
        attached = self._attachment
        return [
            base if base is not None else number(first) if attached.relative else 1.0
            for base, first in zip(attached.bases("lr"), attached.first("lr"), strict=True)
        ]

    # What it hears of the optimizer ----------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Have the rates right when the optimizer has been loaded, and when it updates groups that have come since.

        A wrapper such as Accelerate's is an `Optimizer` by class that has not called torch's constructor, and so has no
        hooks: what it wraps has them.
        """
        heard: weakref.ref[ScheduleLR] = weakref.ref(self)
        for optimizer in wrapped_in(self.optimizer):
            try:
                handles = [
                    optimizer.register_load_state_dict_post_hook(partial(_after_load, heard)),
                    optimizer.register_step_pre_hook(partial(_before_update, heard)),
                ]
            except AttributeError:
                continue
            for handle in handles:
                weakref.finalize(self, handle.remove)
            break

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._listen()


def _after_load(heard: "weakref.ref[ScheduleLR]", optimizer: Any) -> None:
    """An optimizer that is loaded brings the rate of its checkpoint; that of the adapter that wrote last is put back."""
    alive = heard()
    if alive is not None and alive._attachment.speaks():
        alive._write(alive.last_epoch)


def _before_update(heard: "weakref.ref[ScheduleLR]", optimizer: Any, args: Any, kwargs: Any) -> None:
    """Groups that have come since the last write have the scheduled rate at their first update already."""
    alive = heard()
    if alive is not None and not torch.compiler.is_compiling() and alive._attachment.write_new(alive.last_epoch):
        alive._show()


def _copy(rate: Any) -> Any:
    return rate.detach().clone() if isinstance(rate, Tensor) else rate


@taught("lambda_lr(optimizer, schedule)")
def lambda_lr(optimizer: Optimizer, schedule: Any, *, relative: bool = False, last_epoch: int = -1) -> ScheduleLR:
    """Make a torch scheduler whose learning rate is the schedule's value, whatever rate the optimizer was built with.

    It is used as any other: ``scheduler.step()`` after ``optimizer.step()``. Its state is the step; a load never changes
    the schedule, and the rates are right again at once, in whatever order optimizer and scheduler are built and loaded.

    Args:
        optimizer: the optimizer.
        schedule: a schedule for all groups; or a list, with one for each group; or `by_group(rule)`. None leaves a group
            alone.
        relative: the schedule is a factor of the rate that each group has when it is first seen [1]. To resume, build the
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
