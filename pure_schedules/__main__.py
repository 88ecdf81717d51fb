"""The command line: ``python -m pure_schedules plot | table | diff | describe | list``.

The exit status is 0 on success; 1 if two schedules differ, a condition does not hold, or nothing is found; 2 on an
error, with the reason on stderr. Expressions are read by `parse` and never evaluated.
"""

import argparse
import importlib
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from inspect import signature
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from . import __version__, _files, queries
from ._curves import labelled, last_step, marks, points, values
from ._factory import Factory
from ._files import Problem
from ._labels import number_label, step_label
from ._plot import picture_of, plot
from ._reading import known_names, nearest, peers
from ._sampling import exact_sum, nearest_float
from ._schedule import Schedule
from ._terminal import braille, columns
from ._trees import shown, written
from .bundles import Bundle
from .data import differences
from .spaces import Space
from .text import LONGEST_TEXT, read

# The characters of a braille curve, to test the encoding of a terminal.
DRAWN_WITH = "⠿┤│└─"
# The most updates evaluated one by one, which takes a second or two; and the most rows of a table.
MOST_UPDATES = 1_000_000
MOST_ROWS = 100_000
#: The exit status after a broken pipe, as in ``... | head``.
READER_LEFT = 141
INTERRUPTED = 130

EXAMPLES = """\
examples:
  python -m pure_schedules plot 'warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)'
  python -m pure_schedules plot --log --output lr.png 'noam(d_model=512, warmup_steps=4_000)' 'inverse_sqrt(peak=7e-4, timescale=4_000)'
  python -m pure_schedules table --at 0,500,1_000:10_001:1_000 --csv 'warmup_linear(peak=1, warmup_steps=500, total_steps=10_000)'
  python -m pure_schedules diff 'cosine(start=1e-3, steps=900)' 'linear(start=1e-3, end=0, steps=900)'
  python -m pure_schedules describe --continuous --high 3e-4 - < schedule.txt
  python -m pure_schedules plot ds_config.json --total-steps 100_000
  python -m pure_schedules plot --as code config.yaml
  python -m pure_schedules plot --let T=10_000 'warmup_cosine(peak=3e-4, warmup_steps=0.03*T, total_steps=T)'
  python -m pure_schedules list restarts

exit status: 0 success; 1 the schedules differ, a condition does not hold, nothing is found; 2 error
"""  # noqa: E501 - lines to copy

