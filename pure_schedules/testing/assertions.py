"""Assertions about one schedule, each with a message that shows the step and the values.

They take a `Schedule`, or unless noted any function of the step. A schedule is tested where something can go wrong: at
the start, at and beside each boundary, at the end and far beyond. They raise `AssertionError` directly, so they also
work under ``python -O``.
"""

import copy
import math
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NoReturn

from .. import data, queries, text
from .._arrays import is_array
from .._factory import Factory
from .._sampling import Curve
from .._schedule import Schedule, value_at
from .._trees import shown, written
from ..spaces import Space
from ._places import MOST_NUMBERS, Path, corners_of, dotted, end_of, evenly, measured, only, places

__all__ = [
    "assert_batches",
    "assert_bounded",
    "assert_compiles_once",
    "assert_continuous",
    "assert_differentiable",
    "assert_holds_end",
    "assert_like",
    "assert_monotonic",
    "assert_pure",
    "assert_reaches",
    "assert_round_trips",
]

# Far out, the gradient over a period or a rate is too steep for finite differences.
FARTHEST_DIFFERENCE = 10**5
LONGEST_NAME = 200

# Values --------------------------------------------------------------------------------------------------------------


def assert_reaches(schedule: Curve, value: float, *, at: float, rel_tol: float = 1e-12, abs_tol: float = 0.0) -> None:
    """Assert that a schedule has a value at a step.

    Args:
        schedule: a schedule, or a function of the step.
        value: the expected value [lr].
        at: the step [steps].
        rel_tol: relative tolerance [1].
        abs_tol: absolute tolerance [lr].

    Raises:
        AssertionError: the value differs; the message says if it is one step away.

    Example:
        >>> from pure_schedules import count_from_one, warmup_constant
        >>> from pure_schedules.testing import assert_reaches
        >>> assert_reaches(warmup_constant(peak=1.0, warmup_steps=10), 1.0, at=10)
        >>> assert_reaches(count_from_one(warmup_constant(peak=1.0, warmup_steps=10)), 1.0, at=10)
        >>> assert_reaches(count_from_one(warmup_constant(peak=1.0, warmup_steps=10)), 0.9, at=9)
        Traceback (most recent call last):
        AssertionError: count_from_one(...) is 1.0 at step 9, and not 0.9; it is 0.9 at step 8
    """

    def is_it(step: float) -> bool:
        return math.isclose(float(schedule(step)), value, rel_tol=rel_tol, abs_tol=abs_tol)

    if not is_it(at):
        beside = [step for step in (at - 1, at + 1) if step >= 0 and is_it(step)]
        hint = f"; it is {value!r} at step {beside[0]!r}" if beside else ""
        fail(schedule, f"is {float(schedule(at))!r} at step {at!r}, and not {value!r}{hint}")


def assert_bounded(
    schedule: Curve, *, low: float = -math.inf, high: float = math.inf, first: int = 0, stop: int | None = None
) -> None:
    """Assert that no update has a value below `low` or above `high`.

    Args:
        schedule: a schedule, or a function of the step.
        low: lowest allowed value [lr].
        high: highest allowed value [lr].
        first: the first update to test [steps].
        stop: end before this update; by default test up to the end of the schedule [steps].

    Raises:
        AssertionError: an update is out of bounds; the message gives the first one and the extreme.

    Example:
        >>> from pure_schedules import linear
        >>> from pure_schedules.testing import assert_bounded
        >>> assert_bounded(linear(start=0.0, end=1.0, steps=10), low=0.0, high=0.75)
        Traceback (most recent call last):
        AssertionError: linear(start=0.0, end=1.0, steps=10) is 0.8 at step 8, above 0.75; its largest is 1.0, at step 10
    """
    largest, smallest = (query(schedule, first=first, stop=stop) for query in (queries.largest, queries.smallest))
    if largest.value > high:
        place = queries.first_at_or_above(schedule, value=math.nextafter(high, math.inf), first=first, stop=stop)
        fail(
            schedule,
            f"is {float(schedule(place))!r} at step {place}, above {high!r}; "
            f"its largest is {largest.value!r}, at step {largest.step}",
        )
    if smallest.value < low:
        place = queries.first_at_or_below(schedule, value=math.nextafter(low, -math.inf), first=first, stop=stop)
        fail(
            schedule,
            f"is {float(schedule(place))!r} at step {place}, below {low!r}; "
            f"its smallest is {smallest.value!r}, at step {smallest.step}",
        )


