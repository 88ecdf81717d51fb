"""The program `docs/examples/budget.py`, at a reduced size: what it says of its runs is so, and would be said otherwise."""

import re
from pathlib import Path
from statistics import fmean
from types import ModuleType

import pytest
from programs import module_at, run

pytest.importorskip("pure_schedules_torch")

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "budget.py"
BUDGETS = (16, 32)
DIGIT = 1.0001e-4  # two roundings of the last one that is printed


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("budget") / "made" / "by the program"


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    done = run(PROGRAM, "--budgets", *BUDGETS, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return module_at(PROGRAM, "budget_example")


def rows(text: str) -> list[list[float]]:
    """The lines of numbers in a table."""
    lines = [line.replace(" at ", " ").split() for line in text.splitlines()]
    return [[float(cell) for cell in line] for line in lines if line and re.fullmatch(r"[\d.]+", line[0])]


def test_a_branch_is_a_resumed_run_to_the_bit(printed: str) -> None:
    assert re.findall(r"(yes|NO)$", printed, re.MULTILINE) == ["yes"] * 3


def test_each_is_compared_at_its_best_peak(printed: str) -> None:
    peaks, compared = (rows(part) for part in re.split(r"^[123]\. ", printed, flags=re.MULTILINE)[1:3])
    assert [peak for peak, *_ in peaks] == [0.01, 0.02, 0.04, 0.08]
    assert [row[0] for row in compared] == list(BUDGETS)
    trunk = min(peaks, key=lambda row: fmean(row[3:]))
    for column, (_, cosine, cosine_peak, branch, trunk_peak, *_) in enumerate(compared):
        assert [cosine, cosine_peak] == min([row[1 + column], row[0]] for row in peaks)
        assert [branch, trunk_peak] == [trunk[3 + column], trunk[0]]


def test_the_verdict_follows_from_the_losses(printed: str) -> None:
    compared = rows(re.split(r"^[123]\. ", printed, flags=re.MULTILINE)[2])
    for _, cosine, _, branch, _, difference, *by_seed, spread in compared:
        assert difference == pytest.approx(branch - cosine, abs=DIGIT)
        assert difference == pytest.approx(fmean(by_seed), abs=DIGIT)
        assert len(by_seed) == 3
        assert spread >= 0
    worse = [row for row in compared if min(row[6:-1]) > 0]
    assert f"The claim held here at {len(compared) - len(worse)} of {len(compared)} budgets." in printed


def test_the_updates_are_those_of_the_schedules(printed: str) -> None:
    # The trunk up to the last branch, 32 - 6, and the cooldowns of 3 and 6.
    assert re.findall(r"took (\d+) updates|branches (\d+) and", printed) == [("48", ""), ("", str(26 + 3 + 6))]
    assert ": 27% fewer updates." in printed


def test_it_draws_a_picture_and_leaves_no_other_file(printed: str, out: Path) -> None:
    picture = out / "budget.png"
    assert list(out.iterdir()) == [picture]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 20_000
    assert str(picture) in printed


def test_it_says_no_where_the_answer_is_no(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    plan = program.Plan(BUDGETS, peak=0.1)

    def record(budget: int) -> object:
        return program.Record([plan.branch(budget)(step) for step in range(budget)], losses={budget: 1.0})

    branches = {budget: [record(budget)] for budget in BUDGETS}
    assert program.print_facts(plan, branches, record(16))
    assert capsys.readouterr().out.count(": yes\n") == 3
    branches[16][0].losses[16] += 1e-15
    branches[32][0].rates[3] += 1e-15
    assert not program.print_facts(plan, branches, record(16))
    assert re.findall(r"(yes|NO)$", capsys.readouterr().out, re.MULTILINE) == ["yes", "NO", "NO"]


def test_it_says_so_where_the_claim_does_not_hold(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def runs(*ends: float) -> list[object]:
        return [program.Record([0.1], losses={1: end}) for end in ends]

    cosines, branches = {16: runs(2.0, 2.5), 32: runs(1.0, 1.5)}, {16: runs(2.01, 2.58), 32: runs(1.01, 1.49)}
    program.print_comparison(program.Plan(BUDGETS, peak=0.1), cosines, branches)
    said = capsys.readouterr().out
    assert (
        "The claim held here at 1 of 2 budgets. With every seed the branch is worse than the cosine at: 16, by 2.00%."
        in said
    )


def test_budgets_that_make_no_sense_are_refused() -> None:
    refused = run(PROGRAM, "--budgets", 30, 20)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "argument --budgets: must increase, from at least 10, got 30 20" in refused.stderr
