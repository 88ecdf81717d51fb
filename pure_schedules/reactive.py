"""Schedules that react to a metric: pure transitions from one state to the next; the caller keeps the state.

A schedule is a function of the step alone. A **transition** is a pure function of a state and a metric. It returns the
next state and a factor, which multiplies any schedule::

    plateau = reduce_on_plateau(factor=0.5, patience=3)
    state = plateau.init()
    for epoch in range(epochs):
        ...                                                 # updates at the rate factor * schedule(k)
        state, factor = plateau.update(state, validation_loss)

The state is plain data: a dict of numbers, None, and lists of numbers. Save it beside the step, in JSON or in a
checkpoint. The transition is a value like a schedule: it can be printed, compared, hashed, pickled and copied with
changes, and it keeps no state. Apply the factor with ``scale(schedule, factor=factor)``, and attach the result:
``set_step.follow(lr=scale(schedule, factor=factor))``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeAlias, final

from . import checks
from ._arrays import as_number, is_array, is_number
from ._factory import Factory, Value, kept
from .checks import Condition, Refused, Rule, flag

__all__ = ["State", "Transition", "greedy", "kl_adaptive", "newbob", "reduce_on_plateau", "transition"]

P = ParamSpec("P")

#: The state of a transition: numbers, None, and lists of numbers, by name.
State: TypeAlias = dict[str, Any]


@final
class Transition(Value):
    """A rule for how a factor reacts to a metric, together with its hyperparameters. It holds no state.

    Transitions are made by the functions that `@transition` returns, such as `reduce_on_plateau`.

    Example:
        >>> halve = newbob(factor=0.5)
        >>> state, factor = halve.update(halve.init(), 10.0)
        >>> state, factor = halve.update(state, 12.0)
        >>> factor, state
        (0.5, {'factor': 0.5, 'previous': 12.0, 'bad': 0})
        >>> halve.replace(patience=2)
        newbob(factor=0.5, relative_threshold=0.0025, patience=2, lowest_factor=0.0, maximize=False)
    """

    __slots__ = (*Value.SLOTS, "_initial")

    noun = "transition"
    _initial: Mapping[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> "Transition":
        raise TypeError(
            "a Transition is made by a function such as reactive.reduce_on_plateau, or by one of your own under @transition"
        )

    def init(self) -> State:
        """The state before the first metric, new at each call; its factor is 1."""
        return _copied(self._initial)

    def update(self, state: Mapping[str, Any], metric: Any) -> tuple[State, float]:
        """The next state after a metric, and the factor from here on.

        Args:
            state: the result of `init` or of the last `update`; it is not changed.
            metric: one real number, such as the validation loss of an epoch: a number, or a tensor or array with one
                element. A value that is not finite, such as nan, counts as no improvement and never enters the state.

        Raises:
            TypeError: `metric` is not one real number; `state` is not a dict.
            ValueError: `state` is not a state of this transition.
        """
        new = self.factory.formula(self._checked(state), self._measured(metric), **self._arguments)
        return new, new["factor"]

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters by name."""
        return self.arguments

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Transition has no subclasses: write a function of state and metric and put @transition over it")

    def _measured(self, metric: Any) -> float:
        value = as_number(metric)
        if is_array(value) and math.prod(value.shape) == 1:
            value = value.item()
        if not is_number(value):
            raise TypeError(
                f"{self.factory.name}: metric must be one real number, got {metric!r}; "
                "give the loss of the epoch, averaged if there are several"
            )
        return float(value)

    def _checked(self, state: Mapping[str, Any]) -> State:
        """A copy of a state, checked to be one of this transition."""
        name = self.factory.name
        if not isinstance(state, Mapping):
            raise TypeError(f"{name}: state must be a dict, got {state!r}; begin with what init() gives")
        if set(state) != set(self._initial):
            names = ", ".join(map(str, state)) or "nothing in it"
            raise ValueError(
                f"{name}: state must have {', '.join(self._initial)}, got one with {names}; "
                "give what init() or update() of this transition gave"
            )
        for key, first in self._initial.items():
            if not _is_like(state[key], first):
                raise ValueError(
                    f"{name}: state[{key!r}] must be {_kind_in_words(first)}, got {state[key]!r}; "
                    "give what init() or update() of this transition gave, as it was"
                )
        return _copied(state)