#: A subcommand: it prints its lines, and returns the exit status.
Command: TypeAlias = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return the exit status."""
    try:
        given = _parser().parse_args(arguments)  # prints the help, if asked for
        command: Command = given.command
        status = command(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()
        return READER_LEFT
    except (Problem, TypeError, ValueError, ArithmeticError, ImportError) as error:
        return _told(error)
    except OSError as error:
        _leave_stdout()
        return _told(f"stdout: cannot be written: {error.strerror}")
    return status


def _told(problem: object) -> int:
    with suppress(OSError):
        print(f"pure_schedules: {problem}", file=sys.stderr)
    return 2


def _leave_stdout() -> None:
    """Discard the rest of the output, which would fail again when Python exits."""
    with suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


# Arguments -----------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pure_schedules",
        description="Plot, compare and describe learning-rate schedules.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pure-schedules {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, does: Command, what: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name,
            help=what,
            description=what,
            allow_abbrev=False,
            parents=[imported] if does is _list else [beside_a_file, imported],
        )
        made.set_defaults(command=does)
        return made

    expression: dict[str, Any] = {
        "metavar": "EXPRESSION",
        "help": "a schedule as parse() reads it, such as 'cosine(start=1e-3, steps=900)'; or a configuration "
        "file of another tool, in JSON, TOML or YAML; - reads an expression from stdin",
    }
    beside_a_file = argparse.ArgumentParser(add_help=False)
    beside = beside_a_file.add_argument_group("values that a file lacks")
    beside.add_argument("--total-steps", type=_whole, metavar="N", help="updates in the run")
    beside.add_argument("--batches-per-epoch", type=_whole, metavar="N", help="batches of one process in an epoch")
    beside.add_argument(
        "--warmup-steps", type=_whole, metavar="N", help="updates in the warmup, if the file leaves it to the program"
    )
    beside.add_argument("--lr", type=_number, metavar="RATE", help="the rate of the optimizer")
    beside.add_argument("--tool", choices=sorted(_files.TOOLS), help="the tool of the file; by default detected")
    named = beside_a_file.add_argument_group("names in an expression")
    named.add_argument("--let", action="append", default=[], type=_let, metavar="NAME=NUMBER", help="such as T=10_000")
    imported = argparse.ArgumentParser(add_help=False)
    imported.add_argument(
        "--import",
        dest="modules",
        action="append",
        default=[],
        metavar="MODULE",
        help="import a module of your own, and use its schedules by name; this runs its code",
    )
    drawn = command("plot", _plot, "draw one or more schedules in one plot, in the terminal or to a file")
    drawn.add_argument("expressions", nargs="+", **expression)
    drawn.add_argument(
        "--as", dest="form", choices=["curve", "code"], default="curve", help="code prints the schedule as Python code"
    )
    drawn.add_argument("--log", action="store_true", help="use a logarithmic axis for the values")
    drawn.add_argument("--steps", type=_number, help="the last step shown; by default enough to see the whole curve")
    drawn.add_argument("--output", type=Path, metavar="FILE", help="save a .png, .svg or .pdf picture; needs matplotlib")
    drawn.add_argument("--force", action="store_true", help="overwrite FILE")
    drawn.add_argument("--width", type=_number, help="characters in a line; inches for a FILE")
    drawn.add_argument("--height", type=_number, help="lines of the curve; inches for a FILE")

    table = command("table", _table, "print the values at some steps")
    table.add_argument("expressions", nargs="+", **expression)
    table.add_argument("--at", metavar="STEPS", help="0,10,500 or START:STOP:EVERY, such as 0:1_000:100; names of --let too")
    table.add_argument("--steps", type=_number, help="the last step of the table, without --at")
    form = table.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="comma-separated values, in full precision")
    form.add_argument("--json", action="store_true", help="an object with schedules, steps and values, in full precision")

    diff = command("diff", _diff, "list what changed between two schedules, and the largest difference of their values")
    diff.add_argument("before", **expression)
    diff.add_argument("after", **expression)
    diff.add_argument("--stop", type=_whole, help="end before this update; by default the length of the longer one")

    described = command(
        "describe", _describe, "print the parts, length, range of values, jumps and sum of a schedule; check limits"
    )
    described.add_argument("expression", **expression)
    described.add_argument("--stop", type=_whole, help="end before this update; by default the length")
    described.add_argument("--low", type=_number, help="fail if a value is below this")
    described.add_argument("--high", type=_number, help="fail if a value is above this")
    described.add_argument("--continuous", action="store_true", help="fail if there is a jump")

    listed = command("list", _list, "list the schedules, their sources, and the other libraries that have them")
    listed.add_argument("words", nargs="*", metavar="WORD", help="list only schedules with all WORDs in their documentation")
    return parser


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _wrong("must be a number", text) from None
    if not math.isfinite(number):
        raise _wrong("must be finite", text)
    return number


def _let(text: str) -> tuple[str, float]:
    name, given, number = text.partition("=")
    if "," in number:
        raise _wrong("must be one NAME=NUMBER; write --let once for each of them", text)
    if not (given and name.strip().isidentifier()):
        raise _wrong("must be NAME=NUMBER", text)
    try:
        return name.strip(), int(number)
    except ValueError:
        return name.strip(), _number(number)


def _whole(text: str) -> int:
    number = _number(text)
    if number != int(number) or number < 0:
        raise _wrong("must be a whole number from 0 on", text)
    return int(number)


def _steps(text: str, numbers: Mapping[str, float]) -> list[float]:
    """The steps of ``0,10,500:1_000:100``, where a step may be the name of a number."""
    steps: list[float] = []
    for part in re.sub(r"[^\W\d]\w*", lambda found: str(numbers.get(found[0], found[0])), text).split(","):
        if ":" in part:
            bounds = [_whole(bound) for bound in part.split(":")]
            if len(bounds) > 3 or (len(bounds) == 3 and not bounds[2]):
                raise _wrong("must be START:STOP or START:STOP:EVERY", part)
            some: Sequence[float] = range(*bounds)
            if not some:
                raise _wrong("must hold a step: START:STOP ends before STOP", part)
        else:
            number = _number(part)
            some = [int(number) if number == int(number) else number]
        if len(steps) + len(some) > MOST_ROWS:
            raise argparse.ArgumentTypeError(f"must be at most {MOST_ROWS:,} steps; take every so many: START:STOP:EVERY")
        steps += some
    return steps


def _wrong(rule: str, text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{rule}, got {text[:40]!r}")


def _read(expressions: Sequence[str], given: argparse.Namespace) -> list[Schedule]:
    if expressions.count("-") > 1:
        raise Problem("- is given twice; stdin can be read only once")
    beside = {name: value for name in _files.ARGUMENTS if (value := getattr(given, name)) is not None}
    if (beside or given.tool) and not any(map(_files.is_file, expressions)):
        option = next(iter(beside), "tool").replace("_", "-")
        raise Problem(f"--{option} is for files, and none is given; an expression says it itself")
    names = _names(given) | dict(given.let)
    read: list[Any] = []
    for expression in expressions:
        if _files.is_file(expression):
            found, said, defaults = _files.read(Path(expression), given.tool, names, **beside)
            several = dict(found) if isinstance(found, Bundle) else {"": found}
            if given.command not in (_plot, _table):  # the others take one schedule
                several = dict(list(several.items())[:1])
            listed = f": {', '.join(several)}" if isinstance(found, Bundle) else ""
            print(f"pure_schedules: {said}{listed}", file=sys.stderr)
            if defaults:
                print(f"pure_schedules: {defaults}", file=sys.stderr)
            read += several.values()
        else:
            read.append(_parsed(_from_stdin() if expression == "-" else expression, names))
    if any(isinstance(schedule, Bundle) for schedule in read):
        raise Problem("a bundle is several schedules by name; give each of them as an expression of its own")
    return read


def _parsed(expression: str, names: Mapping[str, Any]) -> Any:
    try:
        return read(expression, names, "give a number by --let {}=..., or a module of your own by --import".format)
    except ValueError as error:
        if os.path.isdir(expression):
            raise Problem(f"{expression}: is a directory; give the name of a file in it") from None
        if os.path.exists(expression):
            endings = " ".join(_files.ENDINGS)
            raise Problem(
                f"{expression}: is a file, and its ending is none of {endings}; for an expression in a file write "
                f"- < {expression}"
            ) from None
        raise Problem(str(error)) from None


def _names(given: argparse.Namespace) -> dict[str, Any]:
    """The names in expressions besides the library's: schedules from modules, and numbers."""
    names: dict[str, Any] = {}
    for path in given.modules:
        if path.endswith(".py"):
            module = path.removesuffix(".py").replace("/", ".").lstrip(".")
            raise Problem(f"--import {path}: takes the name of a module, as import does; write --import {module}")
        try:
            module = importlib.import_module(path)
        except Exception as error:
            raise Problem(f"--import {path}: cannot be imported: {type(error).__name__}: {error}") from None
        public = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        found = {name: getattr(module, name) for name in public}
        names |= {name: thing for name, thing in found.items() if isinstance(thing, Factory | Schedule | Space)}
    return names


