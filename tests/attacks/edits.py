"""Valid texts and data, and the edits that make hostile ones of them: what the fuzzers feed to the readers.

Blind bytes seldom get past the first bracket. An edit of something valid does: most of it is still right, and the rest
is a name, a number or a part in a place that was not made for it.
"""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
from catalogue import CASES
from compositions import compositions

import pure_schedules as ps
from pure_schedules._reading import known_names, peers

GOLDEN = json.loads((Path(__file__).parents[1] / "support" / "golden" / "data_version_1.json").read_text())

# What makes trouble: ends of ranges, what is not a number, what looks like one, and one digit too many.
NUMBERS = [
    *(0, 1, -1, 2, 3, 7, 10, 100, 1000, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**18, 10**308, 10**309, 10**400),
    *(0.0, -0.0, 0.5, 1.0, 1.5, -0.5, 1e-3, 0.999, 1e-12, 5e-324, 2.2250738585072014e-308, 1e300, 1.7976931348623157e308),
]
WORDS = ["start", "linear", "peak", "", " ", "logarithm", "ž", "\x00", "\ud800", "a" * 1000, "__class__", "nan", "1", "lr"]
WRONG: list[Any] = [None, True, False, "linear", [], {}, [[]], [{}], {"function": "linear"}, {"function": "open"}]
INFINITE = [float("inf"), float("-inf"), float("nan")]


def random_compositions(count: int, seed: int = 0) -> list[ps.Schedule]:
    """So many different ones of those that the laws are tested with."""
    found: dict[ps.Schedule, None] = {}
    for batch in range(10 * count):
        if len(found) >= count:
            break

        @hypothesis.seed(f"{seed} {batch}")
        @hypothesis.settings(max_examples=100, database=None, suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(compositions)
        def collect(schedule: ps.Schedule) -> None:
            found.setdefault(schedule)

        collect()
    return list(found)[:count]


def valid_schedules(count: int) -> list[ps.Schedule]:
    """Every case of the catalogue, what every release has to read, and random compositions."""
    return [*(case.schedule for case in CASES), *(ps.parse(row["text"]) for row in GOLDEN), *random_compositions(count)]


# Text ----------------------------------------------------------------------------------------------------------------

NAMES = [
    *known_names(),
    *(f"like.{peer}.{name}" for peer, functions in peers().items() for name in functions),
    *sorted({name for row in GOLDEN for name in re.findall(r"(\w+)=", row["text"])}),
    *("ps", "pure_schedules", "like", "lambda", "if", "for", "in", "await", "None", "True", "nan", "inf", "_", "__class__"),
]
MARKS = ["(", ")", "[", "]", "{", "}", "=", ",", ".", "+", "-", "*", "**", "/", "//", "%", "@", ":", "'", '"', "#", "\\"]
BLANKS = [" ", "\n", "\t", "\r", "\f", "\0", "\ufeff", "\u2028", "é", "\U0001f600", "\x1b"]
LITERALS = ["1e999", "1j", "08", "1if 1else 2", "0x1f", "0b1", "1_000", "1__0", "''", "b''", "...", "9" * 500, "1" * 50]
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*(?:e[+-]?\d+)?|\s+|.", re.DOTALL)
_CLOSING = {"(": ")", "[": "]"}


def edited_text(text: str, random: Random, others: list[str], most: int = 6) -> str:
    """The text with up to so many edits, each of a word, number, mark or bracketed part of it; or of numbers alone."""
    tokens = _TOKEN.findall(text)
    numbers_alone = random.random() < 0.3
    for _ in range(random.randint(1, most)):
        if not tokens:
            tokens = _TOKEN.findall(random.choice(others))
        place = random.randrange(len(tokens))
        match 4 if numbers_alone else random.randrange(12):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, _fresh(random))
            case 2 | 3:
                tokens[place] = _fresh(random)
            case 4:
                numbers = [index for index, token in enumerate(tokens) if token[0].isdigit()] or [place]
                tokens[random.choice(numbers)] = repr(random.choice(NUMBERS))
            case 5:
                names = [index for index, token in enumerate(tokens) if token[0].isalpha()] or [place]
                tokens[random.choice(names)] = random.choice(NAMES)
            case 6:
                other = random.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case 7:  # a part of another schedule in the place of one of this
                theirs = _TOKEN.findall(random.choice(others))
                tokens[slice(*_part(tokens, random))] = theirs[slice(*_part(theirs, random))]
            case 8:  # the same part again
                first, last = _part(tokens, random)
                tokens[first:first] = [*tokens[first:last], ","]
            case 9:
                del tokens[slice(*_part(tokens, random))]
            case 10:  # deeper
                first, last = _part(tokens, random)
                opening, closing = random.choice([("(", ")"), ("[", "]"), ("-(", ")"), ("scale(", ", factor=2.0)")])
                times = random.choice([1, 2, 5, 40, 120])
                tokens[first:last] = [*[opening] * times, *tokens[first:last], *[closing] * times]
            case 11:
                character = random.randrange(len(tokens[place]))
                tokens[place] = tokens[place][:character] + chr(random.randrange(1, 0x300)) + tokens[place][character + 1 :]
        if sum(map(len, tokens)) > 20_000:
            break
    return "".join(tokens)