def transition(
    initial: Mapping[str, Any], /, **rules: Rule
) -> Callable[[Callable[Concatenate[State, float, P], State]], Factory[P, Transition]]:
    """Make a factory of transitions from a formula ``(state, metric, *, hyperparameters) -> state``.

    Args:
        initial: the state before the first metric. It holds a `factor` of 1.0, and anything else to remember: 0 for a
            count, 0.0 for a number, None for a number not known yet, [] for a list of numbers.
        rules: the rule of each hyperparameter, from `pure_schedules.checks`; by default a finite number.

    Raises:
        ValueError: `initial` has no factor of 1.0.
        TypeError: a rule names a hyperparameter that does not exist.

    Example:
        >>> @transition({"factor": 1.0})
        ... def halve_above(state, metric, *, limit):
        ...     return {"factor": state["factor"] / 2 if metric > limit else state["factor"]}
        >>> careful = halve_above(limit=3.0)
        >>> careful.update(careful.init(), 4.0)
        ({'factor': 0.5}, 0.5)
    """
    initial = _copied(initial)
    if initial.get("factor") != 1.0:
        raise ValueError(f"transition: the initial state must have a factor of 1.0, got {initial!r}; add 'factor': 1.0")

    def decorated(formula: Callable[Concatenate[State, float, P], State]) -> Factory[P, Transition]:
        def make(factory: Factory[..., Transition], arguments: dict[str, Any]) -> Transition:
            return kept(Transition, factory, arguments, _initial=initial)

        number = _plain(checks.finite)
        return Factory(formula, make, rules=rules, otherwise=(number, number), skipped=2, made=Transition)

    return decorated


# States --------------------------------------------------------------------------------------------------------------


def _copied(state: Mapping[str, Any]) -> State:
    return {name: list(value) if isinstance(value, list | tuple) else value for name, value in state.items()}


def _is_finite(value: Any) -> bool:
    return is_number(value) and math.isfinite(value)


def _is_like(value: Any, first: Any) -> bool:
    """Whether this value may replace `first`, the initial one, in a state."""
    if isinstance(first, list):
        return isinstance(value, list | tuple) and all(map(_is_finite, value))
    if type(first) is int:
        return type(value) is int and value >= 0
    return _is_finite(value) or (first is None and value is None)


def _kind_in_words(first: Any) -> str:
    if isinstance(first, list):
        return "a list of finite numbers"
    return "a whole number, 0 or more" if type(first) is int else f"a finite number{' or None' if first is None else ''}"


# Rules ---------------------------------------------------------------------------------------------------------------


def _a_plain_number(value: Any) -> Any:
    """A Python number: a transition branches on it, and a tensor would need a device sync."""
    if is_array(value):
        raise Refused("must be a plain number, not a tensor or array", "take the number out of it: .item()")
    number = as_number(value)
    if not is_number(number):
        raise Refused(f"must be a number, not {type(value).__name__}", "give an int or a float")
    return number


def _plain(rule: Rule) -> Rule:
    return replace(rule, admit=_a_plain_number)


def _such(holds: Callable[[Any], bool], rule: str, advice: str) -> Rule:
    """A plain number for which this holds."""
    return Rule(_a_plain_number, (Condition(lambda value, _: holds(value), rule, advice),))


_count = _such(
    lambda value: type(value) is int and value >= 0, "must be a whole number, 0 or more", "count them: 0, 1, 2 ..."
)
_shrinking = _such(lambda value: 0 < value < 1, "must lie between 0 and 1", "write 0.5 to halve the rate at each reduction")
_lowest = _such(
    lambda value: 0 <= value <= 1,
    "must be a factor, from 0 to 1",
    "it is the smallest factor of the schedule: lowest rate / first rate",
)
_highest = _plain(checks.finite) & _such(
    lambda value: value >= 1,
    "must be a factor, 1 or more",
    "it is the largest factor of the schedule: highest rate / first rate",
)
_part = _plain(checks.fraction)
_difference = _plain(checks.non_negative)
_some = _plain(checks.whole)
_above_zero = _plain(checks.positive)
_above_one = _plain(checks.one_or_more)


# Transitions ---------------------------------------------------------------------------------------------------------


def _is_better(
    metric: float | None, best: float | None, maximize: bool, relative_threshold: float, absolute_threshold: float
) -> bool:
    """Whether a metric beats the best one by the sum of both thresholds. One that is not finite never does."""
    if metric is None or not math.isfinite(metric):
        return False
    if best is None:
        return True
    # The relative threshold takes the absolute value of the best, so that the bound is on its better side below 0 too.
    if maximize:
        return metric > best * (1 + math.copysign(relative_threshold, best)) + absolute_threshold
    return metric < best * (1 - math.copysign(relative_threshold, best)) - absolute_threshold


def _lower(state: State, factor: float, lowest: float) -> float:
    """The factor after a reduction; never above the current one, even if `lowest` was raised."""
    current: float = state["factor"]
    return min(current, max(current * factor, lowest))


