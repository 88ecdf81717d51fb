"""Read the keys of another tool's configuration, without guessing.

Each `from_config` under `like` uses it. It receives a mapping from JSON, TOML or YAML, and arguments for values that
the file lacks. A missing key, a value that is not a number, or an unknown key that may change the curve is an error
that names the key. Where the tool itself has a default (`Default`), it is taken, and `defaults_taken` lists it.
"""

import math
import re
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn, TypeVar

from .._trees import briefly

__all__ = ["LARGEST_LENGTH", "MOST_PARTS", "Default", "Settings", "defaults_taken", "length_of_run", "refuse_two_lengths"]

#: A schedule, or several by name.
Made = TypeVar("Made")

#: The largest count that a float holds exactly.
LARGEST_LENGTH = 2**53
#: The most parts that a file may ask for: stairs, waves, boundaries.
MOST_PARTS = 10_000
LONGEST_QUOTED = 600
#: The most references from key to key that are followed before they count as circular.
MOST_REFERENCES = 20

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_LIST = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_REFERENCE = re.compile(r"\$\{([\w.]+)\}")
#: Finds the argument in the message of a function under `like`.
_ABOUT = re.compile(r"[\w.]+: (\w+) (?:must|is)\b")
_REQUIRED: Any = object()


class Default(NamedTuple):
    """What the tool takes where the file lacks a key, if that changes the curve."""

    value: Any


_TAKEN: ContextVar[dict[str, Any] | None] = ContextVar("defaults taken", default=None)


@contextmanager
def defaults_taken() -> Generator[dict[str, Any]]:
    """Collect the defaults of the tool that readers take meanwhile, by key."""
    taken: dict[str, Any] = {}
    token = _TAKEN.set(taken)
    try:
        yield taken
    finally:
        _TAKEN.reset(token)


