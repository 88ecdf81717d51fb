"""`check`: every law that holds for all schedules, applied to one: yours."""

import importlib.util
import io
import math
import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import combinators, shapes
from .._arrays import is_number
from .._factory import Factory
from .._schedule import Schedule
from ..clocks import repeat, shift
from . import assertions
from ._places import end_of, leaves, measured, only, places, written
from .assertions import fail, largest

__all__ = ["Checked", "check"]

#: The relative rounding of single precision.
SINGLE = 2.0**-24


@dataclass(frozen=True)
class Checked:
    """What `check` has found to hold, and what it could not look at, with the reason."""

    schedule: Schedule
    held: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{assertions.named(self.schedule)}: {len(self.held)} laws hold"]
        return "\n".join([*lines, *(f"  not looked at: {law}: {reason}" for law, reason in self.left_out.items())])


class LeftOut(Exception):
    """A law that says nothing of this schedule, or cannot be looked at here."""


def check(
    schedule: Schedule,
    *,
    steps: Iterable[float] | None = None,
    names: Mapping[str, Any] | None = None,
    leave_out: Iterable[str] = (),
) -> Checked:
    """That a schedule keeps every law that all schedules of this library keep.

    These are the laws of its values (pure, closed under composition, at boundaries, at its end, for lengths of 0, in
    its precision, as text, in its errors), of its transforms (gradients, batches, one compilation, arrays of other
    libraries, shapes and types), and of its use by an optimizer (the rate is the value, a resumed run goes on with the
    same rates, checkpoints are plain). What particular numbers it should have is for `assert_reaches` and its like.

    Args:
        schedule: a schedule: what a factory returns.
        steps: where to look; at the corners of the curve and beside them if it is left out [steps].
        names: your own schedules by name, where it is made of some that cannot be seen in it.
        leave_out: names of laws not to look at, as the messages have them.

    Returns:
        What was found to hold, and what could not be looked at and why; to be printed.

    Raises:
        AssertionError: it breaks one or several; the message lists each with the step and the values.
        TypeError: it is not a schedule, or has tensors among its hyperparameters; a law has another name.

    Example:
        >>> from pure_schedules import schedule
        >>> from pure_schedules.testing import check
        >>> @schedule
        ... def parabola(step, *, peak, steps):
        ...     return peak * (1 - step / steps) ** 2
        >>> check(parabola(peak=1.0, steps=10))
        Traceback (most recent call last):
        AssertionError: parabola(peak=1.0, steps=10) breaks 2 of 17 laws:
          the end holds: parabola(peak=1.0, steps=10) ends with 0.0 at step 10, and is 0.01 at step 11; ...
          lengths of 0: parabola(peak=1.0, steps=10) with steps=0: ZeroDivisionError: division by zero at step 0; ...
    """
    if not isinstance(schedule, Schedule):
        hint = "give its hyperparameters" if isinstance(schedule, Factory) else "put @schedule over it"
        raise TypeError(f"check: a schedule is needed, got {assertions.named(schedule)}; {hint}")
    if schedule.arrays:
        where = next(iter(schedule.arrays))
        raise TypeError(f"check: hyperparameters must be plain numbers, got a tensor at {where}; replace it by a number")
    unwanted = set(leave_out)
    if unknown := unwanted - LAWS.keys():
        raise TypeError(
            f"check: leave_out names a law that is not one, got {sorted(unknown)}; the laws are {', '.join(LAWS)}"
        )
    subject = Subject(schedule, [*places(schedule, steps)], names or {})
    checked = Checked(schedule)
    broken: dict[str, list[str]] = {}  # by what is said of it, for one mistake may break many
    for law, holds in LAWS.items():
        if law in unwanted:
            checked.left_out[law] = "as asked"
            continue
        try:
            holds(subject)
        except LeftOut as left_out:
            checked.left_out[law] = str(left_out)
        except AssertionError as error:
            broken.setdefault(str(error), []).append(law)
        except Exception as error:
            reason = str(error).partition("\n")[0]
            broken.setdefault(f"{type(error).__name__}: {reason}", []).append(law)
        else:
            checked.held.append(law)
        if law == FIRST and broken:
            break  # of what has no values, nothing else can be said
    if broken:
        listed = "\n  ".join(f"{', '.join(laws)}: {said}" for said, laws in broken.items())
        count = sum(map(len, broken.values()))
        which = "the first" if FIRST in next(iter(broken.values())) else str(count)
        raise AssertionError(f"{assertions.named(schedule)} breaks {which} of {len(LAWS)} laws:\n  {listed}")
    return checked