def _from_stdin() -> str:
    read = sys.stdin.buffer.read(4 * LONGEST_TEXT + 1)  # no character takes more than four bytes
    try:
        return read.decode()
    except UnicodeDecodeError as error:
        if len(read) > 4 * LONGEST_TEXT:
            return read.decode(errors="replace")  # too long: `parse` refuses it
        raise Problem(f"stdin: this is not UTF-8 text; byte {error.start} is {read[error.start]:#04x}") from None


# plot, table ---------------------------------------------------------------------------------------------------------


def _plot(given: argparse.Namespace) -> int:
    schedules = _read(given.expressions, given)
    if given.form == "code":
        _print(map(repr, schedules))
        return 0
    curves = labelled(schedules)
    if given.output is not None:
        _save(curves, given)
        return 0
    last = last_step(list(curves.values()), given.steps)
    if not _can_show(DRAWN_WITH):
        _print(_text_table(curves, _steps_of(curves, given.steps)))
        return 0
    size = shutil.get_terminal_size()
    width = _within("--width", given.width, 20, 1_000, min(size.columns, 120))
    height = _within("--height", given.height, 3, 500, max(8, min(size.lines - 5 - len(curves), 20)))
    drawn = {label: points(curve, last) for label, curve in curves.items()}
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb" and os.name != "nt"
    _print([braille(drawn, last=last, log=given.log, width=int(width), height=int(height), colour=colour)])
    return 0


