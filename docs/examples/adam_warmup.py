"""How do I train with Adam and warmup in PyTorch?

The answer is `new_run`, an optimizer without a rate of its own, and the loop of `train`, which sets the rate of each update
from its step. Here a small Transformer learns the text of Python's language reference, byte by byte, in about a minute on
one core. Four runs, all with the same batches, show that nothing more is needed:

1. `train` saves a checkpoint half way: the model, the optimizer, and the step.
2. `resume` builds all anew, goes on from that file, and ends at the same numbers, to the bit.
3. `train_with_lambda_lr` does the same by way of a torch scheduler, and ends there too.
4. A constant rate, the mean of the schedule, is what the schedule is compared with.
"""

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pydoc_data.topics import topics
from random import Random
from textwrap import fill

import plotille
import torch
import torch.nn.functional as F
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor, nn
from tqdm import tqdm

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

BYTES, WIDTH, HEADS, BLOCKS, CONTEXT = 256, 64, 4, 2, 64
BATCH, STEPS, WARMUP = 16, 1000, 200


# What is trained, and on what -----------------------------------------------------------------------------------------


class ByteTransformer(nn.Module):
    """Predicts each next byte. Its norms come after the sums, as in the paper: the kind of model that warmup is for."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(BYTES, WIDTH)
        self.places = nn.Parameter(torch.randn(CONTEXT, WIDTH))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True) for _ in range(BLOCKS)
        )
        self.head = nn.Linear(WIDTH, BYTES)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(CONTEXT), persistent=False)

    def forward(self, text: Tensor) -> Tensor:
        hidden = self.embedding(text) + self.places
        for block in self.blocks:
            hidden = block(hidden, src_mask=self.mask, is_causal=True)
        return self.head(hidden)


def language_reference() -> tuple[Tensor, Tensor]:
    """The text that comes with Python, as bytes: nine tenths to train on, and the last tenth, held out."""
    # Topics share paragraphs. Each is taken once, so that what is held out was not trained on.
    paragraphs = dict.fromkeys(paragraph for name in sorted(topics) for paragraph in topics[name].split("\n\n"))
    text = torch.frombuffer(bytearray("\n\n".join(paragraphs), "utf-8"), dtype=torch.uint8).long()
    cut = len(text) * 9 // 10
    return text[:cut], text[cut:]


@dataclass(frozen=True)
class Task:
    """What all runs have in common."""

    text: Tensor
    steps: int
    seed: int
    checkpoint: Path

    def batch(self, step: int) -> Tensor:
        """Windows of the text: a function of the step, as the rate is, so that a resumed run sees the same ones."""
        starts = Random(f"{self.seed}/{step}").choices(range(len(self.text) - CONTEXT), k=BATCH)
        return torch.stack([self.text[start : start + CONTEXT + 1] for start in starts])


def loss_on(windows: Tensor, model: nn.Module) -> Tensor:
    """Mean over all bytes of the windows but the first of each, in nats per byte."""
    return F.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())


def unigram_loss(text: Tensor, held_out: Tensor) -> float:
    """What is reached on held-out text by knowing how frequent each byte is, and nothing else."""
    counts = torch.bincount(text, minlength=BYTES).double() + 1  # no byte is impossible
    return -(counts / counts.sum()).log()[held_out].mean().item()


# Adam and warmup ------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """A model, its optimizer, and what they went through: the loss and the rate of each update."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def update(self, windows: Tensor) -> None:
        """One update, as always in torch. Nothing in it knows of schedules."""
        loss = loss_on(windows, self.model)
        self.optimizer.zero_grad()
        loss.backward()
        self.rates.append(self.optimizer.param_groups[0]["lr"])  # what Adam is about to use, not what a schedule says
        self.optimizer.step()
        self.losses.append(loss.item())


def new_run(seed: int) -> Run:
    torch.manual_seed(seed)
    model = ByteTransformer()
    # The schedule gives the rate, so the optimizer has none of its own. The betas and eps are the paper's.
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)
    return Run(model, optimizer)


def train(task: Task, schedule: ps.Schedule) -> Run:
    """From the first update to the last, with a checkpoint half way."""
    run = new_run(task.seed)
    set_step = param_group_setter(run.optimizer, lr=schedule)
    for step in progress("1 setter", run, range(task.steps)):
        if step == task.steps // 2:
            parts = {"model": run.model.state_dict(), "optimizer": run.optimizer.state_dict()}
            save({**parts, "step": step, "schedule": set_step.fingerprint()}, task.checkpoint)
        set_step(step)
        run.update(task.batch(step))
    return run


def resume(task: Task, schedule: ps.Schedule) -> Run:
    """From the checkpoint to the last update."""
    run = new_run(task.seed + 1)  # with other weights than `train` began with: what is right must come from the file
    set_step = param_group_setter(run.optimizer, lr=schedule)
    checkpoint = torch.load(task.checkpoint, weights_only=True)
    run.model.load_state_dict(checkpoint["model"])
    run.optimizer.load_state_dict(checkpoint["optimizer"])
    if differences := set_step.differences(checkpoint["schedule"]):
        raise SystemExit(f"{task.checkpoint} was made with another schedule: {'; '.join(differences)}")
    for step in progress("2 resumed", run, range(checkpoint["step"], task.steps)):
        set_step(step)
        run.update(task.batch(step))
    return run