@dataclass(frozen=True)
class Subject:
    """A schedule that is looked at, and where."""

    schedule: Schedule
    clock: list[float]
    names: Mapping[str, Any]

    @property
    def whole_steps(self) -> list[int]:
        return [int(step) for step in self.clock if float(step).is_integer()]


# Values --------------------------------------------------------------------------------------------------------------


def is_pure(subject: Subject) -> None:
    assertions.assert_pure(subject.schedule, steps=subject.clock)


def gives_finite_floats(subject: Subject) -> None:
    for step in subject.clock:
        try:
            value = subject.schedule(step)
        except Exception as error:
            fail(subject.schedule, f"raises {type(error).__name__} at step {step!r}: {error}")
        if type(value) is not float or not math.isfinite(value):
            fail(subject.schedule, f"is {value!r} at step {step!r}; it must be a finite float")


def composes(subject: Subject) -> None:
    """Scaled, shifted and added to itself, it has the values that it should have then."""
    import torch

    schedule = subject.schedule
    half, late, both = (
        combinators.scale(schedule, factor=0.5),
        shift(schedule, steps=7),
        combinators.add([schedule, schedule]),
    )
    for step in subject.whole_steps:
        value = schedule(step)
        for composed, expected, at in ((half, 0.5 * value, step), (both, value + value, step), (late, value, step + 7)):
            if composed(at) != expected:
                fail(composed, f"is {composed(at)!r} at step {at}, and should be {expected!r}")
    # Both are given the same tensor: the one must not change it for the other.
    steps = torch.tensor(subject.whole_steps, dtype=torch.float64)
    with assertions.told(both, "cannot take a tensor"):
        for step, value, single in zip(subject.whole_steps, both(steps).tolist(), schedule(steps).tolist(), strict=True):
            if value != single + single:
                fail(
                    both,
                    f"is {value!r} for a tensor of step {step}, and should be {single + single!r}; "
                    "write step = step - x and not step -= x, which changes the tensor for the others",
                )


def keeps_its_boundaries(subject: Subject) -> None:
    """Joined to others, it has its last value before the boundary, and at the boundary the next one is at its 0."""
    schedule, other = subject.schedule, shapes.constant(value=12345.0)
    for boundary in [step for step in subject.whole_steps if 0 < step < 10**6]:
        for joined, before, after in (
            (combinators.join([schedule, other], boundaries=[boundary]), schedule(boundary - 1), 12345.0),
            (combinators.join([other, schedule], boundaries=[boundary]), 12345.0, schedule(0)),
        ):
            for step, expected in ((boundary - 1, before), (boundary, after)):
                if joined(step) != expected:
                    fail(joined, f"is {joined(step)!r} at step {step}, and should be {expected!r}")
    if 0 < (length := end_of(schedule)) < math.inf and length.is_integer():
        rounds = repeat(schedule)
        for restart in (int(length), 2 * int(length), 5 * int(length)):
            if rounds(restart) != schedule(0):
                fail(rounds, f"is {rounds(restart)!r} at its restart at step {restart}, and should be {schedule(0)!r}")


def holds_its_end(subject: Subject) -> None:
    schedule = subject.schedule
    length, total = end_of(schedule), schedule.arguments.get("total_steps")
    if length == math.inf and not is_number(total):
        raise LeftOut("it has no end")
    assertions.assert_holds_end(schedule, steps=length if length < math.inf else total)
    if length == math.inf:
        fail(
            schedule,
            f"ends at total_steps={total}, and has no length that join and plot could know; "
            "say @schedule(length=lambda total_steps, **_: total_steps)",
        )


def takes_lengths_of_0(subject: Subject) -> None:
    """A length of 0 is refused when it is bound, or gives finite values and slopes."""
    import torch

    schedule = subject.schedule
    lengths = [path for path, _ in leaves(schedule.hyperparameters) if str(path[-1]).endswith("steps")]
    if not lengths:
        raise LeftOut("it has no length among its hyperparameters")
    for path in lengths:
        try:
            degenerate = schedule.replace(only(path, 0))
        except (TypeError, ValueError):
            continue
        remedy = "refuse it, @schedule(steps=positive), or use progress(step, steps)"
        for step in subject.clock:
            try:
                value = degenerate(step)
            except ArithmeticError as error:
                fail(schedule, f"with {written(path)}=0: {type(error).__name__}: {error} at step {step:g}; {remedy}")
            at = torch.tensor(float(step), dtype=torch.float64)
            zero = torch.tensor(0.0, dtype=torch.float64)
            slopes = torch.func.grad(lambda x, n, path=path: schedule(x, only(path, n)), argnums=(0, 1))(at, zero)
            for what, number in (
                ("is", value),
                ("has the slope", slopes[0].item()),
                ("has over it the slope", slopes[1].item()),
            ):
                if not math.isfinite(number):
                    fail(schedule, f"with {written(path)}=0 {what} {number} at step {step:g}; {remedy}")


