"""Schedules that react to a metric: pure transitions from one state to the next, with the state in the caller's hands.

A schedule is a function of the step and cannot know how the training goes. What does know is a **transition**: a pure
function of a state and a metric that gives the next state and a factor, by which any schedule is multiplied::

    plateau = reduce_on_plateau(factor=0.5, patience=3)
    state = plateau.init()
    for epoch in range(epochs):
        ...                                                 # updates at the rate factor * schedule(k)
        state, factor = plateau.update(state, validation_loss)

The state is plain data: a dict of numbers, None, and lists of numbers. It is saved beside the step as it is, in JSON or
in a checkpoint. The transition is a value, as a schedule is: it can be printed, compared, hashed, pickled and changed
into another one, and it remembers nothing. A factor meets a schedule in ``scale(schedule, factor=factor)``, which an
adapter follows from then on: ``set_step.follow(lr=scale(schedule, factor=factor))``.
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

#: What a transition carries from one metric to the next: numbers, None, and lists of numbers, by name.
State: TypeAlias = dict[str, Any]


@final
class Transition(Value):
    """A rule of how a factor reacts to a metric, together with its hyperparameters; it has no state of its own.

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
            "a Transition is made by a function such as reactive.reduce_on_plateau, or by your own under @transition"
        )

    def init(self) -> State:
        """The state before the first metric, new at each call; its factor is 1."""
        return _copied(self._initial)

    def update(self, state: Mapping[str, Any], metric: Any) -> tuple[State, float]:
        """The state after a metric, and the factor that is in force from here on.

        Args:
            state: what `init` or the last `update` gave; it is read and left as it is.
            metric: one real number, such as the validation loss of an epoch: a number, or a tensor or array with one
                element. What is not finite, nan above all, counts as no improvement and never enters the state.

        Raises:
            TypeError: `metric` is not one real number; `state` is not a dict.
            ValueError: `state` is not one of this transition.
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
        """A copy of a state, once it has been seen to be one of this transition."""
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
        initial: the state before the first metric. It has a `factor`, which is 1.0, and what else is to be remembered:
            0 for a count, 0.0 for a number, None for a number that is not there yet, [] for a list of numbers.
        rules: what may be given for a hyperparameter, from `pure_schedules.checks`; a finite number if nothing is said.

    Raises:
        ValueError: `initial` has no factor of 1.0.
        TypeError: a rule is declared for a hyperparameter that the formula does not have.

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
    """Whether this may stand in a state where there was `first` at the beginning."""
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
    """A Python number: what a transition decides by is looked at, and a tensor would have to be waited for."""
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
    "it is what the schedule is multiplied by at least: lowest rate / first rate",
)
_highest = _plain(checks.finite) & _such(
    lambda value: value >= 1,
    "must be a factor, 1 or more",
    "it is what the schedule is multiplied by at most: highest rate / first rate",
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
    """Whether a metric beats the best one by both thresholds together. One that is not finite never does."""
    if metric is None or not math.isfinite(metric):
        return False
    if best is None:
        return True
    # The relative threshold has the sign of the best, so that below 0 too the bound lies on its better side.
    if maximize:
        return metric > best * (1 + math.copysign(relative_threshold, best)) + absolute_threshold
    return metric < best * (1 - math.copysign(relative_threshold, best)) - absolute_threshold


def _lower(state: State, factor: float, lowest: float) -> float:
    """The factor after a reduction, which never raises it, whatever lowest factor the state has been under before."""
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
        if bad > patience:  factor in force *= factor,  bad = 0,  and rest for `cooldown` metrics

    While it rests the best metric is still noted, and none counts as bad.

    Args:
        factor: what the factor in force is multiplied by, between 0 and 1 [1].
        patience: how many metrics in a row that are not better are put up with; the next one reduces [1].
        cooldown: how many metrics after a reduction are not counted [1].
        relative_threshold: part of the best metric by which it must be beaten, from 0 to 1 [1].
        absolute_threshold: amount by which it must be beaten besides, not negative [metric].
        lowest_factor: lowest factor in force, from 0 to 1 [1].
        average_over: how many metrics are averaged before they count as one; above 1, for noisy ones [1].
        maximize: a higher metric is a better one, as with an accuracy.

    Raises:
        TypeError: a hyperparameter is not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    Peers fire at other epochs for the same numbers. With these, ours gives the same factors as theirs:

        torch ReduceLROnPlateau          patience, cooldown as they are; relative_threshold=threshold for "rel", or
                                         relative_threshold=0.0, absolute_threshold=threshold for "abs";
                                         lowest_factor=min_lr / lr. Its eps has no counterpart: no change is too small.
        Keras ReduceLROnPlateau          patience=patience - 1, cooldown=cooldown - 1 (0 stays 0),
                                         relative_threshold=0.0, absolute_threshold=min_delta, lowest_factor=min_lr / lr
        optax reduce_on_plateau          patience=patience - 1, cooldown as it is, relative_threshold=rtol,
                                         absolute_threshold=atol, lowest_factor=min_scale, average_over=accumulation_size

    Where a metric is negative, the relative thresholds of torch and optax call a slightly worse one better; ours do not.

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
    """The average with a metric more; None, for good, once one of them was not finite."""
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
    """Multiply by `factor` when a metric has stopped improving, and divide by it when it improves again and again.

        level   =  mean of the last `average_over` metrics
        better  =  level < best - relative_threshold * |best| - absolute_threshold
        good    =  good + 1 if better else 0
        bad     =  0 if better else bad + 1
        if good > patience:  factor in force /= factor,  good = 0,  and rest for `warmup` metrics
        if bad > patience:   factor in force *= factor,  bad = 0,   and rest for `cooldown` metrics

    While it rests nothing is noted but the last metrics. The reduction that finds itself at `lowest_factor` for the
    `reset_after`-th time without a rise in between begins anew: the factor is 1 again and all else is forgotten, and it
    rests for `cooldown` metrics.

    Args:
        lowest_factor: lowest factor in force, from 0 to 1 [1].
        highest_factor: highest factor in force, 1 or more [1].
        factor: what the factor in force is multiplied or divided by, between 0 and 1 [1].
        patience: how many metrics of a kind in a row are put up with; the next one changes the factor [1].
        cooldown: how many metrics after a reduction are not counted [1].
        warmup: how many metrics after a rise are not counted [1].
        relative_threshold: part of the best level by which it must be beaten, from 0 to 1 [1].
        absolute_threshold: amount by which it must be beaten besides, not negative [metric].
        average_over: how many of the last metrics are averaged; 1 takes each as it is [1].
        reset_after: after how many reductions at the lowest factor to begin anew; never if it is left out [1].
        maximize: a higher metric is a better one, as with an accuracy.

    Raises:
        TypeError: a hyperparameter is missing or not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    With these, ours gives the same factors as Transformers' GreedyLR: lowest_factor=min_lr / lr, highest_factor=max_lr / lr;
    threshold_mode "abs" as it is, "rel" as relative_threshold=threshold, absolute_threshold=0.0; smooth=True as
    average_over=window_size; reset_after=reset_start. Its eps has no counterpart: no change is too small. After a metric
    that is not a number its running sum stays spoiled; here it counts as bad and is left out of the mean.

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
    """Multiply by `factor` when a policy has moved too far in an update, and divide by it when it hardly has.

        if metric > threshold * margin:  factor in force *= factor
        if metric < threshold / margin:  factor in force /= factor

    The metric is the divergence (Kullback and Leibler) of the policy after an update from the one before it.

    Args:
        lowest_factor: lowest factor in force, from 0 to 1 [1].
        highest_factor: highest factor in force, 1 or more [1].
        threshold: the divergence that is aimed at, positive [metric].
        margin: how many times as far, or as near, is put up with; 1 or more [1].
        factor: what the factor in force is multiplied or divided by, between 0 and 1 [1].

    Raises:
        TypeError: a hyperparameter is missing or not a plain number.
        ValueError: a hyperparameter is out of the range given above.

    With these, ours gives the same factors as the KLAdaptiveLR of skrl and the AdaptiveScheduler of rl_games, to a few units
    of rounding: lowest_factor=min_lr / lr, highest_factor=max_lr / lr, threshold=kl_threshold, margin=kl_factor,
    factor=1 / lr_factor. What is not finite changes nothing here; there it reduces where it is infinite.

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
    """Multiply by `factor` when a metric has improved too little over the epoch before, not over the best one.

        improvement  =  (previous - metric) / |previous|
        bad          =  bad + 1 if improvement < relative_threshold else bad
        if bad > patience:  factor in force *= factor,  bad = 0

    An improvement does not take bad epochs back: they are counted from one reduction to the next.

    Args:
        factor: what the factor in force is multiplied by, between 0 and 1 [1].
        relative_threshold: part of the previous metric by which it must be beaten, from 0 to 1 [1].
        patience: how many metrics of too little improvement are put up with; the next one reduces [1].
        lowest_factor: lowest factor in force, from 0 to 1 [1].
        maximize: a higher metric is a better one, as with an accuracy.

    Raises:
        TypeError: a hyperparameter is not a plain number, or `maximize` not True or False.
        ValueError: a hyperparameter is out of the range given above.

    With the same numbers it gives the factors of SpeechBrain's NewBobScheduler as long as metrics are positive. There a
    negative metric turns better into worse, any change from 0 counts as none, and one that is not a number as an
    improvement, for ever.

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
    """How much better a metric is than the one before it, as a part of that one."""
    gain = metric - previous if maximize else previous - metric
    if previous == 0:
        return math.copysign(math.inf, gain) if gain else 0.0
    return gain / abs(previous)
