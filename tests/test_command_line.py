"""``python -m pure_schedules``, run as a user runs it: what it prints, where, and with which exit status."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from catalogue import CASES

import pure_schedules as ps
from pure_schedules import __main__ as command_line
from pure_schedules._terminal import braille

LR = "warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)"
UP = "linear(start=0, end=1, steps=10)"


def run(
    *arguments: str, text: str | bytes = b"", encoding: str = "utf-8", **options: Any
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; its output has to be in the encoding that it is told of."""
    done = subprocess.run(
        [sys.executable, "-m", "pure_schedules", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80", "LINES": "24"},
        timeout=60,
        **options,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(encoding), done.stderr.decode())


def refused(*arguments: str, **options: Any) -> str:
    """What is said on stderr, and only there, where it cannot be done."""
    done = run(*arguments, **options)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


# plot ----------------------------------------------------------------------------------------------------------------


def test_a_curve_in_the_terminal() -> None:
    done = run("plot", LR)
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first == "⠒⠒⠒⠒ warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10000)"
    assert lines[0].startswith("   3e-4 ┤")
    assert lines[-3].startswith("      0 ┤⡎")
    assert lines[-1].split() == ["0", "5,250", "10,500"]
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
    assert "--width must be from 20 to 1000, got 3" in refused("plot", "--width", "3", UP)
    assert "--height must be from 3 to 500, got 100000" in refused("plot", "--height", "100000", UP)


def test_where_braille_cannot_be_shown_there_is_a_table() -> None:
    done = run("plot", LR, encoding="ascii")
    assert done.returncode == 0
    assert done.stdout == run("table", LR).stdout
    assert done.stdout.isascii()


def test_a_logarithmic_axis_and_the_last_step() -> None:
    done = run("plot", "--log", "--steps", "2_000", LR)
    lines = done.stdout.splitlines()
    assert lines[-2].split() == ["0", "1,000", "2,000"]
    assert lines[-1] == "0 and below not shown"
    assert "a logarithmic axis needs values above 0" in refused("plot", "--log", "constant(value=0)")


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_has_a_curve(case: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ([], ["--log"]):
        assert command_line.main(["plot", "--width", "60", "--height", "8", *options, repr(case.schedule)]) == 0
        drawn = capsys.readouterr().out
        assert any(0x2800 < ord(character) < 0x2900 for character in drawn.partition("\n")[2])
        assert all(len(line) <= 60 for line in drawn.splitlines())


@pytest.mark.parametrize("points", [[(0, 0.0)], [(0, -1.0), (1, -1.0)], [(0, 1e300), (5, -1e300)], [(0, 5e-324), (1, 0.0)]])
def test_odd_curves_are_drawn(points: list[tuple[float, float]]) -> None:
    drawn = braille({"odd": points}, last=points[-1][0], width=30, height=4)
    assert len(drawn.splitlines()) == 7
    assert braille({"odd": points}, last=points[-1][0], width=30, height=4, colour=True).count("\x1b[0m") > 1


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "start"), [("lr.png", b"\x89PNG"), ("lr.SVG", b"<?xml"), ("lr.pdf", b"%PDF")])
def test_a_picture_in_a_file(name: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    done = run("plot", "--output", str(path), "--log", LR, UP)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert path.read_bytes().startswith(start)


def test_the_size_of_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "lr.png"
    assert run("plot", "--output", str(path), "--width", "4", "--height", "2", UP).returncode == 0
    assert [int.from_bytes(path.read_bytes()[at : at + 4], "big") for at in (16, 20)] == [600, 300]
    assert "--width must be from 1 to 40, got 1e+06" in refused(
        "plot", "--output", str(tmp_path / "large.png"), "--width", "1e6", UP
    )


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lr.png"
    path.write_text("precious")
    assert refused("plot", "--output", str(path), UP) == f"pure_schedules: {path}: exists already; --force replaces it\n"
    assert path.read_text() == "precious"
    assert run("plot", "--output", str(path), "--force", UP).returncode == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    assert "is a directory; give the name of a file in it" in refused("plot", "--output", str(tmp_path), "--force", UP)
    assert "must end in .png, .svg or .pdf" in refused("plot", "--output", str(tmp_path / "lr.jpeg"), UP)
    assert "must end in .png, .svg or .pdf" in refused("plot", "--output", str(tmp_path / "lr"), UP)
    assert "cannot be written: No such file or directory" in refused("plot", "--output", str(tmp_path / "no" / "lr.png"), UP)
    assert list(tmp_path.iterdir()) == []
    nothing = tmp_path / "lr.png"
    assert "parse: there is no schedule 'cosin'" in refused("plot", "--output", str(nothing), "cosin(start=1)")
    assert not nothing.exists()


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
    assert [line.split() for line in run("table", UP, "constant(value=2)").stdout.splitlines()[2:5]] == [
        ["step", "(1)", "(2)"],
        ["0", "0", "2"],
        ["1", "0.1", "2"],
    ]


def test_a_table_has_the_boundaries_and_the_end() -> None:
    steps = [line.split()[0] for line in run("table", LR.replace("1_000", "1_234")).stdout.splitlines()[2:]]
    assert {"0", "1,234", "10,000"} <= set(steps)
    assert run("table", "--steps", "5", "noam(d_model=64, warmup_steps=4)").stdout.splitlines()[-1].split()[0] == "5"


def test_csv_and_json_have_every_digit() -> None:
    other = "cosine(start=1, steps=9)"
    rows = list(csv.reader(io.StringIO(run("table", "--csv", "--at", "0:11", UP, other).stdout)))
    schedules = [ps.parse(UP), ps.parse(other)]
    assert rows[0] == ["step", *map(repr, schedules)]
    assert [(int(row[0]), float(row[1]), float(row[2])) for row in rows[1:]] == [
        (step, schedules[0](step), schedules[1](step)) for step in range(11)
    ]
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
        ("0:1.5", "must be a whole number from 0 on, got '1.5'"),
        ("0:1e12", "must be at most 100,000 steps; take every so many: START:STOP:EVERY"),
        ("inf", "must be finite, got 'inf'"),
        ("9" * 5000, "must be finite, got '9999"),
    ],
)
def test_steps_that_are_none(steps: str, said: str) -> None:
    assert f"argument --at: {said}" in refused("table", "--at", steps, UP)


