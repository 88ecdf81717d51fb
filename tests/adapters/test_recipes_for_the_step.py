"""The recipes of `docs/steps.md`: which step an update has, in loops like those that people train with.

The examples of the page are doctests. Here what the page says is held against many sizes, and against loops that count.
"""

import io
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, DistributedSampler
from training import by_scheduler, by_setter, optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

DOCS = Path(__file__).parents[2] / "docs"
UP = ps.linear(start=0.0, end=1.0, steps=64)


# Gradient accumulation ------------------------------------------------------------------------------------------------


def one_more(batches: int, accumulate: int, epochs: int) -> list[int]:
    """How many batches went into each update, where the rest of an epoch makes an update of its own."""
    return [min(accumulate, batches - begin) for _ in range(epochs) for begin in range(0, batches, accumulate)]


def dropped(batches: int, accumulate: int, epochs: int) -> list[int]:
    return [accumulate for _ in range(epochs) for begin in range(0, batches - accumulate + 1, accumulate)]


def carried_over(batches: int, accumulate: int, epochs: int) -> list[int]:
    sizes, waiting = [], 0
    for _ in range(epochs * batches):
        waiting += 1
        if waiting == accumulate:
            sizes.append(waiting)
            waiting = 0
    return sizes


@pytest.mark.parametrize(
    ("loop", "formula"),
    [
        (one_more, lambda batches, accumulate, epochs: epochs * math.ceil(batches / accumulate)),
        (dropped, lambda batches, accumulate, epochs: epochs * (batches // accumulate)),
        (carried_over, lambda batches, accumulate, epochs: epochs * batches // accumulate),
    ],
)
def test_the_number_of_updates_is_what_the_page_says(
    loop: Callable[[int, int, int], list[int]], formula: Callable[[int, int, int], int]
) -> None:
    for batches in range(1, 14):
        for accumulate in range(1, 7):
            for epochs in range(1, 5):
                assert len(loop(batches, accumulate, epochs)) == formula(batches, accumulate, epochs)


@pytest.mark.parametrize("adapter", ["setter", "scheduler"])
@pytest.mark.parametrize("accumulate", [1, 3, 4, 10])
def test_one_curve_however_many_batches_make_an_update(accumulate: int, adapter: str) -> None:
    optimizer = optimizer_of()
    attached: Any = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    (parameter,) = optimizer.param_groups[0]["params"]
    used: list[float] = []
    for size in one_more(10, accumulate, epochs=3):
        for _ in range(size):
            parameter.sum().backward()
        if adapter == "setter":
            attached(len(used))
        assert parameter.grad is not None
        assert parameter.grad.item() == size
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        optimizer.zero_grad()
        if adapter == "scheduler":
            attached.step()
    assert used == [UP(step) for step in range(3 * math.ceil(10 / accumulate))]


# Several processes: see also integrations/test_example_distributed.py -----------------------------------------------


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
@pytest.mark.parametrize("drop_last", [False, True])
def test_a_loader_that_shares_the_data_has_its_number_of_updates_on_each_process(processes: int, drop_last: bool) -> None:
    data = torch.zeros(101, 1)
    lengths = set()
    for rank in range(processes):
        share = DistributedSampler(data, num_replicas=processes, rank=rank)
        loader = DataLoader(data, batch_size=4, sampler=share, drop_last=drop_last)
        assert len(loader) == len(list(loader))
        lengths.add(len(loader))
    per_process = math.ceil(101 / processes)
    assert lengths == {per_process // 4 if drop_last else math.ceil(per_process / 4)}


#: The gradient of one process's part of the weights overflows twice; each counts the updates that it has taken.
SKIPPED_BY_ALL = """
import sys
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
import pure_schedules as ps
from pure_schedules_torch import param_group_setter

dist.init_process_group("gloo")
for kind in sys.argv[2:]:
    model = torch.nn.Linear(4, 4, bias=False)
    if kind == "fsdp":
        fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    else:
        model = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    set_step = param_group_setter(optimizer, lr=ps.linear(start=0.0, end=1.0, steps=64))
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    step, steps = 0, []
    for attempt in range(6):
        factors = torch.ones(4)
        # Under DDP the loss of the second process alone; under FSDP2 the rows that the first process keeps.
        if attempt in (1, 2) and (kind == "fsdp" or dist.get_rank() == 1):
            factors[0] = float("inf")
        set_step(step)
        optimizer.zero_grad()
        scaler.scale((model(torch.ones(2, 4)) * factors).sum()).backward()
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        steps.append(step)
        step += scaler.get_scale() >= scale
    with open(f"{sys.argv[1]}/{kind}-{dist.get_rank()}", "w") as file:
        file.write(repr(steps))
dist.destroy_process_group()
"""


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without processes")
def test_all_processes_skip_the_same_updates(tmp_path: Path) -> None:
    # On the CPU FSDP2 fails in torch 2.6, which asks a stream of the CPU for an event.
    kinds = ["ddp"] if torch.__version__ < "2.7" else ["ddp", "fsdp"]
    program = tmp_path / "program.py"
    program.write_text(SKIPPED_BY_ALL)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            str(program),
            str(tmp_path),
            *kinds,
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    noted = {path.name: path.read_text() for path in tmp_path.iterdir() if path != program}
    assert noted == {f"{kind}-{rank}": "[0, 1, 1, 1, 2, 3]" for kind in kinds for rank in range(2)}


# Skipped updates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adapter", ["setter", "scheduler"])
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_updates_that_float16_skips_are_not_steps(kind: Any, fused: bool, adapter: str) -> None:
    """Really of half precision: the scale begins so high that the first gradients overflow, until it has come down."""
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 1)
    optimizer = kind(model.parameters(), lr=0.0, fused=fused)
    attached: Any = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    calls: list[Any] = []
    optimizer.register_step_post_hook(lambda *_: calls.append(1))
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20)
    inputs = torch.randn(8, 4)
    step, used, skipped = 0, [], 0
    while step < 5:
        if adapter == "setter":
            attached(step)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        rate = optimizer.param_groups[0]["lr"]
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.float16):
            loss = (model(inputs) - 1.0).square().mean()
        scaler.scale(loss).backward()
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        taken = scaler.get_scale() >= scale
        changed = any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
        assert changed == (taken and rate > 0.0)  # what the scale says is so
        step += taken
        skipped += not taken
        if taken:
            used.append(rate)
            if adapter == "scheduler":
                attached.step()
    assert used == [UP(k) for k in range(5)]
    assert skipped > 2
    # Why the page says to ask the scale: a fused optimizer is called for the skipped ones too.
    assert len(calls) == (5 + skipped if fused else 5)


# Epochs ---------------------------------------------------------------------------------------------------------------

IN_EPOCHS = ps.warmup_cosine(peak=3e-4, warmup_steps=5, total_steps=50)


@pytest.mark.parametrize("per_epoch", [1, 3, 7, 100, 391, 1251, 99_991])
def test_stretched_it_has_its_value_in_epochs_at_the_beginning_of_each(per_epoch: int) -> None:
    by_update = ps.stretch(IN_EPOCHS, factor=per_epoch)
    once_an_epoch = ps.staircase(by_update, every=per_epoch)
    assert by_update.steps == 50 * per_epoch
    for epoch in range(60):
        for index in {0, per_epoch // 2, per_epoch - 1}:
            step = epoch * per_epoch + index
            assert once_an_epoch(step) == by_update(epoch * per_epoch) == IN_EPOCHS(epoch)
            assert by_update(step) == IN_EPOCHS(step / per_epoch)


def test_a_scheduler_stepped_once_an_epoch_is_a_staircase() -> None:
    """The loop that was, with torch's own class, and the loop that is."""
    per_epoch = 4
    optimizer = optimizer_of(lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
    was = []
    for _ in range(8):
        was += [update(optimizer) for _ in range(per_epoch)]
        scheduler.step()
    optimizer = optimizer_of()
    in_epochs = ps.step_decay(start=0.5, factor=0.5, every=3)
    lr = ps.staircase(ps.stretch(in_epochs, factor=per_epoch), every=per_epoch)
    assert by_setter(optimizer, param_group_setter(optimizer, lr=lr), range(8 * per_epoch)) == was
    assert by_scheduler(optimizer, lambda_lr(optimizer, lr), range(8 * per_epoch)) == was


def test_a_setter_takes_the_epoch_itself() -> None:
    optimizer = optimizer_of()
    set_step = param_group_setter(optimizer, lr=IN_EPOCHS)
    lengths = [3, 5, 2, 7]  # which the loop need not know beforehand
    ends = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    clock = ps.piecewise_linear(values=list(range(len(lengths) + 1)), boundaries=ends)
    planned = ps.on_clock(IN_EPOCHS, clock)
    step = 0
    for epoch, length in enumerate(lengths):
        for index in range(length):
            set_step(epoch + index / length)
            assert update(optimizer) == [IN_EPOCHS(epoch + index / length)]
            assert planned(step) == pytest.approx(IN_EPOCHS(epoch + index / length), rel=1e-12)
            step += 1


# Tokens and samples ---------------------------------------------------------------------------------------------------


def on_tokens(in_tokens: ps.Schedule, tokens_per_update: int) -> ps.Schedule:
    return ps.on_clock(in_tokens, ps.consumed(sizes=[tokens_per_update], boundaries=[]))


@pytest.mark.parametrize("tokens_per_update", [2**19, 2**20, 500_000, 12_345])
def test_on_the_clock_of_its_tokens_an_update_has_the_value_of_the_schedule_in_tokens(tokens_per_update: int) -> None:
    in_tokens = ps.warmup_cosine(peak=3e-4, warmup_steps=1e8, total_steps=1e10)
    lr = on_tokens(in_tokens, tokens_per_update)
    for step in range(0, int(1.1e10 / tokens_per_update), 997):
        assert lr(step) == in_tokens(step * tokens_per_update)


def test_a_jump_in_tokens_is_at_its_update_for_every_size_of_a_batch() -> None:
    sizes = range(1, 2049)
    at_a_jump = [on_tokens(ps.multi_step(start=1.0, factor=0.5, boundaries=[48 * n]), n) for n in sizes]
    assert [lr(47) for lr in at_a_jump] == [1.0] * 2048
    assert [lr(48) for lr in at_a_jump] == [0.5] * 2048
    shortened = [ps.stretch(ps.multi_step(start=1.0, factor=0.5, boundaries=[48 * n]), factor=1 / n)(48) for n in sizes]
    assert 100 < shortened.count(1.0) < 300  # as the page says


def test_counted_tokens_are_the_step_and_the_checkpoint() -> None:
    in_tokens = ps.warmup_linear(peak=1.0, warmup_steps=1_000, total_steps=20_000)
    lengths = [(37 * k * k) % 900 + 100 for k in range(30)]

    def train(optimizer: torch.optim.Optimizer, tokens: int, texts: list[int]) -> tuple[list[list[float]], int]:
        set_step = param_group_setter(optimizer, lr=in_tokens)
        used = []
        for length in texts:
            set_step(tokens)
            used.append(update(optimizer))
            tokens += length
        return used, tokens

    uninterrupted, total = train(optimizer_of(), 0, lengths)
    assert uninterrupted == [[in_tokens(sum(lengths[:k]))] for k in range(30)]
    for cut in range(30):
        optimizer = optimizer_of()
        before, tokens = train(optimizer, 0, lengths[:cut])
        file = io.BytesIO()
        torch.save({"tokens": tokens, "optimizer": optimizer.state_dict()}, file)
        file.seek(0)
        saved = torch.load(file, weights_only=True)
        resumed = optimizer_of()
        resumed.load_state_dict(saved["optimizer"])
        assert before + train(resumed, saved["tokens"], lengths[cut:])[0] == uninterrupted
    assert total == sum(lengths)


@pytest.mark.parametrize(
    ("sizes", "samples"),
    [([32, 64, 128], [1_000, 3_000]), ([8, 16], [8]), ([10, 20, 40, 80], [100, 100, 5_000]), ([7, 5, 3], [50, 51])],
)
def test_a_ramp_of_the_batch_size_and_its_clock_count_as_a_loop_does(sizes: list[int], samples: list[int]) -> None:
    size = ps.batch_size_ramp(sizes=sizes, samples=samples)
    clock = ps.consumed(sizes=sizes, boundaries=size.composition.hyperparameters["boundaries"])
    lr = ps.on_clock(ps.linear(start=1.0, end=0.0, steps=10_000), clock)
    taken, step = 0, 0
    while taken < 10_000:
        due = sizes[sum(taken >= threshold for threshold in samples)]  # the largest size that is due by now
        assert size(step) == due
        assert clock(step) == taken
        assert lr(step) == ps.linear(start=1.0, end=0.0, steps=10_000)(taken)
        taken += due
        step += 1
    assert step == ps.queries.first_at_or_above(clock, value=10_000, stop=10_000)
    assert lr(step) == 0.0


# A step from a checkpoint ---------------------------------------------------------------------------------------------

schedulers = torch.optim.lr_scheduler


@pytest.mark.parametrize(
    "scheduler",
    [
        lambda optimizer: schedulers.LambdaLR(optimizer, lambda step: 1.0),
        lambda optimizer: schedulers.LinearLR(optimizer),
        lambda optimizer: schedulers.CosineAnnealingLR(optimizer, T_max=20),
        lambda optimizer: schedulers.OneCycleLR(optimizer, max_lr=0.1, total_steps=20),
        lambda optimizer: schedulers.SequentialLR(
            optimizer, [schedulers.LinearLR(optimizer), schedulers.CosineAnnealingLR(optimizer, 20)], milestones=[3]
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step:UserWarning")  # raised by SequentialLR itself
def test_a_scheduler_of_torch_counts_the_updates_taken(scheduler: Any) -> None:
    optimizer = optimizer_of(momentum=0.5)  # of which OneCycleLR changes it
    old = scheduler(optimizer)
    by_scheduler(optimizer, old, range(7))
    step = old.state_dict()["last_epoch"]
    assert step == 7
    assert by_setter(optimizer, param_group_setter(optimizer, lr=UP), range(step, step + 2)) == [[UP(7)], [UP(8)]]


@pytest.mark.parametrize("name", ["Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "ASGD", "Rprop", "RMSprop"])
def test_adam_and_its_kin_count_the_updates_taken(name: str) -> None:
    optimizer = optimizer_of(kind=getattr(torch.optim, name))
    for _ in range(7):
        update(optimizer)
    assert int(optimizer.state_dict()["state"][0]["step"]) == 7


# The page -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["steps.md", "distributed.md"])
def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text(), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert links
    for link in links:
        path, _, heading = link.partition("#")
        target = DOCS / (path or page)
        assert target.exists(), link
        if heading:
            headings = [line.lstrip("# ") for line in target.read_text().splitlines() if line.startswith("#")]
            assert heading in [re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings], link


def test_all_python_of_the_page_is_run() -> None:
    """As doctests: nothing is shown that is not."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "steps.md").read_text(), re.DOTALL)
    assert len(blocks) > 8
    assert all(block.startswith(">>> ") for block in blocks)


@pytest.mark.parametrize(("batches", "accumulate"), [(1251, 4), (10, 4), (12, 4), (7, 8), (1, 1), (313, 7), (49 * 3, 49)])
def test_the_clock_of_accumulation_is_what_the_loop_takes(batches: int, accumulate: int) -> None:
    """What is left of an epoch is an update of its own, dropped, or carried over into the next epoch."""
    own, dropped, carried = [], [], []
    together = 0
    for epoch in range(5):
        begun = 0
        for index in range(batches):
            here = epoch * batches + index
            if begun % accumulate == 0:
                own.append(here)
                if index + accumulate <= batches:
                    dropped.append(here)
            if together % accumulate == 0:
                carried.append(here)
            begun, together = begun + 1, together + 1
    clocks = [
        (ps.accumulated(batches=batches, accumulate=accumulate), own),
        (ps.consumed(sizes=[accumulate], boundaries=[]), carried),
    ]
    if batches >= accumulate:
        clocks.append((ps.accumulated(batches=batches, accumulate=accumulate, every=batches // accumulate), dropped))
    for clock, first_batch in clocks:
        assert [clock(step) for step in range(len(first_batch))] == first_batch
        assert clock(torch.arange(len(first_batch))).tolist() == first_batch
