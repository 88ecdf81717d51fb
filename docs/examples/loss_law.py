"""Can a schedule be chosen by a law of the loss, before anything is trained under it?

Three laws tell the loss of a run from its schedule alone: `annealing_law`, `multi_power_law` and `convex_bound`. A schedule
is a function of the step, so each law is a pure function of that function and of a few coefficients. Here a small language
model is trained under five schedules, and the laws are fitted to these runs. Then the fitted laws are put to use:

1. They predict the loss under schedules that they have not seen. These are trained too, to measure the errors.
2. They choose one of all schedules. The cost of the choice stands beside the costs of two choices that need no law.
3. `torch.func.grad` descends through each law over the numbers of a warmup-stable-decay. The result is trained with new
   seeds, beside the best schedule that was tried.

docs/loss-law.md says what was found.
"""

import argparse
import csv
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np
import torch
from language_model import DILATIONS, GatedConvolutions, in_two, loss_on, one_thread
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.optimize import least_squares
from torch import Tensor, nn
from torch.func import functional_call, grad, jacfwd, vmap
from tqdm import tqdm

import pure_schedules as ps
from pure_schedules_torch import param_group_setter

Coefficients: TypeAlias = dict[str, Any]  # numbers, or tensors with none or one
Rates: TypeAlias = Callable[[Tensor], Tensor]  # a schedule, or any other function of the step


# The laws -------------------------------------------------------------------------------------------------------------
#
# Each gives the loss after so many updates, `t`, of which the k-th has the rate eta_k. Without `steps`, it is the loss where
# the schedule ends.


def annealing_law(schedule: Rates, coefficients: Coefficients, steps: Tensor | None = None) -> Tensor:
    """The law of Tissue et al. 2024: a power of the area under the rates, less an area that grows as they fall.

        L(t) = L0 + A S1^-alpha - C S2,   S1 = sum_{k <= t} eta_k,
        S2 = sum_{i <= t} sum_{k <= i} (eta_{k-1} - eta_k) lambda^(i-k)

    Source: Scaling Law with Learning Rate Annealing, https://arxiv.org/abs/2408.11029.
    """
    L0, A, alpha, C, memory = (coefficients[name] for name in ("L0", "A", "alpha", "C", "lambda"))
    steps, rates = asked("annealing_law", schedule, steps)
    age = (steps[:, None] - torch.arange(len(rates))).clamp(min=0).double()  # in updates, the rate's own among them
    S2 = (falls(rates) * (1 - memory**age) / (1 - memory)).sum(1)  # the inner sum is a geometric series
    return L0 + A * rates.cumsum(0)[steps - 1] ** -alpha - C * S2


def multi_power_law(schedule: Rates, coefficients: Coefficients, steps: Tensor | None = None) -> Tensor:
    """The law of Luo et al. 2025: a power of the area under the rates, less a saturating power for each fall of the rate.

        L(t) = L0 + A S_1^-alpha - B sum_{k <= t} (eta_{k-1} - eta_k) (1 - (1 + C eta_k^-gamma S_k)^-beta),
        S_k = sum_{k <= i <= t} eta_i

    Source: A Multi-Power Law for Loss Curve Prediction Across Learning Rate Schedules, https://arxiv.org/abs/2503.12811.
    """
    L0, A, alpha, B, C, beta, gamma = (coefficients[name] for name in ("L0", "A", "alpha", "B", "C", "beta", "gamma"))
    steps, rates = asked("multi_power_law", schedule, steps)
    area, fall = rates.cumsum(0), falls(rates)
    since = (area[steps - 1][:, None] - area + rates).clamp(min=0)  # of a rate that is yet to come: 0, and so is its part
    least = torch.finfo(rates.dtype).tiny ** 0.25  # a rate may be 0, where its power is infinite
    saturation = 1 - (1 + C * rates.clamp(min=least) ** -gamma * since) ** -beta
    seen = torch.arange(len(rates)) < steps[:, None]
    return L0 + A * area[steps - 1] ** -alpha - B * torch.where(seen, fall * saturation, 0.0).sum(1)


