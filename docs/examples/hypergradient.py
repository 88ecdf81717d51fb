"""Can a schedule be learnt by gradient descent?

A schedule is a pure function of its hyperparameters too. So the validation loss after a training run is one as well, and
has a gradient with respect to them: `Task.validation_loss` is the run, unrolled, and `descent` follows its gradient. Learnt
are the peak, the length of the warmup and the shape of the decay, for a small classifier of scikit-learn's digits. A grid
search has the same budget, the same coordinates, and its middle at the same start. Of either, the trial with the lowest
validation loss is taken; and in the end both train new runs, whose first weights and batches took no part in the searches.

With three hyperparameters neither wins clearly: see docs/hypergradient.md for what was found.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import process_time

import torch
import torch.nn.functional as F
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.func import functional_call, grad, grad_and_value, stack_module_state, vmap
from tqdm import tqdm

import pure_schedules as ps
from pure_schedules.numeric import Value
from pure_schedules_torch import param_group_setter

Tree = dict[str, Tensor]

WIDTH, BATCH, MOMENTUM = 32, 100, 0.9
RUNS, NEW_RUNS = 4, 32  # trained side by side in the searches, which minimize their mean loss, and in the comparison
RATE = 0.2  # at which Adam begins to follow the gradient
PRICE = 2.5  # of a gradient, in runs: fixed, so that no clock decides how large the grid is; what is measured is printed
# The coordinates of the searches: with any real numbers there, the schedule is one. The grid reaches so far to both sides
# of the start: by a factor of 10 in the peak, of e**2 in the odds of the warmup, of 4 in the power. The start's warmup is no
# whole number of steps: there an update would lie on the tip of the schedule, and the loss would have a kink.
START = {"log_peak": math.log(0.1), "logit_warmup": -1.0, "log_power": 0.0}
REACH = {"log_peak": math.log(10), "logit_warmup": 2.0, "log_power": math.log(4)}


# A training run as a function of hyperparameters ----------------------------------------------------------------------


@ps.recipe
def warmup_polynomial(*, peak: Value, warmup_steps: Value, total_steps: Value, power: Value) -> ps.Schedule:
    """A straight rise to `peak` over the warmup, then a power of what remains, down to 0 at `total_steps`."""
    rise = ps.linear(start=0.0, end=peak, steps=warmup_steps)
    return ps.join([rise, ps.polynomial(start=peak, end=0.0, steps=total_steps - warmup_steps, power=power)])


class Task:
    """Training runs side by side: each has its own first weights and batches, all have the same rates."""

    def __init__(self, runs: int, steps: int, seed: int, split: int) -> None:
        images, labels = map(torch.from_numpy, load_digits(return_X_y=True))
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(split))
        train, validation, test = ((images[which] / 16, labels[which]) for which in order.split([1000, 400, 397]))
        self.train, self.validation, self.test = train, validation, test
        torch.manual_seed(seed)
        models = [nn.Sequential(nn.Linear(64, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 10)).double() for _ in range(runs)]
        self.model = models[0]
        self.weights = {name: weight.detach() for name, weight in stack_module_state(models)[0].items()}
        self.batches = torch.stack([torch.randperm(1000)[:BATCH] for _ in range(runs * steps)]).view(runs, steps, BATCH)
        self.steps = steps
        self.schedule = warmup_polynomial(peak=0.1, warmup_steps=0, total_steps=steps, power=1.0)

    def hyperparameters(self, point: Tree) -> Tree:
        """What a point of the searches stands for: a part of the tree of the schedule."""
        warmup_steps = self.steps * point["logit_warmup"].sigmoid()
        return {"peak": point["log_peak"].exp(), "warmup_steps": warmup_steps, "power": point["log_power"].exp()}

    def rates(self, point: Tree) -> Tensor:
        """The rates of all updates at once: that of update `k` is what the schedule is at `k`."""
        return self.schedule(torch.arange(self.steps), self.hyperparameters(point))

    def loss(self, weights: Tree, images: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(self.model, weights, (images,)), labels)

    def accuracy(self, weights: Tree, images: Tensor, labels: Tensor) -> Tensor:
        return (functional_call(self.model, weights, (images,)).argmax(-1) == labels).double().mean()

    def run(self, rates: Tensor, weights: Tree, batches: Tensor) -> Tree:
        """One run of SGD with momentum, and nothing in it is changed in place: the weights at its end."""
        images, labels = self.train
        momentum = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        for rate, batch in zip(rates.unbind(), batches.unbind(), strict=True):
            slope = grad(self.loss)(weights, images[batch], labels[batch])
            momentum = {name: MOMENTUM * momentum[name] + slope[name] for name in weights}
            weights = {name: weights[name] - rate * momentum[name] for name in weights}
        return weights

    def trained(self, point: Tree) -> Tree:
        return vmap(self.run, in_dims=(None, 0, 0))(self.rates(point), self.weights, self.batches)

    def validation_loss(self, point: Tree) -> Tensor:
        """What is minimized."""
        return vmap(self.loss, in_dims=(0, None, None))(self.trained(point), *self.validation).mean()

    def results(self, point: Tree) -> Tensor:
        """A row for each run: validation loss, test loss, test accuracy."""
        weights = self.trained(point)
        measured = ((self.loss, self.validation), (self.loss, self.test), (self.accuracy, self.test))
        return torch.stack([vmap(of, in_dims=(0, None, None))(weights, *data) for of, data in measured], dim=1)


# The searches ---------------------------------------------------------------------------------------------------------


def tensors(point: dict[str, float]) -> Tree:
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in point.items()}


def descent(task: Task, outer: int) -> Iterator[tuple[Tree, Tensor]]:
    """Follow the gradient through the whole run, from the start."""
    point = tensors(START)
    optimizer = torch.optim.Adam(point.values(), lr=0.0)
    set_step = param_group_setter(optimizer, lr=ps.cosine(start=RATE, steps=outer))
    for step in range(outer):
        slope, loss = grad_and_value(task.validation_loss)(point)
        yield {name: value.clone() for name, value in point.items()}, loss
        for name, value in point.items():
            value.grad = slope[name]
        set_step(step)
        optimizer.step()


def grid(task: Task, sides: list[int]) -> Iterator[tuple[Tree, Tensor]]:
    """Try each point of a grid around the start."""
    for places in product(*(torch.linspace(-1, 1, side).tolist() for side in sides)):
        point = tensors({name: START[name] + place * REACH[name] for name, place in zip(START, places, strict=True)})
        yield point, task.validation_loss(point)


def grid_sides(budget: int) -> list[int]:
    """The sides of a grid of at most so many points: as equal as they can be, the first ones longer."""
    sides = [1] * len(START)
    while free := [axis for axis, side in enumerate(sides) if math.prod(sides) // side * (side + 1) <= budget]:
        sides[min(free, key=sides.__getitem__)] += 1
    return sides


@dataclass(frozen=True)
class Search:
    """What was tried, in its order, what the validation loss was, and how many seconds of a core a trial took."""

    points: list[Tree]
    losses: Tensor
    seconds: float

    @property
    def best(self) -> Tree:
        return self.points[int(self.losses.argmin())]


def searched(trials: Iterable[tuple[Tree, Tensor]], label: str, count: int) -> Search:
    began = process_time()
    points, losses = zip(*tqdm(trials, f"{label:8}", count, disable=None), strict=True)
    found = torch.stack(losses).nan_to_num(math.inf)  # a run that diverged is not the lowest
    return Search(list(points), found, (process_time() - began) / count)


# What is shown --------------------------------------------------------------------------------------------------------


def checked_gradient(task: Task, by: float = 1e-5) -> bool:
    """Compare the gradient at the start with central differences, for which nothing is differentiated."""
    print("Gradient of the validation loss at the start, and central differences")
    gradient = grad(task.validation_loss)(tensors(START))
    errors = []
    for name, slope in gradient.items():
        above, below = (task.validation_loss(tensors({**START, name: START[name] + shift})) for shift in (by, -by))
        difference = (above - below) / (2 * by)
        errors.append(abs(difference / slope - 1).item())
        print(f"   {name:12} {slope:14.10f} {difference:14.10f}")
    print(f"   the largest relative difference is {max(errors):.0e}\n")
    return max(errors) < 1e-4


def save_picture(path: Path, task: Task, learnt: Search, tried: Search) -> None:
    """The schedules, also those on the way; and the lowest validation loss that each search had found by when."""
    figure = Figure(figsize=(10, 4.5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for number, point in enumerate(learnt.points):
        left.plot(task.rates(point), color="tab:blue", linewidth=0.7, alpha=0.1 + 0.4 * number / len(learnt.points))
    left.plot(task.rates(tensors(START)), color="black", linestyle="--", linewidth=2, label="start")
    left.plot(task.rates(tried.best), color="tab:orange", linewidth=2, label="best of the grid")
    left.plot(task.rates(learnt.best), color="tab:blue", linewidth=2, label="learnt (thin: on the way)")
    left.set(xlabel="update", ylabel="learning rate", ylim=(0, None), title="The schedules")

    # A grid has no order of its own, and how soon it comes upon its best depends on the order: so in a thousand of them.
    orders = torch.rand(1000, len(tried.losses), generator=torch.Generator().manual_seed(0)).argsort(dim=1)
    low, median, high = tried.losses[orders].cummin(dim=1).values.quantile(torch.tensor([0.1, 0.5, 0.9]).double(), dim=0)
    runs, spent = range(1, len(median) + 1), PRICE * torch.arange(1, len(learnt.losses) + 1)
    right.fill_between(runs, low, high, color="tab:orange", alpha=0.25, linewidth=0, label="grid, in 8 of 10 orders")
    right.plot(runs, median, color="tab:orange", linewidth=2, label="grid, in the median order")
    right.plot(spent, learnt.losses, ".", color="tab:blue", alpha=0.5, label="gradient, each trial")
    right.plot(spent, learnt.losses.cummin(dim=0).values, color="tab:blue", linewidth=2, label="gradient, the best so far")
    right.set(xlabel=f"budget in runs (a gradient: {PRICE})", ylabel="validation loss", title="What was found by when")
    right.set_ylim(0.95 * min(learnt.losses.min(), tried.losses.min()).item(), 1.1 * learnt.losses[0].item())
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Learn a schedule by gradient descent; compare it with a grid search.")
    parser.add_argument("--outer", default=40, type=int, metavar="N", help="gradients to follow (default: %(default)s)")
    parser.add_argument("--steps", default=80, type=int, metavar="N", help="updates of a run (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int, metavar="N", help="of all that is random (default: %(default)s)")
    parser.add_argument("--out", default=Path("out"), type=Path, metavar="DIR", help="for the picture (default: out)")
    options = parser.parse_args()
    if min(options.outer, options.steps) < 3 or options.seed < 0:
        parser.error("--outer and --steps must be at least 3, --seed at least 0")
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # so small a model gains nothing from more
    torch.use_deterministic_algorithms(True)
    task = Task(RUNS, options.steps, seed=2 * options.seed, split=options.seed)
    sides = grid_sides(int(PRICE * options.outer))
    size = math.prod(sides)

    print(f"Digits: 1000 to train on, 400 for validation, 397 for testing. Model: 64-{WIDTH}-10, {options.steps} updates.")
    print(f"Budget: {options.outer} gradients, counted as {PRICE} runs each; and a grid of {sides}, {size} runs.\n")
    agrees = checked_gradient(task)
    learnt = searched(descent(task, options.outer), "gradient", options.outer)
    tried = searched(grid(task, sides), "grid", size)
    ratio = learnt.seconds / tried.seconds
    print(f"A gradient took {learnt.seconds:.2f} s of a core and a run {tried.seconds:.2f} s: {ratio:.1f} runs.\n")

    new = Task(NEW_RUNS, options.steps, seed=2 * options.seed + 1, split=options.seed)
    print(f"                                {f'the {RUNS} runs of the searches':28}{NEW_RUNS} new runs")
    print(f"          peak  warmup  power{2 * '   valid.    test  correct'}")
    points = {"start": tensors(START), "grid": tried.best, "learnt": learnt.best}
    results = {name: (task.results(point), new.results(point)) for name, point in points.items()}
    for name, point in points.items():
        peak, warmup, power = task.hyperparameters(point).values()
        means = [of_runs.mean(dim=0).tolist() for of_runs in results[name]]
        row = "".join(f"{valid:9.4f}{test:8.4f}{right:9.1%}" for valid, test, right in means)
        print(f"   {name:6}{peak:6.3f}{warmup:8.1f}{power:7.2f}{row}")

    lower = "gradient" if learnt.losses.min() < tried.losses.min() else "grid"
    better = int((results["learnt"][1][:, 1] < results["grid"][1][:, 1]).sum())
    print(f"Lower validation loss: {lower}. Lower test loss: gradient in {better} of {NEW_RUNS} new runs.")

    picture = options.out / "hypergradient.png"
    save_picture(picture, task, learnt, tried)
    print(f"Picture: {picture}")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