@transition(
    {"factor": 1.0, "best": None, "bad": 0, "cooldown": 0, "count": 0, "average": None},
    factor=_shrinking,
    patience=_count,
    cooldown=_count,
    relative_threshold=_part,
    absolute_threshold=_difference,
    lowest_factor=_lowest,
    average_over=_some,
    maximize=flag,
)
def reduce_on_plateau(
    state: State,
    metric: float,
    *,
    factor: float = 0.1,
    patience: int = 10,
    cooldown: int = 0,
    relative_threshold: float = 1e-4,
    absolute_threshold: float = 0.0,
    lowest_factor: float = 0.0,
    average_over: int = 1,
    maximize: bool = False,
) -> State:
    """Multiply by `factor` when a metric has not improved for more than `patience` times in a row.

        better  =  metric < best - relative_threshold * |best| - absolute_threshold
        bad     =  0 if better else bad + 1
        if bad > patience:  current factor *= factor,  bad = 0,  and rest for `cooldown` metrics

    While it rests, the best metric is still updated, and no metric counts as bad.

    Args:
        factor: multiplies the current factor, between 0 and 1 [1].
        patience: number of metrics in a row without improvement before the next one reduces [1].
        cooldown: number of metrics after a reduction that are not counted [1].
        relative_threshold: required improvement as a fraction of the best metric, from 0 to 1 [1].
        absolute_threshold: required improvement in addition, not negative [metric].
        lowest_factor: lower bound of the current factor, from 0 to 1 [1].
        average_over: number of metrics averaged into one; above 1 for noisy metrics [1].
        maximize: a higher metric is better, as for an accuracy.

    Raises:
        TypeError: a hyperparameter is not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    Other libraries reduce at other epochs for the same settings. These settings give the same factors:

        torch ReduceLROnPlateau          the same patience and cooldown; relative_threshold=threshold for "rel", or
                                         relative_threshold=0.0, absolute_threshold=threshold for "abs";
                                         lowest_factor=min_lr / lr. There is no eps: no change is too small.
        Keras ReduceLROnPlateau          patience=patience - 1, cooldown=cooldown - 1 (0 stays 0),
                                         relative_threshold=0.0, absolute_threshold=min_delta, lowest_factor=min_lr / lr
        optax reduce_on_plateau          patience=patience - 1, the same cooldown, relative_threshold=rtol,
                                         absolute_threshold=atol, lowest_factor=min_scale, average_over=accumulation_size

    For a negative metric, the relative thresholds of torch and optax count a slightly worse one as better; ours do not.

    Example:
        >>> from pure_schedules import reactive
        >>> plateau = reactive.reduce_on_plateau(factor=0.5, patience=1)
        >>> state, factors = plateau.init(), []
        >>> for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
        ...     state, factor = plateau.update(state, loss)
        ...     factors.append(factor)
        >>> factors
        [1.0, 1.0, 1.0, 0.5, 0.5]

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau; optax.contrib.reduce_on_plateau for thresholds and averages.
    """
    count = state["count"] + 1
    average = _averaged(state["average"], metric, count)
    if count < average_over:
        return {**state, "count": count, "average": average}
    state = {**state, "count": 0, "average": None}
    better = _is_better(average, state["best"], maximize, relative_threshold, absolute_threshold)
    best = average if better else state["best"]
    bad = 0 if better else state["bad"] + 1
    if state["cooldown"] > 0:
        return {**state, "best": best, "bad": 0, "cooldown": state["cooldown"] - 1}
    if bad > patience:
        lower = _lower(state, factor, lowest_factor)
        return {**state, "best": best, "factor": lower, "bad": 0, "cooldown": cooldown}
    return {**state, "best": best, "bad": bad}


def _averaged(average: float | None, metric: float, count: int) -> float | None:
    """The running average with one more metric; None from the first metric that is not finite."""
    new = metric if count == 1 else math.nan if average is None else ((count - 1) * average + metric) / count
    return new if math.isfinite(new) else None


_GREEDY_START: State = {
    "factor": 1.0,
    "best": None,
    "good": 0,
    "bad": 0,
    "cooldown": 0,
    "warmup": 0,
    "at_lowest": 0,
    "window": [],
}