def assert_monotonic(schedule: Curve, *, rising: bool | None = None, first: int = 0, stop: int | None = None) -> None:
    """Assert that the values of the updates only rise or only fall.

    Args:
        schedule: a schedule, or a function of the step.
        rising: True asserts that they never fall, False that they never rise; by default either.
        first: the first update to test [steps].
        stop: end before this update; by default test up to the end of the schedule [steps].

    Raises:
        AssertionError: they turn; the message gives the update.

    Example:
        >>> from pure_schedules import warmup_linear
        >>> from pure_schedules.testing import assert_monotonic
        >>> assert_monotonic(warmup_linear(peak=1.0, warmup_steps=4, total_steps=8), rising=False, first=4)
        >>> assert_monotonic(warmup_linear(peak=1.0, warmup_steps=4, total_steps=8))
        Traceback (most recent call last):
        AssertionError: warmup_linear(...) rises, and then falls from 1.0 to 0.75 at step 5
    """
    if queries.is_monotonic(schedule, rising=rising, first=first, stop=stop):
        return
    last = stop if stop is not None else math.ceil(end_of(schedule)) + 2
    turned = rising
    for (_, before), (step, value) in pairwise((step, float(schedule(step))) for step in range(first, last)):
        if value == before:
            continue
        if turned is None:
            turned = value > before
        elif turned != (value > before):
            way, other = ("rises", "falls") if turned else ("falls", "rises")
            said = f"should never {'fall' if turned else 'rise'}, and" if rising is not None else f"{way}, and then"
            fail(schedule, f"{said} {other} from {before!r} to {value!r} at step {step}")


def assert_continuous(
    schedule: Curve, *, at: float | None = None, stop: int | None = None, tolerance: float | None = None
) -> None:
    """Assert that a schedule does not jump, at one boundary or anywhere.

    Args:
        schedule: a schedule, or a function of the step that takes fractions.
        at: the boundary to test; by default all steps [steps].
        stop: end before this update; by default test up to the end of the schedule [steps].
        tolerance: the smallest jump that counts; by default a billionth of the largest value [lr].

    Raises:
        AssertionError: it jumps; the message gives the step and both values.

    Example:
        >>> from pure_schedules import constant, join, linear
        >>> from pure_schedules.testing import assert_continuous
        >>> rise = linear(start=0.0, end=1.0, steps=10)
        >>> assert_continuous(join([rise, constant(value=1.0)]), at=10)
        >>> assert_continuous(join([rise, constant(value=1.0)], boundaries=[9]), at=9)
        Traceback (most recent call last):
        AssertionError: join([linear(...), constant(value=1.0)], boundaries=[9]) jumps from 0.9 to 1 at step 9.0
    """
    if at is None:
        found = queries.jumps(schedule, stop=stop, tolerance=tolerance)
    else:
        around = queries.jumps(schedule, first=max(0, math.ceil(at) - 1), stop=math.floor(at) + 2, tolerance=tolerance)
        found = [jump for jump in around if abs(jump.step - at) <= 1e-9 * max(1.0, at)]
    if found:
        listed = ", ".join(f"from {jump.before:.6g} to {jump.after:.6g} at step {jump.step!r}" for jump in found[:3])
        more = f" and {len(found) - 3} times more" if len(found) > 3 else ""
        fail(schedule, f"jumps {listed}{more}")


