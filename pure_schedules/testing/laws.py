"""`check`: every law that holds for all schedules, applied to one: yours."""

import importlib.util
import io
import math
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .. import combinators, shapes
from .._arrays import is_number
from .._factory import Factory
from .._schedule import Schedule, value_at
from ..clocks import repeat, shift
from . import assertions
from ._places import MOST_NUMBERS, dotted, end_of, evenly, leaves, measured, only, places, updates
from .assertions import fail, largest

__all__ = ["Checked", "check"]

#: The relative roundings of single and of double precision.
SINGLE, DOUBLE = 2.0**-24, 2.0**-53
#: A growing endless schedule is tested up to this value, whose square fits single precision.
LARGEST = 1e18


@dataclass(frozen=True)
class Checked:
    """The result: laws that hold, laws tested in part, and laws not tested, with the reasons."""

    schedule: Schedule
    held: list[str] = field(default_factory=list)
    in_part: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{assertions.named(self.schedule)}: {len(self.held)} laws hold"]
        lines += [f"  tested in part: {law}: {skipped}" for law, skipped in self.in_part.items()]
        return "\n".join([*lines, *(f"  not tested: {law}: {reason}" for law, reason in self.left_out.items())])


class LeftOut(Exception):
    """A law does not apply to this schedule, or cannot be tested here."""


