"""The program `docs/examples/loss_law.py`, at a reduced size: its laws are the papers', and what it says is so."""

import re
import runpy
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from programs import module_at, refusal, run
from torch.func import grad, vmap

import pure_schedules as ps

param_group_setter = pytest.importorskip("pure_schedules_torch").param_group_setter

DOCS = Path(__file__).parents[2] / "docs"
PROGRAM, PAGE = DOCS / "examples" / "loss_law.py", DOCS / "loss-law.md"
STEPS, SEEDS, NEW_SEEDS = 40, 2, 3
LAWS = ("annealing", "multi-power", "convex bound")
COEFFICIENTS = {
    "annealing": {"L0": 1.5, "A": 0.9, "alpha": 0.4, "C": 0.6, "lambda": 0.8},
    "multi-power": {"L0": 1.2, "A": 1.1, "alpha": 0.3, "B": 12.0, "C": 2.0, "beta": 0.5, "gamma": 0.6},
    "convex bound": {"L0": 1.4, "D2": 0.3, "G2": 2.5},
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loss-law") / "made" / "by the program"


@pytest.fixture(scope="module")
def parts(out: Path) -> list[str]:
    """What the program prints, part by part: its heading, and its five answers."""
    mine = "warmup_linear(peak=peak / 2, warmup_steps=warmup, total_steps=steps)"
    done = run(PROGRAM, "--steps", STEPS, "--seeds", SEEDS, "--new-seeds", NEW_SEEDS, "--schedule", mine, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return re.split(r"^[1-5]\. ", done.stdout, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return module_at(PROGRAM, "loss_law_example")


# The laws, beside the sums that the papers write ----------------------------------------------------------------------


def annealing_by_loops(rates: list[float], t: int, L0, A, alpha, C, **memory: float) -> float:
    falls = [0.0, *(before - after for before, after in pairwise(rates))]
    swept = sum(falls[k] * memory["lambda"] ** (i - k) for i in range(t) for k in range(i + 1))
    return L0 + A * sum(rates[:t]) ** -alpha - C * swept


def multi_power_by_loops(rates: list[float], t: int, L0, A, alpha, B, C, beta, gamma) -> float:
    drop = 0.0
    for k in range(1, t):
        if rates[k] > 0:
            drop += (rates[k - 1] - rates[k]) * (1 - (1 + C * rates[k] ** -gamma * sum(rates[k:t])) ** -beta)
        elif sum(rates[k:t]) > 0:
            drop += rates[k - 1] - rates[k]
    return L0 + A * sum(rates[:t]) ** -alpha - B * drop


def convex_by_loops(rates: list[float], t: int, L0, D2, G2) -> float:
    while rates[t - 1] == 0:  # such an update changes no weight
        t -= 1
    bound = (D2 + G2 * sum(rate**2 for rate in rates[:t])) / (2 * sum(rates[:t]))
    for k in range(t - 1):
        squares = sum(rate**2 for rate in rates[k:t])
        bound += G2 / 2 * rates[k] / sum(rates[k + 1 : t]) * squares / sum(rates[k:t])
    return L0 + bound


BY_LOOPS = {"annealing": annealing_by_loops, "multi-power": multi_power_by_loops, "convex bound": convex_by_loops}
SCHEDULES = {
    "rises and falls": ps.warmup_cosine(peak=0.02, warmup_steps=5, total_steps=30, floor=1e-3),
    "is 0 for its last steps": ps.warmup_linear(peak=0.02, warmup_steps=5, total_steps=24),
    "rises again": ps.cosine_restarts(peak=0.02, every=15, times=2, floor=1e-3),
    "is constant": ps.constant(value=0.01),
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_the_sums_that_its_paper_writes(program: ModuleType, law: str, name: str) -> None:
    schedule, coefficients = SCHEDULES[name], COEFFICIENTS[law]
    steps = [3, 7, 20, 30]
    found = law_of(program, law)(schedule, coefficients, torch.tensor(steps))
    rates = [schedule(step) for step in range(30)]
    expected = [BY_LOOPS[law](rates, t, **coefficients) for t in steps]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64), rtol=1e-10, atol=1e-12)


def law_of(program: ModuleType, name: str) -> Callable[..., torch.Tensor]:
    (law,) = (law.loss for law in program.LAWS if law.name == name)
    return law


@pytest.mark.parametrize("law", LAWS)
def test_without_steps_it_is_the_loss_at_the_end(program: ModuleType, law: str) -> None:
    schedule = SCHEDULES["rises and falls"]
    at_the_end = law_of(program, law)(schedule, COEFFICIENTS[law])
    assert at_the_end.tolist() == law_of(program, law)(schedule, COEFFICIENTS[law], torch.tensor([30])).tolist()


@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_differentiable_in_the_numbers_of_its_schedule_for_many_at_once(program: ModuleType, law: str) -> None:
    composition = ps.warmup_stable_decay(peak=0.02, warmup_steps=5, decay_steps=10.5, total_steps=30, floor=1e-3)

    def loss(numbers: dict[str, torch.Tensor]) -> torch.Tensor:
        return law_of(program, law)(lambda step: composition(step, numbers), COEFFICIENTS[law], torch.tensor([30]))[0]

    columns = {
        "peak": torch.tensor([0.01, 0.02, 0.03], dtype=torch.float64),
        "decay_steps": torch.tensor([4.5, 10.5, 20.5], dtype=torch.float64),
    }
    slopes = vmap(grad(loss))(columns)
    for member in range(3):
        numbers = {name: column[member] for name, column in columns.items()}
        for name, by in (("peak", 1e-7), ("decay_steps", 1e-5)):
            above, below = (loss({**numbers, name: numbers[name] + shift}) for shift in (by, -by))
            assert slopes[name][member].item() == pytest.approx((above - below).item() / (2 * by), rel=1e-4)


def test_an_endless_schedule_is_refused_where_its_end_is_asked_for(program: ModuleType) -> None:
    message = (
        "multi_power_law: the schedule must have an end, for the loss at its end is asked for; got constant(value=0.01): "
        "give steps, as in multi_power_law(schedule, coefficients, steps)"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        program.multi_power_law(ps.constant(value=0.01), COEFFICIENTS["multi-power"])


@pytest.mark.parametrize("law", ["annealing", "convex bound"])
def test_a_fit_finds_the_coefficients_that_made_the_losses(program: ModuleType, law: str) -> None:
    (chosen,) = (each for each in program.LAWS if each.name == law)
    plan = program.Plan(steps=60, warmup=6, peak=0.02, seeds=1, new_seeds=2)
    rates = torch.stack([schedule(torch.arange(60)).double() for schedule in plan.fitted().values()])
    steps = torch.arange(12, 61, 3)
    losses = torch.stack([chosen.loss(row.__getitem__, COEFFICIENTS[law], steps) for row in rates])
    assert program.fit(chosen, rates, steps, losses) == pytest.approx(COEFFICIENTS[law], rel=1e-2)


# The runs -------------------------------------------------------------------------------------------------------------


def test_a_member_of_a_population_is_a_run_of_adam(program: ModuleType) -> None:
    schedule, steps = ps.warmup_cosine(peak=0.02, warmup_steps=2, total_steps=6), 6
    population = program.new_population(3)
    rates = torch.stack([schedule(torch.arange(steps)), torch.zeros(steps)]).float()
    weights, losses = population.train(rates, [steps])
    for name, weight in population.model.named_parameters():
        assert torch.equal(weights[name][1], weight)  # at a rate of 0 nothing was trained
    optimizer = torch.optim.Adam(population.model.parameters(), lr=0.0, betas=program.BETAS)
    set_step = param_group_setter(optimizer, lr=schedule)
    for step in range(steps):
        windows = program.batch(3, step)
        optimizer.zero_grad()
        guesses = population.model(windows[:, :-1])
        torch.nn.functional.cross_entropy(guesses.flatten(0, 1), windows[:, 1:].flatten()).backward()
        set_step(step)
        optimizer.step()
    for name, weight in population.model.named_parameters():
        torch.testing.assert_close(weights[name][0], weight.detach(), rtol=1e-3, atol=2e-4)  # single precision
    assert losses.shape == (2, 1)
    assert losses[0] < losses[1]


# What is said of them -------------------------------------------------------------------------------------------------


def predictions(parts: list[str]) -> dict[str, list[float]]:
    """Of each schedule: the measured loss, its deviation, and the error of each law."""
    rows = re.findall(r"^   (\S.*?\S) {2,}(\d\.\d+) +(\d\.\d+)((?: +[+-]\d\.\d+){3})$", parts[2], re.MULTILINE)
    return {name: [float(number) for number in (end, spread, *errors.split())] for name, end, spread, errors in rows}


def choices(parts: list[str]) -> dict[str, tuple[str, float, float]]:
    """Of each way of choosing: the schedule, its loss, and its regret."""
    rows = re.findall(r"^   (\S.*?\S) {2,}(\S.*?) {2,}(\d\.\d+) +([+-]\d\.\d+)$", parts[3], re.MULTILINE)
    return {way: (name, float(loss), float(regret)) for way, name, loss, regret in rows}


def test_errors_and_ranks_are_those_of_the_table(parts: list[str]) -> None:
    table = list(predictions(parts).values())
    unseen = torch.tensor(table[5:-2], dtype=torch.float64)
    (count, spread) = re.findall(r"Of the (\d+) that were not seen, .* deviation of (\S+)\.$", parts[2], re.MULTILINE)[0]
    assert int(count) == len(unseen) == 14  # with the one that was asked for
    assert float(spread) == pytest.approx(unseen[:, 0].std().item(), abs=1e-3)
    (errors,) = re.findall(r"root mean square error +(.*)", parts[2])
    expected = unseen[:, 2:].square().mean(0).sqrt().tolist()
    assert [float(error) for error in errors.split()] == pytest.approx(expected, abs=1e-3)
    (correlations,) = re.findall(r"rank correlation +(.*)", parts[2])
    for law, correlation in enumerate(correlations.split()):
        predicted = unseen[:, 0] + unseen[:, 2 + law]
        ranks = torch.stack([predicted, unseen[:, 0]]).argsort(dim=1).argsort(dim=1).double()
        assert float(correlation) == pytest.approx(torch.corrcoef(ranks)[0, 1].item(), abs=0.03)  # ties, once rounded


def test_a_law_chooses_what_it_predicts_to_be_lowest(parts: list[str]) -> None:
    table = dict(list(predictions(parts).items())[:-2])  # not from other peaks
    made = choices(parts)
    assert list(made) == [*(f"by {law}" for law in LAWS), "best of the fitted", "usual default", "best that was tried"]
    lowest = min(row[0] for row in table.values())
    for way, (name, loss, regret) in made.items():
        assert loss == table[name][0]
        assert regret == pytest.approx(loss - lowest, abs=1.001e-4)
        if way.removeprefix("by ") in LAWS:
            column = 2 + LAWS.index(way.removeprefix("by "))
            predicted = {each: row[0] + row[column] for each, row in table.items()}
            assert predicted[name] <= min(predicted.values()) + 2.001e-4
    assert made["best of the fitted"][1] == min(row[0] for row in list(table.values())[:5])
    assert made["usual default"][0] == "cosine"
    assert made["best that was tried"][1:] == (lowest, 0.0)


def test_what_is_derived_is_a_schedule_that_runs_as_long(parts: list[str]) -> None:
    texts = re.findall(r"^ +(warmup_stable_decay\(.*\))$", parts[4], re.MULTILINE)
    assert len(texts) == 3
    for text in texts:
        schedule = ps.parse(text)
        assert schedule.steps == STEPS
        assert max(schedule(step) for step in range(STEPS)) == 0.02
    (error,) = re.findall(r"differ from central differences by (\S+) of themselves", parts[4])
    assert float(error) < 1e-4


def test_the_verdicts_follow_from_the_losses(parts: list[str]) -> None:
    pattern = r"^   (\S.*?\S) {2,}(\d\.\d+) +([+-]\d\.\d+) \+- (\d\.\d+) +(\d) of (\d)   (lower|higher|no difference)$"
    rows = re.findall(pattern, parts[5], re.MULTILINE)
    best = choices(parts)["best that was tried"][0]
    assert {f"derived, {law}" for law in LAWS} <= {name for name, *_ in rows}
    reference = float(re.findall(rf"^   {re.escape(best)} +(\d\.\d+)$", parts[5], re.MULTILINE)[0])
    for _, loss, apart, error, wins, of, verdict in rows:
        assert float(apart) == pytest.approx(float(loss) - reference, abs=2e-4)
        assert int(of) == NEW_SEEDS
        assert int(wins) <= NEW_SEEDS
        if abs(abs(float(apart)) - 2 * float(error)) > 3e-4:
            certain = abs(float(apart)) > 2 * float(error)
            assert verdict == (("lower" if float(apart) < 0 else "higher") if certain else "no difference")


def test_it_draws_a_picture_and_leaves_no_other_file(parts: list[str], out: Path) -> None:
    picture = out / "loss-law.png"
    assert list(out.iterdir()) == [picture]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 20_000
    assert str(picture) in parts[-1]


# The published curves -------------------------------------------------------------------------------------------------


def test_the_arithmetic_is_checked_against_curves_as_they_are_published(
    program: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Curves that the law itself has made, in the files and folders of the public repository."""
    numbers = program.PUBLISHED[25]
    coefficients = dict(zip(("L0", "A", "alpha", "B", "C", "beta", "gamma"), numbers, strict=True))
    folder = tmp_path / "loss_curve_repo" / "csv_25"
    folder.mkdir(parents=True)
    names = ["constant_24000", "cosine_24000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_9"]
    for name in names:
        steps = torch.tensor([2160, 4000, 8000, 12000])
        losses = program.multi_power_law(program.published_schedule(name), coefficients, steps + 1).tolist()
        rows = [f"{step},0,{loss:.12f}" for step, loss in zip(steps.tolist(), losses, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["step,lr,loss", *rows]))
    (tmp_path / "optimized_schedules").mkdir()
    np.save(tmp_path / "optimized_schedules" / "25.npy", np.full(21840, 3e-4))
    monkeypatch.setattr(program, "PUBLISHED", {25: numbers})
    monkeypatch.setattr(program, "DESCENT", 2)
    assert program.check_published(tmp_path) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"^   (\S+) +4 losses   R2 1\.00000   last error [+-]0\.0000$", printed, re.MULTILINE) == sorted(names)
    free, three = (float(loss) for loss in re.findall(r"(?:free rates|three numbers): (\S+)", printed))
    assert three < free  # for these do not fall


# What is refused, and the page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--steps=39"], "argument --steps: must be 40 or more, got 39"),
        (["--seeds=1"], "argument --seeds: must be 2 or more, got 1"),
        (["--new-seeds=1"], "argument --new-seeds: must be 2 or more, got 1"),
        (
            ["--schedule=linaer(start=1)"],
            "argument --schedule: parse: there is no schedule 'linaer'; did you mean 'linear'?",
        ),
        (["--schedule=constant(value=-1)"], "argument --schedule: a rate must be a number and not negative, got -1.0"),
        (["--schedule=constant(value=0)"], "argument --schedule: a rate must be above 0 before step 48"),
        (
            ["--schedule=cosine(start=peak, steps=steps + 1)"],
            "argument --schedule: must end by update 240, where the run ends; got cosine(start=0.02, end=0.0, steps=241), "
            "which ends at 241: write steps for the run's length",
        ),
        (["--curves=nowhere"], "argument --curves: must be a clone of thu-yao-01-luo/MultiPowerLaw, got nowhere"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    program: ModuleType, options: list[str], message: str, monkeypatch, capsys
) -> None:
    assert message in refusal(program, options, monkeypatch, capsys)


def test_the_lines_on_the_page_are_the_law_and_its_gradient(program: ModuleType, tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    script = tmp_path / "lines.py"
    script.write_text(lines)
    made = runpy.run_path(str(script))
    loss, at, slopes = made["loss_at_the_end"], made["at"], made["slopes"]
    coefficients = dict(zip(("L0", "A", "alpha", "B", "C", "beta", "gamma"), program.PUBLISHED[25], strict=True))
    assert loss({}).item() == pytest.approx(program.multi_power_law(made["schedule"], coefficients).item(), abs=1e-3)
    assert list(slopes) == ["decay_steps", "floor"]
    for name, by in (("decay_steps", 1e-3), ("floor", 1e-9)):
        above, below = (loss({**at, name: at[name] + shift}) for shift in (by, -by))
        assert slopes[name].item() == pytest.approx((above - below).item() / (2 * by), rel=1e-3)


def test_the_page_shows_the_picture() -> None:
    (picture,) = re.findall(r"!\[[^\]]+\]\((.*?)\)", PAGE.read_text())
    assert (DOCS / picture).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