def _within(name: str, number: float | None, low: float, high: float, otherwise: float) -> float:
    if number is not None and not low <= number <= high:
        raise Problem(f"{name} must be from {low} to {high}, got {number:g}")
    return otherwise if number is None else number


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _save(curves: Mapping[str, Schedule], given: argparse.Namespace) -> None:
    path: Path = given.output
    kind = path.suffix.lower().removeprefix(".")
    if path.is_dir():
        raise Problem(f"{path}: is a directory; give the name of a file in it, such as {path / 'lr.png'}")
    if kind not in ("png", "svg", "pdf") and not (path.exists() and not path.is_file()):
        raise Problem(f"{path}: must end in .png, .svg or .pdf, which says what to write")
    there = path.exists()
    if there and not given.force:
        raise Problem(f"{path}: exists already; --force replaces it")
    ax = plot(curves, given.steps, log=given.log)
    figure: Any = ax.figure
    figure.set_size_inches(_within("--width", given.width, 1, 40, 7.2), _within("--height", given.height, 1, 40, 4.0))
    picture = picture_of(ax, kind if kind in ("png", "svg", "pdf") else "png")
    try:
        # Mode x fails if another process has created the file meanwhile.
        with open(path, "wb" if given.force else "xb") as file:
            file.write(picture)
    except FileExistsError:
        raise Problem(f"{path}: exists already; --force replaces it") from None
    except OSError as error:
        if not there:
            with suppress(OSError):
                path.unlink()  # half a picture
        raise Problem(f"{path}: cannot be written: {error.strerror}") from None


def _table(given: argparse.Namespace) -> int:
    schedules = _read(given.expressions, given)
    try:
        at = _steps(given.at, dict(given.let)) if given.at is not None else None
    except argparse.ArgumentTypeError as error:
        raise Problem(f"argument --at: {error}") from None
    steps = at or _steps_of(labelled(schedules), given.steps)
    if given.csv:
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["step", *map(repr, schedules)])
        writer.writerows(_rows(schedules, steps))
    elif given.json:
        import json

        had = [list(values(schedule, steps)) for schedule in schedules]
        _print([json.dumps({"schedules": list(map(repr, schedules)), "steps": steps, "values": had})])
    else:
        _print(_text_table(labelled(schedules), steps))
    return 0


