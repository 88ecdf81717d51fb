"""The scheduler: a real `torch.optim.lr_scheduler.LambdaLR` whose learning rate is the value of a schedule."""

import weakref
from collections.abc import Mapping
from functools import partial
from inspect import currentframe
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, LambdaLR, SequentialLR

from pure_schedules.data import is_data

from ._attachment import Attachment, wrapped_in
from ._checkpoints import as_text, counted, differences_of, numbers_of, refuse_differences, step_of
from ._groups import Setting, number
from ._words import as_code, named, taught

#: torch's containers of schedulers, and the schedule to attach instead.
_CONTAINERS = {SequentialLR: "join([first, second], boundaries=[...])", ChainedScheduler: "multiply([first, second])"}


class ScheduleLR(LambdaLR):
    """The scheduler that `lambda_lr` returns: a `LambdaLR` by class and by use, whose only state is the step.

    torch's constructor would wrap `optimizer.step` and write `initial_lr` into the groups. Neither is needed, so it is
    not called; the methods below provide its interface.
    """

    #: Accelerate increments this when it accumulates gradients. Nothing reads it.
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
                "to continue with update k write last_epoch=k - 1"
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

        torch's containers read it from each scheduler, and would then train at wrong rates: in a sequence, a scheduler
        takes the rates that another one wrote as its base; in a chain, the last one overwrites the first. So the caller
        is checked.
        """
        frame = currentframe()
        try:
            asking = frame.f_back.f_locals.get("self") if frame and frame.f_back else None
        finally:
            del frame  # avoids a reference cycle
        for container, instead in _CONTAINERS.items():
            if isinstance(asking, container):
                raise TypeError(
                    f"lambda_lr: its scheduler must not be given to {container.__name__}, which would write other rates, "
                    f"got {self!r}; attach one schedule instead: lambda_lr(optimizer, {instead}), "
                    "where from_torch(scheduler) makes a schedule of one of torch's"
                )
        attached: Optimizer = vars(self)["optimizer"]
        return attached

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        vars(self)["optimizer"] = optimizer

    def step(self, epoch: float | None = None) -> None:
        """Write the rates of the next update, or of update `epoch`; call it after `optimizer.step()`.

        Args:
            epoch: the update; it may be a fraction [steps].

        Raises:
            TypeError: `epoch` is not a number; nothing is changed.
            ValueError: `epoch` is negative, infinite or nan; nothing is changed.
        """
        self._write(self.last_epoch + 1 if epoch is None else counted("lambda_lr", "epoch", epoch))

    @taught("scheduler.follow(schedule)")
    def follow(self, schedule: Setting) -> None:
        """Switch to another schedule mid-run, such as one with a new factor from a plateau.

        It writes the rate of the next update at once.

        Args:
            schedule: as for `lambda_lr`.

        Raises:
            TypeError: as for `lambda_lr`; nothing is changed.
            ValueError: as above.

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
        """The current rate of each group, as numbers or copies, which later writes do not change."""
        return [_copy(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The step, and a fingerprint of the configuration: numbers, strings, lists and dicts only."""
        state: dict[str, Any] = {"last_epoch": self.last_epoch, "fingerprint": as_text(self._attachment.fingerprint()["lr"])}
        if any(base is not None for base in self._attachment.bases("lr")):
            state["base_lrs"] = self._bases()
            state["last_lrs"] = [float(rate) for rate in self.get_last_lr()]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue at the saved step, as `step_of` reads it: also from the state of another tool's scheduler.

        The schedule stays the one that this scheduler was built with.
        """
        step = step_of(state_dict)
        self._take_bases(state_dict)
        self._write(step)

    def _take_bases(self, state_dict: Mapping[str, Any]) -> None:
        """Replace the bases if the scheduler was built after the optimizer was loaded.

        Then it took the rates of the last update for bases, and they equal the saved rates of all groups. Otherwise it was
        built before the load, or with other bases, and keeps them.
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
        """List how the schedules differ from those of a saved state, or from what `to_data` gave, and what cannot be
        compared."""
        saved: Any = state_dict
        if isinstance(state_dict, Mapping) and not is_data(state_dict):
            if "fingerprint" not in state_dict:
                return ["the schedules cannot be compared: the state has no fingerprint, so it is not one of lambda_lr"]
            saved = {"lr": state_dict["fingerprint"]}
        return differences_of("lambda_lr", saved, self._attachment.fingerprint())

    def require_same(self, state_dict: dict[str, Any]) -> None:
        """Raise unless the schedules are those of a saved state.

        Raises:
            ValueError: they differ, or cannot be compared; the message says where.
        """
        refuse_differences("lambda_lr", self.differences(state_dict))

    def __repr__(self) -> str:
        attached = self._attachment
        relative = ", relative=True" if attached.relative else ""
        return f"lambda_lr({as_code(attached.schedules['lr'])}{relative}, last_epoch={self.last_epoch - 1})"

    def _write(self, step: float) -> None:
        self._attachment.write(step)
        self.last_epoch: Any = step
        if self._attachment.plan.known is not self._shown:
            self._show()

    def _show(self) -> None:
        """Set the public attributes of a `LambdaLR`: the functions of the groups, and their bases."""
        attached = self._attachment
        self._shown, self.base_lrs = attached.plan.known, self._bases()
        self.lr_lambdas = [
            rate if base is None else rate.arguments["schedule"]
            for base, rate in zip(attached.bases("lr"), attached.scheduled("lr"), strict=True)
        ]

    def _bases(self) -> list[Any]:
        """The bases of the groups; for a group without one 1, or as in torch its rate if all schedules are relative."""
        attached = self._attachment
        return [
            base if base is not None else number(first) if attached.relative else 1.0
            for base, first in zip(attached.bases("lr"), attached.first("lr"), strict=True)
        ]

    # What it hears of the optimizer ----------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Register hooks that write the rates after an optimizer load, and before the update of new groups.

        A wrapper such as Accelerate's is an `Optimizer` that did not call torch's constructor, and has no hooks; the
        wrapped optimizer has them.
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
    """Restore the rates of the last writer after a load has put those of the checkpoint into the optimizer."""
    alive = heard()
    if alive is not None and alive._attachment.speaks():
        alive._write(alive.last_epoch)


def _before_update(heard: "weakref.ref[ScheduleLR]", optimizer: Any, args: Any, kwargs: Any) -> None:
    """Write the scheduled rate of groups added since the last write, before their first update."""
    alive = heard()
    if alive is not None and not torch.compiler.is_compiling() and alive._attachment.write_new(alive.last_epoch):
        alive._show()


def _copy(rate: Any) -> Any:
    return rate.detach().clone() if isinstance(rate, Tensor) else rate


@taught("lambda_lr(optimizer, schedule)")
def lambda_lr(optimizer: Optimizer, schedule: Setting, *, relative: bool = False, last_epoch: int = -1) -> ScheduleLR:
    """Make a torch scheduler whose learning rate is the value of the schedule, whatever rate the optimizer was built with.

    Use it as any other scheduler: ``scheduler.step()`` after ``optimizer.step()``. Its state is the step. A load never
    changes the schedule, and restores the rates at once, in whatever order optimizer and scheduler are built and
    loaded.

    Args:
        optimizer: the optimizer.
        schedule: a schedule for all groups; a list with one for each group; or `by_group(rule)`. None leaves a group
            unchanged.
        relative: the schedule is a factor of the rate that each group has when it is first seen [1]. To resume, build
            the scheduler before the optimizer is loaded, or load the scheduler's own state too: a loaded optimizer has
            the rate of its last update, not the one it was built with.
        last_epoch: index of the last update made: -1 to begin, k - 1 to continue with update k [steps].

    Raises:
        TypeError: `optimizer` is not an optimizer; `schedule` is not a schedule.
        ValueError: a list does not match the number of groups; there are no groups.

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