def assert_holds_end(schedule: Curve, *, steps: float | None = None) -> None:
    """Assert that a schedule stays at its end value after its end, and at its first value before step 0.

    Args:
        schedule: a schedule, or a function of the step.
        steps: its length; by default the schedule's own [steps].

    Raises:
        AssertionError: it changes, or is endless; the message gives steps and values.

    Example:
        >>> from pure_schedules import schedule
        >>> from pure_schedules.testing import assert_holds_end
        >>> @schedule
        ... def parabola(step, *, peak, steps):
        ...     return peak * (1 - step / steps) ** 2
        >>> assert_holds_end(parabola(peak=1.0, steps=10))
        Traceback (most recent call last):
        AssertionError: parabola(peak=1.0, steps=10) ends with 0.0 at step 10, and is 0.01 at step 11; let it hold its end...
    """
    length = end_of(schedule) if steps is None else float(steps)
    if length == math.inf:
        fail(schedule, "has no end that is known; say @schedule(length=...), or give steps=")
    # With fractional lengths, the clocks of children may round, so take the second update after the end.
    end = int(length) if length.is_integer() else math.ceil(length) + 1
    held = schedule(end + 1)
    if not math.isfinite(held):
        fail(schedule, f"ends with {held!r}, at step {end + 1}; it must be a finite float")
    for more in (*range(1, 101), 1000, 10**6, 10**9):
        # At the end itself, a divided clock may be one rounding short.
        kept = held if more > 1 else schedule(end)
        value = schedule(end + more)
        if not (_same(value, kept) or (more == 1 and math.isclose(value, kept, rel_tol=1e-15))):
            fail(
                schedule,
                f"ends with {schedule(end)!r} at step {end}, and is {value!r} at step {end + more}; "
                "let it hold its end: use progress(step, steps) or remaining(step, steps), or clamp the step",
            )
    for before in (-1, -0.5) if isinstance(schedule, Schedule) else ():
        if not _same(value := schedule(before), schedule(0)):
            fail(schedule, f"is {value!r} at step {before}, and {schedule(0)!r} at step 0")


def assert_like(
    mine: Curve, theirs: Curve, steps: int | Iterable[float], *, rel_tol: float = 1e-12, abs_tol: float = 0.0
) -> None:
    """Assert that two schedules have the same values.

    Args:
        mine: a schedule, or a function of the step.
        theirs: the other one: a formula from a paper, ``list.__getitem__`` of a table, a function of another library.
        steps: number of updates to test, from 0 on; or the steps themselves [steps].
        rel_tol: relative tolerance [1].
        abs_tol: absolute tolerance [lr].

    Raises:
        AssertionError: they differ; the message shows the first and the largest difference, and says if one is the
            other some steps later.

    Example:
        >>> from pure_schedules import count_from_one, linear
        >>> from pure_schedules.testing import assert_like
        >>> lr = linear(start=0.0, end=1.0, steps=4)
        >>> assert_like(lr, lambda step: min(step / 4, 1.0), steps=10)
        >>> assert_like(count_from_one(lr), lambda step: min(step / 4, 1.0), steps=10)
        Traceback (most recent call last):
        AssertionError: count_from_one(...) is 0.25 at step 0, and the other is 0.0; ...; it is the other one 1 step early
    """
    clock = list(range(steps)) if isinstance(steps, int) else list(steps)
    pairs = [(step, float(mine(step)), float(theirs(step))) for step in clock]

    def close(a: float, b: float) -> bool:
        return _same(a, b) or math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)

    apart = [pair for pair in pairs if not close(*pair[1:])]
    if not apart:
        return
    step, a, b = apart[0]
    worst, c, d = max(apart, key=lambda pair: abs(pair[1] - pair[2]))
    hint = ""
    for offset in (1, -1, 2, -2):
        moved = [(a, _or_nan(theirs, step + offset)) for step, a, _ in pairs if step + offset >= 0]
        if len({b for _, b in moved}) > 2 and all(close(*pair) for pair in moved):
            plural = "s" if abs(offset) > 1 else ""
            hint = f"; it is the other one {abs(offset)} step{plural} {'early' if offset > 0 else 'late'}"
            break
    fail(
        mine,
        f"is {a!r} at step {step!r}, and the other is {b!r}; of {len(pairs)} steps {len(apart)} differ, "
        f"most at step {worst!r}, by {abs(c - d):.3g}{hint}",
    )