# diff, check, list ---------------------------------------------------------------------------------------------------


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
    assert "steps 0 to 49" in run("diff", "--stop", "50", UP, "constant(value=1)").stdout
    assert run("diff", "noam(d_model=64, warmup_steps=400)", "noam(d_model=65, warmup_steps=400)").returncode == 1
    long = run("diff", "linear(start=0, end=1, steps=1e12)", "linear(start=0, end=1, steps=2e12)")
    assert "every 2,000,001" in long.stdout


def test_check() -> None:
    done = run("check", "--continuous", "--low", "0", "--high", "3e-4", LR)
    assert (done.returncode, done.stderr) == (0, "")
    facts = [line.split(":", 1) for line in done.stdout.splitlines() if ":" in line]
    assert {name: fact.strip() for name, fact in facts} == {
        "length": "10,000 steps",
        "looked at": "steps 0 to 10,001",
        "first": "0",
        "last": "0",
        "smallest": "0 at step 0",
        "largest": "3e-4 at step 1,000",
        "direction": "both",
        "continuous": "yes",
        "sum": "1.5",
    }
    assert "  = join  boundaries" not in done.stdout
    assert "    schedules[1] cosine(start=0.0003, end=0.0, steps=9000)" in done.stdout


def test_a_check_that_does_not_hold() -> None:
    done = run(
        "check", "--continuous", "--low", "0.5", "--high", "0.9", "step_decay(start=1, factor=0.5, every=10)", "--stop", "25"
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-3:] == [
        "fails: a value is below --low 0.5",
        "fails: a value is above --high 0.9",
        "fails: it is not continuous",
    ]
    assert "continuous: no, at step 10 from 1 to 0.5; at step 20 from 0.5 to 0.25" in done.stdout