def check(
    schedule: Schedule,
    *,
    steps: Iterable[float] | None = None,
    names: Mapping[str, Any] | None = None,
    leave_out: Iterable[str] = (),
) -> Checked:
    """Assert every law that all schedules of this library satisfy.

    The laws cover its values (purity, peak, composition, boundaries, end, hyperparameters of 0, precision, text,
    errors), its transforms (gradients, batches, one compilation, arrays of other libraries, shapes and dtypes), and its
    use by an optimizer (the rate is the value, a resumed run continues with the same rates, checkpoints are plain
    data). To test particular values, use `assert_reaches` and the other assertions.

    Args:
        schedule: a schedule, not a plain function.
        steps: the steps to test; by default at and beside the corners of the curve [steps].
        names: your own schedules by name, if it uses some that cannot be seen in its hyperparameters.
        leave_out: names of laws to skip, as in the messages.

    Returns:
        A printable report: the laws that hold, those tested in part, and those not tested, with the reasons.

    Raises:
        AssertionError: it breaks a law; the message lists each with the step and the values.
        TypeError: `schedule` is not a schedule, or has tensor hyperparameters; a name in `leave_out` is unknown.

    Example:
        >>> from pure_schedules import schedule
        >>> from pure_schedules.testing import check
        >>> @schedule
        ... def parabola(step, *, peak, steps):
        ...     return peak * (1 - step / steps) ** 2
        >>> check(parabola(peak=1.0, steps=10))
        Traceback (most recent call last):
        AssertionError: parabola(peak=1.0, steps=10) breaks 3 of 18 laws:
          peak: parabola(peak=1.0, steps=10) is 1.21 at step 21, above its peak=1.0
          the end holds: parabola(peak=1.0, steps=10) ends with 0.0 at step 10, and is 0.01 at step 11; ...
          hyperparameters of 0: parabola(peak=1.0, steps=10) with steps=0: ZeroDivisionError: division by zero at step 0; ...
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
    clock = [*places(schedule, steps)]
    subject = Subject(schedule, clock, clock if steps is not None else updates(schedule), names or {})
    checked = Checked(schedule)
    broken: dict[str, list[str]] = {}  # by message, since one mistake may break many laws
    for law, holds in LAWS.items():
        if law in unwanted:
            checked.left_out[law] = "as asked"
            continue
        try:
            skipped = holds(subject)
        except LeftOut as left_out:
            checked.left_out[law] = str(left_out)
        except AssertionError as error:
            broken.setdefault(str(error), []).append(law)
        except Exception as error:
            reason = str(error).partition("\n")[0]
            broken.setdefault(f"{type(error).__name__}: {reason}", []).append(law)
        else:
            checked.held.append(law)
            if skipped:
                checked.in_part[law] = skipped
        if law == FIRST and broken:
            break  # without finite values, no other law can be tested
    if broken:
        listed = "\n  ".join(f"{', '.join(laws)}: {said}" for said, laws in broken.items())
        count = sum(map(len, broken.values()))
        which = "the first" if FIRST in next(iter(broken.values())) else str(count)
        raise AssertionError(f"{assertions.named(schedule)} breaks {which} of {len(LAWS)} laws:\n  {listed}")
    return checked


#: Other hyperparameters that are rates, and may be above the peak.
RATES = ("peak", "start", "end", "floor", "value")


@dataclass(frozen=True)
class Subject:
    """A schedule under test, the steps for all laws, and the updates for the values."""

    schedule: Schedule
    clock: list[float]
    updates: list[Any]
    names: Mapping[str, Any]

    @property
    def whole_steps(self) -> list[int]:
        return [int(step) for step in self.clock if float(step).is_integer()]


#: A law of one schedule; it raises an error if it is broken, and returns what it skipped, if anything.
Law: TypeAlias = Callable[[Subject], "str | None"]

# Values --------------------------------------------------------------------------------------------------------------


def is_pure(subject: Subject) -> str:
    """It is a function of the step and the hyperparameters alone, not of earlier calls."""
    schedule, steps = subject.schedule, subject.whole_steps
    assertions.assert_pure(schedule, steps=subject.clock)
    for path, number in measured(schedule):
        tree = only(path, 1.25 * number if number else 0.5)
        try:
            changed = schedule.replace(tree)
            batch = _batch(changed, steps)
        except Exception:  # refused, or no tensors accepted: another law tests that
            continue
        scale = largest(changed, steps)
        for step, value in zip(steps, batch, strict=True):
            for had in (schedule(step, tree), float(value_at(changed, step))):
                if _apart(changed, step, had, value, 1e-12 * scale, DOUBLE):
                    fail(
                        schedule,
                        f"with another {dotted(path)} is {had!r} at step {step}, and {value!r} for a tensor; "
                        "a cache must depend on every hyperparameter, or be dropped",
                    )
    return _some_numbers(schedule)


def gives_finite_floats(subject: Subject) -> str:
    """Every update has a finite float; a growing endless schedule, such as a range test, may overflow."""
    schedule, steps = subject.schedule, sorted({*subject.clock, *subject.updates})
    outgrown = math.inf
    for step in steps:
        try:
            value = schedule(step)
        except Exception as error:
            fail(schedule, f"raises {type(error).__name__} at step {step!r}: {error}")
        if value == math.inf and _grows(schedule, step):
            outgrown = next(step for step in steps if schedule(step) > LARGEST)
            break
        if type(value) is not float or not math.isfinite(value):
            fail(schedule, f"is {value!r} at step {step!r}; it must be a finite float")
    if outgrown == math.inf:
        return ""
    for clock in (subject.clock, subject.updates):
        clock[:] = [step for step in clock if step < outgrown]
    return f"from step {outgrown:g} on it is above {LARGEST:g}, and overflows later"


def _grows(schedule: Schedule, infinite: float) -> bool:
    """Whether an endless schedule is infinite because it grows, not by a mistake at one step."""
    low, high = 0.0, float(infinite)
    while math.nextafter(low, high) < high - 1:
        middle = (low + high) / 2
        low, high = (low, middle) if schedule(middle) == math.inf else (middle, high)
    return end_of(schedule) == math.inf and schedule(low) > LARGEST


def stays_below_its_peak(subject: Subject) -> None:
    """No value is above its peak, unless another rate, such as a start, is."""
    schedule = subject.schedule
    given = [value for name, value in schedule.arguments.items() if name in RATES and is_number(value)]
    if not is_number(schedule.arguments.get("peak")):
        raise LeftOut("it has no peak")
    highest = max(given)
    for step in sorted({*subject.clock, *subject.updates}):
        if (value := schedule(step)) > highest + 1e-12 * abs(highest):
            fail(schedule, f"is {value!r} at step {step:g}, above its peak={schedule.arguments['peak']!r}")


def composes(subject: Subject) -> None:
    """Scaled, shifted and added to itself, it has the expected values."""
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
    # Both receive the same tensor: neither may change it.
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
    """In a `join`, it is active up to the boundary, and at the boundary the next one starts at its 0."""
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
            f"ends at total_steps={total}, and declares no length for join and plot; "
            "say @schedule(length=lambda total_steps, **_: total_steps)",
        )
    # A composition, or one that is constant because two hyperparameters are equal, may settle earlier.
    if schedule.composition is schedule and not any(map(callable, _all_of(schedule.arguments.values()))):
        settled = _settled(schedule)
        if settled is not None and _settled(_in_general(schedule)) is not None:
            fail(
                schedule,
                f"is constant from step {settled} on, and declares a length of {length:g} steps; "
                "write @schedule(length=...) with the hyperparameters that its value depends on",
            )


def _all_of(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from _all_of(value) if isinstance(value, tuple) else (value,)


def _in_general(schedule: Schedule) -> Schedule:
    """A schedule like this one, with no two equal hyperparameters."""
    for index, (path, number) in enumerate(measured(schedule)):
        with suppress(TypeError, ValueError):
            schedule = schedule.replace(only(path, float(number) * (1 + 0.01 * (index + 1))))
    return schedule


def _settled(schedule: Schedule) -> int | None:
    """The update from which it is constant, if that is before its end; None if it is nearly constant there."""
    end = math.ceil(end_of(schedule))
    held = schedule(end)
    if end < 1 or schedule(end - 1) != held:
        return None
    moving = [step for step in updates(schedule) if step < end and schedule(step) != held]
    if not moving:
        return None
    low, high = moving[-1], end - 1
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if schedule(middle) == held else (middle, high)
    return high if abs(schedule(low) - held) > 1e-13 * largest(schedule, moving) else None


def takes_numbers_of_0(subject: Subject) -> str:
    """A hyperparameter of 0, such as a length, is refused, or gives finite values and gradients."""
    import torch

    schedule = subject.schedule
    refused: list[str] = []
    differentiable = {path for path, _ in measured(schedule)}
    for path, _ in evenly(list(leaves(schedule.hyperparameters)), MOST_NUMBERS):
        try:
            degenerate = schedule.replace(only(path, 0))
        except (TypeError, ValueError):
            refused.append(dotted(path))
            continue
        name = next(part for part in reversed(path) if isinstance(part, str))
        remedy = f"refuse it, @schedule({name}=positive)"
        if name.endswith("steps"):
            remedy += ", or use progress(step, steps)"
        for step in subject.clock:
            try:
                value = degenerate(step)
            except ArithmeticError as error:
                fail(schedule, f"with {dotted(path)}=0: {type(error).__name__}: {error} at step {step:g}; {remedy}")
            at = torch.tensor(float(step), dtype=torch.float64)
            zero = torch.tensor(0.0, dtype=torch.float64)
            numbers = [("is", value)]
            if path in differentiable:
                slopes = torch.func.grad(lambda x, n, path=path: schedule(x, only(path, n)), argnums=(0, 1))(at, zero)
                numbers += [("has the gradient", slopes[0].item()), ("has the gradient over it", slopes[1].item())]
            for what, number in numbers:
                if not math.isfinite(number):
                    fail(schedule, f"with {dotted(path)}=0 {what} {number} at step {step:g}; {remedy}")
    said = [f"refused when it is bound: {', '.join(refused)}"] if refused else []
    return "; ".join([*said, *filter(None, [_some_numbers(schedule)])])


def _some_numbers(schedule: Schedule) -> str:
    """A note if not all numbers are tested."""
    count = sum(1 for _ in leaves(schedule.hyperparameters))
    return f"{MOST_NUMBERS} of {count} numbers" if count > MOST_NUMBERS else ""


def is_precise(subject: Subject) -> None:
    """Numbers, integer and float64 tensors agree to 1e-12 of the largest value, float32 tensors to 1e-4.

    No dtype can be better than its rounding of the step. In single precision a period of a third is rounded, and after
    many periods the phase differs.
    """
    import torch

    schedule = subject.schedule
    steps = sorted({int(step) for step in (*subject.clock, *subject.updates) if float(step).is_integer()})
    expected = [schedule(step) for step in steps]
    scale = largest(schedule, steps)
    for dtype, precision in ((torch.int64, 1e-12), (torch.float64, 1e-12), (torch.float32, 1e-4)):
        # Single precision counts to 2**24.
        near = [(step, value) for step, value in zip(steps, expected, strict=True) if step <= 2**24 or precision < 1e-6]
        with assertions.told(schedule, f"cannot take a tensor of {dtype}", "choose with where(...), not with if"):
            values = schedule(torch.tensor([step for step, _ in near], dtype=dtype)).tolist()
        for (step, number), value in zip(near, values, strict=True):
            if _apart(schedule, step, number, value, precision * scale, SINGLE if precision > 1e-6 else DOUBLE):
                fail(schedule, f"is {number!r} at step {step}, and {value!r} for a tensor of {dtype}")


def _batch(schedule: Schedule, steps: list[int]) -> list[float]:
    """The values at all of these steps, as one float64 tensor."""
    import torch

    values: list[float] = schedule(torch.tensor(steps, dtype=torch.float64)).tolist()
    return values


def _apart(schedule: Schedule, step: float, number: float, value: float, tolerance: float, rounding: float) -> bool:
    """Whether a value differs from that of a number by more than rounding of the step, or of its phase, explains."""
    if value == number or abs(value - number) <= tolerance:
        return False
    around = [schedule(step * (1 + turns / 4 * rounding)) for turns in range(-16, 17) if turns]
    slack = tolerance + max(around) - min(around)
    # The number must be near its neighbours: an error at one step is not a jump.
    return not all(min(around) - slack <= had <= max(around) + slack for had in (number, value))


def is_a_value(subject: Subject) -> None:
    try:
        pickle.dumps(subject.schedule.factory)
    except Exception:
        raise LeftOut("pickle does not find its function: define it at the top of a module") from None
    assertions.assert_round_trips(subject.schedule, names=subject.names)


def refuses_what_is_wrong(subject: Subject) -> None:
    """It refuses an unknown name, nan, text, and a total shorter than a part, and names the hyperparameter."""
    schedule = subject.schedule
    wrong: list[tuple[str, Any, type[Exception], str]] = [("no_such_hyperparameter", 1.0, TypeError, "")]
    for name, value in schedule.arguments.items():
        if is_number(value):
            wrong += [(name, math.nan, ValueError, ""), (name, "text", TypeError, "")]
    total = schedule.arguments.get("total_steps")
    for name, value in schedule.arguments.items():
        if name.startswith(("warmup", "decay")) and name.endswith("_steps") and is_number(value) and is_number(total):
            shorter, beside = value / 2, f" with {name}={value!r}"
            if value > 0:
                wrong.append(("total_steps", shorter, ValueError, f'{beside}; write total_steps=at_least("{name}")'))
    for name, value, kind, hint in wrong:
        try:
            schedule.replace({name: value})
        except (TypeError, ValueError) as error:
            if not isinstance(error, kind) or name not in str(error):
                fail(schedule, f"refuses {name}={value!r} by {type(error).__name__}: {error}; it must name {name}")
        else:
            fail(schedule, f"takes {name}={value!r}{hint or '; a rule must refuse it when it is bound'}")


# Transforms ----------------------------------------------------------------------------------------------------------


def has_gradients(subject: Subject) -> str:
    assertions.assert_differentiable(subject.schedule, steps=subject.clock)
    return _some_numbers(subject.schedule)


def batches(subject: Subject) -> str:
    assertions.assert_batches(subject.schedule, steps=subject.clock)
    return _some_numbers(subject.schedule)


def compiles_once(subject: Subject) -> None:
    formula = subject.schedule.factory.formula
    if formula.__globals__ is not vars(sys.modules.get(formula.__module__, object)):
        raise LeftOut("its function is in no module, where torch looks up globals")
    assertions.assert_compiles_once(subject.schedule, steps=subject.clock)


def takes_arrays_of_numpy(subject: Subject) -> None:
    import numpy as np

    _compare(subject, lambda steps: subject.schedule(np.asarray(steps, dtype=np.float64)), "NumPy")


def takes_arrays_of_jax(subject: Subject) -> None:
    import jax
    import jax.numpy as jnp

    # In the precision configured for JAX.
    _compare(subject, lambda steps: jax.vmap(subject.schedule)(jnp.asarray(steps, dtype=float)), "JAX", 1e-4)


def _compare(subject: Subject, curve: Callable[[list[int]], Any], library: str, precision: float = 1e-12) -> None:
    schedule, steps = subject.schedule, [step for step in subject.whole_steps if step <= 2**24]
    scale = largest(schedule, steps)
    with assertions.told(schedule, f"cannot take an array of {library}", "use the functions of pure_schedules.numeric"):
        values = curve(steps).tolist()
    for step, value in zip(steps, values, strict=True):
        if _apart(schedule, step, schedule(step), value, precision * scale, SINGLE if precision > 1e-6 else DOUBLE):
            fail(schedule, f"is {schedule(step)!r} at step {step}, and {value!r} for an array of {library}")


def keeps_shape_and_type(subject: Subject) -> str:
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
            fail(schedule, f"gives the shape {tuple(result.shape)} for 4 steps and 3 values of {dotted(path)}, not (3, 4)")
    return _some_numbers(schedule)


# At an optimizer -----------------------------------------------------------------------------------------------------

UPDATES = 6


def is_the_rate_of_an_optimizer(subject: Subject) -> None:
    """The setter and the scheduler write its value, whatever rate the optimizer was built with."""
    from .training import following

    for way in ("setter", "scheduler"):
        optimizer, take = _training(subject.schedule, way)
        with following(optimizer, lr=subject.schedule):
            for step in range(UPDATES):
                take(step)


def resumes(subject: Subject) -> None:
    """A run resumed after any update has the rates of the uninterrupted run."""
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
    """An optimizer, and a function that makes an update."""
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


def _where(module: str, law: Law) -> Law:
    """A law that needs a library, and is skipped without it."""

    def holds(subject: Subject) -> str | None:
        if importlib.util.find_spec(module) is None:
            raise LeftOut(f"{module} is not installed")
        return law(subject)

    return holds


FIRST = "finite"
#: Every law by name, in the order of testing.
LAWS: dict[str, Law] = {
    FIRST: gives_finite_floats,
    "pure": is_pure,
    "peak": stays_below_its_peak,
    "closed": composes,
    "boundaries": keeps_its_boundaries,
    "the end holds": holds_its_end,
    "hyperparameters of 0": takes_numbers_of_0,
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