# Purity and text -----------------------------------------------------------------------------------------------------


def assert_pure(schedule: Curve, *, steps: Iterable[float] | None = None) -> None:
    """Assert that a schedule is a pure function of the step: the same bits in any order, repeatedly, and in a fresh copy.

    Passing its own hyperparameters changes nothing, and a number gives what the formula gives.

    Args:
        schedule: a schedule, or a function of the step.
        steps: the steps to test; by default at and beside the corners [steps].

    Raises:
        AssertionError: two values differ; the message gives them and the step.

    Example:
        >>> from pure_schedules import schedule
        >>> from pure_schedules.testing import assert_pure
        >>> asked = []
        >>> @schedule
        ... def counting(step, *, start):
        ...     asked.append(step)
        ...     return start / len(asked)
        >>> assert_pure(counting(start=1.0))
        Traceback (most recent call last):
        AssertionError: counting(start=1.0) is 0.33333333 at step 0, and 0.25 when its formula is asked again; it must ...
    """
    clock = places(schedule, steps)
    remedy = "it must keep no state between calls"
    had = [schedule(step) for step in clock]
    for order in (range(len(clock) - 1, -1, -1), range(0, len(clock), 2)):
        for index in order:
            if not _same(value := schedule(clock[index]), had[index]):
                fail(schedule, f"is {had[index]!r} at step {clock[index]!r}, and {value!r} when it is asked again; {remedy}")
    if isinstance(schedule, Schedule):
        fresh, tree = schedule.replace({}), schedule.hyperparameters
        for step, value in zip(clock, had, strict=True):
            asked, again = (float(value_at(schedule, max(step, 0))) for _ in range(2))
            if not _same(asked, again):
                fail(schedule, f"is {asked!r} at step {step!r}, and {again!r} when its formula is asked again; {remedy}")
            if not _same(asked, value):
                fail(
                    schedule,
                    f"is {value!r} at step {step!r}, and its formula gives {asked!r} there; "
                    "it must not depend on the type of the step",
                )
            for other, when in ((fresh(step), "in a fresh copy"), (schedule(step, tree), "with its own hyperparameters")):
                if not _same(other, value):
                    fail(schedule, f"is {value!r} at step {step!r}, and {other!r} {when}; {remedy}")


def assert_round_trips(schedule: Schedule, *, names: Mapping[str, Any] | None = None) -> None:
    """Assert that a schedule survives text, data, pickle and copies, with the same hash and values.

    Args:
        schedule: the schedule.
        names: your own schedules by name, if it uses some that cannot be seen in its hyperparameters.

    Raises:
        AssertionError: it does not; the message names the conversion.

    Example:
        >>> from pure_schedules import warmup_cosine
        >>> from pure_schedules.testing import assert_round_trips
        >>> assert_round_trips(warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100))
    """
    known = {**_own_factories(schedule), **(names or {})}
    ways: dict[str, Callable[[], Any]] = {
        "parse(repr(...))": lambda: text.parse(repr(schedule), known),
        "from_data(to_data(...))": lambda: data.from_data(data.to_data(schedule), known),
        "pickle": lambda: pickle.loads(pickle.dumps(schedule)),
        "copy.copy": lambda: copy.copy(schedule),
        "copy.deepcopy": lambda: copy.deepcopy(schedule),
        "replace(its own hyperparameters)": lambda: schedule.replace(schedule.hyperparameters),
    }
    if any(is_array(value) or _is_plain_function(value) for value in _values(schedule)):
        # Neither text nor data can hold a tensor or a function.
        del ways["parse(repr(...))"], ways["from_data(to_data(...))"]
    for way, back in ways.items():
        try:
            other = back()
        except Exception as error:
            hint = "; define it at the top of a module, where pickle finds it" if way == "pickle" else ""
            fail(schedule, f"does not come back by {way}: {type(error).__name__}: {error}{hint}", error)
        if other != schedule or hash(other) != hash(schedule) or repr(other) != repr(schedule):
            fail(schedule, f"comes back by {way} as {other!r}; it must keep its hyperparameters unchanged")
        if not _same(value := other(17), schedule(17)):
            fail(schedule, f"comes back by {way} with {value!r} at step 17, and had {schedule(17)!r}")