def test_a_check_of_what_is_endless_or_too_long_to_be_asked_update_by_update() -> None:
    assert "length:     no end" in run("check", "noam(d_model=64, warmup_steps=40)").stdout
    long = run("check", "linear(start=0, end=1, steps=1e12)")
    assert long.returncode == 0
    assert "continuous: not looked at; give --stop" in long.stdout
    assert "give --stop" in refused_but_printed("check", "--continuous", "linear(start=0, end=1, steps=1e12)")


def refused_but_printed(*arguments: str) -> str:
    done = run(*arguments)
    assert done.returncode == 2
    return done.stderr


def test_list() -> None:
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for case in CASES:
        assert any(line.startswith(f"{case.schedule.factory.__name__}: ") for line in lines)
    assert any(line.startswith("like.torch.OneCycleLR: ") for line in lines)
    one = run("list", "COSINE", "sgdr", "without").stdout.splitlines()
    assert one[0] == "cosine: Half a cosine wave from `start` to `end` over `steps` steps, then `end`."
    assert one[1] == "    source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983 (without restarts)"
    assert one[2].startswith("    in: like.")
    none = run("list", "zzz")
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == "pure_schedules: no schedule has 'zzz' in its description\n"


# Expressions, and what is asked for ----------------------------------------------------------------------------------


def test_an_expression_from_stdin() -> None:
    written = "# the run of May\nwarmup_cosine(\n  peak=3e-4,\n  warmup_steps=1_000,\n  total_steps=10_000,\n)\n"
    assert run("table", "-", text=written).stdout == run("table", LR).stdout
    assert run("diff", "-", LR, text=written).returncode == 0
    assert "- can stand for one expression, and is given twice" in refused("diff", "-", "-", text=written)
    assert "parse: there is nothing to read" in refused("table", "-")
    assert "stdin: this is not UTF-8 text; byte 3 is 0xff" in refused("table", "-", text=b"lin\xffear(start=0)")
    assert "100000 is the most that is read" in refused("table", "-", text="linear(start=0)" + " " * 10_000_000)
    assert "100000 is the most that is read" in refused("table", "-", text=b"\xff" * 10_000_000)


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["draw"], "invalid choice: 'draw'"),
        (["plot"], "the following arguments are required: EXPRESSION"),
        (["diff", UP], "the following arguments are required: EXPRESSION"),
        (["table", "--csv", "--json", UP], "argument --json: not allowed with argument --csv"),
        (["plot", "--steps", "many", UP], "argument --steps: must be a number, got 'many'"),
        (
            ["plot", "--steps=-3", UP],
            "plot: steps must be finite and not negative, got steps=-3.0; give the last step to show",
        ),
        (["check", "--stop", "-1", UP], "must be a whole number from 0 on, got '-1'"),
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


def test_help_and_version() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("plot", "table", "diff", "check", "list", "exit status"))
    assert run("--version").stdout == f"pure-schedules {ps.__version__}\n"
    for line in command_line.EXAMPLES.splitlines():
        if "python -m" in line and "<" not in line and "--output" not in line:
            done = subprocess.run(
                ["bash", "-c", line.replace("python", sys.executable, 1)], capture_output=True, text=True, check=False
            )
            assert done.returncode in (0, 1), done.stderr
            assert done.stderr == ""


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
    [["table", LR], ["list"], ["diff", LR, UP], ["check", LR], ["plot", LR], ["table", "like.torch.StepLR(step_size=3)"]],
)
def test_it_starts_without_torch(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == "\n"


@pytest.mark.parametrize("arguments", [["table", LR], ["list", "cosine"]])
def test_it_starts_in_under_150_milliseconds(arguments: list[str], tmp_path: Path) -> None:
    """Of the processor's time, the least of several: a machine that is busy with other things starts nothing quickly."""
    resource = pytest.importorskip("resource")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
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