class Settings:
    """One section of a configuration, and its path in the file."""

    def __init__(self, owner: str, values: Any, path: str = "", whole: Any = None):
        if not isinstance(values, Mapping):
            if path:
                raise ValueError(f"{owner}: {path[:-1]} must be a section of keys, got {briefly(values)}")
            raise TypeError(
                f"{owner}: config must be a mapping, got {briefly(values)}; read the file first, as json.load does"
            )
        self.owner = owner
        self.values = values
        self.path = path
        #: The whole file, for references such as ``${trainer.max_steps}``.
        self.whole = whole

    # What stands there ------------------------------------------------------------------------------------------------

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        """The keys with a value."""
        return (key for key in self.values if self.get(key) is not None)

    def get(self, key: str) -> Any:
        """The value of a key; None if it is missing or null."""
        value = self.values.get(key)
        return value if self.whole is None else self._followed(key, value)

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        """A number, also given as text: YAML reads ``1e-4`` as text."""
        value = self._or_default(key, default)
        return value if value is None else self._number(key, value)

    def whole_number(self, key: str, default: Any = _REQUIRED) -> Any:
        """A number of steps or parts, from 0 on."""
        number = self.number(key, default)
        return None if number is None else self.length(key, number)

    def length(self, key: str, number: Any) -> int:
        """The same, for a number computed from the value."""
        if number != int(number) or number < 0:
            self.refuse(key, f"must be a whole number from 0 on, got {briefly(number)}")
        if number > LARGEST_LENGTH:
            self.refuse(key, f"must be at most {LARGEST_LENGTH:,} steps, got {briefly(number)}")
        return int(number)

    def parts(self, key: str, default: Any = _REQUIRED) -> Any:
        """A number of parts."""
        number = self.whole_number(key, default)
        if number is not None and number > MOST_PARTS:
            self.refuse(key, f"must be at most {MOST_PARTS:,}, got {briefly(number)}")
        return number

    def numbers(self, key: str, default: Any = _REQUIRED) -> list[Any]:
        """A list of numbers, also given as text, such as ``(60000, 80000)``."""
        value = self._or_default(key, default)
        if isinstance(value, str) and (within := _LIST.fullmatch(value.strip())):
            value = [item for item in (part.strip() for part in within[1].split(",")) if item]
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.refuse(key, f"must be a list of numbers, got {briefly(value)}")
        if len(value) > MOST_PARTS:
            self.refuse(key, f"must have at most {MOST_PARTS:,} numbers, got {len(value):,}")
        return [self._number(key, item) for item in value]

    def flag(self, key: str, default: Any) -> bool:
        value = self._or_default(key, default)
        if not isinstance(value, bool):
            self.refuse(key, f"must be true or false, got {briefly(value)}")
        return value

    def word(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._or_default(key, default)
        if value is not None and not isinstance(value, str):
            self.refuse(key, f"must be a word, got {briefly(value)}")
        return value

    def section(self, key: str) -> "Settings":
        """The section under a key; empty if it is missing."""
        value = self.get(key)
        return Settings(self.owner, {} if value is None else value, f"{self.path}{key}.", self.whole)

    # What is refused --------------------------------------------------------------------------------------------------

    def refuse(self, key: str, problem: str) -> NoReturn:
        raise ValueError(f"{self.owner}: {self.path}{key} {problem}")

    def only(self, known: Collection[str], of: str) -> None:
        """Refuse an unknown key, in a section where every key affects the curve."""
        for key in self.values:
            if key not in known:
                meant = _meant(str(key), known) or f"; known are {', '.join(sorted(known))}"
                self.refuse(_name(key), f"is not known in {of}, and may change the curve{meant}")

    def no_other(self, words: str, known: Collection[str]) -> None:
        """Refuse an unknown key with one of these words in its name, in a section about many things."""
        about = re.compile(rf"(?:^|_)(?:{words})(?:_|$)", re.IGNORECASE)
        for key in self.values:
            if isinstance(key, str) and key not in known and self.get(key) is not None and about.search(key):
                meant = _meant(key, known) or "; take it out if it does not"
                self.refuse(_name(key), f"is not known here, and may change the curve{meant}")

    def agreed(self, key: str, argument: str, given: Any) -> Any:
        """A length from the file or from an argument; if both are given, they must agree."""
        said = self.whole_number(key, None)
        if said is None:
            return given
        self.agree(key, said, argument, given)
        return said

    def agree(self, key: str, said: Any, argument: str, given: Any) -> None:
        """Refuse an argument that contradicts the file."""
        if given is not None and given != said:
            self.refuse(key, f"says {said}, and {argument}={briefly(given)} was given; leave {argument} out")

    def take(self, key: str, default: Any) -> Any:
        """The tool's default for a key that the file lacks."""
        taken = _TAKEN.get()
        if taken is not None:
            taken[f"{self.path}{key}"] = default
        return default

    def one_of(self, key: str, known: Collection[str], given: Any) -> None:
        """Refuse a word that is none of these."""
        if given not in known:
            self.refuse(key, f"must be one of {', '.join(known)}, got {briefly(given)}{_meant(str(given), known)}")

    # What is made of it -----------------------------------------------------------------------------------------------

    def make(self, schedule: Callable[..., Made], keys: Mapping[str, str] | None = None, /, **arguments: Any) -> Made:
        """The schedule of these arguments; an error names the key that the argument was read from."""
        try:
            made = schedule(**arguments)
        except (TypeError, ValueError, ArithmeticError) as error:
            about = _ABOUT.match(str(error))
            argument = about[1] if about else ""
            key = (keys or {}).get(argument, argument)
            said = str(error).removeprefix(f"{getattr(schedule, 'name', '')}: ")
            named_once = said.startswith(f"{key} ")
            said = said.removeprefix(f"{key} ") if argument in arguments else said
            where = f"{self.path}{key}{' ' if named_once else ': '}" if argument in arguments else ""
            if len(said) > LONGEST_QUOTED:  # it quotes a list
                said = f"{said[: LONGEST_QUOTED // 2]} ... {said[-LONGEST_QUOTED // 3 :]}"
            raise ValueError(f"{self.owner}: {where}{said}") from None
        named: Mapping[str, str] = keys or {}
        defaults: Mapping[str, Any] = getattr(schedule, "defaults", {})
        for argument, default in defaults.items():
            if argument not in arguments and default is not None:
                self.take(named.get(argument, argument), default)
        return made

    # How it is read ---------------------------------------------------------------------------------------------------

    def _or_default(self, key: str, default: Any) -> Any:
        value = self.get(key)
        if value is not None:
            return value
        if default is _REQUIRED:
            null = key in self.values and self.values[key] is None
            self.refuse(key, f"is {'null' if null else 'missing'} in the file; put its value there")
        return self.take(key, default.value) if isinstance(default, Default) else default

    def _number(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and len(value) <= 60 and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(key, f"must be a number, got {briefly(value)}")
        if not abs(value) <= 1.7976931348623157e308:
            self.refuse(key, f"must be finite, got {briefly(value)}")
        return value

    def _followed(self, key: str, value: Any) -> Any:
        """The value that a reference such as ``${a.b}`` stands for, from the top of the file."""
        for _ in range(MOST_REFERENCES):
            if not isinstance(value, str):
                return value
            if value == "???":  # left open
                return None
            if "${" not in value:
                return value
            reference = _REFERENCE.fullmatch(value.strip())
            if not reference:
                self.refuse(key, f"is computed elsewhere, by {briefly(value)}; put its value there")
            here: Any = self.whole
            for name in reference[1].split("."):
                here = here.get(name, _REQUIRED) if isinstance(here, Mapping) else _REQUIRED
            if here is _REQUIRED:
                self.refuse(key, f"refers to {reference[1]}, which is not in the file; put its value there")
            value = here
        return self.refuse(key, "is a circular reference; put its value there")


def _meant(word: str, known: Collection[str]) -> str:
    """The question whether a known word was meant; empty if none is close."""
    near = get_close_matches(word[:60], list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _name(key: Any) -> str:
    return key if isinstance(key, str) and len(key) <= 60 else briefly(key)


def length_of_run(owner: str, name: str, given: Any) -> int | None:
    """A length given as an argument: a whole number above 0, or None."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given) or given != int(given):
        raise TypeError(f"{owner}: {name} must be a whole number, got {name}={briefly(given)}; write int(...) around it")
    if not 0 < given <= LARGEST_LENGTH:
        raise ValueError(f"{owner}: {name} must be a whole number above 0, got {name}={briefly(given)}")
    return int(given)


def refuse_two_lengths(settings: Settings, total_steps: int | None, made: int, of: str) -> None:
    """Refuse a total_steps that is not what batches_per_epoch makes with the file."""
    if total_steps is not None and total_steps != made:
        raise ValueError(
            f"{settings.owner}: total_steps={total_steps} was given, and batches_per_epoch=..., which makes {made:,} steps "
            f"with {of}; leave one of them out"
        )