def _rows(schedules: Iterable[Schedule], steps: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """Each step and the values at it."""
    return zip(steps, *(values(schedule, steps) for schedule in schedules), strict=True)


def _steps_of(curves: Mapping[str, Schedule], steps: float | None) -> list[float]:
    """Steps that show the shape of the curves: tenths of the run, and their boundaries."""
    last = last_step(list(curves.values()), steps)
    ends = [float(curve.steps) for curve in curves.values()]
    if steps is None and any(0 < end < math.inf for end in ends):
        last = max(end for end in ends if end < math.inf)
    whole = [int(last / 10 * tenth) for tenth in range(10)] if last >= 10 else list(range(int(last) + 1))
    places = [math.ceil(mark) for curve in curves.values() for mark in marks(curve, last)]
    return sorted({*whole, *places, int(last) if last == int(last) else last})


def _text_table(curves: Mapping[str, Schedule], steps: Sequence[float]) -> Iterator[str]:
    names = ["value"] if len(curves) == 1 else [f"({number})" for number in range(1, len(curves) + 1)]
    for name, label in zip(names, curves, strict=True):
        yield label if len(curves) == 1 else f"{name} {label}"
    rows = ((step_label(step), *map(number_label, had)) for step, *had in _rows(curves.values(), steps))
    yield from columns(["step", *names], rows)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


# diff, describe ---------------------------------------------------------------------------------------------------------


def _updates(schedules: Sequence[Schedule], stop: int | None) -> range:
    """The updates to evaluate: those of the longest schedule and two more, or a regular subset of them."""
    if stop is None:
        lengths = [float(schedule.steps) for schedule in schedules]
        # One more than the first at or after the end: with a fractional length, the clock of a child may round.
        stop = math.ceil(max(lengths)) + 2 if math.inf not in lengths else int(last_step(schedules)) + 1
    return range(0, max(stop, 1), 1 + (max(stop, 1) - 1) // MOST_UPDATES)


def _said(updates: range) -> str:
    return f"steps 0 to {step_label(updates[-1])}" + (f", every {step_label(updates.step)}" if updates.step > 1 else "")


def _diff(given: argparse.Namespace) -> int:
    before, after = schedules = _read([given.before, given.after], given)
    words = differences(before, after)
    updates = _updates(schedules, given.stop)
    largest, step, old, new = max((abs(x - y), -step, x, y) for step, x, y in _rows(schedules, updates))
    if largest:
        said = f"{number_label(largest)} at step {step_label(-step)}, from {number_label(old)} to {number_label(new)}"
        _print([*words, f"largest difference of the values, {_said(updates)}: {said}"])
    else:
        _print([*words, f"the values are the same, {_said(updates)}"] if words else ["the same schedule"])
    return 1 if words else 0


def _describe(given: argparse.Namespace) -> int:
    (schedule,) = _read([given.expression], given)
    updates = _updates([schedule], given.stop)
    had = list(values(schedule, updates))
    low, high = min(had), max(had)
    rising = all(x <= y for x, y in pairwise(had))
    falling = all(x >= y for x, y in pairwise(had))
    every_update = updates.step == 1
    jumps = queries.jumps(schedule, stop=len(updates)) if every_update and len(updates) <= MOST_UPDATES // 10 else None
    endless = float(schedule.steps) == math.inf
    run = updates if endless or given.stop is not None else range(max(0, math.ceil(schedule.steps)))

    def at(value: float) -> str:
        return f"{number_label(value)} at step {step_label(updates[had.index(value)])}"

    facts = {
        "length": "endless" if endless else f"{step_label(float(schedule.steps))} steps",
        "evaluated": _said(updates),
        "first": number_label(had[0]),
        "last": number_label(had[-1]),
        "smallest": at(low),
        "largest": at(high),
        "direction": "constant" if rising and falling else "rising" if rising else "falling" if falling else "both",
        "continuous": "not computed; give --stop" if jumps is None else _of_jumps(jumps),
        "sum": number_label(nearest_float(exact_sum("describe", lambda: had[: len(run)])))
        if every_update
        else "not computed; give --stop",
    }
    _print([*_composition(schedule, ""), "", *(f"{name + ':':<12}{fact}" for name, fact in facts.items())])
    problems = [
        *([f"a value is below --low {given.low:g}"] if given.low is not None and low < given.low else []),
        *([f"a value is above --high {given.high:g}"] if given.high is not None and high > given.high else []),
    ]
    if given.continuous and jumps is None:
        raise Problem("--continuous needs every update, and these are too many; give --stop")
    if given.continuous and jumps:
        problems.append("it is not continuous")
    _print(f"fails: {problem}" for problem in problems)
    return 1 if problems else 0


def _of_jumps(jumps: Sequence[queries.Jump]) -> str:
    said = [
        f"at step {number_label(jump.step)} from {number_label(jump.before)} to {number_label(jump.after)}"
        for jump in jumps[:5]
    ]
    return f"no, {'; '.join(said)}{f'; and {len(jumps) - 5} more' if len(jumps) > 5 else ''}" if jumps else "yes"


def _composition(value: Schedule, indent: str, name: str = "") -> Iterator[str]:
    """The parts of a schedule, one on each line, with the composition of a recipe below it."""
    children = {
        f"{key}[{index}]" if isinstance(item, tuple) else key: child
        for key, item in value.arguments.items()
        for index, child in enumerate(item if isinstance(item, tuple) else (item,))
        if isinstance(child, Schedule)
    }
    if not children and value.composition is value:
        yield f"{indent}{name}{value!r}"
        return
    own = {
        key: item
        for key, item in value.arguments.items()
        if item is not None and not any(key in (child, child.partition("[")[0]) for child in children)
    }
    numbers = ", ".join(f"{key}={shown(item, written, 100)}" for key, item in own.items())
    yield f"{indent}{name}{value.factory.__name__}{f'  {numbers}' if numbers else ''}"
    for key, child in children.items():
        yield from _composition(child, f"{indent}  ", f"{key} ")
    if value.composition is not value:
        yield from _composition(value.composition, f"{indent}  ", "= ")


# list ----------------------------------------------------------------------------------------------------------------


def _list(given: argparse.Namespace) -> int:
    own = {name: thing for name, thing in {**known_names(), **_names(given)}.items() if isinstance(thing, Factory)}
    theirs = {f"like.{peer}.{name}": function for peer, module in peers().items() for name, function in module.items()}
    made_of = {name: _made_of(function, own) for name, function in theirs.items()}
    asked = "".join(map(_compact, given.words))
    elsewhere = [place for names, place in ELSEWHERE.items() if asked in names]
    _print(elsewhere)
    words = [SYNONYMS[asked]] if asked in SYNONYMS else given.words
    found = len(elsewhere)
    for name, thing in {**own, **theirs}.items():
        documented = thing.__doc__ or ""
        described, source = documented.partition("\n")[0].strip(), _source(documented)
        also = [peer for peer, names in made_of.items() if name in names]
        said = _compact(f"{name} {documented}")
        if not all(_compact(word) in said for word in words):
            continue
        found += 1
        if thing is next(iter(theirs.values())) and not given.words:
            print()
        print(f"{name}: {described}")
        if source:
            print(f"    source: {source}")
        if also:
            print(f"    in: {', '.join(also[:8])}{f' and {len(also) - 8} more' if len(also) > 8 else ''}")
        if given.words:
            print(f"    write: {_call(name, thing)}")
    if not found:
        near = nearest("_".join(given.words), [*own, *(name.rpartition(".")[2] for name in theirs)])
        meant = f"; did you mean {near!r}?" if near else ""
        said = f"no schedule has {' and '.join(map(repr, given.words))} in its documentation{meant}"
        print(f"pure_schedules: {said}", file=sys.stderr)
    return 0 if found else 1


#: What people look for under another name, without spaces: the word that finds it.
SYNONYMS = {"trapezoidal": "trapezoid", "oneminussqrt": "1-sqrt", "oneminussquareroot": "1-sqrt"}
#: What is no schedule, by the names that people look for: where it is.
ELSEWHERE = {
    ("layerwise", "layerwisedecay", "llrd", "layerdecay", "layerwiselrdecay", "discriminative"): (
        "one rate for each layer: by_group(rule) in pure_schedules_torch, with scale(schedule, factor=...) for each group"
    ),
    ("reducelronplateau", "reduceonplateau"): "a rate that follows a metric: pure_schedules.reactive, such as "
    "reduce_on_plateau",
}


def _call(name: str, thing: Any) -> str:
    """How a schedule is written: its hyperparameters, with the defaults that they have."""
    parameters = signature(thing).parameters.values()
    written_out = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters]
    return f"{name}({', '.join(written_out)})"


def _compact(text: str) -> str:
    """Text normalised for search: 1-sqrt is found in ``1 - sqrt(...)``, and step lr in StepLR."""
    return re.sub(r"[\s`*_-]+", "", text.lower())


def _source(documented: str) -> str:
    """The text after ``Source:``, on one line."""
    _, _, source = documented.partition("Source:")
    return " ".join(source.split()).removesuffix(".")


def _made_of(function: Any, own: Mapping[str, Any]) -> set[str]:
    """The schedules that a peer's schedule is composed of, from its docstring."""
    formula = (function.__doc__ or "").partition("Args:")[0]
    return {name for name in re.findall(r"(\w+)\(", formula) if name in own}


if __name__ == "__main__":
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # like stderr: do not fail on a character that cannot be shown
    sys.exit(main())