def convex_bound(schedule: Rates, coefficients: Coefficients, steps: Tensor | None = None) -> Tensor:
    """What convex optimization guarantees of the last iterate of SGD (Schaipp et al. 2025), above a lowest loss L0.

        L(t) = L0 + (D2 + G2 sum_{k <= t} eta_k^2) / (2 sum_{k <= t} eta_k)
                  + G2/2 sum_{k < t} eta_k / (sum_{k < i <= t} eta_i) (sum_{k <= i <= t} eta_i^2) / (sum_{k <= i <= t} eta_i)

    D2 is the squared distance from the first weights to the best ones, and G2 the largest squared norm of a gradient.

    Source: The Surprising Agreement Between Convex Optimization Theory and Learning-Rate Scheduling for Large Model
    Training, https://arxiv.org/abs/2501.18965, with one norm for all steps; after Defazio et al. 2023, theorem 10,
    https://arxiv.org/abs/2310.07831.
    """
    L0, D2, G2 = (coefficients[name] for name in ("L0", "D2", "G2"))
    steps, rates = asked("convex_bound", schedule, steps)
    area, squares = rates.cumsum(0), rates.square().cumsum(0)
    later = area[steps - 1][:, None] - area
    counted = (torch.arange(len(rates)) < steps[:, None] - 1) & (later > 0)  # an update at a rate of 0 changes no weight
    later = torch.where(counted, later, 1.0)
    parts = rates / later * (squares[steps - 1][:, None] - squares + rates.square()) / (later + rates)
    average = (D2 + G2 * squares[steps - 1]) / area[steps - 1]
    return L0 + average / 2 + G2 / 2 * torch.where(counted, parts, 0.0).sum(1)


def asked(law: str, schedule: Rates, steps: Tensor | None) -> tuple[Tensor, Tensor]:
    """After how many updates a law is asked for the loss, and the rates of all updates up to the last of these."""
    if steps is None:
        length = getattr(schedule, "steps", math.inf)
        if not 1 <= length < math.inf:
            rule = "the schedule must have an end, for the loss at its end is asked for"
            raise ValueError(f"{law}: {rule}; got {schedule!r}: give steps, as in {law}(schedule, coefficients, steps)")
        steps = torch.tensor([math.ceil(length)])
    return steps, schedule(torch.arange(int(steps.max()))).double()


def falls(rates: Tensor) -> Tensor:
    """By how much each rate is below the one before it. A rise counts as less than 0, in the warmup too."""
    return -rates.diff(prepend=rates[:1])


# The fit of a law to runs ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """A law, and what its coefficients may be about: a guess from the peak, the length and the last loss of a run."""

    name: str
    loss: Callable[..., Tensor]
    guess: Callable[[float, float, float], Coefficients]


def power_of_area(peak: float, length: float, end: float) -> Coefficients:
    return {"L0": 0.8 * end, "A": 0.2 * end * (peak * length) ** 0.5, "alpha": 0.5}


LAWS = [
    Law(
        "annealing",
        annealing_law,
        lambda peak, length, end: {
            **power_of_area(peak, length, end),
            "C": end / (peak * length),
            "lambda": 1 - 20 / (length + 20),
        },
    ),
    Law(
        "multi-power",
        multi_power_law,
        lambda peak, length, end: {
            **power_of_area(peak, length, end),
            "B": 0.1 * end / peak,
            "C": 10 * peak**-0.5 / length,
            "beta": 0.5,
            "gamma": 0.5,
        },
    ),
    Law(
        "convex bound",
        convex_bound,
        lambda peak, length, end: {"L0": 0.8 * end, "D2": 0.2 * end * peak * length, "G2": 0.05 * end / peak},
    ),
]
FRACTIONS = {"alpha", "beta", "gamma", "lambda"}  # the exponents are between 0 and 1 too, as in all published fits
STARTS, TRIALS = 4, 60  # searches for the coefficients, and how often each may ask for the errors
HUBER = 1e-3  # the error, relative to the loss, from which on it counts less: that of both papers


