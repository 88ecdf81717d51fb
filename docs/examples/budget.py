"""Can one run serve several budgets, as the cooldown papers say?

A cosine must know its length in advance, so each budget takes a run of its own. The trunk, which is warmed up and then stays
at its peak, need not know: from a checkpoint of it a short cooldown branches off, and ends at the budget. The claim (Hu et
al. 2024, MiniCPM, https://arxiv.org/abs/2404.06395; Haegele et al. 2024, https://arxiv.org/abs/2405.18392) is that such
branches are as good as cosine runs tuned for each length, for fewer updates in all.

Here a small network learns the text of Python's language reference both ways. A branch needs no support from anyone: its
schedule equals the trunk's up to the cooldown, so it is a checkpoint resumed with another function of the same step.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice, pairwise, product
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import fmean
from time import perf_counter
from typing import Any, TypeAlias

import torch
from language_model import DILATIONS, GatedConvolutions, in_two, loss_on, one_thread
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

import pure_schedules as ps
from pure_schedules.checks import non_negative
from pure_schedules.numeric import lerp, progress, sqrt
from pure_schedules_torch import param_group_setter

WIDTH, CONTEXT, BATCH, EVERY = 48, 64, 8, 50
HELD_OUT = 20  # one part in so many
BUDGETS, PEAKS, SEEDS = (150, 300, 600), (0.01, 0.02, 0.04, 0.08), 3


# The schedules --------------------------------------------------------------------------------------------------------


@ps.schedule(steps=non_negative)
def one_minus_sqrt(step: Any, *, start: float, end: float, steps: float) -> Any:
    """The cooldown of Haegele et al. 2024: steep at first, then ever flatter."""
    return lerp(start, end, sqrt(progress(step, steps)))


@dataclass(frozen=True)
class Plan:
    """All schedules with one peak. Budgets are in updates; the warmup is a quarter of the shortest, for all alike."""

    budgets: tuple[int, ...]
    peak: float

    @property
    def rise(self) -> dict[str, float]:
        return {"peak": self.peak, "warmup_steps": self.budgets[0] // 4}

    def trunk(self) -> ps.Schedule:
        return ps.warmup_constant(**self.rise)

    def fork(self, budget: int) -> int:
        """The step at which a branch leaves the trunk: the last fifth of a budget is the cooldown."""
        return budget - budget // 5

    def branch(self, budget: int) -> ps.Schedule:
        cooldown = budget - self.fork(budget)
        return ps.warmup_stable_decay(**self.rise, decay_steps=cooldown, total_steps=budget, decay=one_minus_sqrt)

    def cosine(self, budget: int) -> ps.Schedule:
        return ps.warmup_cosine(**self.rise, total_steps=budget)


# What is trained, and on what -----------------------------------------------------------------------------------------


@dataclass
class Record:
    """The rate and the seconds of each update of a run, and the held-out loss now and then, as at its end."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    losses: dict[int, float] = field(default_factory=dict)

    @property
    def end(self) -> float:
        return self.losses[len(self.rates)]


