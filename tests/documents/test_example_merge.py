"""The program `docs/examples/merge.py`, at a reduced size: what it says of its runs is so, and would be said otherwise."""

import re
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from programs import module_at, refusal, run

import pure_schedules as ps

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "merge.py"
BUDGETS, PEAKS, SEEDS = (100, 120), (0.01, 0.03), 2
DIGIT = 1.0001e-4  # two roundings of the last one that is printed


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("merge") / "made" / "by the program"


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    done = run(PROGRAM, "--budgets", *BUDGETS, "--peaks", *PEAKS, "--seeds", SEEDS, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return module_at(PROGRAM, "merge_example")


def parts(printed: str) -> list[str]:
    return re.split(r"^[123]\. ", printed, flags=re.MULTILINE)[1:]


def test_on_recorded_updates_the_merged_model_is_the_decayed_one(printed: str) -> None:
    rows = re.findall(r"^    (\w+) +([15]) +(\S+) +(\S+)$", parts(printed)[0], re.MULTILINE)
    assert [(name, int(every)) for name, every, *_ in rows] == [
        (name, every) for name in ("linear", "cosine", "one_minus_power", "exponential") for every in (1, 5)
    ]
    assert max(float(apart) for *_, apart, _ in rows) < 1e-13
    assert min(float(far) for *_, far in rows) > 0.01
    assert re.findall(r"(yes|NO)$", printed, re.MULTILINE) == ["yes"]


def test_each_way_is_compared_at_the_peak_and_length_that_it_chose(printed: str) -> None:
    _, choices, comparison = parts(printed)
    rows = [list(map(float, line.split())) for line in choices.splitlines() if re.match(r" +\d", line)]
    assert [row[:2] for row in rows] == [[budget, peak] for budget in BUDGETS for peak in PEAKS]
    for budget in BUDGETS:
        for way, begin in (("cooled", 2), ("merged", 6)):
            cells = [
                (row[begin + place], row[1], fraction)
                for row in rows
                for place, fraction in enumerate((0.1, 0.2, 0.4, 0.8))
                if row[0] == budget
            ]
            (chosen,) = re.findall(rf"^    {budget} +{way} +(\S+) +(\S+) ", comparison, re.MULTILINE)
            lowest = min(cells)[0]
            assert tuple(map(float, chosen)) in {(peak, it) for loss, peak, it in cells if loss <= lowest + DIGIT}


def test_the_differences_are_those_of_the_losses(printed: str) -> None:
    _, _, comparison = parts(printed)
    for budget in BUDGETS:
        rows = re.findall(rf"^    {budget} +(\S+) +[\d.]+ +(?:0\.\d+ +)?(\d\.\d{{4}}) ", comparison, re.MULTILINE)
        losses = dict(rows)
        found = re.findall(rf"^    {budget} +(\S+) .* ([+-]\d\.\d{{4}}) +(\S+) +(\d) of 2 seeds$", comparison, re.MULTILINE)
        assert {way for way, *_ in found} == {"last", "merged", "half-life", "schedule-free"}
        for way, apart, error, worse in found:
            assert float(apart) == pytest.approx(float(losses[way]) - float(losses["cooled"]), abs=DIGIT)
            assert float(error) >= 0
            assert (int(worse) == 0) <= (float(apart) <= DIGIT)
            assert (int(worse) == 2) <= (float(apart) >= -DIGIT)
        last, cooled, merged = (float(losses[way]) for way in ("last", "cooled", "merged"))
        (share,) = re.findall(rf"At {budget} updates the average has (-?\d+)% of what the decay gains", comparison)
        gained, of = last - merged, last - cooled
        assert (gained - DIGIT) / (of + DIGIT) - 0.01 <= float(share) / 100 <= (gained + DIGIT) / (of - DIGIT) + 0.01
        assert cooled < last  # else there would be nothing to gain


def test_it_draws_a_picture_and_leaves_no_other_file(printed: str, out: Path) -> None:
    picture = out / "merge.png"
    assert list(out.iterdir()) == [picture]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 20_000
    assert str(picture) in printed


def test_it_says_no_where_the_answer_is_no(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = program.averages.decay_weights
    monkeypatch.setattr(
        program.averages, "decay_weights", lambda *given, **named: dict.fromkeys(right(*given, **named), 0.1)
    )
    assert not program.print_identity(updates=10)
    assert "merged and decayed are the same model, to 1e-12: NO" in capsys.readouterr().out


def test_a_branch_begins_as_the_stable_run_and_is_one_resumed(program: ModuleType) -> None:
    straight, stable = program.Run([0.02], [0]), program.Run([0.02], [0])
    schedule = program.cooled(100, 0.4)
    whole = straight.train(schedule, 100)
    stable.train(program.STABLE, 60)
    branch = program.copy(stable).train(schedule, 100)
    assert stable.step == 60
    assert list(branch) == [80, 100]
    for step, model in branch.items():
        assert all(torch.equal(model[name], whole[step][name]) for name in model)


def test_members_are_as_they_would_be_alone(program: ModuleType) -> None:
    schedule = ps.constant(value=1.0)
    together = program.Run([0.01, 0.03], [0, 1], torch.float64).train(schedule, 3, 1)[3]
    for row, (peak, seed) in enumerate([(0.01, 0), (0.01, 1), (0.03, 0), (0.03, 1)]):
        alone = program.Run([peak], [seed], torch.float64).train(schedule, 3, 1)[3]
        for name, weight in alone.items():
            torch.testing.assert_close(together[name][row], weight[0], rtol=1e-9, atol=1e-12)


def test_an_update_is_that_of_adamw(program: ModuleType) -> None:
    mine = program.Run([0.02], [3], torch.float64)
    torch.manual_seed(3)
    model = program.GatedConvolutions(program.CHARACTERS, program.WIDTH).double()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, betas=program.BETAS, weight_decay=program.WEIGHT_DECAY)
    found = mine.train(ps.constant(value=1.0), 3, 1)[3]
    for step in range(3):
        (windows,) = program.batch(step, [3])
        optimizer.zero_grad()
        program.loss(dict(model.named_parameters()), windows).backward()
        optimizer.step()
    for name, weight in model.named_parameters():
        torch.testing.assert_close(found[name][0], weight.detach(), rtol=1e-6, atol=1e-9)


# What cannot be averaged ----------------------------------------------------------------------------------------------


def rising(*, start: float, end: float, steps: float) -> ps.Schedule:
    return ps.linear(start=start, end=2 * start, steps=steps)


def endless(*, start: float, end: float, steps: float) -> ps.Schedule:
    return ps.exponential_decay(start=start, rate=0.5, every=steps)


@pytest.mark.parametrize(
    ("decay", "message"),
    [
        (rising, "decay_weights: the schedule must not rise, got 1.0 at step 160 and 1.5 at step 180"),
        (endless, "cooled: the decay must take the 20 steps that it is given, got inf; give as DECAY a shape that ends"),
        (
            lambda *, start, end, steps: ps.linear(start=start, end=-start, steps=steps),
            "decay_weights: the schedule must not be negative, got ",
        ),
    ],
    ids=["rising", "endless", "negative"],
)
def test_a_decay_that_is_none_is_refused_before_anything_is_trained(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, decay: Any, message: str
) -> None:
    monkeypatch.setattr(program, "DECAY", decay)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        program.Plan((200,))


def test_another_decay_is_one_line(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "DECAY", partial(ps.one_minus_power, power=2))
    assert program.decayed_weights(200, 0.2) == {180: 0.25, 200: 0.75}
    monkeypatch.setattr(program, "STABLE", ps.inverse_sqrt(peak=1.0, timescale=1000))
    assert list(program.decayed_weights(200, 0.2)) == [180, 200]


def test_checkpoints_that_do_not_match_the_weights_are_refused(program: ModuleType) -> None:
    one, other = {"a": torch.zeros(3)}, {"a": torch.ones(3)}
    assert program.merged({20: one, 40: other}, {20: 0.25, 40: 0.75})["a"].tolist() == [0.75] * 3
    with pytest.raises(ValueError, match=r"^merged: there must be a checkpoint for each weight, got none of step 30; "):
        program.merged({20: one, 40: other}, {30: 0.5, 40: 0.5})
    with pytest.raises(
        ValueError,
        match=r"^merged: checkpoints must be of one model, got 'a' of \(2,\) at step 40 and of \(3,\) at step 20; ",
    ):
        program.merged({20: one, 40: {"a": torch.ones(2)}}, {20: 0.5, 40: 0.5})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--budgets", 300, 200), "argument --budgets: must increase, got 300 200"),
        (("--seeds", 1), "argument --seeds: must be at least 2, to tell a difference from chance, got 1"),
        (("--budgets", 410), "half_life_weights: stop must be a number of times every=20 after first=0, got stop=410"),
        (
            ("--budgets", 20),
            "decay_weights: the schedule must be positive and finite at its first update, got 0.0 at step 0",
        ),
    ],
    ids=lambda part: str(part),
)
def test_what_cannot_be_is_refused_as_a_command_refuses(
    program: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[object, ...],
    message: str,
) -> None:
    assert message in refusal(program, options, monkeypatch, capsys)