# Transforms ----------------------------------------------------------------------------------------------------------


def assert_differentiable(schedule: Curve, *, steps: Iterable[float] | None = None) -> None:
    """Assert that gradients over the step and every hyperparameter are finite, and correct where the curve is smooth.

    They are compared with central differences in double precision. At boundaries, and where differences of two widths
    or from both sides disagree, the curve has a corner; there the gradient must only be finite. Of many hyperparameters
    some are tested, evenly chosen, at fewer steps.

    Args:
        schedule: a schedule, or a function of the step that takes tensors.
        steps: the steps to test; by default at, beside and between the corners [steps].

    Raises:
        AssertionError: a gradient is wrong; the message gives the variable, the step and the expected value.

    Example:
        >>> import math
        >>> from pure_schedules import linear, schedule
        >>> from pure_schedules.numeric import remaining, sqrt
        >>> from pure_schedules.testing import assert_differentiable
        >>> assert_differentiable(linear(start=1.0, end=0.0, steps=10))
        >>> @schedule
        ... def root(step, *, peak, steps):
        ...     return peak * remaining(step, steps) ** 0.5
        >>> assert_differentiable(root(peak=1.0, steps=10))
        Traceback (most recent call last):
        AssertionError: root(peak=1.0, steps=10) has the gradient -inf over the step at step 10; ...
    """
    import torch

    clock = [float(step) for step in places(schedule, steps)]
    between = [(low + high) / 2 + 0.013 * (high - low) for low, high in pairwise(clock) if high - low < 10**6]
    scale, corners = largest(schedule, clock), {0.0, *corners_of(schedule)}
    numbers = measured(schedule) if isinstance(schedule, Schedule) else []
    everywhere = sorted({*clock, *between})
    for step in everywhere if len(numbers) < MOST_NUMBERS else evenly(everywhere, 2 * MOST_NUMBERS):
        at = torch.tensor(step, dtype=torch.float64)
        arguments: list[tuple[str, float, Curve]] = [("the step", step, schedule)]
        if isinstance(schedule, Schedule):
            arguments += [(dotted(path), float(number), _over(schedule, path, at)) for path, number in numbers]
        for over, here, value in arguments:
            with told(schedule, f"has no gradient over {over} at step {step:g}"):
                slope = torch.func.grad(value)(torch.tensor(here, dtype=torch.float64)).item()
            if not math.isfinite(slope):
                if not math.isfinite(there := float(schedule(at))):
                    fail(schedule, f"is {there!r} for a tensor of step {step:g}; it must be finite")
                fail(
                    schedule,
                    f"has the gradient {slope} over {over} at step {step:g}; "
                    "where(...) also differentiates the branch that it does not choose: give that branch a safe input",
                )
            if step > FARTHEST_DIFFERENCE or step in corners:
                continue
            expected, noise = _difference(value, here, scale)
            if expected is not None and abs(slope - expected) > 1e-5 * abs(expected) + noise:
                fail(
                    schedule,
                    f"has the gradient {slope!r} over {over} at step {step:g}, and finite differences give {expected:.7g}",
                )


