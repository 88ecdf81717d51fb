"""How do I train many models at once, each under its own schedule?

The answer is `train_together`. A schedule is a pure function of the step and of a tree of hyperparameters; so a tree with
a column of 64 values at each leaf gives the rates of 64 models in one call. `update` is one update of one model, and
`torch.func.vmap` makes of it one of them all.

Here 64 small networks learn scikit-learn's digits. They begin with the same weights, see the same batches, and differ in
their schedules alone. Then the same 64 are trained one after the other, as always in torch: to see how long that takes, and
whether each ends where it ended in the population. All of it takes half a minute on one core.
"""

import argparse
import math
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import torch
import torch.nn.functional as F
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from tqdm import tqdm

import pure_schedules as ps
from pure_schedules_torch import param_group_setter

PIXELS, WIDTH, DIGITS = 64, 32, 10
MEMBERS, STEPS, BATCH, MOMENTUM = 64, 600, 32, 0.9
SAME_RATE, SAME_WEIGHT = 1e-12, 1e-4  # how far apart two numbers may be that are called the same
NUDGE = 1e-14  # some ten times what rounding does to a number

Tree = dict[str, Tensor]
Trained = tuple[Tree, Tensor]  # weights after the last update, and the rates of each, with a column for each member


# What is trained, and on what -----------------------------------------------------------------------------------------


def network() -> nn.Module:
    return nn.Sequential(
        *(nn.Linear(PIXELS, WIDTH), nn.LayerNorm(WIDTH), nn.ReLU()),
        *(nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH), nn.ReLU()),
        nn.Linear(WIDTH, DIGITS),
    )


@dataclass(frozen=True)
class Task:
    """What all members have in common. Images and labels come in pairs."""

    untrained: nn.Module
    batches: list[tuple[Tensor, Tensor]]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


def new_task(steps: int) -> Task:
    """300 images to choose the best member by, 300 to test it on, and batches of the others."""
    images, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    order = torch.randperm(len(labels))
    validation, test, train = ((images[part] / 16, labels[part]) for part in order.split([300, 300, len(order) - 600]))
    drawn = torch.randint(len(train[1]), (steps, BATCH))
    # In double precision, so that what is the same can be told from what is nearly so.
    return Task(network().double(), [(train[0][batch], train[1][batch]) for batch in drawn], validation, test)


def draw(members: int, steps: int) -> Tree:
    """Hyperparameters of so many members: a tree like the schedule's own, with a column at each leaf."""
    peak, warmup, decay = torch.rand(3, members, dtype=torch.float64)
    longest = steps // 2
    return {
        "peak": 10 ** (3 * peak - 3),
        "warmup_steps": (warmup * (longest + 1)).long(),
        "decay_steps": (decay * (longest + 1)).long(),
    }


# Together -------------------------------------------------------------------------------------------------------------

with torch.device("meta"):
    SKELETON = network()  # without weights of its own: `functional_call` brings them


def scores(weights: Tree, images: Tensor) -> Tensor:
    return functional_call(SKELETON, weights, (images,))


def loss(weights: Tree, images: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores(weights, images), labels)


def update(weights: Tree, velocity: Tree, rate: Tensor, images: Tensor, labels: Tensor) -> tuple[Tree, Tree]:
    """One update of one member: what `torch.optim.SGD` does."""
    gradient = grad(loss)(weights, images, labels)
    velocity = {name: MOMENTUM * velocity[name] + gradient[name] for name in weights}
    return {name: weights[name] - rate * velocity[name] for name in weights}, velocity


@torch.no_grad()  # `grad` works all the same; what is not wanted is the history of the whole training
def train_together(task: Task, schedule: ps.Schedule, settings: Tree, nudge: float = 0.0) -> Trained:
    """All members, from the first update to the last."""
    weights, _ = stack_module_state([task.untrained] * len(settings["peak"]))
    weights = {name: weight * (1 + nudge) for name, weight in weights.items()}
    velocity = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    update_all = vmap(update, in_dims=(0, 0, 0, None, None))
    rates = []
    for step, batch in enumerate(tqdm(task.batches, desc="together", unit=" updates", disable=None)):
        rates.append(schedule(step, settings))
        weights, velocity = update_all(weights, velocity, rates[-1], *batch)
    return weights, torch.stack(rates)


# One after the other --------------------------------------------------------------------------------------------------


def train_alone(task: Task, schedule: ps.Schedule) -> tuple[nn.Module, list[float]]:
    """One member, as always in torch."""
    model, rates = deepcopy(task.untrained), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=MOMENTUM)
    set_step = param_group_setter(optimizer, lr=schedule)
    for step, (images, labels) in enumerate(task.batches):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        set_step(step)
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    return model, rates


def train_one_by_one(task: Task, schedules: list[ps.Schedule]) -> Trained:
    """What `train_together` gives, by training each member alone."""
    runs = [train_alone(task, schedule) for schedule in tqdm(schedules, desc="one by one", unit=" members", disable=None)]
    weights, _ = stack_module_state([model for model, _ in runs])
    weights = {name: weight.detach() for name, weight in weights.items()}
    return weights, torch.tensor([rates for _, rates in runs], dtype=torch.float64).T


# What is shown --------------------------------------------------------------------------------------------------------


def timed(train: Callable[..., Trained], *arguments: object) -> tuple[Trained, float, float]:
    """What `train` returns, its wall time, and its processor time, which hardly depends on what else the machine does."""
    wall, processor = perf_counter(), process_time()
    return train(*arguments), perf_counter() - wall, process_time() - processor


