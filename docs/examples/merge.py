"""Can checkpoints be averaged in the place of a decay?

A decay weighs the updates of a run, and so does an average of its checkpoints: `averages.decay_weights` gives the average
that any decay amounts to (Tian et al. 2025, WSM, https://arxiv.org/abs/2507.17634). On updates that were recorded the two
are the same model, to rounding: part 1 of this program shows it. But a run that decays makes other updates than one that
does not, for its model is another one. So part 2 asks what that is worth: one run at a stable rate whose checkpoints are
merged, against the same run cooled down, at several budgets, each way at its own best peak and length.

Small language models learn the text of Python's language reference, all peaks and seeds at once, by `torch.func.vmap`. To
try another decay change the line of `DECAY`; to try another stable run, that of `STABLE`.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle, pairwise, product
from pathlib import Path
from random import Random

import torch
from language_model import GatedConvolutions, language_reference, loss_on, one_thread
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor
from torch.func import functional_call, grad, stack_module_state, vmap
from tqdm import tqdm

import pure_schedules as ps
from pure_schedules import averages

BUDGETS, PEAKS, SEEDS = (400, 800, 1600), (0.01, 0.02, 0.04), 8
FRACTIONS = (0.1, 0.2, 0.4, 0.8)  # of a budget: how long the decay is, and how far back the merge of it reaches
HALF_LIVES = (0.05, 0.1, 0.2)  # of the averages that know no budget, as fractions of the run so far
EVERY = 20  # updates from one checkpoint to the next
WINDOWS = 128  # of each of the two held-out texts
SAME = 1e-12  # how far apart two weights may be that are called the same
BLUE, ORANGE, GREY = "tab:blue", "tab:orange", "0.35"

STABLE = ps.warmup_constant(peak=1.0, warmup_steps=40)
DECAY = ps.linear

WIDTH, CONTEXT, BATCH = 32, 64, 8
BETAS, EPSILON, WEIGHT_DECAY = (0.9, 0.95), 1e-8, 0.1

Tree = dict[str, Tensor]
State = tuple[Tree, Tree]  # Adam's two moments


# The average ----------------------------------------------------------------------------------------------------------


def merged(checkpoints: Mapping[int, Tree], weights: Mapping[int, float]) -> Tree:
    """The average of the checkpoints, by the step of each."""
    if missing := sorted(weights.keys() - checkpoints.keys()):
        raise ValueError(
            f"merged: there must be a checkpoint for each weight, got none of step {missing[0]}; "
            f"checkpoints are of steps {', '.join(map(str, sorted(checkpoints)[:3]))} ...: give their distance as every"
        )
    shapes = {step: {name: tuple(part.shape) for name, part in checkpoints[step].items()} for step in weights}
    (first, expected), *others = shapes.items()
    for step, found in others:
        if found != expected:
            name = next(name for name in expected | found if expected.get(name) != found.get(name))
            raise ValueError(
                f"merged: checkpoints must be of one model, got {name!r} of {found.get(name)} at step {step} and of "
                f"{expected.get(name)} at step {first}; average the checkpoints of one run"
            )
    return {name: sum(weight * checkpoints[step][name] for step, weight in weights.items()) for name in expected}


# What is trained, and on what -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """The text that comes with Python, as numbers: to train on, to choose by, and to compare on."""

    train: Tensor
    validation: Tensor
    test: Tensor
    characters: int


@cache
def texts() -> Texts:
    text, characters = language_reference()
    held_out = len(text) // 20
    train, *parts = text.split([len(text) - 2 * held_out, held_out, held_out])
    windows = [part.unfold(0, CONTEXT + 1, CONTEXT) for part in parts]
    evenly = [of[:: len(of) // WINDOWS][:WINDOWS] for of in windows]
    return Texts(train, *evenly, characters)


def batch(step: int, seeds: Sequence[int]) -> Tensor:
    """Windows of the text for each seed: a function of the step, as the rate is, so that a branch sees what the run saw."""
    train = texts().train
    starts = [Random(f"{seed}/{step}").choices(range(len(train) - CONTEXT), k=BATCH) for seed in seeds]
    return torch.stack([torch.stack([train[start : start + CONTEXT + 1] for start in row]) for row in starts])


CHARACTERS = texts().characters
with torch.device("meta"):
    SKELETON = GatedConvolutions(CHARACTERS, WIDTH)  # without weights of its own: `functional_call` brings them


def loss(weights: Tree, windows: Tensor) -> Tensor:
    """Mean over all characters of the windows but the first of each, in nats per character."""
    return loss_on(windows, partial(functional_call, SKELETON, weights))


def update(weights: Tree, state: State, rate: Tensor, count: Tensor, windows: Tensor) -> tuple[Tree, State]:
    """One update of one member: what `torch.optim.AdamW` does."""
    gradient = grad(loss)(weights, windows)
    first = {name: BETAS[0] * state[0][name] + (1 - BETAS[0]) * slope for name, slope in gradient.items()}
    second = {name: BETAS[1] * state[1][name] + (1 - BETAS[1]) * slope**2 for name, slope in gradient.items()}
    unbiased = {name: first[name] / (1 - BETAS[0] ** count) for name in first}
    scales = {name: (second[name] / (1 - BETAS[1] ** count)).sqrt() + EPSILON for name in second}
    kept = 1 - rate * WEIGHT_DECAY
    return {name: kept * weights[name] - rate * unbiased[name] / scales[name] for name in weights}, (first, second)


update_all = vmap(update, in_dims=(0, 0, 0, None, 0))
losses_of_all = vmap(loss, in_dims=(0, None))


class Run:
    """Members of every peak and seed, side by side. Their tensors are never written into, so that a copy may share them."""

    def __init__(self, peaks: Sequence[float], seeds: Sequence[int], dtype: torch.dtype = torch.float32) -> None:
        self.peaks, self.seeds, self.step = peaks, seeds, 0
        models = []
        for _, seed in product(peaks, seeds):
            torch.manual_seed(seed)
            models.append(GatedConvolutions(CHARACTERS, WIDTH).to(dtype))
        stacked, _ = stack_module_state(models)
        self.weights = {name: weight.detach() for name, weight in stacked.items()}
        self.state = tuple({name: torch.zeros_like(weight) for name, weight in self.weights.items()} for _ in range(2))
        self.scale = torch.tensor([peak for peak, _ in product(peaks, seeds)], dtype=dtype)

    @torch.no_grad()  # `grad` works all the same; what is not wanted is the history of the whole training
    def train(self, schedule: ps.Schedule, until: int, every: int = EVERY) -> dict[int, Tree]:
        """Go on from the step that it is at, and give the checkpoints on the way."""
        rates, checkpoints = ps.scale(schedule, factor=self.scale), {}
        for step in tqdm(range(self.step, until), desc=f"to {until}", unit=" updates", leave=False, disable=None):
            windows = batch(step, self.seeds).repeat(len(self.peaks), 1, 1)
            count = torch.tensor(step + 1, dtype=self.scale.dtype)
            self.weights, self.state = update_all(self.weights, self.state, rates(step), count, windows)
            self.step = step + 1
            if self.step % every == 0:
                checkpoints[self.step] = self.weights
        return checkpoints


# On recorded updates --------------------------------------------------------------------------------------------------


def recorded(updates: int, before: int = 20, peak: float = 0.02) -> dict[int, Tree]:
    """The models of a run at a constant rate, in double precision, counted from one that has been trained for a while."""
    run = Run([peak], [0], torch.float64)
    run.train(ps.constant(value=1.0), before)
    first = {0: run.weights}
    return first | {step - before: model for step, model in run.train(ps.constant(value=1.0), before + updates, 1).items()}


def identity(models: Mapping[int, Tree], schedule: ps.Schedule, every: int) -> tuple[float, float]:
    """How far apart the merged model and the decayed one are, both made of the same updates; and how far the last is."""
    stairs, decayed = ps.staircase(schedule, every=every), models[0]
    for step in range(len(models) - 1):
        change = {name: models[step + 1][name] - models[step][name] for name in decayed}
        decayed = {name: decayed[name] + stairs(step) * change[name] for name in decayed}
    average = merged(models, averages.decay_weights(schedule, every=every))
    return distance(average, decayed), distance(models[len(models) - 1], decayed)


def distance(found: Tree, expected: Tree) -> float:
    return max(float((found[name] - expected[name]).abs().max()) for name in expected)


def print_identity(updates: int = 60) -> bool:
    """Whether a decay and its average are one model, for decays of several shapes."""
    models = recorded(updates)
    decays = [make(start=1.0, end=0.0, steps=updates) for make in (DECAY, ps.cosine, ps.one_minus_power)]
    decays.append(ps.exponential(start=1.0, end=0.01, steps=updates))
    apart = 0.0
    print("    decay            every   merged - decayed   last - decayed")
    for decay, every in product(decays, (1, 5)):
        found, far = identity(models, decay, every)
        print(f"    {decay.factory.name:15} {every:6}   {found:16.1e}   {far:14.1e}")
        apart = max(apart, found)
    print(f"\n    merged and decayed are the same model, to {SAME:g}: {'yes' if apart < SAME else 'NO'}")
    return apart < SAME


# In earnest -----------------------------------------------------------------------------------------------------------

#: For each way, budget and setting of that way, the losses: on two texts, by peak and seed.
Losses = dict[str, dict[int, dict[float, Tensor]]]
VALIDATION, TEST = 0, 1


def fork(budget: int, fraction: float) -> int:
    """The step at which the last part of a budget begins, at a checkpoint."""
    return budget - EVERY * max(1, round(budget * fraction / EVERY))


def cooled(budget: int, fraction: float) -> ps.Schedule:
    """The stable run up to the last part of the budget, and there down to 0."""
    at = fork(budget, fraction)
    schedule = ps.cool_down(STABLE, at=at, decay_steps=budget - at, decay=DECAY)
    if schedule.steps != budget:
        raise ValueError(
            f"cooled: the decay must take the {budget - at} steps that it is given, got {schedule.steps - at}; "
            "give as DECAY a shape that ends, such as linear or cosine"
        )
    return schedule


def decayed_weights(budget: int, fraction: float) -> dict[int, float]:
    """The weights that do to the checkpoints of the stable run what the decay would do."""
    beside = ps.divide(cooled(budget, fraction), STABLE)
    return averages.decay_weights(beside, first=fork(budget, fraction), stop=budget, every=EVERY)


@dataclass(frozen=True)
class Plan:
    """All schedules and all weights: what cannot be averaged is refused here, before anything is trained."""

    budgets: tuple[int, ...]

    def __post_init__(self) -> None:
        for budget in self.budgets:
            self.averages_at(budget)

    def averages_at(self, budget: int) -> dict[str, dict[float, dict[int, float]]]:
        """The weights of each average of the stable run at this budget, by the way and its setting."""
        return {
            "last": {0.0: {budget: 1.0}},
            "merged": {fraction: decayed_weights(budget, fraction) for fraction in FRACTIONS},
            "half-life": {it: averages.half_life_weights(fraction=it, stop=budget, every=EVERY) for it in HALF_LIVES},
            "schedule-free": {0.0: averages.schedule_free_weights(STABLE, stop=budget, every=EVERY)},
        }


@torch.no_grad()
def losses_of(run: Run, weights: Tree) -> Tensor:
    """The losses of all members on the text to choose by and on that to compare on."""
    both = [losses_of_all(weights, windows) for windows in (texts().validation, texts().test)]
    return torch.stack(both).nan_to_num(nan=torch.inf).unflatten(1, (len(run.peaks), len(run.seeds)))


@dataclass
class Trained:
    """The checkpoints of the stable run, and of each branch that cools down, by budget and fraction."""

    stable: dict[int, Tree]
    branches: dict[tuple[int, float], dict[int, Tree]]


def train_all(plan: Plan, run: Run) -> Trained:
    """The stable run to the largest budget; and from copies of it on the way, all that is cooled down."""
    trained = Trained({}, {})
    for budget, fraction in sorted(product(plan.budgets, FRACTIONS), key=lambda branch: fork(*branch)):
        trained.stable |= run.train(STABLE, fork(budget, fraction))
        trained.branches[budget, fraction] = copy(run).train(cooled(budget, fraction), budget)
    trained.stable |= run.train(STABLE, max(plan.budgets))
    return trained


def measure(plan: Plan, run: Run, trained: Trained) -> Losses:
    """The losses at each budget: of the run as it is cooled down, and of all averages of the stable one."""
    losses: Losses = {way: {} for way in ("cooled", "merged", "half-life", "schedule-free", "last")}
    for budget in plan.budgets:
        ends = {fraction: trained.branches[budget, fraction][budget] for fraction in FRACTIONS}
        losses["cooled"][budget] = {fraction: losses_of(run, weights) for fraction, weights in ends.items()}
        for way, settings in plan.averages_at(budget).items():
            found = {setting: losses_of(run, merged(trained.stable, weights)) for setting, weights in settings.items()}
            losses[way][budget] = found
    return losses


@dataclass(frozen=True)
class Best:
    """The peak and the setting with the lowest mean loss on the one text, and the losses of its seeds on the other."""

    peak: int
    setting: float
    losses: Tensor

    @classmethod
    def of(cls, settings: Mapping[float, Tensor], peaks: Sequence[int] | None = None) -> "Best":
        """The best of these settings; among some of the peaks, if they are said."""
        choices = [
            (both[VALIDATION, peak].mean().item(), peak, setting)
            for setting, both in settings.items()
            for peak in (range(both.shape[1]) if peaks is None else peaks)
        ]
        _, peak, setting = min(choices)
        return cls(peak, setting, settings[setting][TEST, peak])


# What is shown --------------------------------------------------------------------------------------------------------


def print_choices(plan: Plan, run: Run, losses: Losses) -> None:
    """All that was chosen from: the mean losses on the text to choose by."""
    heads = "".join(f"{fraction:8.0%}" for fraction in FRACTIONS)
    print(f"    budget   peak     cooled{heads}    merged{heads}     last")
    for budget, (row, peak) in product(plan.budgets, enumerate(run.peaks)):
        cells = {
            way: "".join(f"{both[VALIDATION, row].mean():8.4f}" for both in losses[way][budget].values())
            for way in ("cooled", "merged", "last")
        }
        print(f"    {budget:<6} {peak:6g}           {cells['cooled']}          {cells['merged']} {cells['last']}")


def print_comparison(plan: Plan, run: Run, losses: Losses) -> None:
    """Each way at its best, and what it is beside the run that was cooled down."""
    spread = "worse with"
    print(f"    budget  way              at peak  setting     loss   minus cooled   standard error   {spread}")
    for budget in plan.budgets:
        cooled = Best.of(losses["cooled"][budget])
        for way in losses:
            best = Best.of(losses[way][budget])
            apart = best.losses - cooled.losses
            print(
                f"    {budget:<6}  {way:14} {run.peaks[best.peak]:9g} {best.setting or '':8} {best.losses.mean():8.4f}",
                end="",
            )
            if way == "cooled":
                print(f"   spread of the seeds: {best.losses.max() - best.losses.min():.4f}")
                continue
            error = apart.std() / len(apart) ** 0.5
            print(f"   {apart.mean():+12.4f}   {error:14.4f}   {int((apart > 0).sum()):3} of {len(apart)} seeds")


def print_verdict(plan: Plan, losses: Losses) -> None:
    """How much of what a decay gains over the last checkpoint an average of checkpoints gains."""
    for budget in plan.budgets:
        last, cooled, average = (Best.of(losses[way][budget]).losses.mean() for way in ("last", "cooled", "merged"))
        print(f"    At {budget} updates the average has {(last - average) / (last - cooled):.0%} of what the decay gains.")


def curve(run: Run, models: Mapping[int, Tree], peak: int) -> tuple[list[int], list[float]]:
    """The mean loss of the members of one peak on the text to compare on, for models by step."""
    mine = slice(peak * len(run.seeds), (peak + 1) * len(run.seeds))
    one = {step: {name: weight[mine] for name, weight in model.items()} for step, model in models.items()}
    with torch.no_grad():
        return list(one), [losses_of_all(model, texts().test).mean().item() for model in one.values()]


def save_picture(path: Path, plan: Plan, run: Run, trained: Trained, losses: Losses) -> None:
    """What decays weigh; one run as it is, merged at every checkpoint, and cooled down; and how far back to begin."""
    figure = Figure(figsize=(13, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3, width_ratios=[2, 3.4, 2.6])
    draw_weights(left)
    draw_run(middle, plan, run, trained, losses)
    draw_lengths(right, plan, losses)
    for axes in (left, middle, right):
        axes.title.set_fontsize(11)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def draw_weights(axes: Axes, count: int = 10) -> None:
    shapes = {"1-sqrt": (ps.one_minus_power, "tab:green"), "cosine": (ps.cosine, "tab:purple"), "linear": (ps.linear, BLUE)}
    for name, (shape, colour) in shapes.items():
        weights = averages.decay_weights(shape(start=1.0, end=0.0, steps=count))
        axes.plot(list(weights), list(weights.values()), "o-", color=colour, markersize=4, linewidth=1.2, label=name)
    axes.set_title("Decays, as weights", loc="left")
    axes.set(xlabel="checkpoint since the decay began", ylabel="weight", ylim=(0, None))
    axes.set_xticks(range(1, count + 1, 3))
    axes.legend(frameon=False)


def draw_run(axes: Axes, plan: Plan, run: Run, trained: Trained, losses: Losses) -> None:
    longest = max(plan.budgets)
    best = Best.of(losses["merged"][longest])
    axes.plot(*curve(run, trained.stable, best.peak), color=GREY, linewidth=1, label="the stable run as it is")
    so_far = [step for step in trained.stable if step >= plan.budgets[0]]
    on_the_way = {step: merged(trained.stable, decayed_weights(step, best.setting)) for step in so_far}
    label = f"the last {best.setting:.0%} of it, merged"
    axes.plot(*curve(run, on_the_way, best.peak), color=BLUE, linewidth=2, label=label)
    for budget in plan.budgets:
        length = Best.of(losses["cooled"][budget], [best.peak]).setting
        at = fork(budget, length)
        steps, found = curve(run, {at: trained.stable[at], **trained.branches[budget, length]}, best.peak)
        axes.plot(steps, found, color=ORANGE, linewidth=1.2)
        axes.plot(steps[-1:], found[-1:], "o", color=ORANGE, label="cooled down" if budget == longest else None)
    own = [Best.of(losses["cooled"][budget]).losses.mean().item() for budget in plan.budgets]
    axes.plot(plan.budgets, own, "o", color=ORANGE, markerfacecolor="white", label="cooled down from its own best peak")
    lowest = min(min(line.get_ydata()) for line in axes.lines)
    axes.set_title(f"Runs at a peak of {run.peaks[best.peak]:g}, means of {len(run.seeds)} seeds", loc="left")
    axes.set(xlabel="update", ylabel="loss on held-out text, nats per character")
    axes.set(xlim=(plan.budgets[0] / 2, longest * 1.02), ylim=(lowest - 0.02, lowest + 0.4))
    axes.legend(frameon=False)


def draw_lengths(axes: Axes, plan: Plan, losses: Losses) -> None:
    for budget, marker in zip(plan.budgets, cycle("o^s"), strict=False):
        reference = Best.of(losses["cooled"][budget]).losses
        for way, colour in (("cooled", ORANGE), ("merged", BLUE)):
            apart = [Best.of({fraction: both}).losses - reference for fraction, both in losses[way][budget].items()]
            means, errors = [it.mean().item() for it in apart], [it.std().item() / len(it) ** 0.5 for it in apart]
            style = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.2, "capsize": 2}
            axes.errorbar(FRACTIONS, means, errors, label=f"{way}, {budget}", **style)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_title("How far back, each at its best peak", loc="left")
    axes.set(xlabel="part of the budget that is decayed, or merged", ylabel="loss above that of the best cooled run")
    axes.set_xscale("log")
    axes.set_xticks(FRACTIONS, [f"{fraction:.0%}" for fraction in FRACTIONS])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=9)


# The command ----------------------------------------------------------------------------------------------------------


def read_options() -> tuple[argparse.Namespace, Plan]:
    parser = argparse.ArgumentParser(description="Checkpoints of a stable run, merged, against the same run cooled down.")
    add = parser.add_argument
    add("--budgets", nargs="+", type=int, default=BUDGETS, metavar="N", help="in updates (default: 400 800 1600)")
    add("--peaks", nargs="+", type=float, default=PEAKS, metavar="RATE", help="to choose from (default: 0.01 0.02 0.04)")
    add("--seeds", type=int, default=SEEDS, metavar="N", help="how many, at least 2 (default: %(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="the first of them (default: %(default)s)")
    add("--out", type=Path, default=Path("out"), metavar="DIR", help="for the picture (default: %(default)s)")
    options = parser.parse_args()
    if any(after <= before for before, after in pairwise(options.budgets)):
        parser.error(f"argument --budgets: must increase, got {' '.join(map(str, options.budgets))}")
    if options.seeds < 2:
        parser.error(f"argument --seeds: must be at least 2, to tell a difference from chance, got {options.seeds}")
    try:
        plan = Plan(tuple(options.budgets))
    except (TypeError, ValueError) as error:
        parser.error(f"no average can stand for this decay: {error}")
    options.out.mkdir(parents=True, exist_ok=True)
    return options, plan


def main() -> int:
    options, plan = read_options()
    one_thread()
    run = Run(options.peaks, range(options.seed, options.seed + options.seeds))
    members, size = len(run.scale), sum(weight[0].numel() for weight in run.weights.values())
    print(f"Text: Python's language reference, {len(texts().train):,} characters of {texts().characters} kinds to train on")
    print(f"Models: {members} of {size:,} weights each: {len(options.peaks)} peaks with {options.seeds} seeds")

    print("\n1. On recorded updates: largest differences of a weight\n")
    confirmed = print_identity()

    print(
        f"\n2. In earnest: mean losses of {options.seeds} seeds on the text to choose by, in nats per character\n",
        flush=True,
    )
    trained = train_all(plan, run)
    losses = measure(plan, run, trained)
    print_choices(plan, run, losses)
    print("\n3. Each way at the peak and setting that it chose, on the text to compare on\n")
    print_comparison(plan, run, losses)
    print()
    print_verdict(plan, losses)
    save_picture(options.out / "merge.png", plan, run, trained, losses)
    print(f"\nLosses: {options.out / 'merge.png'}")
    return 0 if confirmed else 1


if __name__ == "__main__":
    sys.exit(main())