def assert_batches(schedule: Curve, *, steps: Iterable[float] | None = None) -> None:
    """Assert that `torch.func.vmap` over the step, and over each hyperparameter, equals a loop.

    Args:
        schedule: a schedule, or a function of the step that takes tensors.
        steps: the steps to test; by default at and beside the corners [steps].

    Raises:
        AssertionError: it differs, or cannot be batched; the message gives the variable and the step.

    Example:
        >>> from pure_schedules import schedule
        >>> from pure_schedules.testing import assert_batches
        >>> @schedule
        ... def stair(step, *, at):
        ...     return 1.0 if step < at else 0.5
        >>> assert_batches(stair(at=3))
        Traceback (most recent call last):
        AssertionError: stair(at=3) cannot be batched over the step: ...
    """
    import torch

    clock = [float(step) for step in places(schedule, steps)]
    stacked = torch.tensor(clock, dtype=torch.float64)
    scale = largest(schedule, clock)
    remedy = "choose with where(...), not with if"
    with told(schedule, "cannot be batched over the step", remedy):
        batched = torch.func.vmap(schedule)(stacked)
    for step, value in zip(clock, batched.tolist(), strict=True):
        _expect(schedule, value, schedule(torch.tensor(step, dtype=torch.float64)).item(), scale, step, "under vmap")
    if not isinstance(schedule, Schedule):
        return
    for path, number in measured(schedule):
        changed = float(number) * torch.tensor([1.0, 0.97, 1.05], dtype=torch.float64)

        def at(x: Any, step: Any, path: Path = path) -> Any:
            return schedule(step, only(path, x))

        with told(schedule, f"cannot be batched over {dotted(path)}", remedy):
            grid = torch.func.vmap(torch.func.vmap(at, in_dims=(None, 0)), in_dims=(0, None))(changed, stacked)
        for x, row in zip(changed, grid.tolist(), strict=True):
            for step, value in zip(stacked, row, strict=True):
                how = f"with {dotted(path)}={x.item():g}, under vmap"
                _expect(schedule, value, at(x, step).item(), scale, step.item(), how)


def assert_compiles_once(schedule: Curve, *, steps: Iterable[float] | None = None, backend: str = "aot_eager") -> None:
    """Assert that `torch.compile` with ``fullgraph=True`` compiles it once for all tensor steps, with the same values.

    It resets torch's compile cache.

    Args:
        schedule: a schedule, or a function of the step that takes tensors.
        steps: the steps to test; by default at and beside the corners [steps].
        backend: the backend of `torch.compile`, such as "inductor"; the default needs no C++ compiler.

    Raises:
        AssertionError: it is compiled more than once, or not at all, or a value differs.

    Example:
        >>> from pure_schedules import warmup_cosine
        >>> from pure_schedules.testing import assert_compiles_once
        >>> assert_compiles_once(warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100))
    """
    import torch
    from torch._dynamo import lookup_backend

    compile_graph = lookup_backend(backend)
    run: set[int] = set()

    def counting(graph: Any, inputs: Any) -> Any:
        compiled_graph = compile_graph(graph, inputs)

        def noted(*arguments: Any) -> Any:
            run.add(id(noted))  # torch may compile a graph twice and discard one; count those that run
            return compiled_graph(*arguments)

        return noted

    torch.compiler.reset()
    compiled = torch.compile(lambda step: schedule(step), fullgraph=True, backend=counting)
    clock = [float(step) for step in places(schedule, steps)]
    scale = largest(schedule, clock)
    # Inductor's mathematical functions round differently.
    precision = 1e-6 if backend == "inductor" else 1e-12
    for step in clock:
        tensor = torch.tensor(step, dtype=torch.float64)
        with told(schedule, "cannot be compiled whole", "choose with where(...), not with if"):
            value = compiled(tensor).item()
        _expect(schedule, value, schedule(tensor).item(), scale, step, "compiled", precision)
    if len(run) != 1:
        fail(schedule, f"is compiled {len(run)} times for {len(clock)} steps; a Python number in it depends on the step")


