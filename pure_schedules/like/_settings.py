"""How a reader of another tool's configuration asks for its keys: what stands there is read, and nothing is guessed.

Each `from_config` under `like` is such a reader. It gets a mapping, as JSON, TOML or YAML gave it, and what the file does
not say as arguments. Whatever is missing, is no number, or would change the curve in a way that the reader does not know
is an error that names the key.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from reprlib import Repr
from typing import Any, NoReturn, TypeVar

__all__ = ["LARGEST_LENGTH", "MOST_PARTS", "Settings", "brief", "length_of_run"]

#: A schedule, or several by name.
Made = TypeVar("Made")

#: A float counts up to here.
LARGEST_LENGTH = 2**53
#: As many parts as a file may ask for: stairs, waves, boundaries.
MOST_PARTS = 10_000
LONGEST_QUOTED = 600
#: As many steps from one open place to the next as are followed before they count as a circle.
MOST_REFERENCES = 20

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_LIST = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_REFERENCE = re.compile(r"\$\{([\w.]+)\}")
#: Which argument the message of a function under `like` is about.
_ABOUT = re.compile(r"[\w.]+: (\w+) (?:must|is)\b")
_REQUIRED: Any = object()

_shorten = Repr()
_shorten.maxstring = _shorten.maxother = _shorten.maxlong = 60
_shorten.maxlevel = 2


class Settings:
    """One section of a configuration, and where in the file it stands."""

    def __init__(self, owner: str, values: Any, path: str = "", whole: Any = None):
        if not isinstance(values, Mapping):
            if path:
                raise ValueError(f"{owner}: {path[:-1]} must be a section of keys, got {brief(values)}")
            raise TypeError(
                f"{owner}: config must be a mapping, got {brief(values)}; read the file first, as json.load does"
            )
        self.owner = owner
        self.values = values
        self.path = path
        #: The whole file, where one place may stand for another, as in ``${trainer.max_steps}``.
        self.whole = whole

    # What stands there ------------------------------------------------------------------------------------------------

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        """The keys under which something stands."""
        return (key for key in self.values if self.get(key) is not None)

    def get(self, key: str) -> Any:
        """What stands under a key; None where nothing does, and where it says null."""
        value = self.values.get(key)
        return value if self.whole is None else self._followed(key, value)

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        """A number; a text that reads as one is one, for YAML takes ``1e-4`` for a text."""
        value = self._or_default(key, default)
        return value if value is None else self._number(key, value)

    def whole_number(self, key: str, default: Any = _REQUIRED) -> Any:
        """A number of steps or parts, from 0 on."""
        number = self.number(key, default)
        return None if number is None else self.length(key, number)

    def length(self, key: str, number: Any) -> int:
        """The same, of a number that was made of what stands there."""
        if number != int(number) or number < 0:
            self.refuse(key, f"must be a whole number from 0 on, got {brief(number)}")
        if number > LARGEST_LENGTH:
            self.refuse(key, f"must be at most {LARGEST_LENGTH:,} steps, got {brief(number)}")
        return int(number)

    def parts(self, key: str, default: Any = _REQUIRED) -> Any:
        """How many parts something has."""
        number = self.whole_number(key, default)
        if number is not None and number > MOST_PARTS:
            self.refuse(key, f"must be at most {MOST_PARTS:,}, got {brief(number)}")
        return number

    def numbers(self, key: str, default: Any = _REQUIRED) -> list[Any]:
        """A list of numbers; also one that stands there as text, such as ``(60000, 80000)``."""
        value = self._or_default(key, default)
        if isinstance(value, str) and (within := _LIST.fullmatch(value.strip())):
            value = [item for item in (part.strip() for part in within[1].split(",")) if item]
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.refuse(key, f"must be a list of numbers, got {brief(value)}")
        if len(value) > MOST_PARTS:
            self.refuse(key, f"must have at most {MOST_PARTS:,} numbers, got {len(value):,}")
        return [self._number(key, item) for item in value]

    def flag(self, key: str, default: bool) -> bool:
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, f"must be true or false, got {brief(value)}")
        return default if value is None else value

    def word(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._or_default(key, default)
        if value is not None and not isinstance(value, str):
            self.refuse(key, f"must be a word, got {brief(value)}")
        return value

    def section(self, key: str) -> "Settings":
        """The keys below a key; none where it does not stand there."""
        value = self.get(key)
        return Settings(self.owner, {} if value is None else value, f"{self.path}{key}.", self.whole)

    # What is refused --------------------------------------------------------------------------------------------------

    def refuse(self, key: str, problem: str) -> NoReturn:
        raise ValueError(f"{self.owner}: {self.path}{key} {problem}")

    def only(self, known: Collection[str], of: str) -> None:
        """Refuse a key that is not known, in a section whose keys all make the curve."""
        for key in self.values:
            if key not in known:
                near = get_close_matches(str(key)[:60], list(known), n=1)
                meant = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
                self.refuse(_name(key), f"is not known in {of}, and may change the curve; {meant}")

    def no_other(self, words: str, known: Collection[str]) -> None:
        """Refuse a key that is not known and has one of these words in its name, where most keys are about other things."""
        about = re.compile(rf"(?:^|_)(?:{words})(?:_|$)", re.IGNORECASE)
        for key in self.values:
            if isinstance(key, str) and key not in known and self.get(key) is not None and about.search(key):
                near = get_close_matches(key[:60], list(known), n=1)
                meant = f"; did you mean {near[0]!r}?" if near else "; take it out if it does not"
                self.refuse(_name(key), f"is not known here, and may change the curve{meant}")

    def agreed(self, key: str, argument: str, given: Any) -> Any:
        """A length that stands in the file or, if it does not, is given; both must say the same."""
        said = self.whole_number(key, None)
        if said is None or given is None or said == given:
            return given if said is None else said
        return self.refuse(key, f"says {said}, and {argument}={brief(given)} was given; leave {argument} out")

    # What is made of it -----------------------------------------------------------------------------------------------

    def make(self, schedule: Callable[..., Made], keys: Mapping[str, str] | None = None, /, **arguments: Any) -> Made:
        """The schedule of these arguments; a mistake is told by the key that the argument was read from."""
        try:
            return schedule(**arguments)
        except (TypeError, ValueError, ArithmeticError) as error:
            about = _ABOUT.match(str(error))
            argument = about[1] if about else ""
            key = (keys or {}).get(argument, argument)
            where = f"{self.path}{key}: " if argument in arguments else ""
            said = str(error).removeprefix(f"{getattr(schedule, 'name', '')}: ")
            if len(said) > LONGEST_QUOTED:  # it quotes a list
                said = f"{said[: LONGEST_QUOTED // 2]} ... {said[-LONGEST_QUOTED // 3 :]}"
            raise ValueError(f"{self.owner}: {where}{said}") from None

    # How it is read ---------------------------------------------------------------------------------------------------

    def _or_default(self, key: str, default: Any) -> Any:
        value = self.get(key)
        if value is not None:
            return value
        return self.refuse(key, "is missing in the file") if default is _REQUIRED else default

    def _number(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and len(value) <= 60 and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(key, f"must be a number, got {brief(value)}")
        if not abs(value) <= 1.7976931348623157e308:
            self.refuse(key, f"must be finite, got {brief(value)}")
        return value

    def _followed(self, key: str, value: Any) -> Any:
        """What a place stands for that names another one: ``${a.b}`` from the top of the file."""
        for _ in range(MOST_REFERENCES):
            if not isinstance(value, str):
                return value
            if value == "???":  # left open
                return None
            if "${" not in value:
                return value
            reference = _REFERENCE.fullmatch(value.strip())
            if not reference:
                self.refuse(key, f"is computed from elsewhere, by {brief(value)}; put its value there")
            here: Any = self.whole
            for name in reference[1].split("."):
                here = here.get(name, _REQUIRED) if isinstance(here, Mapping) else _REQUIRED
            if here is _REQUIRED:
                self.refuse(key, f"stands for {reference[1]}, which is not in the file; put its value there")
            value = here
        return self.refuse(key, "stands for another key, and that for another, in a circle; put its value there")


def brief(value: Any) -> str:
    """A value as a message has it: short, whatever it is."""
    try:
        return _shorten.repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        return f"a {type(value).__name__}"


def _name(key: Any) -> str:
    return key if isinstance(key, str) and len(key) <= 60 else brief(key)


def length_of_run(owner: str, name: str, given: Any) -> int | None:
    """A length that somebody gives beside the file: a whole number above 0, or None."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given) or given != int(given):
        raise TypeError(f"{owner}: {name} must be a whole number, got {name}={brief(given)}; write int(...) around it")
    if not 0 < given <= LARGEST_LENGTH:
        raise ValueError(f"{owner}: {name} must be a whole number above 0, got {name}={brief(given)}")
    return int(given)