class Run:
    """A model, its optimizer, and their record. A copy of it is a checkpoint."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed, self.record = seed, Record()
        self.model = GatedConvolutions(in_two(HELD_OUT)[2], WIDTH)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.0, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def batch(self, step: int) -> Tensor:
        """Windows of the text: a function of the step, as the rate is, so that runs of one seed see the same ones."""
        text, _, _ = in_two(HELD_OUT)
        starts = Random(f"{self.seed}/{step}").choices(range(len(text) - CONTEXT), k=BATCH)
        return torch.stack([text[start : start + CONTEXT + 1] for start in starts])

    def train(self, schedule: ps.Schedule, until: int) -> "Run":
        """Go on from the step that it is at."""
        set_step = param_group_setter(self.optimizer, lr=schedule)
        held_out = in_two(HELD_OUT)[1].unfold(0, CONTEXT + 1, CONTEXT)
        for step in range(len(self.record.rates), until):
            began = perf_counter()
            loss = loss_on(self.batch(step), self.model)
            self.optimizer.zero_grad()
            loss.backward()
            set_step(step)
            self.optimizer.step()
            self.record.seconds.append(perf_counter() - began)
            self.record.rates.append(self.optimizer.param_groups[0]["lr"])  # what was used, not what a schedule says
            if step + 1 == until or (step + 1) % EVERY == 0:
                with torch.no_grad():
                    self.record.losses[step + 1] = loss_on(held_out, self.model).item()
        return self


Runs: TypeAlias = dict[int, list[Record]]  # for each budget, one run for each seed


def both_ways(plan: Plan, seed: int) -> tuple[dict[int, Record], Record, dict[int, Record]]:
    """A cosine run for each budget; one trunk; and for each budget, a branch from a checkpoint of the trunk."""
    cosines = {budget: Run(seed).train(plan.cosine(budget), budget).record for budget in plan.budgets}
    trunk, branches = Run(seed), {}
    for budget in plan.budgets:
        checkpoint = deepcopy(trunk.train(plan.trunk(), plan.fork(budget)))
        branches[budget] = checkpoint.train(plan.branch(budget), budget).record
    return cosines, trunk.record, branches


def by_budget(each: Sequence[dict[int, Record]]) -> Runs:
    return {budget: [runs[budget] for runs in each] for budget in each[0]}


def mean(runs: Sequence[Record]) -> float:
    return fmean(run.end for run in runs)


# What is shown --------------------------------------------------------------------------------------------------------


def print_comparison(plan: Plan, cosines: Runs, branches: Runs) -> None:
    """The losses, and what they say of the claim."""
    print(f"    budget   cosine at peak   branch at peak   difference   {'of each seed':{8 * SEEDS}} spread of cosine")
    worse = []
    for budget in plan.budgets:
        theirs, ours = [run.end for run in cosines[budget]], [run.end for run in branches[budget]]
        by_seed = [our - their for our, their in zip(ours, theirs, strict=True)]
        print(f"    {budget:<6}   {fmean(theirs):.4f} at {max(cosines[budget][0].rates):<4g}", end="   ")
        print(f"{fmean(ours):.4f} at {plan.peak:<4g}   {fmean(by_seed):+.4f}     ", end=" ")
        print(*(f"{difference:+.4f}" for difference in by_seed), f" {max(theirs) - min(theirs):.4f}")
        if min(by_seed) > 0:
            worse.append(f"{budget}, by {fmean(by_seed) / fmean(theirs):.2%}")
    print(f"\nThe claim held here at {len(plan.budgets) - len(worse)} of {len(plan.budgets)} budgets. ", end="")
    print(f"With every seed the branch is worse than the cosine at: {'; '.join(worse) or 'none'}.")


def print_costs(plan: Plan, cosines: Runs, trunks: Sequence[Record], branches: Runs) -> None:
    separate = [run.seconds for runs in cosines.values() for run in runs]
    cooldowns = [run.seconds[plan.fork(budget) :] for budget, runs in branches.items() for run in runs]
    shared = [trunk.seconds for trunk in trunks] + cooldowns
    (before, long), (after, short) = ((sum(map(len, parts)), sum(map(sum, parts))) for parts in (separate, shared))
    print(f"With each seed, separate cosines took {before / SEEDS:,.0f} updates and {long / SEEDS:.1f} seconds;")
    print(f"trunk and branches {after / SEEDS:,.0f} and {short / SEEDS:.1f}: {1 - after / before:.0%} fewer updates.")


def print_facts(plan: Plan, branches: Runs, whole: Record) -> bool:
    """Whether branches are what they are said to be, to the bit. `whole` is like the first, but without interruption."""
    trunk, resumed = plan.trunk(), branches[plan.budgets[0]][0]
    facts = {
        "before its cooldown, the schedule of each branch equals that of the trunk": all(
            plan.branch(budget)(step) == trunk(step) for budget in branches for step in range(plan.fork(budget))
        ),
        "the rates used, on the trunk and then on the branch, are those of the branch's schedule": all(
            run.rates == [plan.branch(budget)(step) for step in range(budget)]
            for budget, runs in branches.items()
            for run in runs
        ),
        f"the branch to {plan.budgets[0]} equals an uninterrupted run of its schedule": (
            resumed.rates == whole.rates and resumed.losses.items() >= whole.losses.items()
        ),
    }
    for sentence, fact in facts.items():
        print(f"    {sentence}: {'yes' if fact else 'NO'}")
    return all(facts.values())


def save_picture(path: Path, plan: Plan, cosines: Runs, trunks: Sequence[Record], branches: Runs) -> None:
    """Above the rates; below the held-out losses, lines for the means over the seeds and a tick for each."""
    figure = Figure(figsize=(8, 7), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 3])

    def draw(runs: Sequence[Record], colour: str, label: str | None, begin: int = 0) -> None:
        above.plot(range(begin, len(runs[0].rates)), runs[0].rates[begin:], color=colour)
        steps = [step for step in runs[0].losses if step >= begin]
        below.plot(steps, [fmean(run.losses[step] for run in runs) for step in steps], color=colour, label=label)
        below.plot([steps[-1]] * len(runs), [run.end for run in runs], "_", color=colour)

    draw(trunks, "black", "trunk: warmup, then constant")
    for budget in plan.budgets:
        first = budget == plan.budgets[0]  # a label is given once
        draw(cosines[budget], "tab:orange", "separate cosine" if first else None)
        draw(branches[budget], "tab:blue", "branch: cooldown from the trunk" if first else None, plan.fork(budget))
    ends = [run.end for way in (cosines, branches) for runs in way.values() for run in runs]
    above.set(ylabel="learning rate", ylim=(0, None))
    below.set(xlabel="update", ylabel="held-out loss, nats per character")
    below.set_ylim(min(ends) - 0.03, 2 * max(ends) - min(ends))
    below.legend(frameon=False, title=f"mean of {SEEDS} seeds; a tick for each")
    for axes in (above, below):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


# The command ----------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description="One run branched to several budgets, against a cosine run for each.")
    add = parser.add_argument
    add("--budgets", nargs="+", type=int, default=BUDGETS, metavar="N", help="in updates (default: 150 300 600)")
    add("--seed", type=int, default=0, metavar="N", help=f"the first of {SEEDS} (default: %(default)s)")
    add("--out", type=Path, default=Path("out"), metavar="DIR", help="for the picture (default: %(default)s)")
    options = parser.parse_args()
    budgets, seeds = tuple(options.budgets), range(options.seed, options.seed + SEEDS)
    if budgets[0] < 10 or any(after <= before for before, after in pairwise(budgets)):
        parser.error(f"argument --budgets: must increase, from at least 10, got {' '.join(map(str, budgets))}")
    options.out.mkdir(parents=True, exist_ok=True)
    one_thread()

    text, held_out, characters = in_two(HELD_OUT)
    print(f"Text: Python's language reference, {len(text):,} characters of {characters} kinds; {len(held_out):,} held out.")
    print(f"Model: {len(DILATIONS)} gated convolutions of width {WIDTH}. Batch: {BATCH} windows of {CONTEXT} characters.")
    print(f"\n1. Held-out loss at each budget, in nats per character, by peak; means of {SEEDS} seeds\n")
    heads = "".join(f"{budget:8}" for budget in budgets)
    print(f"    peak    cosine{heads}    branch{heads}", flush=True)
    plans = [Plan(budgets, peak) for peak in PEAKS]
    cosines, trunks, branches = dict[Plan, Runs](), dict[Plan, Sequence[Record]](), dict[Plan, Runs]()
    with ProcessPoolExecutor(2, get_context("spawn"), one_thread) as pool:
        results = pool.map(both_ways, *zip(*product(plans, seeds), strict=True))
        for plan in plans:
            separate, trunks[plan], branched = zip(*islice(results, SEEDS), strict=True)
            cosines[plan], branches[plan] = by_budget(separate), by_budget(branched)
            rows = ("".join(f"{mean(runs):8.4f}" for runs in way[plan].values()) for way in (cosines, branches))
            print(f"    {plan.peak:<14g}{'          '.join(rows)}", flush=True)

    print("\n2. The best cosine for each budget, and the trunk that is best for all of them\n")
    best = {budget: min((cosines[plan][budget] for plan in plans), key=mean) for budget in budgets}
    plan = min(plans, key=lambda plan: fmean(map(mean, branches[plan].values())))
    print_comparison(plan, best, branches[plan])
    print_costs(plan, best, trunks[plan], branches[plan])

    print("\n3. To the bit\n")
    whole = Run(seeds[0]).train(plan.branch(budgets[0]), budgets[0]).record
    confirmed = print_facts(plan, branches[plan], whole)
    save_picture(options.out / "budget.png", plan, best, trunks[plan], branches[plan])
    print(f"\nRates and losses: {options.out / 'budget.png'}")
    return 0 if confirmed else 1


if __name__ == "__main__":
    sys.exit(main())