# Messages ------------------------------------------------------------------------------------------------------------


def fail(schedule: Curve, what: str, cause: BaseException | None = None) -> NoReturn:
    """Raise an error that begins with the schedule, shortened."""
    raise AssertionError(f"{named(schedule)} {what}") from cause


def named(schedule: Curve) -> str:
    """The code of a schedule, shortened; the name of a function."""
    return shown(schedule, written, LONGEST_NAME)


def _values(schedule: Schedule) -> Iterator[Any]:
    """Every hyperparameter of a schedule and of its children."""
    pending: list[Any] = [schedule]
    while pending:
        value = pending.pop()
        yield value
        pending.extend(
            value.arguments.values() if isinstance(value, Schedule) else value if isinstance(value, tuple) else ()
        )


def _own_factories(schedule: Schedule) -> dict[str, Any]:
    """The factories of a schedule and its parts that are not from this library, by name."""
    makers = [value.factory if isinstance(value, Schedule) else value for value in _values(schedule)]
    return {
        maker.__name__: maker
        for maker in makers
        if isinstance(maker, Factory) and maker.__module__.partition(".")[0] != "pure_schedules"
    }


def _or_nan(curve: Curve, step: float) -> float:
    """The value, or nan: a table or another library may have none at this step."""
    try:
        return float(curve(step))
    except Exception:
        return math.nan


def _is_plain_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, Schedule | Space | Factory)


@contextmanager
def told(schedule: Curve, what: str, remedy: str = "") -> Generator[None]:
    """Report an error of the formula, or of torch, as an `AssertionError`."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        fail(schedule, f"{what}: {type(error).__name__}: {reason}{f'; {remedy}' if remedy else ''}", error)


def _expect(
    schedule: Curve, value: float, expected: float, scale: float, step: float, how: str, precision: float = 1e-12
) -> None:
    if not (_same(value, expected) or abs(value - expected) <= precision * max(scale, abs(expected))):
        fail(schedule, f"is {value!r} at step {step:g} {how}, and {expected!r} without")


def largest(schedule: Curve, clock: Sequence[float]) -> float:
    """The largest absolute value at these steps, the scale for rounding errors."""
    values = [abs(float(schedule(step))) for step in clock]
    return max((value for value in values if math.isfinite(value)), default=1.0) or 1.0


def _over(schedule: Schedule, path: Path, step: Any) -> Curve:
    """The value at a step as a function of one hyperparameter."""
    return lambda x: schedule(step, only(path, x))


def _difference(f: Curve, x: float, scale: float) -> tuple[float | None, float]:
    """The gradient by fourth-order central differences, or None at a corner; and its possible rounding error.

    At a corner, differences of two widths or from both sides disagree.
    """
    import torch

    h = 1e-4 * abs(x) if abs(x) > 1e-3 else 1e-7
    places_around = (-4, -2, -1, 0, 1, 2, 4)
    at = {k: f(torch.tensor(x + k * h / 2, dtype=torch.float64)).item() for k in places_around}
    wide = (8 * (at[2] - at[-2]) - (at[4] - at[-4])) / (12 * h)
    narrow = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (6 * h)
    left, right = ((3 * at[0] - 4 * at[2 * way] + at[4 * way]) / (-2 * way * h) for way in (-1, 1))
    noise = 1e-14 * max(scale, *map(abs, at.values())) / h
    agree = abs(wide - narrow) <= 1e-6 * abs(wide) + noise
    agree = agree and all(abs(side - wide) <= 3e-6 * abs(wide) + noise for side in (left, right))
    return (wide if agree else None), noise


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (a != a and b != b)