@transition(
    _GREEDY_START,
    lowest_factor=_lowest,
    highest_factor=_highest,
    factor=_shrinking,
    patience=_count,
    cooldown=_count,
    warmup=_count,
    relative_threshold=_part,
    absolute_threshold=_difference,
    average_over=_some,
    reset_after=_some,
    maximize=flag,
)
def greedy(
    state: State,
    metric: float,
    *,
    lowest_factor: float,
    highest_factor: float,
    factor: float = 0.95,
    patience: int = 10,
    cooldown: int = 0,
    warmup: int = 0,
    relative_threshold: float = 0.0,
    absolute_threshold: float = 1e-6,
    average_over: int = 1,
    reset_after: int | None = None,
    maximize: bool = False,
) -> State:
    """Multiply by `factor` when a metric stops improving, and divide by it while it keeps improving.

        level   =  mean of the last `average_over` metrics
        better  =  level < best - relative_threshold * |best| - absolute_threshold
        good    =  good + 1 if better else 0
        bad     =  0 if better else bad + 1
        if good > patience:  current factor /= factor,  good = 0,  and rest for `warmup` metrics
        if bad > patience:   current factor *= factor,  bad = 0,   and rest for `cooldown` metrics

    While it rests, only the last metrics are kept. After `reset_after` reductions at `lowest_factor` without a rise in
    between, it starts over: the factor is 1, the state is initial, and it rests for `cooldown` metrics.

    Args:
        lowest_factor: lower bound of the current factor, from 0 to 1 [1].
        highest_factor: upper bound of the current factor, 1 or more [1].
        factor: multiplies or divides the current factor, between 0 and 1 [1].
        patience: number of good or bad metrics in a row before the next one changes the factor [1].
        cooldown: number of metrics after a reduction that are not counted [1].
        warmup: number of metrics after a rise that are not counted [1].
        relative_threshold: required improvement as a fraction of the best level, from 0 to 1 [1].
        absolute_threshold: required improvement in addition, not negative [metric].
        average_over: number of the last metrics averaged; 1 uses each alone [1].
        reset_after: number of reductions at the lowest factor after which it starts over; by default never [1].
        maximize: a higher metric is better, as for an accuracy.

    Raises:
        TypeError: a hyperparameter is missing or not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    These settings give the same factors as GreedyLR of Transformers: lowest_factor=min_lr / lr, highest_factor=max_lr /
    lr; threshold_mode "abs" is absolute_threshold=threshold, "rel" is relative_threshold=threshold,
    absolute_threshold=0.0; smooth=True is average_over=window_size; reset_after=reset_start. There is no eps: no change
    is too small. After a nan metric its running sum stays nan; here the metric counts as bad and is left out of the
    mean.

    Example:
        >>> from pure_schedules import reactive
        >>> eager = reactive.greedy(lowest_factor=0.25, highest_factor=4.0, factor=0.5, patience=1)
        >>> state, factors = eager.init(), []
        >>> for loss in (5.0, 4.0, 3.0, 2.0, 2.0, 2.0):
        ...     state, factor = eager.update(state, loss)
        ...     factors.append(factor)
        >>> factors
        [1.0, 2.0, 2.0, 4.0, 4.0, 2.0]

    Source: GreedyLR, https://arxiv.org/abs/2512.14527, as in transformers.optimization.
    """
    finite = math.isfinite(metric)
    window = [*state["window"], metric][-average_over:] if finite else state["window"]
    state = {**state, "window": window}
    for rest in ("cooldown", "warmup"):
        if state[rest] > 0:
            return {**state, rest: state[rest] - 1, "good": 0, "bad": 0}
    level = sum(window) / len(window) if finite else None
    better = _is_better(level, state["best"], maximize, relative_threshold, absolute_threshold)
    good, bad = (state["good"] + 1, 0) if better else (0, state["bad"] + 1)
    state = {**state, "best": level if better else state["best"], "good": good, "bad": bad}
    if good > patience:
        higher = min(state["factor"] / factor, highest_factor)
        return {**state, "factor": higher, "good": 0, "warmup": warmup, "at_lowest": 0}
    if bad <= patience:
        return state
    lower = _lower(state, factor, lowest_factor)
    at_lowest = state["at_lowest"] + (lower <= lowest_factor)
    if reset_after is not None and at_lowest >= reset_after:
        return {**_copied(_GREEDY_START), "cooldown": cooldown}
    return {**state, "factor": lower, "bad": 0, "cooldown": cooldown, "at_lowest": at_lowest}


