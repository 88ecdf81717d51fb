"""Can a decay be traded for a larger batch: as good a model from the same samples, in fewer updates?

Where the rate would fall by 2, Seesaw (Meterez et al. 2025, https://arxiv.org/abs/2510.14717) has it fall by the root of 2
and doubles the batch. The claim: the loss is that of the decay, and a third of the updates is saved. `grow_batch` makes the
plan of such a run from any decay; other targets for the batch are a late switch and a critical batch size.

    python docs/examples/trade.py                      # compare the plans, for several batches, over seeds
    python docs/examples/trade.py --plan seesaw --batches 4 --until 150       # one plan, saved before update 150
    torchrun --standalone --nproc-per-node 2 docs/examples/trade.py --plan seesaw --batches 4     # on by two processes

A small network learns the text of Python's language reference. Every plan takes the same samples in the same order: the
n-th sample is a function of n and the seed. The batch schedule drives a `DataLoader` through a sampler of a dozen lines.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice, product
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import fmean

import torch
import torch.distributed as dist
from language_model import DILATIONS, GatedConvolutions, in_two, loss_on, one_thread
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, Sampler

import pure_schedules as ps
from pure_schedules import queries
from pure_schedules_torch import param_group_setter

WIDTH, CONTEXT = 48, 64
HELD_OUT = 20  # one part in so many
SAMPLES, BATCHES, SEEDS, PEAKS = 1920, (1, 4, 16), 5, (0.005, 0.01, 0.02, 0.04)
DEFAULT = "warmup_cosine(peak=PEAK, warmup_steps=STEPS // 20, total_steps=STEPS)"


# The plans ------------------------------------------------------------------------------------------------------------


def plans(decay: ps.Schedule, batch: int) -> dict[str, ps.Bundle]:
    """Rate and batch size by the name of the plan. All take the samples that the decay takes with this batch."""
    fixed = ps.grow_batch(decay, batch_size=batch, largest=batch)  # which refuses what is no run
    steps = int(decay.steps)
    late = ps.piecewise_constant(values=[batch, 4 * batch], boundaries=[steps * 3 // 4])
    critical = ps.one_minus_power(start=0.0, end=4 * batch, steps=steps, power=0.5)  # grows as the root of the step
    return {
        "fixed batch": fixed,
        "seesaw": ps.grow_batch(decay, batch_size=batch),
        "seesaw in stairs": ps.grow_batch(stairs(decay), batch_size=batch),
        "late switch": ps.grow_batch(decay, late, batch_size=batch),
        "critical size": ps.grow_batch(decay, critical, batch_size=batch),
        "twice the batch": ps.grow_batch(decay, ps.constant(value=2 * batch), batch_size=batch),
    }


def stairs(decay: ps.Schedule) -> ps.Schedule:
    """The decay from its peak on in stairs, each half as high as the one before: what the paper begins with."""
    steps = int(decay.steps)
    step, height = queries.largest(decay, stop=steps)
    heights, boundaries = [height], [step]
    while (fall := queries.first_at_or_below(decay, value=height / 2, first=boundaries[-1], stop=steps)) is not None:
        height /= 2
        heights.append(height)
        boundaries.append(fall)
    fallen = ps.piecewise_constant(values=heights, boundaries=boundaries[1:])
    return ps.stretch_to(ps.switch([decay, fallen], boundaries=boundaries[:1]), steps=steps, from_steps=steps)


# What is trained, and on what -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Windows(Dataset[tuple[int, Tensor]]):
    """The n-th sample of a run: a window of the text, at a place that n and the seed decide."""

    seed: int

    def __getitem__(self, number: int) -> tuple[int, Tensor]:
        text, _, _ = in_two(HELD_OUT)
        start = Random(f"{self.seed}/{number}").randrange(len(text) - CONTEXT)
        return number, text[start : start + CONTEXT + 1]


@dataclass(frozen=True)
class Batches(Sampler[list[int]]):
    """The samples of each batch from update `first` on: as many as the schedule says, from where the last one ended."""

    size: ps.Schedule
    first: int
    stop: int
    rank: int = 0
    processes: int = 1

    def __iter__(self) -> Iterator[list[int]]:
        taken = ps.consumed_by(self.size)
        for step in range(self.first, self.stop):
            begin = taken.whole(step)
            yield list(range(begin, begin + self.size.whole(step)))[self.rank :: self.processes]

    def __len__(self) -> int:
        return self.stop - self.first


# Training -------------------------------------------------------------------------------------------------------------


@dataclass
class Record:
    """The rate, the loss and the samples of each update of a run, and the held-out loss now and then, as at its end."""

    rates: list[float] = field(default_factory=list)
    train_losses: list[float] = field(default_factory=list)
    samples: list[list[int]] = field(default_factory=list)
    losses: dict[int, float] = field(default_factory=dict)

    @property
    def end(self) -> float:
        return [*self.losses.values()][-1]


class Run:
    """A model, its optimizer, the update it is at, and its record from there on."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed, self.step, self.record = seed, 0, Record()
        self.model = GatedConvolutions(in_two(HELD_OUT)[2], WIDTH)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.0, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def train(self, plan: ps.Bundle, until: int, rank: int = 0, processes: int = 1) -> "Run":
        """Go on from the step that it is at, as one of so many processes."""
        model = DistributedDataParallel(self.model) if processes > 1 else self.model
        set_step = param_group_setter(self.optimizer, lr=plan["lr"])
        loader = DataLoader(Windows(self.seed), batch_sampler=Batches(plan["batch_size"], self.step, until, rank, processes))
        updates = int(plan.steps)
        measured = {updates * part // 10 for part in range(1, 10)} | {until}
        for numbers, windows in loader:
            loss = loss_on(windows, model)
            self.optimizer.zero_grad()
            loss.backward()
            set_step(self.step)
            self.optimizer.step()
            self.step += 1
            self.record.rates.append(self.optimizer.param_groups[0]["lr"])  # what was used, not what a schedule says
            self.record.train_losses.append(loss.item())
            self.record.samples.append(numbers.tolist())
            if self.step in measured:
                self.record.losses[self.step] = self.held_out()
        return self

    def held_out(self) -> float:
        windows = in_two(HELD_OUT)[1].unfold(0, CONTEXT + 1, CONTEXT)
        with torch.no_grad():
            return loss_on(windows, self.model).item()

    def save(self, path: Path, plan: ps.Bundle) -> None:
        """Write all of it or nothing."""
        parts = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        unfinished = path.with_suffix(".unfinished")
        torch.save({**parts, "step": self.step, "plan": repr(plan)}, unfinished)
        os.replace(unfinished, path)

    def load(self, path: Path, plan: ps.Bundle) -> "Run":
        """Go on from a file. Neither schedule nor loader has a state in it: the step says where both are."""
        saved = torch.load(path, weights_only=True)
        if differences := ps.differences(ps.parse(saved["plan"]), plan):
            raise SystemExit(f"{path} was made by another plan, which took other samples: {'; '.join(differences)}")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = saved["step"]
        return self


def trained(name: str, decay: ps.Schedule, batch: int, seed: int) -> Record:
    plan = plans(decay, batch)[name]
    return Run(seed).train(plan, int(plan.steps)).record


@dataclass(frozen=True)
class Comparison:
    """With one first batch: the decay that was best with it, and for each plan, one run for each seed."""

    batch: int
    decay: ps.Schedule
    runs: dict[str, list[Record]]

    def differences(self, name: str) -> list[float]:
        """How much higher the loss of a plan is than that of the fixed batch, with each seed."""
        return [run.end - fixed.end for run, fixed in zip(self.runs[name], self.runs["fixed batch"], strict=True)]

    def fewer(self, name: str) -> float:
        """Which part of the updates a plan saves."""
        return 1 - len(self.runs[name][0].rates) / len(self.runs["fixed batch"][0].rates)

    @property
    def spread(self) -> float:
        """From the best seed of the fixed batch to its worst."""
        ends = [run.end for run in self.runs["fixed batch"]]
        return max(ends) - min(ends)


def mean(runs: Sequence[Record]) -> float:
    return fmean(run.end for run in runs)


# One plan, by any number of processes ---------------------------------------------------------------------------------


def train_one(plan: ps.Bundle, options: argparse.Namespace) -> None:
    """Train by this plan, from the checkpoint if there is one; each process writes what it did to a file of its own."""
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    checkpoint, updates = options.out / "trade.pt", int(plan.steps)
    run = Run(options.seed)
    if checkpoint.exists():
        run.load(checkpoint, plan)
    first, until = run.step, updates if options.until is None else min(options.until, updates)
    run.train(plan, until, rank, processes)
    with open(options.out / f"rank-{rank}.jsonl", "a") as log:
        record = run.record
        for step, rate, loss, samples in zip(
            range(first, until), record.rates, record.train_losses, record.samples, strict=True
        ):
            log.write(json.dumps({"step": step, "rate": rate, "loss": loss, "samples": samples}) + "\n")
    if rank == 0:
        run.save(checkpoint, plan)
        print(f"Updates {first} to {until} of {updates} by {processes} processes; saved: {checkpoint}")
        print(f"Held-out loss {run.held_out():.4f}")


# What is shown --------------------------------------------------------------------------------------------------------


def print_comparisons(comparisons: Sequence[Comparison]) -> None:
    """The losses beside those of the fixed batch, and what they say of the claim."""
    held = []
    for each in comparisons:
        print(f"    batch {each.batch:<11}updates   fewer   loss     difference   of each seed")
        for name, runs in each.runs.items():
            by_seed = each.differences(name)
            print(f"    {name:16} {len(runs[0].rates):7} {each.fewer(name):7.1%}   {mean(runs):.4f}", end="   ")
            print(f"{fmean(by_seed):+.4f}     ", *(f"{difference:+.4f}" for difference in by_seed))
        seesaw = fmean(each.differences("seesaw"))
        if abs(seesaw) <= each.spread:
            held.append(each)
        fixed, saved = mean(each.runs["fixed batch"]), each.fewer("seesaw")
        print(f"    Seesaw saves {saved:.1%} of the updates. Its loss is off by {seesaw:+.4f} ({seesaw / fixed:+.2%});")
        print(f"    the seeds of the fixed batch spread over {each.spread:.4f}.\n")
    print(f"The claim held here with {len(held)} of {len(comparisons)} batches: ", end="")
    print(f"within the spread of the seeds with {', '.join(str(each.batch) for each in held) or 'none'}.")


def print_facts(comparison: Comparison, seed: int, out: Path) -> bool:
    """Whether runs are what their plans say, to the bit."""
    by_name = plans(comparison.decay, comparison.batch)
    plan, whole = by_name["seesaw"], comparison.runs["seesaw"][0]
    half, path = int(plan.steps) // 2, out / "trade-half.pt"
    Run(seed).train(plan, half).save(path, plan)
    resumed = Run(seed).load(path, plan).train(plan, int(plan.steps)).record
    path.unlink()
    each_sample = list(range(comparison.batch * int(comparison.decay.steps)))
    facts = {
        "every run took each sample once, in order": all(
            [*chain.from_iterable(run.samples)] == each_sample for runs in comparison.runs.values() for run in runs
        ),
        "rates and batch sizes are those of the plans": all(
            (run.rates, [*map(len, run.samples)])
            == tuple([by_name[name][key](step) for step in range(len(run.rates))] for key in ("lr", "batch_size"))
            for name, runs in comparison.runs.items()
            for run in runs
        ),
        f"saved before update {half} and resumed, seesaw has the losses of the uninterrupted run": (
            (resumed.train_losses, resumed.samples, resumed.end)
            == (whole.train_losses[half:], whole.samples[half:], whole.end)
        ),
    }
    for sentence, fact in facts.items():
        print(f"    {sentence}: {'yes' if fact else 'NO'}")
    return all(facts.values())


COLOURS = dict(
    zip(
        ("fixed batch", "seesaw", "seesaw in stairs", "late switch", "critical size", "twice the batch"),
        ("black", "tab:blue", "tab:cyan", "tab:orange", "tab:green", "tab:red"),
        strict=True,
    )
)


def save_picture(path: Path, comparisons: Sequence[Comparison]) -> None:
    """With the first batch: rates, sizes and losses; and with each, how far the losses are from the fixed batch's."""
    figure = Figure(figsize=(10, 7), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    (rate, loss), (size, ends) = figure.subplots(2, 2)
    first = comparisons[0]
    for name, runs in first.runs.items():
        line = {"color": COLOURS[name], "linewidth": 1.2, "zorder": 2}
        if name in ("fixed batch", "seesaw"):
            line = {"color": COLOURS[name], "linewidth": 2.2, "zorder": 3}
        updates = len(runs[0].rates)
        rate.plot(runs[0].rates, **line)
        rate.plot(updates, 0, "o", color=COLOURS[name], markersize=5, clip_on=False, zorder=4)
        sizes = [len(numbers) for numbers in runs[0].samples]
        size.step(range(updates + 1), [*sizes, sizes[-1]], where="post", **line)
        size.plot(updates, sizes[-1], "o", color=COLOURS[name], markersize=5, zorder=line["zorder"] + 1)
        losses = {step: fmean(run.losses[step] for run in runs) for step in runs[0].losses}
        loss.plot([*losses], [*losses.values()], label=f"{name}: {updates:,}", **line)
        loss.plot(updates, losses[updates], "o", color=COLOURS[name], markersize=5, zorder=line["zorder"] + 1)
    batches = [each.batch for each in comparisons]
    fixed = [mean(each.runs["fixed batch"]) for each in comparisons]
    spreads = [
        [100 * (run.end / level - 1) for run in each.runs["fixed batch"]]
        for each, level in zip(comparisons, fixed, strict=True)
    ]
    ends.fill_between(batches, [*map(min, spreads)], [*map(max, spreads)], color="black", alpha=0.1, linewidth=0)
    ends.axhline(0, color=COLOURS["fixed batch"], linewidth=2.2)
    for name in [name for name in COLOURS if name != "fixed batch"]:
        parts = [
            [100 * part / level for part in each.differences(name)] for each, level in zip(comparisons, fixed, strict=True)
        ]
        ends.plot(
            batches,
            [*map(fmean, parts)],
            "o-",
            color=COLOURS[name],
            linewidth=2.2 if name == "seesaw" else 1.2,
            markersize=5,
        )
        if name == "seesaw":
            for batch, values in zip(batches, parts, strict=True):
                ends.plot([batch] * len(values), values, "_", color=COLOURS[name], markersize=14)
    rate.set(title=f"first batch {first.batch}: learning rate", xlabel="update", ylim=(0, None))
    size.set(title=f"first batch {first.batch}: samples in a batch", xlabel="update")
    lowest = min(min(run.losses.values()) for runs in first.runs.values() for run in runs)
    loss.set(
        title=f"first batch {first.batch}: held-out loss, means of {len(first.runs['fixed batch'])} seeds", xlabel="update"
    )
    loss.set(xlim=(0, None), ylim=(lowest - 0.02, lowest + 0.5))
    samples = first.batch * int(first.decay.steps)
    size.legend(*loss.get_legend_handles_labels(), loc="upper left", frameon=False, title=f"updates for {samples:,} samples")
    ends.set(title="loss above the fixed batch's, %; in grey: its seeds", xlabel="first batch")
    size.set_yscale("log", base=2)
    size.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ends.set_xscale("log", base=2)
    ends.set_xticks(batches, map(str, batches))
    for axes in (rate, loss, size, ends):
        axes.title.set(fontsize=11, horizontalalignment="left", x=0)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


# The command ----------------------------------------------------------------------------------------------------------


def number(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)


def read_options() -> tuple[argparse.Namespace, list[list[ps.Schedule]]]:
    """What was asked for; and for each first batch, the decays to choose from."""
    parser = argparse.ArgumentParser(
        description="Trade a decay for a larger batch, and compare the losses.", epilog=f"The usual decay: {DEFAULT}"
    )
    add = parser.add_argument
    add("--decay", default=DEFAULT, metavar="TEXT", help="another decay, of STEPS updates, with PEAK or a peak of its own")
    add("--samples", default=SAMPLES, type=int, metavar="N", help="in each run (default: %(default)s)")
    add(
        "--batches",
        default=BATCHES,
        nargs="+",
        type=number,
        metavar="N",
        help="samples in the first batch (default: 1 4 16)",
    )
    add(
        "--peaks",
        default=PEAKS,
        nargs="+",
        type=float,
        metavar="RATE",
        help="for a batch of 1 (default: 0.005 0.01 0.02 0.04)",
    )
    add("--seed", default=0, type=int, metavar="N", help="the first one (default: %(default)s)")
    add("--seeds", default=SEEDS, type=int, metavar="N", help="how many (default: %(default)s)")
    add("--plan", choices=list(COLOURS), metavar="NAME", help=f"train one plan alone: {', '.join(COLOURS)}")
    add("--until", type=int, metavar="N", help="with --plan: save before this update, and stop")
    add("--out", type=Path, default=Path("out"), metavar="DIR", help="for picture and checkpoint (default: %(default)s)")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error(f"argument --seeds: there must be at least one, got {options.seeds}")
    decays = []
    for batch in options.batches:
        try:
            steps = int(options.samples // batch) if batch > 0 else options.samples
            # Where the batch is larger, so is the rate that suits it.
            names = [{"STEPS": steps, "PEAK": peak * max(batch, 1) ** 0.5} for peak in options.peaks]
            decays.append(list(dict.fromkeys(ps.parse(options.decay, each) for each in names)))
            for decay in decays[-1]:
                plans(decay, batch)
        except (ValueError, TypeError) as error:
            parser.error(str(error))
        if options.samples % batch:
            parser.error(f"argument --samples: must be a multiple of each batch, got {options.samples} and {batch}")
        if batch % (processes := int(os.environ.get("WORLD_SIZE", "1"))):
            parser.error(f"argument --batches: must be multiples of the {processes} processes, got {batch}")
    if dist.is_torchelastic_launched() and options.plan is None:
        parser.error("argument --plan: several processes train one plan; write --plan seesaw")
    options.out.mkdir(parents=True, exist_ok=True)
    return options, decays


def main() -> int:
    options, decays = read_options()
    one_thread()
    if options.plan is not None:
        if dist.is_torchelastic_launched():
            dist.init_process_group("gloo")
        train_one(plans(decays[0][len(decays[0]) // 2], options.batches[0])[options.plan], options)
        if dist.is_initialized():
            dist.destroy_process_group()
        return 0

    text, held_out, characters = in_two(HELD_OUT)
    seeds = range(options.seed, options.seed + options.seeds)
    print(f"Text: Python's language reference, {len(text):,} characters of {characters} kinds; {len(held_out):,} held out.")
    print(f"Model: {len(DILATIONS)} gated convolutions of width {WIDTH}. A sample: a window of {CONTEXT} characters.")
    print(f"Each run takes {options.samples:,} samples. Losses are held-out ones, in nats per character.")
    print(f"\n1. With the fixed batch, by peak; means of {options.seeds} seeds\n", flush=True)
    comparisons = []
    with ProcessPoolExecutor(2, get_context("spawn"), one_thread) as pool:
        for batch, choices in zip(options.batches, decays, strict=True):
            jobs = [("fixed batch", decay, batch, seed) for decay, seed in product(choices, seeds)]
            found = pool.map(trained, *zip(*jobs, strict=True))
            by_decay = {decay: [*islice(found, options.seeds)] for decay in choices}
            peaks = "   ".join(
                f"{mean(runs):.4f} at {queries.largest(decay).value:<7.4g}" for decay, runs in by_decay.items()
            )
            print(f"    batch {batch:<4} {peaks}", flush=True)
            best = min(by_decay, key=lambda decay: mean(by_decay[decay]))
            others = [name for name in COLOURS if name != "fixed batch"]
            jobs = [(name, best, batch, seed) for name, seed in product(others, seeds)]
            found = pool.map(trained, *zip(*jobs, strict=True))
            runs = {"fixed batch": by_decay[best], **{name: [*islice(found, options.seeds)] for name in others}}
            comparisons.append(Comparison(batch, best, runs))

    print("\n2. The plans, each at the peak that is best for the fixed batch\n")
    print_comparisons(comparisons)
    print("\n3. To the bit\n")
    confirmed = print_facts(comparisons[0], seeds[0], options.out)
    save_picture(options.out / "trade.png", comparisons)
    print(f"\nRates, batches and losses: {options.out / 'trade.png'}")
    return 0 if confirmed else 1


if __name__ == "__main__":
    sys.exit(main())