def fit(law: Law, rates: Tensor, steps: Tensor, losses: Tensor) -> Coefficients:
    """The coefficients with the least error on these runs, as both papers fit them: by the robust loss of Huber.

    Rates and losses have a row for each run; the losses are those after so many `steps`.
    """
    guess = law.guess(rates.max().item(), rates.shape[1], losses[0, -1].item())
    # The search goes over all real numbers: logarithms, and log-odds of what lies between 0 and 1.
    begin = [math.log(value / (1 - value) if name in FRACTIONS else value) for name, value in guess.items()]
    middle = torch.tensor(begin, dtype=torch.float64)

    def coefficients(point: Tensor) -> Coefficients:
        places = zip(guess, point.unbind(), strict=True)
        return {name: place.sigmoid() if name in FRACTIONS else place.exp() for name, place in places}

    def errors(point: Tensor) -> Tensor:
        predicted = vmap(lambda row: law.loss(row.__getitem__, coefficients(point), steps))(rates)
        return (predicted / losses - 1).flatten()

    def search(start: Tensor) -> Any:
        return least_squares(
            lambda point: errors(torch.from_numpy(point)).numpy(),
            start.numpy(),
            jac=lambda point: jacfwd(errors)(torch.from_numpy(point)).numpy(),
            bounds=(middle.numpy() - 8, middle.numpy() + 8),
            loss="huber",
            f_scale=HUBER,
            max_nfev=TRIALS,
            x_scale="jac",
        )

    apart = torch.randn(STARTS, len(middle), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with warnings.catch_warnings():  # torch itself uses what it deprecates, when it first differentiates forward
        warnings.filterwarnings("ignore", ".*torch.jit.script", DeprecationWarning)
        best = min((search(middle + noise) for noise in apart), key=lambda found: found.cost)
    return {name: value.item() for name, value in coefficients(torch.from_numpy(best.x)).items()}


# The schedules --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How long each run is, how high its rate may be, and over how many seeds each mean is taken."""

    steps: int
    warmup: int
    peak: float
    seeds: int  # of the runs that laws are fitted to and choices are made from
    new_seeds: int  # of the runs that judge what was chosen

    @property
    def measured(self) -> Tensor:
        """After how many updates the held-out loss is taken."""
        return torch.arange(1, POINTS + 1) * self.steps // POINTS

    def stable(self, part: float, decay: Any = ps.linear, floor: float = 0.0) -> ps.Schedule:
        """Warmup, then the peak, then a fall over the last part of the run."""
        lengths = {"warmup_steps": self.warmup, "decay_steps": round(part * self.steps), "total_steps": self.steps}
        return ps.warmup_stable_decay(peak=self.peak, **lengths, floor=floor * self.peak, decay=decay)

    def fitted(self) -> dict[str, ps.Schedule]:
        """What the laws are fitted to."""
        rise = {"peak": self.peak, "warmup_steps": self.warmup}
        stairs = ps.piecewise_constant(values=[self.peak, 0.3 * self.peak], boundaries=[self.steps * 6 // 10 - self.warmup])
        return {
            "constant": ps.warmup_constant(**rise),
            DEFAULT: ps.warmup_cosine(**rise, total_steps=self.steps),
            "last fifth, linear": self.stable(0.2),
            "last half, exponential": self.stable(0.5, ps.exponential, floor=0.1),
            "one stair": ps.warmup(stairs, warmup_steps=self.warmup),
        }

    def unseen(self) -> dict[str, ps.Schedule]:
        """What the laws predict. To ask for another schedule, add a line; or give `--schedule`."""
        rise, after = {"peak": self.peak, "warmup_steps": self.warmup}, self.steps - self.warmup
        shapes = {
            "square": ps.polynomial(start=self.peak, end=0.0, steps=after, power=2),
            "rex": ps.rex(start=self.peak, steps=after),
            "inverse square root": ps.inverse_sqrt(peak=self.peak, timescale=self.warmup),
            "two stairs": ps.multi_step(start=self.peak, factor=0.3, boundaries=[after // 2, after * 4 // 5]),
            "two cosines": ps.cosine_restarts(peak=self.peak, every=after // 2, times=2),
        }
        return {
            "linear": ps.warmup_linear(**rise, total_steps=self.steps),
            "cosine to a tenth": ps.warmup_cosine(**rise, total_steps=self.steps, floor=0.1 * self.peak),
            "one cycle": ps.one_cycle(peak=self.peak, total_steps=self.steps),
            "last tenth, linear": self.stable(0.1),
            "last half, linear": self.stable(0.5),
            "last third, square": self.stable(1 / 3, partial(ps.polynomial, power=2)),
            "last fifth, 1 - sqrt": self.stable(0.2, ps.one_minus_power),
            "last fifth, exponential": self.stable(0.2, ps.exponential, floor=0.01),
            **{name: ps.warmup(shape, warmup_steps=self.warmup) for name, shape in shapes.items()},
        }

    def other_peaks(self) -> dict[str, ps.Schedule]:
        """The default at peaks that no fitted run has."""
        rises = {"half": self.peak / 2, "twice": 2 * self.peak}
        return {
            f"cosine at {name} the peak": ps.warmup_cosine(peak=peak, warmup_steps=self.warmup, total_steps=self.steps)
            for name, peak in rises.items()
        }


POINTS = 20
DEFAULT = "cosine"  # what people take without thinking of it
REDUCED = Plan(steps=240, warmup=24, peak=0.02, seeds=2, new_seeds=5)
FULL = Plan(steps=1000, warmup=100, peak=0.015, seeds=5, new_seeds=10)


# What is trained, and on what -----------------------------------------------------------------------------------------

WIDTH, CONTEXT, BATCH = 32, 32, 8
HELD_OUT = 80  # one part in so many
BETAS = (0.9, 0.95)

Tree = dict[str, Tensor]


def batch(seed: int, step: int) -> Tensor:
    """Windows of the text: a function of the step, as the rate is, so that runs of one seed see the same ones."""
    text, _, _ = in_two(HELD_OUT)
    starts = Random(f"{seed}/{step}").choices(range(len(text) - CONTEXT), k=BATCH)
    return torch.stack([text[start : start + CONTEXT + 1] for start in starts])


@dataclass(frozen=True)
class Population:
    """One model under each of some schedules: all begin with the same weights and see the same batches."""

    seed: int
    model: nn.Module

    def loss(self, weights: Tree, windows: Tensor) -> Tensor:
        """Mean over all characters of the windows but the first of each, in nats per character."""
        return loss_on(windows, partial(functional_call, self.model, weights))

    def update(self, step: int, rate: Tensor, weights: Tree, first: Tree, second: Tree, windows: Tensor) -> list[Tree]:
        """One update of one model: what `torch.optim.Adam` does."""
        slope = grad(self.loss)(weights, windows)
        moments = [
            {name: beta * moment[name] + (1 - beta) * slope[name] ** power for name in weights}
            for beta, moment, power in zip(BETAS, (first, second), (1, 2), strict=True)
        ]
        mean, square = (
            {name: value / (1 - beta ** (step + 1)) for name, value in moment.items()}
            for beta, moment in zip(BETAS, moments, strict=True)
        )
        return [
            {name: weights[name] - rate * mean[name] / (square[name].sqrt() + 1e-8) for name in weights},
            *moments,
        ]

    def train(self, rates: Tensor, measured: Sequence[int]) -> tuple[Tree, Tensor]:
        """The weights after the last update, and the held-out losses: a row for each schedule, as in `rates`."""
        members, steps = rates.shape
        weights = {name: weight.detach().expand(members, *weight.shape) for name, weight in self.model.named_parameters()}
        zeros = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        state, losses = [weights, zeros, zeros], []
        update = vmap(self.update, in_dims=(None, 0, 0, 0, 0, None))
        held_out = in_two(HELD_OUT)[1].unfold(0, CONTEXT + 1, CONTEXT)
        for step in range(steps):
            state = update(step, rates[:, step], *state, batch(self.seed, step))
            if step + 1 in measured:
                losses.append(vmap(self.loss, in_dims=(0, None))(state[0], held_out))
        return state[0], torch.stack(losses, dim=1)


def new_population(seed: int) -> Population:
    torch.manual_seed(seed)
    return Population(seed, GatedConvolutions(in_two(HELD_OUT)[2], WIDTH))


def losses_of(schedules: Sequence[ps.Schedule], steps: int, measured: Sequence[int], seed: int) -> Tensor:
    """Held-out losses of a run under each schedule, as a row for each."""
    one_thread()
    rates = torch.stack([schedule(torch.arange(steps)).float() for schedule in schedules])
    with torch.no_grad():  # `grad` works all the same; what is not wanted is the history of the whole training
        return new_population(seed).train(rates, measured)[1].double()


def train(
    pool: Executor, schedules: dict[str, ps.Schedule], plan: Plan, seeds: range, measured: Tensor
) -> dict[str, Tensor]:
    """For each schedule, the held-out losses of its runs after so many updates: a row for each seed."""
    runs = pool.map(partial(losses_of, list(schedules.values()), plan.steps, measured.tolist()), seeds)
    losses = torch.stack(list(tqdm(runs, "training", len(seeds), unit=" seeds", disable=None)), dim=1)
    return dict(zip(schedules, losses.nan_to_num(math.inf).unbind(), strict=True))


# A schedule by descent through a law ----------------------------------------------------------------------------------

DESCENT = 300  # gradients that are followed


def numbers_at(plan: Plan, point: Tree) -> Coefficients:
    """What a point of the search stands for: a part of the tree of a warmup-stable-decay. Any real numbers make one."""
    return {
        "decay_steps": (plan.steps - plan.warmup) * point["length"].sigmoid(),
        "floor": plan.peak * point["floor"].sigmoid(),
        "decay": {"power": point["power"].exp()},
    }


def loss_at(law: Law, coefficients: Coefficients, plan: Plan, point: Tree) -> Tensor:
    """What a law says of the end of a run, as a function of the numbers of its schedule."""
    composition, numbers = plan.stable(0.2, partial(ps.polynomial, power=1.0)), numbers_at(plan, point)
    return law.loss(lambda step: composition(step, numbers), coefficients, torch.tensor([plan.steps]))[0]


def beginning() -> Tree:
    """A straight fall over the last two fifths of what follows the warmup, to a tenth of the peak.

    Its length is no whole number of steps: else an update lies on the corner of the schedule, and the loss has a kink.
    """
    point = {"length": -0.4, "floor": -2.2, "power": 0.0}
    return {name: torch.tensor(place, dtype=torch.float64) for name, place in point.items()}


def derived(law: Law, coefficients: Coefficients, plan: Plan) -> ps.Schedule:
    """The warmup-stable-decay for which the law gives the lowest loss."""
    point = beginning()
    optimizer = torch.optim.Adam(point.values(), lr=0.0)
    set_step = param_group_setter(optimizer, lr=ps.cosine(start=0.1, steps=DESCENT))
    for step in range(DESCENT):
        slope = grad(partial(loss_at, law, coefficients, plan))(point)
        for name, place in point.items():
            place.grad = slope[name]
        set_step(step)
        optimizer.step()
    numbers = numbers_at(plan, point)
    decay = partial(ps.polynomial, power=float(f"{numbers['decay']['power'].item():.3g}"))
    schedule = plan.stable(0.2, decay)
    return schedule.replace(decay_steps=round(numbers["decay_steps"].item()), floor=float(f"{numbers['floor'].item():.3g}"))


def gradient_error(law: Law, coefficients: Coefficients, plan: Plan, by: float = 1e-5) -> float:
    """How far the gradient is from central differences, for which nothing is differentiated: the largest part of it."""
    loss, point = partial(loss_at, law, coefficients, plan), beginning()
    slopes = grad(loss)(point)
    sides = {name: [loss({**point, name: place + shift}) for shift in (by, -by)] for name, place in point.items()}
    apart = [abs((above - below) / (2 * by) - slopes[name]) for name, (above, below) in sides.items()]
    return float(max(apart) / max(slope.abs() for slope in slopes.values()))


def slope_of_peak(law: Law, coefficients: Coefficients, plan: Plan, schedule: ps.Schedule) -> float:
    """By how much the predicted loss changes when the whole schedule is made higher, per unit of the peak's logarithm."""
    end = torch.tensor([plan.steps])
    higher = grad(lambda log: law.loss(lambda step: schedule(step) * log.exp(), coefficients, end)[0])
    return higher(torch.zeros((), dtype=torch.float64)).item()


# The curves that the authors of the multi-power law published ---------------------------------------------------------

# Millions of weights, and the coefficients: src/config.py of https://github.com/thu-yao-01-luo/MultiPowerLaw.
PUBLISHED = {
    25: (3.04045406, 0.52468604, 0.50786857, 363.78751622, 2.06560812, 0.58279013, 0.64142257),
    100: (2.6514477, 0.60115152, 0.45295811, 437.9464276, 2.13245612, 0.59785199, 0.65523644),
    400: (2.37474466, 0.65421216, 0.42878731, 523.42464371, 2.02462735, 0.59350493, 0.63472457),
}
THEIRS = Plan(steps=24000, warmup=2160, peak=3e-4, seeds=1, new_seeds=1)


def published_schedule(name: str) -> ps.Schedule:
    """What the name of one of those files stands for."""
    kind, *numbers = name.split("_")
    rise, floor = {"peak": THEIRS.peak, "warmup_steps": THEIRS.warmup}, THEIRS.peak / 10
    if kind == "constant":
        return ps.warmup_constant(**rise)
    if kind == "cosine":
        return ps.warmup_cosine(**rise, total_steps=int(numbers[0]), floor=floor)
    if kind == "wsdcon":  # the second rate, in hundred-thousandths, from step 8000 on
        values, boundaries = [THEIRS.peak, int(numbers[0]) * 1e-5], [8000 - THEIRS.warmup]
        return ps.warmup(ps.piecewise_constant(values=values, boundaries=boundaries), warmup_steps=THEIRS.warmup)
    begin, total = map(int, numbers)
    decay = {"wsd": ps.exponential, "wsdld": ps.linear}[kind]
    return ps.warmup_stable_decay(**rise, decay_steps=total - begin, total_steps=total, floor=floor, decay=decay)


def check_published(folder: Path) -> int:
    """What the law explains of these curves, and how near a schedule of three numbers comes to the authors' free rates."""
    names = ("L0", "A", "alpha", "B", "C", "beta", "gamma")
    rise = ps.linear(start=0.0, end=THEIRS.peak, steps=THEIRS.warmup)(torch.arange(THEIRS.warmup))
    for size, numbers in PUBLISHED.items():
        coefficients = dict(zip(names, numbers, strict=True))
        print(f"{size} million weights")
        for path in sorted((folder / "loss_curve_repo" / f"csv_{size}").glob("*.csv")):
            with path.open() as file:
                rows = [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]
            schedule, steps = published_schedule(path.stem), torch.tensor([step + 1 for step, _ in rows])
            losses = torch.tensor([loss for _, loss in rows]).double()
            # In parts, for each makes a matrix of its steps by all rates.
            law = torch.cat([multi_power_law(schedule, coefficients, part) for part in steps.split(32)])
            explained = 1 - (losses - law).square().sum() / (losses - losses.mean()).square().sum()
            print(f"   {path.stem:20} {len(rows):4} losses   R2 {explained:.5f}   last error {law[-1] - losses[-1]:+.4f}")
        free = torch.cat([rise, torch.from_numpy(np.load(folder / "optimized_schedules" / f"{size}.npy"))])
        lowest = multi_power_law(free.__getitem__, coefficients, torch.tensor([len(free)])).item()
        found = derived(LAWS[1], coefficients, THEIRS)
        print(f"   the authors' {len(free) - len(rise)} free rates: {lowest:.5f}")
        print(f"   three numbers: {multi_power_law(found, coefficients).item():.5f} with {found!r}")
    return 0


# What is shown --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """All that was trained with the first seeds, the fitted laws, and what they say of the end of each run."""

    plan: Plan
    schedules: dict[str, ps.Schedule]
    losses: dict[str, Tensor]  # a row for each seed
    coefficients: dict[str, Coefficients]  # of each law

    def end(self, name: str) -> float:
        """The mean loss at the end, over the seeds."""
        return self.losses[name][:, -1].mean().item()

    def predicted(self, law: Law, name: str) -> float:
        end = torch.tensor([self.plan.steps])
        return law.loss(self.schedules[name], self.coefficients[law.name], end).item()

    def errors(self, law: Law, names: Iterable[str]) -> Tensor:
        return torch.tensor([self.predicted(law, name) - self.end(name) for name in names]).double()

    def rank_correlation(self, law: Law, names: Iterable[str]) -> float:
        """Spearman's: 1 where the law puts the schedules in the order that was measured."""
        pairs = [(self.predicted(law, name), self.end(name)) for name in names]
        ranks = torch.tensor(pairs).T.argsort(dim=1).argsort(dim=1).double()
        return torch.corrcoef(ranks)[0, 1].item()


def fitted_to(plan: Plan, schedules: dict[str, ps.Schedule], losses: dict[str, Tensor]) -> Found:
    late = plan.measured >= 2 * plan.warmup  # the first steps follow no law of the rates
    rates = torch.stack([schedules[name](torch.arange(plan.steps)) for name in plan.fitted()])
    measured = torch.stack([losses[name].mean(0)[late] for name in plan.fitted()])
    return Found(plan, schedules, losses, {law.name: fit(law, rates, plan.measured[late], measured) for law in LAWS})


def print_predictions(found: Found, unseen: Sequence[str]) -> None:
    print(f"   {'':26}{'measured':>9}{'deviation':>11}   {'predicted less measured':>30}")
    print(f"   {'':26}{'':9}{'of seeds':>11}{''.join(f'{law.name:>14}' for law in LAWS)}")
    for names in (found.plan.fitted(), unseen, found.plan.other_peaks()):
        for name in names:
            errors = "".join(f"{found.errors(law, [name]).item():+14.4f}" for law in LAWS)
            print(f"   {name:26}{found.end(name):9.4f}{found.losses[name][:, -1].std():11.4f}{errors}")
        print()
    ends = torch.tensor([found.end(name) for name in unseen])
    print(f"   Of the {len(unseen)} that were not seen, the losses have a standard deviation of {ends.std():.4f}.")
    for title, value in (
        ("root mean square error", lambda law: f"{found.errors(law, unseen).square().mean().sqrt():14.4f}"),
        ("rank correlation", lambda law: f"{found.rank_correlation(law, unseen):14.2f}"),
    ):
        print(f"   {title:46}{''.join(map(value, LAWS))}")


def choices(found: Found, tried: Sequence[str]) -> dict[str, str]:
    """Which schedule each way of choosing takes."""
    by_law = {f"by {law.name}": min(tried, key=partial(found.predicted, law)) for law in LAWS}
    return {**by_law, "best of the fitted": min(found.plan.fitted(), key=found.end), "usual default": DEFAULT}


def print_choices(found: Found, chosen: dict[str, str], best: str) -> None:
    for way, name in {**chosen, "best that was tried": best}.items():
        print(f"   {way:22}{name:26}{found.end(name):8.4f}{found.end(name) - found.end(best):+10.4f}")


def print_verdicts(losses: dict[str, Tensor], best: str) -> None:
    """How each schedule did with new seeds, beside the best that was tried with the others."""
    print(f"   {'':28}{'loss':>8}{'less that of the best tried':>30}{'lower with':>16}")
    for name, runs in losses.items():
        apart = runs[:, -1] - losses[best][:, -1]
        error = apart.std() / math.sqrt(len(apart))
        row = f"   {name:28}{runs[:, -1].mean():8.4f}"
        if name != best:
            verdict = "lower" if apart.mean() < -2 * error else "higher" if apart.mean() > 2 * error else "no difference"
            row += f"{apart.mean():+14.4f} +- {error:.4f}{(apart < 0).sum():14} of {len(apart)}   {verdict}"
        print(row)


COLOURS = dict(zip((law.name for law in LAWS), ("tab:orange", "tab:blue", "tab:green"), strict=True))


def save_picture(
    path: Path, found: Found, unseen: Sequence[str], new: dict[str, ps.Schedule], judged: dict[str, Tensor], best: str
) -> None:
    """The laws beside curves and ends that they have not seen; the derived schedules, and how these did with new seeds."""
    figure = Figure(figsize=(11, 9), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    (curves, ends), (rates, verdicts) = figure.subplots(2, 2)
    draw_curves(curves, found, sorted(unseen, key=found.end))
    draw_ends(ends, found, unseen)
    draw_rates(rates, found, new, best)
    draw_verdicts(verdicts, judged, best)
    for axes in (curves, ends, rates, verdicts):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def draw_curves(axes: Axes, found: Found, unseen: Sequence[str]) -> None:
    """The best, the middle and the worst of the unseen, after the first two fifths, and the law that errs least."""
    law = min(LAWS, key=lambda law: found.errors(law, unseen).square().mean().item())
    late = found.plan.measured >= 0.4 * found.plan.steps
    steps = found.plan.measured[late]
    for name, marker in zip((unseen[0], unseen[len(unseen) // 2], unseen[-1]), "osD", strict=True):
        predicted = law.loss(found.schedules[name], found.coefficients[law.name], steps)
        axes.plot(steps, predicted, color=COLOURS[law.name], linewidth=1.5)
        axes.plot(steps, found.losses[name].mean(0)[late], marker, color="black", markersize=5, label=name)
    axes.set(title=f"Three runs that no law has seen, and the {law.name}")
    axes.set(xlabel="update", ylabel="held-out loss, nats per character")
    axes.legend(frameon=False, title="measured, mean of the seeds")


def draw_ends(axes: Axes, found: Found, unseen: Sequence[str]) -> None:
    for law in LAWS:
        for names, fill in ((list(found.plan.fitted()), "none"), (unseen, COLOURS[law.name])):
            measured, predicted = [found.end(name) for name in names], [found.predicted(law, name) for name in names]
            label = law.name if fill != "none" else None
            axes.scatter(measured, predicted, s=28, facecolors=fill, edgecolors=COLOURS[law.name], label=label)
    low, high = axes.get_xlim()
    axes.plot([low, high], [low, high], color="grey", linewidth=1, zorder=0)
    axes.set(title="The end of each run (hollow: fitted)", xlabel="measured loss", ylabel="predicted loss", xlim=(low, high))
    axes.legend(frameon=False, loc="upper left")


def draw_rates(axes: Axes, found: Found, new: dict[str, ps.Schedule], best: str) -> None:
    steps = torch.arange(found.plan.steps + 1)
    axes.plot(steps, found.schedules[best](steps), color="black", linestyle="--", label=f"best tried: {best}")
    for (name, schedule), colour in zip(new.items(), COLOURS.values(), strict=True):
        axes.plot(steps, schedule(steps), color=colour, linewidth=2, label=name)
    axes.set(title="Derived by descent through each law", xlabel="update", ylabel="learning rate", ylim=(0, None))
    axes.legend(frameon=False, loc="lower left")


def draw_verdicts(axes: Axes, judged: dict[str, Tensor], best: str) -> None:
    names = sorted(judged, key=lambda name: judged[name][:, -1].mean().item(), reverse=True)
    for place, name in enumerate(names):
        apart = judged[name][:, -1] - judged[best][:, -1]
        colour = next((colour for law, colour in COLOURS.items() if name.endswith(law)), "black")
        axes.plot(apart, [place] * len(apart), "|", color=colour, alpha=0.5, markersize=12)
        axes.plot(apart.mean(), place, "o", color=colour, markersize=8)
    axes.axvline(0, color="grey", linewidth=1, zorder=0)
    axes.set_yticks(range(len(names)), names)
    axes.set(title=f"{len(judged[best])} new seeds: each, and their mean", xlabel=f"held-out loss less that of “{best}”")


# The command ----------------------------------------------------------------------------------------------------------


def read_schedule(text: str, plan: Plan) -> ps.Schedule:
    """A schedule that somebody wrote, in which `peak`, `warmup` and `steps` may stand for those of the run."""
    schedule = ps.parse(text, {"peak": plan.peak, "warmup": plan.warmup, "steps": plan.steps})
    if plan.steps < schedule.steps < math.inf:
        rule = f"must end by update {plan.steps}, where the run ends"
        raise ValueError(f"{rule}; got {schedule!r}, which ends at {schedule.steps:g}: write steps for the run's length")
    rates = [schedule(step) for step in range(plan.steps)]
    for step, rate in enumerate(rates):
        if not 0 <= rate < math.inf:
            raise ValueError(f"a rate must be a number and not negative, got {rate!r} at step {step} from {schedule!r}")
    if not max(rates[: 2 * plan.warmup]) > 0:
        raise ValueError(
            f"a rate must be above 0 before step {2 * plan.warmup}, from where on laws tell the loss; got {schedule!r}"
        )
    return schedule


def read_options() -> tuple[Plan, dict[str, ps.Schedule], argparse.Namespace]:
    parser = argparse.ArgumentParser(
        description="Fit laws of the loss to a few runs; predict, choose and derive schedules by them; train these.",
        epilog='One more schedule to predict: --schedule "warmup_linear(peak=peak, warmup_steps=warmup, total_steps=steps)"',
    )
    add = parser.add_argument
    add("--full", action="store_true", help="longer runs and more seeds: the figures of the page")
    add("--steps", type=int, metavar="N", help=f"updates of each run, {2 * POINTS} or more")
    add("--seeds", type=int, metavar="N", help="of the runs to fit to and to choose from, 2 or more")
    add("--new-seeds", type=int, metavar="N", help="of the runs that judge, 2 or more")
    add("--schedule", metavar="TEXT", help="one more to predict and to train")
    add("--curves", type=Path, metavar="DIR", help="only check the arithmetic: a clone of thu-yao-01-luo/MultiPowerLaw")
    add("--out", type=Path, default=Path("out"), metavar="DIR", help="for the picture (default: %(default)s)")
    options = parser.parse_args()
    plan = FULL if options.full else REDUCED
    for name, least in (("steps", 2 * POINTS), ("seeds", 2), ("new_seeds", 2)):
        given = getattr(options, name)
        if given is not None:
            if given < least:
                parser.error(f"argument --{name.replace('_', '-')}: must be {least} or more, got {given}")
            plan = replace(plan, **{name: given})
    plan = replace(plan, warmup=plan.steps // 10)
    unseen = plan.unseen()
    if options.schedule is not None:
        try:
            unseen["yours"] = read_schedule(options.schedule, plan)
        except (ValueError, TypeError, ArithmeticError) as error:
            parser.error(f"argument --schedule: {error}")
    if options.curves is not None and not (options.curves / "loss_curve_repo").is_dir():
        parser.error(f"argument --curves: must be a clone of thu-yao-01-luo/MultiPowerLaw, got {options.curves}")
    options.out.mkdir(parents=True, exist_ok=True)
    return plan, unseen, options


def main() -> int:
    plan, unseen, options = read_options()
    one_thread()
    if options.curves is not None:
        return check_published(options.curves)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return experiment(pool, plan, unseen, options.out / "loss-law.png")


def experiment(pool: Executor, plan: Plan, unseen: dict[str, ps.Schedule], picture: Path) -> int:
    text, held_out, characters = in_two(HELD_OUT)
    print(f"Text: Python's language reference, {len(text):,} characters of {characters} kinds; {len(held_out):,} held out.")
    print(f"Model: {len(DILATIONS)} gated convolutions of width {WIDTH}. Batch: {BATCH} windows of {CONTEXT} characters.")
    print(f"Runs: {plan.steps} updates of Adam, peak {plan.peak:g}; {plan.seeds} seeds to fit to and to choose by, ", end="")
    print(f"{plan.new_seeds} new ones to judge by.")

    schedules = {**plan.fitted(), **unseen, **plan.other_peaks()}
    losses = train(pool, schedules, plan, range(plan.seeds), plan.measured)
    found = fitted_to(plan, schedules, losses)
    print(f"\n1. The laws, fitted to {len(plan.fitted())} schedules, from update {2 * plan.warmup} on")
    for name, coefficients in found.coefficients.items():
        print(f"   {name:14}", *(f"{letter}={value:.4g}" for letter, value in coefficients.items()))

    print("\n2. The loss at the end: means over the seeds, in nats per character")
    print_predictions(found, list(unseen))

    tried = [*plan.fitted(), *unseen]
    best = min(tried, key=found.end)
    chosen = choices(found, tried)
    print(f"\n3. One of {len(tried)} schedules, its loss, and the regret")
    print_choices(found, chosen, best)

    print("\n4. Derived by descent through each law")
    new = {f"derived, {law.name}": derived(law, found.coefficients[law.name], plan) for law in LAWS}
    errors = []
    for law, schedule in zip(LAWS, new.values(), strict=True):
        coefficients = found.coefficients[law.name]
        errors.append(gradient_error(law, coefficients, plan))
        predicted = law.loss(schedule, coefficients, torch.tensor([plan.steps])).item()
        higher = slope_of_peak(law, coefficients, plan, schedule)
        print(f"   {law.name:14}{predicted:.4f} predicted, {higher:+.4f} for each unit of the logarithm of the peak")
        print(f"   {'':14}{schedule!r}")
    print(f"   The gradients differ from central differences by {max(errors):.0e} of themselves.")

    print(f"\n5. Judged with {plan.new_seeds} new seeds")
    old = {name: schedules[name] for name in dict.fromkeys([best, *chosen.values()])}
    new_seeds = range(plan.seeds, plan.seeds + plan.new_seeds)
    judged = train(pool, {**old, **new}, plan, new_seeds, plan.measured[-1:])
    print_verdicts(judged, best)

    save_picture(picture, found, list(unseen), new, judged, best)
    print(f"\nPicture: {picture}")
    return 0 if max(errors) < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
