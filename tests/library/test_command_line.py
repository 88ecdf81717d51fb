"""``python -m pure_schedules``: what it prints, where, and with which exit status.

Most commands are given to `main`, with streams and a terminal of their own; what a process adds to that comes last.
"""

import csv
import importlib
import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from catalogue import CASES

import pure_schedules as ps
from pure_schedules import __main__ as command_line
from pure_schedules._reading import peers

LR = "warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)"
UP = "linear(start=0, end=1, steps=10)"
NOAM = "noam(d_model=64, warmup_steps=4)"
#: With a last step that is known beforehand: twice the warmup.
ENDLESS = "clip(consumed(sizes=[0.002], boundaries=[]), high=1)"


class Stream(io.TextIOWrapper):
    """What is printed, to a terminal or not."""

    def __init__(self, encoding: str, terminal: bool):
        super().__init__(io.BytesIO(), encoding=encoding)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def printed(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def run(
    *arguments: str, text: str | bytes = b"", encoding: str = "utf-8", terminal: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command, with this text on stdin and these variables of the environment."""
    stdin = io.TextIOWrapper(io.BytesIO(text.encode() if isinstance(text, str) else text))
    stdout, stderr = Stream(encoding, terminal), Stream("utf-8", False)
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    environment |= {"COLUMNS": "80", "LINES": "24", **variables}
    with (
        mock.patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr),
        mock.patch.dict(os.environ, environment, clear=True),
    ):
        try:
            status: Any = command_line.main(arguments)
        except SystemExit as left:  # argparse ends a program itself
            status = left.code
    return subprocess.CompletedProcess(arguments, status, stdout.printed(), stderr.printed())


def refused(*arguments: str, **options: Any) -> str:
    """What is said on stderr, and only there, where it cannot be done."""
    done = run(*arguments, **options)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def program(*arguments: str, text: bytes = b"", encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; its output has to be in the encoding that it is told of."""
    done = subprocess.run(
        [sys.executable, "-m", "pure_schedules", *arguments],
        input=text,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80", "LINES": "24"},
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(encoding), done.stderr.decode())


def first_words(printed: str) -> list[str]:
    """The first column of a table."""
    lines = [line.split()[0] for line in printed.splitlines()]
    return lines[lines.index("step") + 1 :]


def facts(printed: str) -> dict[str, str]:
    """What `check` has found, by name."""
    lines = printed.partition("\n\n")[2].splitlines()
    return {name: fact.strip() for name, _, fact in (line.partition(":") for line in lines)}


# Files of other tools -------------------------------------------------------------------------------------------------


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    """Of Transformers, without a length."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"learning_rate": 3e-4, "lr_scheduler_type": "cosine", "warmup_ratio": 0.1}))
    return str(path)


def test_a_file_is_read_and_it_is_said_whose(configuration: str) -> None:
    done = run("plot", configuration, "--total-steps", "10_000")
    assert done.stderr == (
        f"pure_schedules: {configuration}: read as a file of Transformers, by like.transformers.from_config\n"
        f"pure_schedules: {configuration}: not in the file; defaults of Transformers: lr_scheduler_kwargs.num_cycles=0.5\n"
    )
    assert (done.returncode, done.stdout) == (0, run("plot", LR).stdout)
    given = ("--total-steps", "10_000")
    for command in ("table", "describe"):
        assert run(command, configuration, *given).stdout == run(command, LR).stdout
    assert run("diff", configuration, LR, *given).stdout == "the same schedule\n"
    by_epochs = ("--batches-per-epoch", "4_000")
    assert run("diff", configuration, configuration, *by_epochs).returncode == 0
    assert "total_steps was 12000, is 10000" in run("diff", configuration, LR, *by_epochs).stdout


def test_the_line_that_ports_a_file(configuration: str) -> None:
    done = run("plot", "--as", "code", configuration, UP, "--total-steps", "10_000")
    ported, written = done.stdout.splitlines()
    assert ps.parse(ported) == ps.parse(LR)
    assert ps.parse(written) == ps.parse(UP)


def test_a_file_of_several_curves(tmp_path: Path) -> None:
    path = tmp_path / "yolo.json"
    path.write_text(json.dumps({"optimizer": "SGD", "lr0": 0.01}))
    given = (str(path), "--batches-per-epoch", "10")
    drawn = run("plot", "--as", "code", *given)
    assert len(drawn.stdout.splitlines()) == 3
    named, defaults = drawn.stderr.splitlines()
    assert named.endswith("by like.ultralytics.from_config: lr, bias_lr, momentum")
    assert "not in the file; defaults of ultralytics: epochs=100, lrf=0.01, momentum=0.937" in defaults
    (first, *_) = drawn.stdout.splitlines()
    compared = run("diff", first, *given)
    assert (compared.stdout, compared.stderr.splitlines()[0][-11:]) == ("the same schedule\n", "_config: lr")
    # The names that --let gives are known after a file as well.
    compared = run("diff", *given, "linear(start=1.0, end=0.0, steps=T)", "--let", "T=10")
    assert compared.stderr.splitlines()[0].endswith("_config: lr")
    assert "linear" in compared.stdout


def test_what_a_file_does_not_say_is_asked_for(configuration: str) -> None:
    said = "like.transformers.from_config: max_steps is not there, nor is num_train_epochs; give --total-steps, or"
    assert f"pure_schedules: {configuration}: {said}" in refused("plot", configuration)
    assert "--lr is not for files of Transformers; leave it out" in refused("plot", configuration, "--lr", "1")
    assert "--total-steps is for files, and none is given" in refused("plot", LR, "--total-steps", "9")
    assert "--tool is for files, and none is given" in refused("plot", LR, "--tool", "nemo")
    assert "model.optim.sched is not in the file" in refused("plot", configuration, "--tool", "nemo")
    assert "argument --tool: invalid choice: 'caffe'" in refused("plot", configuration, "--tool", "caffe")
    assert "no-such.yaml: cannot be read: No such file" in refused("plot", "no-such.yaml")


# plot ----------------------------------------------------------------------------------------------------------------


def test_a_curve_in_the_terminal() -> None:
    done = run("plot", LR)
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first == "⠒⠒⠒⠒ warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10000)"
    assert lines[0].startswith("3e-4 ┤")
    assert lines[-3].startswith("   0 ┤⡎")
    assert lines[-1].split() == ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]
    assert len(lines) + 1 <= 24
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in done.stdout  # no colours into a file


def test_several_curves_are_told_apart_without_colours() -> None:
    done = run("plot", UP, "linear(start=1, end=0, steps=10)", "constant(value=0.5)")
    samples = [line[:4] for line in done.stdout.splitlines()[:3]]
    assert len(set(samples)) == 3


def test_the_size_of_the_curve() -> None:
    lines = run("plot", "--width", "40", "--height", "5", UP).stdout.splitlines()
    assert len(lines) == 1 + 5 + 2
    assert max(map(len, lines)) == 40
    for option, least, most in [("--width", 20, 1_000), ("--height", 3, 500)]:
        for size in (least, most):
            assert run("plot", option, f"{size}", UP).returncode == 0
        for size in (least - 1, most + 1):
            assert f"{option} must be from {least} to {most}, got {size}\n" in refused("plot", option, f"{size}", UP)


@pytest.mark.parametrize(
    ("columns", "lines", "curves", "width", "height"),
    [(80, 24, 1, 80, 18), (80, 24, 3, 80, 16), (300, 100, 1, 120, 20), (40, 5, 1, 40, 8)],
)
def test_the_curve_fits_the_terminal(columns: int, lines: int, curves: int, width: int, height: int) -> None:
    """With a line to spare, and one for what a logarithmic axis does not show; but not smaller than can be read."""
    drawn = run("plot", *[UP] * curves, COLUMNS=f"{columns}", LINES=f"{lines}").stdout.splitlines()
    assert max(map(len, drawn)) == width
    assert sum("┤" in line or "│" in line for line in drawn) == height


def test_where_braille_cannot_be_shown_there_is_a_table() -> None:
    done = run("plot", LR, encoding="ascii")
    assert done.returncode == 0
    assert done.stdout == run("table", LR).stdout
    assert done.stdout.isascii()
    assert run("plot", "--steps", "5", LR, encoding="ascii").stdout == run("table", "--steps", "5", LR).stdout


@pytest.mark.parametrize("encoding", [None, "klingon"])
def test_an_encoding_that_nobody_knows_shows_no_braille(encoding: str | None) -> None:
    with redirect_stdout(type("Terminal", (io.StringIO,), {"encoding": encoding})()) as printed:
        assert command_line.main(["plot", LR]) == 0
    assert printed.getvalue() == run("table", LR).stdout


def test_colours_are_for_terminals_that_show_them() -> None:
    assert "\x1b[" in run("plot", UP, terminal=True, TERM="xterm").stdout
    assert "\x1b" not in run("plot", UP, terminal=False, TERM="xterm").stdout
    assert "\x1b" not in run("plot", UP, terminal=True, TERM="dumb").stdout
    assert "\x1b" not in run("plot", UP, terminal=True, TERM="xterm", NO_COLOR="1").stdout


def test_a_logarithmic_axis_and_the_last_step() -> None:
    done = run("plot", "--log", "--steps", "2_000", LR)
    lines = done.stdout.splitlines()
    assert lines[-2].split() == ["0", "500", "1,000", "1,500", "2,000"]
    assert lines[-1] == "0 and below not shown"
    assert "a logarithmic axis needs values above 0" in refused("plot", "--log", "constant(value=0)")


# table ---------------------------------------------------------------------------------------------------------------


def test_a_table() -> None:
    done = run("table", "--at", "0,500,1_000:3_000:1_000,1e4,0.5", LR)
    assert done.stdout.splitlines() == [
        "warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10000)",
        "  step       value",
        "     0           0",
        "   500      1.5e-4",
        " 1,000        3e-4",
        " 2,000  2.90954e-4",
        "10,000           0",
        "   0.5      1.5e-7",
    ]
    assert done.returncode == 0
    assert run("table", "--at", "0:2", UP, "constant(value=2)").stdout.splitlines() == [
        "(1) linear(start=0, end=1, steps=10)",
        "(2) constant(value=2)",
        "step  (1)  (2)",
        "   0    0    2",
        "   1  0.1    2",
    ]


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        ([LR], "0 1,000 2,000 3,000 4,000 5,000 6,000 7,000 8,000 9,000 10,000"),
        ([LR.replace("1_000", "1_234"), UP], "0 1,000 1,234 2,000 3,000 4,000 5,000 6,000 7,000 8,000 9,000 10,000"),
        ([UP, ENDLESS], "0 1 2 3 4 5 6 7 8 9 10"),
        ([ENDLESS], "0 100 200 300 400 500 600 700 800 900 1,000"),
        (["linear(start=0, end=1, steps=1)"], "0 1"),
        (["linear(start=0, end=1, steps=0)"], "0 10 20 30 40 50 60 70 80 90 100"),
        (["--steps", "5", LR], "0 1 2 3 4 5"),
        (["--steps", "0", LR], "0"),
        (["--steps", "2.5", UP], "0 1 2 2.5"),
        (["--steps", "25.5", UP], "0 2 5 7 10 12 15 17 20 22 25.5"),
        (["--steps", "5_000", LR], "0 500 1,000 1,500 2,000 2,500 3,000 3,500 4,000 4,500 5,000"),
    ],
)
def test_the_rows_that_are_chosen_are_tenths_of_the_run_and_its_boundaries(arguments: list[str], steps: str) -> None:
    assert first_words(run("table", *arguments).stdout) == steps.split()


def test_csv_and_json_have_every_digit() -> None:
    other = "cosine(start=1, steps=9)"
    rows = list(csv.reader(io.StringIO(run("table", "--csv", "--at", "0:11", UP, other).stdout)))
    schedules = [ps.parse(UP), ps.parse(other)]
    assert rows[0] == ["step", *map(repr, schedules)]
    assert [(int(row[0]), float(row[1]), float(row[2])) for row in rows[1:]] == [
        (step, schedules[0](step), schedules[1](step)) for step in range(11)
    ]
    assert rows[1][0] == "0"
    data = json.loads(run("table", "--json", "--at", "0:11", UP, other).stdout)
    assert list(map(ps.parse, data["schedules"])) == schedules
    assert data["steps"] == list(range(11))
    assert data["values"] == [[schedule(step) for step in range(11)] for schedule in schedules]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("x", "must be a number, got 'x'"),
        ("1,,2", "must be a number, got ''"),
        ("0:10:0", "must be START:STOP or START:STOP:EVERY, got '0:10:0'"),
        ("0:1:2:3", "must be START:STOP or START:STOP:EVERY, got '0:1:2:3'"),
        ("0:1:2:3:4", "must be START:STOP or START:STOP:EVERY, got '0:1:2:3:4'"),
        ("5:1", "must hold a step: START:STOP ends before STOP, got '5:1'"),
        ("0,5:5", "must hold a step: START:STOP ends before STOP, got '5:5'"),
        ("0:1.5", "must be a whole number from 0 on, got '1.5'"),
        ("0:1e12", "must be at most 100,000 steps; take every so many: START:STOP:EVERY"),
        ("0:60_000,0:60_000", "must be at most 100,000 steps; take every so many: START:STOP:EVERY"),
        ("0:100_001", "must be at most 100,000 steps; take every so many: START:STOP:EVERY"),
        ("inf", "must be finite, got 'inf'"),
        ("9" * 5000, "must be finite, got '9999"),
    ],
)
def test_steps_that_are_none(steps: str, said: str) -> None:
    assert f"argument --at: {said}" in refused("table", "--at", steps, UP)


def test_as_many_steps_as_anyone_looks_at() -> None:
    assert run("table", "--csv", "--at", "0:100_000", "constant(value=1)").stdout.endswith("\n99999,1.0\n")


# diff, check ---------------------------------------------------------------------------------------------------------


def test_diff() -> None:
    done = run("diff", "cosine(start=1e-3, steps=900)", "cosine(start=1e-3, steps=1000)")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "cosine.steps was 900, is 1000",
        "largest difference of the values, steps 0 to 1,001: 9.55921e-5 at step 611, from 2.33562e-4 to 3.29154e-4",
    ]
    same = run("diff", UP, "linear(steps=10, start=0.0, end=2 / 2)")
    assert (same.returncode, same.stdout) == (0, "the same schedule\n")
    recipe = ps.parse(LR)
    written = run("diff", LR, repr(recipe.composition))
    assert written.returncode == 1
    assert written.stdout.splitlines() == [
        "the schedule was warmup_cosine, is join",
        "the values are the same, steps 0 to 10,001",
    ]
    one_to_two = run(
        "diff", "constant(value=1)", "constant(value=2)"
    ).stdout  # at the first of the steps where it is largest
    assert one_to_two.endswith("\nlargest difference of the values, steps 0 to 100: 1 at step 0, from 1 to 2\n")
    assert "steps 0 to 49:" in run("diff", "--stop", "50", UP, "constant(value=1)").stdout
    assert run("diff", "noam(d_model=64, warmup_steps=400)", "noam(d_model=65, warmup_steps=400)").returncode == 1


def test_describe() -> None:
    done = run("describe", "--continuous", "--low", "0", "--high", "3e-4", LR)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.partition("\n\n")[0].splitlines() == [
        "warmup_cosine  peak=0.0003, warmup_steps=1000, total_steps=10000, start=0.0, floor=0.0",
        "  = join",
        "    schedules[0] linear(start=0.0, end=0.0003, steps=1000)",
        "    schedules[1] cosine(start=0.0003, end=0.0, steps=9000)",
    ]
    assert facts(done.stdout) == {
        "length": "10,000 steps",
        "evaluated": "steps 0 to 10,001",
        "first": "0",
        "last": "0",
        "smallest": "0 at step 0",
        "largest": "3e-4 at step 1,000",
        "direction": "both",
        "continuous": "yes",
        "sum": "1.5",
    }


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        (UP, ["linear(start=0, end=1, steps=10)"]),
        (
            "multiply([linear(start=0, end=1, steps=10), scale(cosine(start=1, steps=5), factor=2)])",
            [
                "multiply",
                "  schedules[0] linear(start=0, end=1, steps=10)",
                "  schedules[1] scale  factor=2",
                "    schedule cosine(start=1, end=0.0, steps=5)",
            ],
        ),
        (
            "clip(warmup_stable_decay(peak=1, warmup_steps=10, decay_steps=10, total_steps=100, decay=cosine), high=1)",
            [
                "clip  high=1",
                "  schedule warmup_stable_decay"
                "  peak=1, warmup_steps=10, decay_steps=10, total_steps=100, start=0.0, floor=0.0, decay=cosine",
                "    = join  boundaries=[10, 90]",
                "      schedules[0] linear(start=0.0, end=1, steps=10)",
                "      schedules[1] constant(value=1)",
                "      schedules[2] cosine(start=1, end=0.0, steps=10)",
            ],
        ),
    ],
)
def test_what_a_schedule_is_made_of(expression: str, lines: list[str]) -> None:
    assert run("describe", expression).stdout.partition("\n\n")[0].splitlines() == lines


def test_a_long_list_is_not_shown_to_its_end() -> None:
    steps = ", ".join(f"{step}" for step in range(1, 100))
    switched = run("describe", f"switch([{', '.join(['constant(value=1)'] * 100)}], boundaries=[{steps}])").stdout
    first = switched.splitlines()[0]
    assert first.startswith("switch  boundaries=[1, 2, 3, 4, ")
    assert first.endswith("...")
    assert len(first) == len("switch  boundaries=") + 100


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([UP], {"first": "0", "last": "1", "sum": "4.5", "direction": "rising", "evaluated": "steps 0 to 11"}),
        (
            [UP, "--stop", "5"],
            {"first": "0", "last": "0.4", "sum": "1", "largest": "0.4 at step 4", "evaluated": "steps 0 to 4"},
        ),
        ([UP, "--stop", "2"], {"last": "0.1", "continuous": "yes", "evaluated": "steps 0 to 1"}),
        ([UP, "--stop", "1"], {"last": "0", "sum": "0", "direction": "constant", "evaluated": "steps 0 to 0"}),
        ([UP, "--stop", "0"], {"last": "0", "sum": "0", "evaluated": "steps 0 to 0"}),
        (["cosine(start=1, steps=4)"], {"direction": "falling", "smallest": "0 at step 4", "length": "4 steps"}),
        (["constant(value=2)"], {"direction": "constant", "length": "endless", "sum": "202", "smallest": "2 at step 0"}),
        (["linear(start=1, end=2, steps=0)"], {"first": "2", "sum": "0", "length": "0 steps", "evaluated": "steps 0 to 1"}),
        ([ENDLESS], {"direction": "rising", "length": "endless", "sum": "750.5", "evaluated": "steps 0 to 1,000"}),
    ],
)
def test_the_facts_of_a_description(arguments: list[str], expected: dict[str, str]) -> None:
    done = run("describe", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name: facts(done.stdout)[name] for name in expected} == expected


def test_jumps_are_named_up_to_the_fifth() -> None:
    steps = "step_decay(start=1024, factor=0.5, every=10)"
    five = "; ".join(f"at step {10 * n} from {1024 >> n - 1} to {1024 >> n}" for n in range(1, 6))
    for stop, more in [("55", ""), ("65", "; and 1 more"), ("75", "; and 2 more")]:
        assert facts(run("describe", steps, "--stop", stop).stdout)["continuous"] == f"no, {five}{more}"


def test_a_limit_that_does_not_hold() -> None:
    done = run(
        "describe",
        "--continuous",
        "--low",
        "0.5",
        "--high",
        "0.9",
        "step_decay(start=1, factor=0.5, every=10)",
        "--stop",
        "25",
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-3:] == [
        "fails: a value is below --low 0.5",
        "fails: a value is above --high 0.9",
        "fails: it is not continuous",
    ]
    assert "continuous: no, at step 10 from 1 to 0.5; at step 20 from 0.5 to 0.25" in done.stdout


def test_bounds_hold_where_a_value_is_on_them() -> None:
    assert run("describe", "--low", "0", "--high", "1", UP).returncode == 0
    assert run("describe", "--low", "0.1", UP).stdout.splitlines()[-1] == "fails: a value is below --low 0.1"
    assert run("describe", "--high", "0.9", UP).stdout.splitlines()[-1] == "fails: a value is above --high 0.9"


def test_at_most_a_million_updates_are_asked_about_and_the_first_is_among_them() -> None:
    for stop, every in [(999_999, 1), (1_000_000, 1), (1_000_001, 2), (2_000_000, 2), (2_000_001, 3), (10**12, 10**6)]:
        assert command_line._updates([], stop) == range(0, stop, every)


def test_what_is_too_long_is_not_asked_about_update_by_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "MOST_UPDATES", 100)
    whole = facts(run("describe", UP, "--stop", "100").stdout)
    assert (whole["evaluated"], whole["sum"]) == ("steps 0 to 99", "94.5")
    part = run("describe", UP, "--stop", "101")
    assert part.returncode == 0
    assert facts(part.stdout)["evaluated"] == "steps 0 to 100, every 2"
    assert facts(part.stdout)["continuous"] == facts(part.stdout)["sum"] == "not computed; give --stop"
    assert "steps 0 to 297, every 3: " in run("diff", UP, "constant(value=9)", "--stop", "300").stdout
    # Whether it is continuous takes longer, and is asked of a tenth of them.
    assert facts(run("describe", UP, "--stop", "10").stdout)["continuous"] == "yes"
    assert facts(run("describe", UP, "--stop", "11").stdout)["continuous"] == "not computed; give --stop"
    assert run("describe", "--continuous", UP, "--stop", "10").returncode == 0
    asked = run("describe", "--continuous", UP, "--stop", "11")
    assert asked.returncode == 2
    assert asked.stderr == ("pure_schedules: --continuous needs every update, and these are too many; give --stop\n")


# list ----------------------------------------------------------------------------------------------------------------


def test_list() -> None:
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    own, theirs = done.stdout.split("\n\n")
    for case in CASES:
        assert f"\n{case.schedule.factory.__name__}: " in f"\n{own}"
    assert "like." not in re.sub("    in: .*", "", own)
    assert all(line.startswith(("like.", "    ")) for line in theirs.splitlines())
    assert "\nlike.torch.OneCycleLR: " in theirs
    assert not re.search("\n(    in|    source): *\n", done.stdout)
    one = run("list", "COSINE", "sgdr", "without restarts")
    assert (one.returncode, one.stderr) == (0, "")
    lines = one.stdout.splitlines()
    assert lines[0] == "cosine: Half a cosine wave from `start` to `end` over `steps` steps, then `end`."
    assert (
        lines[1] == "    source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983 (without restarts)"
    )
    assert lines[2].startswith("    in: like.")
    assert run("list", "like.torch.StepLR").stdout.startswith("like.torch.StepLR: ")  # with no empty line before it
    none = run("list", "zzz")
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == "pure_schedules: no schedule has 'zzz' in its documentation\n"
    assert "no schedule has 'cosine' and 'zzz' in its" in run("list", "cosine", "zzz").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *((words, "by_group(rule) in pure_schedules_torch, with scale(") for words in ("layer-wise", "layerwise", "LLRD")),
        *((words, "by_group(rule) in pure_schedules_torch, with scale(") for words in ("layer decay", "discriminative")),
        ("trapezoidal", "like.papers.trapezoid: "),
        ("one minus sqrt", "write: one_minus_power("),
        ("ReduceLROnPlateau", "pure_schedules.reactive"),
        ("sgdr", "write: cosine_restarts("),
    ],
)
def test_the_list_finds_what_people_type(words: str, said: str) -> None:
    for typed in ([words], words.split()):
        assert said in run("list", *typed).stdout


def test_the_list_recognises_a_misspelling() -> None:
    assert "did you mean 'warmup_cosine'?" in run("list", "wamrup_cosine").stderr


def test_a_path_without_a_known_ending(tmp_path: Path) -> None:
    path = tmp_path / "mega.txt"
    path.write_text(LR)
    said = (
        f"{path}: is a file, and its ending is none of .json .toml .yaml .yml; for an expression in a file write - < {path}"
    )
    assert said in refused("plot", str(path))
    assert f"{tmp_path}: is a directory; give the name of a file in it" in refused("plot", str(tmp_path))


def test_steps_by_the_names_of_numbers() -> None:
    given = ("--let", "T=100", "--let", "W=10", "linear(start=0, end=1, steps=T)", "--csv")
    assert run("table", *given, "--at", "0,W,W:T:45").stdout == run("table", *given, "--at", "0,10,10:100:45").stdout
    assert "argument --at: must be a number, got 'Q'" in refused("table", *given, "--at", "0,Q")
    assert "write --let once for each of them" in refused("plot", "--let", "T=1000,W=50", LR)
    assert "write --import mine" in refused("plot", "--import", "mine.py", LR)


def test_the_list_says_which_schedules_of_peers_are_made_of_one() -> None:
    """As they say in their descriptions: up to eight of them, and how many more."""
    described = [function.__doc__.partition("Args:")[0] for module in peers().values() for function in module.values()]
    found = dict(re.findall(r"^(\w+): .*\n(?:    source: .*\n)?    in: (.*)", run("list").stdout, re.MULTILINE))
    assert {"linear", "cosine", "clip"} <= set(found)
    for name, said in found.items():
        some, _, more = said.partition(" and ")
        number = sum(bool(re.search(rf"\b{name}\(", text)) for text in described)
        assert len(some.split(", ")) == min(number, 8)
        assert more == (f"{number - 8} more" if number > 8 else "")


# Expressions, and what is asked for ----------------------------------------------------------------------------------


def test_an_expression_from_stdin() -> None:
    written = "# the run of May\nwarmup_cosine(\n  peak=3e-4,\n  warmup_steps=1_000,\n  total_steps=10_000,\n)\n"
    assert run("table", "-", text=written).stdout == run("table", LR).stdout
    assert run("diff", "-", LR, text=written).returncode == 0
    assert "- is given twice; stdin can be read only once" in refused("diff", "-", "-", text=written)
    assert "a bundle is several schedules by name; give each" in refused("plot", "bundle(lr=constant(value=1))")
    assert "parse: there is nothing to read" in refused("table", "-")
    assert "stdin: this is not UTF-8 text; byte 0 is 0xff" in refused("table", "-", text=b"\xff" * 400_000)
    assert "stdin: this is not UTF-8 text; byte 3 is 0xff" in refused("table", "-", text=b"lin\xffear(start=0)")
    assert "100000 is the most that is read" in refused("table", "-", text="linear(start=0)" + " " * 10_000_000)
    assert "100000 is the most that is read" in refused("table", "-", text=b"\xff" * 10_000_000)
    most = "linear(start=0, end=1, steps=10)  # "
    most += "\N{GRINNING FACE}" * (100_000 - len(most))  # as many characters as may be, and most of them of four bytes
    assert run("table", "-", text=most).stdout == run("table", UP).stdout
    assert "100000 is the most that is read" in refused("table", "-", text="\N{GRINNING FACE}" * 100_001)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["draw"], "invalid choice: 'draw'"),
        (["plot"], "the following arguments are required: EXPRESSION"),
        (["diff", UP], "the following arguments are required: EXPRESSION"),
        (["table", "--csv", "--json", UP], "argument --json: not allowed with argument --csv"),
        (["--vers"], "the following arguments are required: COMMAND"),  # a word is not cut short
        (["table", "--js", UP], "unrecognized arguments: --js"),
        (["plot", "--steps", "many", UP], "argument --steps: must be a number, got 'many'"),
        (
            ["plot", "--steps=-3", UP],
            "plot: steps must be from 0 to 1e18, got steps=-3.0; give the last step to show",
        ),
        (["describe", "--stop", "-1", UP], "must be a whole number from 0 on, got '-1'"),
        (
            ["table", "cosine(start=1"],
            "parse: this is not an expression: '(' was never closed\n    cosine(start=1\n          ^\n",
        ),
        (
            ["table", "cosine(start=1)"],
            "cosine: steps is missing; write cosine(start=..., steps=...)\n    cosine(start=1)\n",
        ),
        (["table", "__import__('os')"], "parse: there is no schedule '__import__'"),
        (["table", "constant(value=9**9**9)"], "parse: the power is too large"),
    ],
)
def test_mistakes(arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


def test_what_ends_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell reports a program that was interrupted, or whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as nobody, redirect_stdout(nobody):
        assert command_line.main(["table", UP]) == 141
    monkeypatch.setattr(command_line, "read", mock.Mock(side_effect=KeyboardInterrupt))
    assert run("table", UP).returncode == 130


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "start"), [("lr.png", b"\x89PNG"), ("lr.SVG", b"<?xml"), ("lr.pdf", b"%PDF")])
def test_a_picture_in_a_file(name: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    done = run("plot", "--output", str(path), "--log", LR, UP)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert path.read_bytes().startswith(start)


def size_of(picture: bytes) -> list[int]:
    """Of a PNG, in pixels."""
    return [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)]


def test_the_size_of_a_picture(tmp_path: Path) -> None:
    path, drawn = tmp_path / "lr.png", io.BytesIO()
    assert run("plot", "--output", str(path), "--width", "4", "--height", "2", UP).returncode == 0
    assert size_of(path.read_bytes()) == [600, 300]
    assert run("plot", "--output", str(path), "--force", UP).returncode == 0
    ps.plot(ps.parse(UP)).figure.savefig(drawn)
    assert size_of(path.read_bytes()) == size_of(drawn.getvalue())
    for option in ("--width", "--height"):
        for size in ("0.5", "40.5"):
            assert f"{option} must be from 1 to 40, got {size}\n" in refused(
                "plot", "--output", str(tmp_path / "no.png"), option, size, UP
            )


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lr.png"
    path.write_text("precious")
    assert refused("plot", "--output", str(path), UP) == f"pure_schedules: {path}: exists already; --force replaces it\n"
    assert path.read_text() == "precious"
    assert run("plot", "--output", str(path), "--force", UP).returncode == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    assert refused("plot", "--output", str(tmp_path), "--force", UP) == (
        f"pure_schedules: {tmp_path}: is a directory; give the name of a file in it, such as {tmp_path / 'lr.png'}\n"
    )
    for name in ("lr.jpeg", "lr"):
        assert refused("plot", "--output", str(tmp_path / name), UP) == (
            f"pure_schedules: {tmp_path / name}: must end in .png, .svg or .pdf, which says what to write\n"
        )
    assert "cannot be written: No such file or directory" in refused("plot", "--output", str(tmp_path / "no" / "lr.png"), UP)
    assert list(tmp_path.iterdir()) == []
    nothing = tmp_path / "lr.png"
    assert "parse: there is no schedule 'cosin'" in refused("plot", "--output", str(nothing), "cosin(start=1)")
    assert not nothing.exists()
    text = tmp_path / "lr.txt"
    text.write_text("precious")
    assert "must end in .png, .svg or .pdf" in refused("plot", "--output", str(text), "--force", UP)
    assert text.read_text() == "precious"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null here")
def test_what_is_no_file_may_have_any_name() -> None:
    assert "exists already" in refused("plot", "--output", "/dev/null", UP)
    assert run("plot", "--output", "/dev/null", "--force", UP).returncode == 0


def test_a_file_that_somebody_else_makes_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lr.png"
    monkeypatch.setattr(command_line, "picture_of", lambda *_: (path.write_text("precious"), b"")[1])
    assert refused("plot", "--output", str(path), UP) == f"pure_schedules: {path}: exists already; --force replaces it\n"
    assert path.read_text() == "precious"


def test_half_a_picture_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lr.png"

    class Full(io.FileIO):
        def write(self, _: Any) -> int:
            super().write(b"half")
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(command_line, "open", Full, raising=False)
    said = f"pure_schedules: {path}: cannot be written: No space left on device\n"
    assert refused("plot", "--output", str(path), UP) == said
    assert not path.exists()
    path.write_text("old")
    assert refused("plot", "--output", str(path), "--force", UP) == said
    assert path.read_bytes() == b"half"  # where there was a file, there is one


def test_without_matplotlib_there_is_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    path = tmp_path / "lr.png"
    assert refused("plot", "--output", str(path), UP).startswith("pure_schedules: plot: matplotlib is needed for a picture")
    assert not path.exists()


# Every schedule ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_has_a_curve(case: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ([], ["--log"]):
        assert command_line.main(["plot", "--width", "60", "--height", "8", *options, repr(case.schedule)]) == 0
        drawn = capsys.readouterr().out
        assert any(0x2800 < ord(character) < 0x2900 for character in drawn.partition("\n")[2])
        assert all(len(line) <= 60 for line in drawn.splitlines())


# In a process of its own ---------------------------------------------------------------------------------------------


def test_a_program() -> None:
    for arguments in (
        ["table", LR],
        ["plot", LR],
        ["describe", "--high", "0.5", UP],
        ["diff", LR, UP],
        ["draw"],
        ["list", "zzz"],
    ):
        done, expected = program(*arguments), run(*arguments)
        assert (done.returncode, done.stdout) == (expected.returncode, expected.stdout)
        assert done.stderr == expected.stderr
    assert program("table", "-", text=LR.encode()).stdout == run("table", LR).stdout


FOREIGN = """
import runpy
import pure_schedules
pure_schedules.linear.__doc__ = "O\N{LATIN SMALL LETTER U WITH GRAVE} ?"
runpy.run_module("pure_schedules", run_name="__main__", alter_sys=True)
"""


def test_a_word_that_cannot_be_shown_is_no_reason_to_fail() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    said = subprocess.run([sys.executable, "-c", FOREIGN, "list", "?"], env=environment, capture_output=True, check=True)
    assert b"\nlinear: O\\xf9 ?\n" in b"\n" + said.stdout


@pytest.mark.skipif(os.name == "nt", reason="arguments are text there")
def test_an_argument_that_is_not_utf_8() -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"pure_schedules", b"table", b"linear(start=\xff)"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"pure_schedules: parse: this is not an expression: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk(tmp_path: Path) -> None:
    full = tmp_path / "lr.svg"
    full.symlink_to("/dev/full")
    assert "exists already" in refused("plot", "--output", str(full), UP)
    assert f"{full}: cannot be written: No space left on device" in refused("plot", "--output", str(full), "--force", UP)
    assert full.is_symlink()
    for arguments in (["table", UP], ["table", "--csv", "--at", "0:50_000", UP], ["list"], ["plot", UP], ["--help"]):
        with open("/dev/full", "wb") as stdout:
            done = subprocess.run(
                [sys.executable, "-m", "pure_schedules", *arguments],
                stdout=stdout,
                stderr=subprocess.PIPE,
                check=False,
            )
        if arguments != ["--help"]:  # argparse writes that, and minds nothing
            assert done.returncode == 2
            assert done.stderr == b"pure_schedules: stdout: cannot be written: No space left on device\n"
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell of another kind")
@pytest.mark.parametrize("arguments", ["list", f"table --csv --at 0:90_000 '{UP}'", f"table --at 0:90_000 '{UP}'"])
def test_a_reader_that_leaves(arguments: str) -> None:
    line = f"{sys.executable} -m pure_schedules {arguments} | head -c 1; echo status ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout[1:] in ("status 141\n", "status 0\n")  # 0 where all of it was in the pipe before it left


def test_help_and_version(tmp_path: Path) -> None:
    (tmp_path / "ds_config.json").write_text(json.dumps({"scheduler": {"type": "WarmupDecayLR"}}))
    (tmp_path / "config.yaml").write_text("lr_scheduler_type: cosine\nmax_steps: 100\n")
    done = run("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("plot", "table", "diff", "describe", "list", "exit status"))
    assert run("--version").stdout == f"pure-schedules {ps.__version__}\n"
    for line in command_line.EXAMPLES.splitlines():
        if "python -m" in line and "<" not in line and "--output" not in line:
            done = subprocess.run(
                ["bash", "-c", line.replace("python", sys.executable, 1)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode in (0, 1), done.stderr
            assert done.stderr == "" or "config." in line


WITHOUT = """
import sys
from pure_schedules.__main__ import main
try:
    main(sys.argv[1:])
finally:
    heavy = {"torch", "numpy", "matplotlib", "jax", "plotille", "asyncio", "unittest"} & sys.modules.keys()
    print(*heavy, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["table", LR], ["list"], ["diff", LR, UP], ["describe", LR], ["plot", LR], ["table", "like.torch.StepLR(step_size=3)"]],
)
def test_it_starts_without_torch(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == "\n"


@pytest.mark.parametrize("arguments", [["table", LR], ["list", "cosine"]])
def test_it_starts_in_under_150_milliseconds(arguments: list[str], tmp_path: Path) -> None:
    """Of the processor's time, the least of several: a machine that is busy with other things starts nothing quickly."""
    resource = pytest.importorskip("resource")
    # Compiled once, and not traced for the coverage.
    left_out = ("PYTHONDONTWRITEBYTECODE", "COVERAGE_PROCESS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    times = []
    for _ in range(6):  # the first one compiles the library, as it is compiled when it is installed
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "pure_schedules", *arguments],
            env={**environment, "PYTHONPYCACHEPREFIX": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.15


# Names in an expression ----------------------------------------------------------------------------------------------


def test_numbers_have_names() -> None:
    expression = "warmup_linear(peak=rate, warmup_steps=0.25*T, total_steps=T)"
    done = run("table", "--let", "T=1_000", "--let", "rate=0.5", "--at", "0,250,1_000", "--csv", expression)
    assert done.stdout.splitlines()[1:] == ["0,0.0", "250,0.5", "1000,0.0"]
    assert (
        run("diff", "--let", "T=10", "linear(start=0, end=1, steps=T)", "linear(start=0, end=1, steps=10)").returncode == 0
    )


def test_schedules_of_a_module_of_ones_own_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_schedules.py").write_text(
        "from pure_schedules import linear, schedule\n"
        "@schedule\n"
        "def mine(step, *, peak):\n"
        "    return peak / (1 + step)\n"
        "base = linear(start=0.0, end=1.0, steps=10)\n"
        "print_me = print\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    done = run("table", "--import", "my_own_schedules", "--at", "1", "--csv", "scale(mine(peak=1), factor=0.5)", "base")
    assert done.stdout.splitlines()[1] == "1,0.25,0.1"
    assert "there is no schedule 'print_me'" in refused("table", "--import", "my_own_schedules", "print_me(1)")
    del sys.modules["my_own_schedules"]


def test_a_schedule_that_was_saved_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_saved_schedules.py").write_text(
        "from pure_schedules import schedule\n@schedule\ndef mine(step, *, peak):\n    return peak / (1 + step)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("my_saved_schedules").mine(peak=1.0)
    lr, bundle = tmp_path / "lr.json", tmp_path / "bundle.json"
    lr.write_text(json.dumps(ps.to_data(ps.scale(own, factor=0.5))))
    bundle.write_text(json.dumps(ps.to_data(ps.bundle(lr=ps.constant(value=2.0), beta=ps.constant(value=3.0)))))
    done = run("table", "--import", "my_saved_schedules", "--at", "1", "--csv", str(lr), str(bundle))
    assert done.stdout.splitlines()[1] == "1,0.25,2.0,3.0"
    assert f"{lr}: read as a saved schedule, by from_data" in done.stderr
    said = refused("table", str(lr))
    assert f"{lr}: from_data: " in said
    assert "there is no schedule 'mine'" in said
    assert "import your own by --import MODULE" in said
    assert "--total-steps is not for a schedule that was saved" in refused("table", "--total-steps", "9", str(bundle))
    del sys.modules["my_saved_schedules"]


def test_a_name_that_has_no_value_says_the_option() -> None:
    assert refused("table", "constant(value=T)") == (
        "pure_schedules: parse: there is no schedule or number 'T'; "
        "give a number by --let T=..., or a module of your own by --import\n"
        "    constant(value=T)\n"
        "                   ^\n"
    )
    assert "argument --let: must be NAME=NUMBER, got 'T'" in refused("table", "--let", "T", "constant(value=T)")
    assert "argument --let: must be a number, got 'x'" in refused("table", "--let", "T=x", "constant(value=T)")
    said = refused("table", "--import", "no_such_module", "constant(value=1)")
    assert said.startswith("pure_schedules: --import no_such_module: cannot be imported: ModuleNotFoundError: ")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("1-sqrt", "one_minus_power"),
        ("sqrt", "inverse_sqrt"),
        ("layer-wise", "scale"),
        ("noam", "noam"),
        ("WSD", "like.papers.wsd_1_sqrt"),
    ],
)
def test_what_people_type_is_found(word: str, name: str) -> None:
    assert any(line.startswith(f"{name}: ") for line in run("list", word).stdout.splitlines())