def is_precise(subject: Subject) -> None:
    """Numbers, tensors of integers and of double precision agree to 1e-12 of the largest value, single precision to 1e-4.

    In single precision a period of a third is rounded, and after many rounds the schedule is elsewhere in its round. That
    is as far as a rounding of the step itself would bring it.
    """
    import torch

    schedule, steps = subject.schedule, subject.whole_steps
    expected = [schedule(step) for step in steps]
    scale = largest(schedule, steps)
    for dtype, precision in ((torch.int64, 1e-12), (torch.float64, 1e-12), (torch.float32, 1e-4)):
        # Single precision counts to 2**24.
        near = [(step, value) for step, value in zip(steps, expected, strict=True) if step <= 2**24 or precision < 1e-6]
        with assertions.told(schedule, f"cannot take a tensor of {dtype}", "choose with where(...), not with if"):
            values = schedule(torch.tensor([step for step, _ in near], dtype=dtype)).tolist()
        for (step, number), value in zip(near, values, strict=True):
            allowed = precision * scale
            if precision > 1e-6 and abs(value - number) > allowed:
                around = [schedule(step * (1 + turns * SINGLE)) for turns in (-2, -1, 1, 2)]
                allowed += max(*around, number) - min(*around, number)
            if abs(value - number) > allowed and value != number:
                fail(schedule, f"is {number!r} at step {step}, and {value!r} for a tensor of {dtype}")


def is_a_value(subject: Subject) -> None:
    try:
        pickle.dumps(subject.schedule.factory)
    except Exception:
        raise LeftOut("pickle does not find its function: define it at the top of a module") from None
    assertions.assert_round_trips(subject.schedule, names=subject.names)


def refuses_what_is_wrong(subject: Subject) -> None:
    """An unknown name, nan, and text are refused when they are bound, by a message that names them."""
    schedule = subject.schedule
    wrong: list[tuple[str, Any, type[Exception]]] = [("no_such_hyperparameter", 1.0, TypeError)]
    for name, value in schedule.arguments.items():
        if is_number(value):
            wrong += [(name, math.nan, ValueError), (name, "text", TypeError)]
    for name, value, kind in wrong:
        try:
            schedule.replace({name: value})
        except (TypeError, ValueError) as error:
            if not isinstance(error, kind) or name not in str(error):
                fail(schedule, f"refuses {name}={value!r} by {type(error).__name__}: {error}; it must name {name}")
        else:
            fail(schedule, f"takes {name}={value!r}; a rule must refuse it when it is bound")


# Transforms ----------------------------------------------------------------------------------------------------------


def has_gradients(subject: Subject) -> None:
    assertions.assert_differentiable(subject.schedule, steps=subject.clock)


def batches(subject: Subject) -> None:
    assertions.assert_batches(subject.schedule, steps=subject.clock)


def compiles_once(subject: Subject) -> None:
    formula = subject.schedule.factory.formula
    if formula.__globals__ is not vars(sys.modules.get(formula.__module__, object)):
        raise LeftOut("its function is in no module, where torch would look for what it uses")
    assertions.assert_compiles_once(subject.schedule, steps=subject.clock)


def takes_arrays_of_numpy(subject: Subject) -> None:
    import numpy as np

    _compare(subject, lambda steps: subject.schedule(np.asarray(steps, dtype=np.float64)), "NumPy")


def takes_arrays_of_jax(subject: Subject) -> None:
    import jax
    import jax.numpy as jnp

    # In the precision that JAX is configured for.
    _compare(subject, lambda steps: jax.vmap(subject.schedule)(jnp.asarray(steps, dtype=float)), "JAX", 1e-4)


def _compare(subject: Subject, curve: Callable[[list[int]], Any], library: str, precision: float = 1e-12) -> None:
    schedule, steps = subject.schedule, [step for step in subject.whole_steps if step <= 2**24]
    scale = largest(schedule, steps)
    with assertions.told(schedule, f"cannot take an array of {library}", "use the functions of pure_schedules.numeric"):
        values = curve(steps).tolist()
    for step, value in zip(steps, values, strict=True):
        if abs(value - schedule(step)) > precision * scale:
            fail(schedule, f"is {schedule(step)!r} at step {step}, and {value!r} for an array of {library}")