@transition(
    {"factor": 1.0},
    lowest_factor=_lowest,
    highest_factor=_highest,
    threshold=_above_zero,
    margin=_above_one,
    factor=_shrinking,
)
def kl_adaptive(
    state: State,
    metric: float,
    *,
    lowest_factor: float,
    highest_factor: float,
    threshold: float = 0.008,
    margin: float = 2.0,
    factor: float = 1 / 1.5,
) -> State:
    """Multiply by `factor` when a policy has moved too far in an update, and divide by it when it hardly moved.

        if metric > threshold * margin:  current factor *= factor
        if metric < threshold / margin:  current factor /= factor

    The metric is the KL divergence of the policy after an update from the one before it.

    Args:
        lowest_factor: lower bound of the current factor, from 0 to 1 [1].
        highest_factor: upper bound of the current factor, 1 or more [1].
        threshold: the target divergence, positive [metric].
        margin: the ratio to the target that is tolerated, 1 or more [1].
        factor: multiplies or divides the current factor, between 0 and 1 [1].

    Raises:
        TypeError: a hyperparameter is missing or not a plain number.
        ValueError: a hyperparameter is out of the range given above.

    These settings give the same factors as KLAdaptiveLR of skrl and AdaptiveScheduler of rl_games, up to rounding:
    lowest_factor=min_lr / lr, highest_factor=max_lr / lr, threshold=kl_threshold, margin=kl_factor, factor=1 /
    lr_factor. A metric that is not finite changes nothing here; an infinite one reduces there.

    Example:
        >>> from pure_schedules import reactive
        >>> rule = reactive.kl_adaptive(lowest_factor=0.01, highest_factor=10.0, threshold=0.01, factor=0.5)
        >>> state, factors = rule.init(), []
        >>> for divergence in (0.012, 0.021, 0.05, 0.004, 0.01):
        ...     state, factor = rule.update(state, divergence)
        ...     factors.append(factor)
        >>> factors
        [1.0, 0.5, 0.25, 0.5, 0.5]

    Source: skrl.resources.schedulers.torch.KLAdaptiveLR; rl_games.common.schedulers.AdaptiveScheduler.
    """
    current: float = state["factor"]
    if math.isfinite(metric) and metric > threshold * margin:
        return {"factor": _lower(state, factor, lowest_factor)}
    if math.isfinite(metric) and metric < threshold / margin:
        return {"factor": max(current, min(current / factor, highest_factor))}
    return {"factor": current}


@transition(
    {"factor": 1.0, "previous": None, "bad": 0},
    factor=_shrinking,
    relative_threshold=_part,
    patience=_count,
    lowest_factor=_lowest,
    maximize=flag,
)
def newbob(
    state: State,
    metric: float,
    *,
    factor: float = 0.5,
    relative_threshold: float = 0.0025,
    patience: int = 0,
    lowest_factor: float = 0.0,
    maximize: bool = False,
) -> State:
    """Multiply by `factor` when a metric has improved too little over the one before it.

        improvement  =  (previous - metric) / |previous|
        bad          =  bad + 1 if improvement < relative_threshold else bad
        if bad > patience:  current factor *= factor,  bad = 0

    An improvement does not reset the count of bad metrics: only a reduction does.

    Args:
        factor: multiplies the current factor, between 0 and 1 [1].
        relative_threshold: required improvement as a fraction of the previous metric, from 0 to 1 [1].
        patience: number of metrics with too little improvement before the next one reduces [1].
        lowest_factor: lower bound of the current factor, from 0 to 1 [1].
        maximize: a higher metric is better, as for an accuracy.

    Raises:
        TypeError: a hyperparameter is not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    For positive metrics it gives the same factors as NewBobScheduler of SpeechBrain. There, negative metrics reverse
    the comparison, a change from 0 counts as no change, and nan counts as an improvement.

    Example:
        >>> from pure_schedules import reactive
        >>> annealing = reactive.newbob(factor=0.5, relative_threshold=0.1)
        >>> state, factors = annealing.init(), []
        >>> for loss in (10.0, 8.0, 7.5, 8.0, 6.0):
        ...     state, factor = annealing.update(state, loss)
        ...     factors.append(factor)
        >>> factors
        [1.0, 1.0, 0.5, 0.25, 0.25]

    Source: speechbrain.nnet.schedulers.NewBobScheduler.
    """
    previous = state["previous"]
    if not math.isfinite(metric):
        enough = False
    else:
        enough = previous is None or _improvement(previous, metric, maximize) >= relative_threshold
        previous = metric
    bad = state["bad"] + (not enough)
    if bad > patience:
        return {"factor": _lower(state, factor, lowest_factor), "previous": previous, "bad": 0}
    return {"factor": state["factor"], "previous": previous, "bad": bad}


def _improvement(previous: float, metric: float, maximize: bool) -> float:
    """The improvement over the previous metric, as a fraction of it."""
    gain = metric - previous if maximize else previous - metric
    if previous == 0:
        return math.copysign(math.inf, gain) if gain else 0.0
    return gain / abs(previous)