def train_with_lambda_lr(task: Task, schedule: ps.Schedule, label: str) -> Run:
    """As `train`, for code that wants a torch scheduler: it is stepped after the update."""
    run = new_run(task.seed)
    scheduler = lambda_lr(run.optimizer, schedule)
    for step in progress(label, run, range(task.steps)):
        run.update(task.batch(step))
        scheduler.step()
    return run


def save(checkpoint: dict[str, object], path: Path) -> None:
    """Write all of it or nothing: a run that is stopped while it writes keeps the checkpoint from before."""
    unfinished = path.with_suffix(".unfinished")
    torch.save(checkpoint, unfinished)
    os.replace(unfinished, path)


# What is shown --------------------------------------------------------------------------------------------------------


def progress(label: str, run: Run, steps: range) -> Iterator[int]:
    """The steps; and on a terminal, a bar with the last loss and rate."""
    with tqdm(steps, desc=f"{label:11}", unit=" updates", disable=None) as bar:
        for step in bar:
            yield step
            bar.set_postfix(loss=f"{run.losses[-1]:.3f}", lr=f"{run.rates[-1]:.2e}", refresh=False)


def curve(rates: Sequence[float]) -> str:
    """The rates as a curve of braille dots, or as a table where these cannot be written."""
    figure = plotille.Figure()
    figure.width, figure.height, figure.with_colors, figure.origin = 50, 10, False, False
    figure.x_label, figure.y_label = "update", "rate"
    figure.x_ticks_fkt = lambda low, _: f"{low:.0f}"
    figure.y_ticks_fkt = lambda low, _: f"{low:.2e}"
    figure.set_x_limits(0, len(rates))
    figure.set_y_limits(0, max(rates) or 1)
    figure.plot(range(len(rates)), rates)
    drawn = figure.show()
    try:
        drawn.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        rows = sorted({(len(rates) - 1) * tenth // 10 for tenth in range(11)})
        return "\n".join(["  update  rate", *(f"{step:8}  {rates[step]:.2e}" for step in rows)])
    return drawn


def save_picture(path: Path, title: str, runs: dict[str, Run], held_out: dict[str, float], checkpoint: int) -> None:
    """The rates and losses of the runs, one above the other, with the loss on held-out text beside each name."""
    figure = Figure(figsize=(8, 6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 3])
    for (name, run), colour in zip(runs.items(), ("tab:orange", "tab:blue"), strict=True):
        label = f"{name}, {held_out[name]:.3f} held out"
        window = math.ceil(len(run.losses) / 50)  # the loss of one small batch is noisy; a mean of these is not
        means = torch.tensor(run.losses).unfold(0, window, window).mean(1)
        above.plot(run.rates, color=colour)
        below.plot(run.losses, color=colour, alpha=0.25, linewidth=0.7)
        below.plot(torch.arange(len(means)) * window + (window - 1) / 2, means, color=colour, label=label)
    unigram = held_out["unigram model"]
    below.axhline(unigram, color="grey", linestyle="--", label=f"unigram model, {unigram:.3f} held out")
    for axes in (above, below):
        axes.axvline(checkpoint, color="grey", linestyle=":", label="checkpoint")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    above.set(title=fill(title, 90), ylabel="learning rate", ylim=(0, None))
    above.yaxis.set_major_formatter(lambda rate, _: f"{rate:g}")  # no power of ten far from the numbers it belongs to
    below.set(xlabel="update", ylabel="training loss, nats per byte")
    below.legend(frameon=False)
    figure.savefig(path)


def confirmed(sentence: str, found: Sequence[float], expected: Sequence[float]) -> bool:
    """Say whether two lists of numbers are equal to the bit."""
    equal = [number.hex() for number in found] == [number.hex() for number in expected]  # so that nan equals nan
    print(f"   {sentence}: {'yes' if equal else 'NO'}")
    return equal


# The command ----------------------------------------------------------------------------------------------------------


def named_schedules(steps: int) -> dict[str, ps.Schedule]:
    """What a name alone stands for in a run of so many updates. All have the peak of the default run."""
    peak = round(ps.noam(d_model=WIDTH, warmup_steps=WARMUP)(WARMUP - 1), 6)
    warmup = max(1, steps * WARMUP // STEPS)
    rise = {"peak": peak, "warmup_steps": warmup}
    return {
        "noam": ps.noam(d_model=WIDTH, warmup_steps=warmup, factor=round(math.sqrt(warmup / WARMUP), 3)),
        "warmup_constant": ps.warmup_constant(**rise),
        "warmup_linear": ps.warmup_linear(**rise, total_steps=steps),
        "warmup_cosine": ps.warmup_cosine(**rise, total_steps=steps),
        "warmup_stable_decay": ps.warmup_stable_decay(**rise, decay_steps=warmup, total_steps=steps),
        "one_cycle": ps.one_cycle(peak=peak, total_steps=steps),
        "constant": ps.constant(value=peak),
    }


def read_schedule(text: str, steps: int) -> tuple[ps.Schedule, list[float]]:
    """A schedule from its name or its text, and its rates."""
    schedule = named_schedules(steps).get(text) or ps.parse(text)
    rates = [schedule(step) for step in range(steps)]
    for step, rate in enumerate(rates):
        if not isinstance(rate, float) or not 0 <= rate < math.inf:
            raise ValueError(f"a rate must be a number and not negative, got {rate!r} at step {step} from {schedule!r}")
    return schedule, rates


def read_options() -> tuple[argparse.Namespace, ps.Schedule, list[float]]:
    parser = argparse.ArgumentParser(
        description="Train a small language model with Adam and warmup, stop it, resume it, compare it.",
        epilog=f"Names: {', '.join(named_schedules(STEPS))}. "
        'Or written out: --schedule "warmup_linear(peak=3e-3, warmup_steps=50, total_steps=400)"',
    )
    add = parser.add_argument
    add("--schedule", default="noam", metavar="NAME|TEXT", help="of the learning rate (default: %(default)s)")
    add("--steps", default=STEPS, type=int, metavar="N", help="updates in each run, 2 or more (default: %(default)s)")
    add("--seed", default=0, type=int, metavar="N", help="of weights and batches, 0 or more (default: %(default)s)")
    add("--out", default=Path("out"), type=Path, metavar="DIR", help="for checkpoint and picture (default: %(default)s)")
    options = parser.parse_args()
    if options.steps < 2:
        parser.error(f"argument --steps: there must be 2 or more, to stop between them, got {options.steps}")
    if not 0 <= options.seed < 2**32:
        parser.error(f"argument --seed: must be from 0 to {2**32 - 1}, got {options.seed}")
    try:
        schedule, rates = read_schedule(options.schedule, options.steps)
    except (ValueError, TypeError, ArithmeticError) as error:
        parser.error(f"argument --schedule: {error}")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: {error}")
    return options, schedule, rates


def main() -> int:
    options, schedule, rates = read_options()
    # One core: so small a model gains little from more, and its sums then do not depend on how many there are.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    text, held_out = language_reference()
    task = Task(text, options.steps, options.seed, options.out / "checkpoint.pt")
    last, half = task.steps - 1, task.steps // 2

    print(f"Text      Python's language reference: {len(text):,} bytes, and {len(held_out):,} held out")
    print(f"Model     Transformer: {BLOCKS} blocks of width {WIDTH}; {BATCH} windows of {CONTEXT} bytes in a batch")
    print(f"Training  {task.steps} updates of Adam, built with lr=0.0")
    print(f"Schedule  {schedule!r}\n\n{curve(rates)}\n")

    scheduled = train(task, schedule)
    print(f"1. Trained with param_group_setter. Before update {half} it was saved: {task.checkpoint}")
    facts = [confirmed(f"the rates of updates 0 to {last} are the schedule's", scheduled.rates, rates)]

    resumed = resume(task, schedule)
    print("2. Built model, optimizer and setter anew, and resumed from the checkpoint.")
    facts += [confirmed(f"the rates of updates {half} to {last} are the schedule's", resumed.rates, rates[half:])]
    facts += [
        confirmed("the losses equal those of the uninterrupted run, to the bit", resumed.losses, scheduled.losses[half:])
    ]

    stepped = train_with_lambda_lr(task, schedule, "3 lambda_lr")
    print("3. Trained with lambda_lr.")
    facts += [confirmed(f"the rates of updates 0 to {last} are the schedule's", stepped.rates, rates)]
    facts += [confirmed("the losses equal those of the setter, to the bit", stepped.losses, scheduled.losses)]

    mean = math.fsum(rates) / task.steps
    constant = train_with_lambda_lr(task, ps.constant(value=mean), "4 constant")
    print(f"4. Trained at a constant rate, the mean of the schedule: {mean:.3g}\n")

    runs = {"constant rate": constant, "scheduled rate": scheduled}
    windows = held_out.unfold(0, CONTEXT + 1, CONTEXT)
    with torch.no_grad():
        losses = {name: loss_on(windows, run.model).item() for name, run in runs.items()}
    losses = {"unigram model": unigram_loss(text, held_out), **losses}
    print("Loss on the held-out text, in nats per byte")
    print("\n".join(f"   {name:16}{loss:.3f}" for name, loss in losses.items()))
    for name in ("unigram model", "constant rate"):
        print(f"The scheduled rate {'beats' if losses['scheduled rate'] < losses[name] else 'does not beat'} the {name}.")

    picture = options.out / "adam_warmup.png"
    save_picture(picture, f"Adam with {schedule!r}", runs, losses, half)
    print(f"Rates and losses as a picture: {picture}")
    return 0 if all(facts) else 1


if __name__ == "__main__":
    sys.exit(main())
