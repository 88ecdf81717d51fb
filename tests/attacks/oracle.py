"""What may become of a hostile input: a schedule that is a value, or an error in the library's own words.

Whatever else happens is a finding: another error, a warning, a schedule that does not survive its own text or data, a
value that is not a float. An input is given 10 seconds of the processor; how long the slowest took, and how much memory the
hungriest had, are figures of each run.

A value may be refused in the library's words, and with Python's own `ArithmeticError`: where hyperparameters are near the
ends of what a float holds, what is computed of them is past that end.
"""

import re
import signal
import time
import traceback
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pure_schedules as ps
from pure_schedules._reading import known_names, peers

#: An input that takes longer, in time of the processor, is a finding; the slowest that is known takes a tenth of it.
SECONDS = 10
#: One input in so many is run under `tracemalloc`, which is slow.
TRACED = 97
STEPS = (0, 1, 10, 1e9)

OWNERS = {"parse", "from_config", "from_data", "to_data", "step_of", "lambda_lr", "param_group_setter"}
OWNERS |= {*known_names(), *(name for functions in peers().values() for name in functions)}
_SAID = re.compile(r"(?:like\.\w+\.)?(\w+)(?:\.\w+(?:\[\d+\])?)*: \S")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class TooSlow(BaseException):
    """The watchdog has bitten; nothing in the library may catch it."""


class Oracle:
    """Asks one input after another, and keeps what was found."""

    def __init__(self, attack: Callable[[Any], ps.Schedule | None]) -> None:
        self.attack = attack
        self.inputs = self.accepted = self.refused = self.without_value = self.traced = 0
        self.slowest, self.slowest_input = 0.0, ""
        self.peak = self.growth = 0
        self.findings: dict[str, str] = {}
        self.resident = largest()
        signal.signal(signal.SIGVTALRM, _bite)

    def ask(self, hostile: Any) -> list[str]:
        """What was found with this input; nothing if all is well."""
        self.inputs += 1
        self.problems: list[str] = []
        traced = self.inputs % TRACED == 0
        if traced:
            tracemalloc.start()
        start = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.judge(hostile)
        except TooSlow:
            self.found("takes too long", hostile)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        took = time.process_time() - start
        if took > self.slowest:
            self.slowest, self.slowest_input = took, _short(hostile)
        if traced:
            self.traced += 1
            self.peak = max(self.peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        return self.problems

    def judge(self, hostile: Any) -> None:
        try:
            made = self.attack(hostile)
        except Exception as error:
            self.refused += 1
            for problem in problems_of(error):
                self.found(problem, hostile)
            return
        self.accepted += 1
        if made is None:
            return
        for name, again in (("text", lambda: ps.parse(repr(made))), ("data", lambda: ps.from_data(ps.to_data(made)))):
            try:
                same = again() == made
            except Exception as error:
                self.found(f"{name} of what was read: {_said(error)}", hostile)
            else:
                if not same:
                    self.found(f"{name} of what was read is of another schedule", hostile)
        for step in STEPS:
            try:
                value = made(step)
            except Exception as error:
                self.without_value += 1
                if not isinstance(error, ArithmeticError):  # which numbers near the ends of what a float holds may come to
                    for problem in problems_of(error):
                        self.found(f"a value: {problem}", f"{made!r} at {step!r}")
                break
            if type(value) is not float:
                self.found(f"a value is a {type(value).__name__}", f"{made!r} at {step!r}")

    def found(self, what: str, hostile: Any) -> None:
        self.problems.append(what)
        self.findings.setdefault(what, _short(hostile))

    def figures(self) -> dict[str, Any]:
        return {
            "inputs": self.inputs,
            "accepted": self.accepted,
            "refused": self.refused,
            "accepted, without a value at some step": self.without_value,
            "slowest input [s]": round(self.slowest, 3),
            "the slowest input": self.slowest_input,
            "inputs traced": self.traced,
            "highest traced memory of an input [MB]": round(self.peak / 1e6, 2),
            "growth of the process [MB]": round((largest() - self.resident) / 1e3, 1),
        }


def problems_of(error: BaseException) -> Iterator[str]:
    """What is wrong with an error that was raised for a hostile input; nothing if it is the library's own."""
    if type(error) not in (ValueError, TypeError):
        yield _said(error)
        return
    message = str(error)
    message.encode(errors="backslashreplace")
    match = _SAID.match(message)
    if not match or match[1] not in OWNERS:
        yield f"not in the library's words: {_said(error)}"
    if len(message) > 1_000:
        yield f"a message of {len(message)} characters"


def _said(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}: {re.sub(r'[0-9]+', 'N', str(error))[:70]}"


def _short(hostile: Any) -> str:
    try:
        text = repr(hostile)
    except (ValueError, RecursionError):
        text = f"a {type(hostile).__name__}"
    return text if len(text) <= 300 else f"{text[:297]}..."


def _bite(*_: Any) -> None:
    raise TooSlow


def largest() -> int:
    """The most memory that this process has had so far, in kilobytes, as Linux tells it."""
    return int(_PEAK.search(Path("/proc/self/status").read_text())[1])  # type: ignore[index]