def same(found: Tree, expected: Tree) -> Tensor:
    """Which members have the same weights in both."""
    apart = [(found[name] - expected[name]).abs().flatten(1).amax(1) for name in expected]
    return torch.stack(apart).amax(0) <= SAME_WEIGHT


def save_picture(path: Path, settings: Tree, rates: Tensor, losses: Tensor) -> None:
    """What each member had and came to; and the rates of five, from the best to the worst."""
    figure = Figure(figsize=(11, 4.5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    ranking = losses.argsort().tolist()
    peak, warmup, best = settings["peak"], settings["warmup_steps"], ranking[0]
    ticks = [losses[best].item() * times for times in (1, 1.5, 2, 3)]
    points = left.scatter(peak, warmup, c=losses, norm=LogNorm(ticks[0], ticks[-1]))
    left.scatter(peak[best], warmup[best], s=160, facecolors="none", edgecolors="black")
    left.set(title=f"All {len(ranking)} members; the best has a ring", xlabel="peak", ylabel="warmup steps", xscale="log")
    bar = figure.colorbar(points, ax=left, label="validation loss, nats", ticks=ticks, format="%.3f", extend="max")
    bar.minorticks_off()
    for rank in sorted({(len(ranking) - 1) * quarter // 4 for quarter in range(5)}):
        final = losses[ranking[rank]].item()
        right.plot(rates[:, ranking[rank]], color=points.to_rgba(final), label=f"{rank + 1}: loss {final:.3f}")
    right.set(title="The schedules of some", xlabel="update", ylabel="learning rate", yscale="log", ylim=(1e-4, 1.1))
    right.legend(title="rank", loc="lower center")
    for axes, axis in ((left, left.xaxis), (right, right.yaxis)):
        axes.set_facecolor("0.92")  # all colours can be told from it
        axis.set_major_formatter("{x:g}")
    figure.savefig(path)


# The command ----------------------------------------------------------------------------------------------------------


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train many small networks at once, each under its own schedule.")
    add = parser.add_argument
    add("--members", default=MEMBERS, type=int, metavar="N", help="how many, at least 2 (default: %(default)s)")
    add("--steps", default=STEPS, type=int, metavar="N", help="updates of each, at least 2 (default: %(default)s)")
    add("--seed", default=0, type=int, metavar="N", help="of all that is drawn (default: %(default)s)")
    add("--out", default=Path("out"), type=Path, metavar="DIR", help="for the picture (default: %(default)s)")
    options = parser.parse_args()
    if options.members < 2 or options.steps < 2 or options.seed < 0:
        parser.error("--members and --steps must be at least 2, and --seed not negative")
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def main() -> int:
    options = read_options()
    torch.set_num_threads(1)  # one core for both ways: what is compared is not how well each uses several
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(options.seed)
    task, settings = new_task(options.steps), draw(options.members, options.steps)
    schedule = ps.warmup_stable_decay(peak=0.1, warmup_steps=0, decay_steps=0, total_steps=options.steps)
    columns = {name: column.tolist() for name, column in settings.items()}
    schedules = [schedule.replace(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]

    (together, rates), wall, processor = timed(train_together, task, schedule, settings)
    print(f"1. {options.members} members trained together, {options.steps} updates each")
    print(f"   wall time {wall:.2f} s, processor time {processor:.2f} s")

    (alone, rates_alone), wall_alone, processor_alone = timed(train_one_by_one, task, schedules)
    print("2. The same members, one after the other")
    print(f"   wall time {wall_alone:.2f} s, processor time {processor_alone:.2f} s")
    print(f"   that is {wall_alone / wall:.1f} and {processor_alone / processor:.1f} times as long")
    same_rates = torch.allclose(rates, rates_alone, rtol=SAME_RATE, atol=0)
    print(f"   all rates are the same, to {SAME_RATE:g} of each: {'yes' if same_rates else 'NO'}")
    equal = same(alone, together)
    print(f"   the weights are the same, to {SAME_WEIGHT:g}: in {equal.sum()} of {options.members} members")

    nudged, _ = train_together(task, schedule, settings, nudge=NUDGE)
    steady = same(nudged, together)
    print(f"3. Together again, from weights that are larger by {NUDGE:g} of each")
    print(f"   the weights are the same, to {SAME_WEIGHT:g}: in {steady.sum()} of {options.members} members")
    explained = bool((equal | ~steady).all())
    print(f"   a member that differs in 2, by rounding, differs in 3 too: {'yes' if explained else 'NO'}")
    if not steady.all():
        print(f"   the lowest peak of those that differ: {settings['peak'][~steady].min():.3g}")

    losses = vmap(loss, in_dims=(0, None, None))(together, *task.validation).nan_to_num(nan=math.inf)
    right = vmap(scores, in_dims=(0, None))(together, task.test[0]).argmax(-1) == task.test[1]
    ranking = losses.argsort().tolist()
    print("\nMember  Validation loss  Test accuracy    Peak  Warmup  Decay")
    for name, member in (("best", ranking[0]), ("median", ranking[len(ranking) // 2]), ("worst", ranking[-1])):
        peak, warmup, decay = (column[member] for column in columns.values())
        print(f"{name:6}  {losses[member]:15.3f}  {right[member].double().mean():13.1%}  {peak:6.4f}  {warmup:6}  {decay:5}")
    print(f"\nThe best: {schedules[ranking[0]]!r}")

    save_picture(options.out / "population.png", settings, rates, losses)
    print(f"All members, and the rates of some: {options.out / 'population.png'}")
    return 0 if same_rates and explained else 1


if __name__ == "__main__":
    sys.exit(main())