def _fresh(random: Random) -> str:
    kind = random.choice([NAMES, MARKS, MARKS, BLANKS, LITERALS, NUMBERS])
    return str(random.choice(kind))


def _part(tokens: list[str], random: Random) -> tuple[int, int]:
    """Where one token stands; or what a bracket holds, with the name before it."""
    first = random.randrange(len(tokens))
    if tokens[first] not in _CLOSING:
        return first, first + 1
    depth, last = 0, first
    while last < len(tokens):
        depth += (tokens[last] in _CLOSING) - (tokens[last] in _CLOSING.values())
        last += 1
        if not depth:
            break
    named = first > 0 and tokens[first - 1].isidentifier()
    return first - named, last


# Data ----------------------------------------------------------------------------------------------------------------


def edited_data(data: Any, random: Random, others: list[Any], most: int = 4) -> Any:
    """A copy of the data with up to so many edits: left out, put in, of another type, deeper, or from elsewhere."""
    holder = [copy.deepcopy(data)]
    numbers_alone = random.random() < 0.3
    for _ in range(random.randint(1, most)):
        places = list(_places(holder))
        if numbers_alone:
            places = [(tree, key) for tree, key in places if type(tree[key]) in (int, float)] or places
            tree, key = random.choice(places)
            tree[key] = random.choice(NUMBERS)
            continue
        container, key = random.choice(places)
        value = container[key]
        match random.randrange(10):
            case 0:
                if container is not holder:
                    del container[key]
            case 1 | 2:
                container[key] = copy.deepcopy(random.choice([*NUMBERS, *NUMBERS, *INFINITE, *WORDS, *WRONG]))
            case 3:
                container[key] = _retyped(value, random)
            case 4:
                _put_in(container, random)
            case 5:  # a part from elsewhere
                other, place = random.choice(list(_places([random.choice(others)])))
                container[key] = copy.deepcopy(other[place])
            case 6:
                mine, place = random.choice(places)
                container[key] = copy.deepcopy(mine[place])
            case 7 | 8 as kind:  # deeper
                times = random.choice([1, 2, 10, 60, 200])
                for _ in range(times):
                    scaled = {"schedule": "scale", "hyperparameters": {"schedule": value, "factor": 1.0}}
                    value = scaled if kind == 7 else [value]
                container[key] = value
                if times > 10:  # too deep to be edited further
                    break
            case 9:
                if isinstance(container, dict):
                    container[random.choice([*WORDS, *NAMES])] = container.pop(key)
                else:
                    container.extend(copy.deepcopy(container[:3]))
    return holder[0]


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree, as what holds it and under which key."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list) and value:
            yield from _places(value)


def _retyped(value: Any, random: Random) -> Any:
    """The same value as something of another type."""
    ways: list[Any] = [str, lambda value: [value], lambda value: {"schedule": value}, lambda value: (value,)]
    if isinstance(value, int | float) and value == value and abs(value) < 1e15:
        ways += [int, float, bool, lambda value: -value, lambda value: value * 1e300, complex, lambda value: b"1"]
    if isinstance(value, str):
        ways += [
            lambda value: value.encode(errors="replace"),
            str.upper,
            lambda value: {"function": value},
            lambda value: set(value),
        ]
    if isinstance(value, dict):
        ways += [list, lambda value: list(value.values()), lambda value: {**value, 1: 2}, repr]
    if isinstance(value, list):
        ways += [tuple, lambda value: dict(enumerate(value)), lambda value: value * 30, lambda value: value[::-1]]
    return random.choice(ways)(value)


def _put_in(container: Any, random: Random) -> None:
    value = random.choice([*NUMBERS, *WORDS, *copy.deepcopy(WRONG)])
    if isinstance(container, dict):
        container[random.choice([*WORDS, *NAMES])] = value
    else:
        container.insert(random.randint(0, len(container)), value)