def keeps_shape_and_type(subject: Subject) -> None:
    import torch

    schedule = subject.schedule
    for shape in ((), (1,), (2, 3), (0,)):
        for dtype in (torch.int64, torch.float32, torch.float64):
            result = schedule(torch.zeros(shape, dtype=dtype))
            expected = dtype if dtype.is_floating_point else torch.float64
            if tuple(result.shape) != shape or result.dtype != expected:
                fail(
                    schedule,
                    f"gives {result.dtype} of shape {tuple(result.shape)} for steps of {dtype} and shape {shape}; "
                    f"it should be {expected} of shape {shape}",
                )
    steps = torch.arange(4, dtype=torch.float64)
    for path, number in measured(schedule):
        batch = torch.full((3, 1), float(number), dtype=torch.float64)
        result = schedule(steps, only(path, batch))
        if tuple(result.shape) != (3, 4):
            fail(schedule, f"gives the shape {tuple(result.shape)} for 4 steps and 3 values of {written(path)}, not (3, 4)")


# At an optimizer -----------------------------------------------------------------------------------------------------

UPDATES = 6


def is_the_rate_of_an_optimizer(subject: Subject) -> None:
    """By the setter and by the scheduler, whatever rate the optimizer was built with."""
    from .training import following

    for way in ("setter", "scheduler"):
        optimizer, take = _training(subject.schedule, way)
        with following(optimizer, lr=subject.schedule):
            for step in range(UPDATES):
                take(step)


def resumes(subject: Subject) -> None:
    """Stopped after any update and built anew, it goes on with the rates of the uninterrupted run."""
    import torch

    from .training import following

    for way in ("setter", "scheduler"):
        for cut in range(1, UPDATES):
            optimizer, take = _training(subject.schedule, way)
            for step in range(cut):
                take(step)
            saved = io.BytesIO()
            torch.save([optimizer.state_dict(), take.scheduler and take.scheduler.state_dict()], saved)
            saved.seek(0)
            of_optimizer, of_scheduler = torch.load(saved, weights_only=True)
            optimizer, take = _training(subject.schedule, way)
            optimizer.load_state_dict(of_optimizer)
            if take.scheduler is not None:
                take.scheduler.load_state_dict(of_scheduler)
            with following(optimizer, first=cut, lr=subject.schedule):
                for step in range(cut, UPDATES):
                    take(step)


def _training(schedule: Schedule, way: str) -> tuple[Any, Any]:
    """An optimizer, and a function that takes an update."""
    import torch

    from pure_schedules_torch import lambda_lr, param_group_setter

    parameter = torch.nn.Parameter(torch.zeros(1))
    parameter.grad = torch.ones(1)
    optimizer = torch.optim.SGD([parameter], lr=0.125, momentum=0.5)

    class Take:
        scheduler: Any = lambda_lr(optimizer, schedule) if way == "scheduler" else None
        set_step: Any = None if way == "scheduler" else param_group_setter(optimizer, lr=schedule)

        def __call__(self, step: int) -> None:
            if self.set_step is not None:
                self.set_step(step)
            optimizer.step()
            if self.scheduler is not None:
                self.scheduler.step()

    return optimizer, Take()


def _where(module: str, law: Callable[[Subject], None]) -> Callable[[Subject], None]:
    """A law that needs a library, which may not be here."""

    def holds(subject: Subject) -> None:
        if importlib.util.find_spec(module) is None:
            raise LeftOut(f"{module} is not installed")
        law(subject)

    return holds


FIRST = "finite"
#: Every law by its name, in the order in which they are looked at.
LAWS: dict[str, Callable[[Subject], None]] = {
    FIRST: gives_finite_floats,
    "pure": is_pure,
    "closed": composes,
    "boundaries": keeps_its_boundaries,
    "the end holds": holds_its_end,
    "lengths of 0": takes_lengths_of_0,
    "precision": is_precise,
    "a value": is_a_value,
    "errors teach": refuses_what_is_wrong,
    "gradients": has_gradients,
    "vmap": batches,
    "one compilation": compiles_once,
    "arrays of NumPy": _where("numpy", takes_arrays_of_numpy),
    "arrays of JAX": _where("jax", takes_arrays_of_jax),
    "shape": keeps_shape_and_type,
    "the rate of an optimizer": _where("pure_schedules_torch", is_the_rate_of_an_optimizer),
    "resume": _where("pure_schedules_torch", resumes),
}
