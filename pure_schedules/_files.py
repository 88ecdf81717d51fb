"""Schedules in the files of other tools: parse a file, detect the tool, and call its reader under `like`.

A file is untrusted text. It is parsed as data of bounded length and depth, and nothing in it is evaluated.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from . import like
from ._trees import briefly
from .data import is_data
from .data import read as read_data
from .like._settings import defaults_taken

__all__ = ["ARGUMENTS", "ENDINGS", "TOOLS", "Problem", "Reading", "is_file", "read"]

#: Far above what people write, far below what would exhaust a machine.
LONGEST_FILE = 200_000
LONGEST_LINE = 20_000
DEEPEST = 100
MOST_VALUES = 100_000
#: The arguments of readers, for values that a file lacks; each is an option of the command line.
ARGUMENTS = ("total_steps", "batches_per_epoch", "warmup_steps", "lr")
#: The longest chain of files that include each other.
MOST_BASES = 10


class Problem(Exception):
    """An error with a message for the user of the command line."""


class Tool(NamedTuple):
    """A tool, and the keys that identify its files, any one of them.

    A trailing dot marks a section; a dot between two keys means nesting.
    """

    title: str
    signs: tuple[str, ...]


#: The tools, by the module under `like` that reads their files.
TOOLS = {
    "axolotl": Tool("Axolotl", ("base_model", "num_epochs", "lr_quadratic_warmup")),
    "deepspeed": Tool("DeepSpeed", ("scheduler.type", "zero_optimization.", "train_micro_batch_size_per_gpu")),
    "fvcore": Tool("detectron2", ("SOLVER.", "_BASE_")),
    "megatron": Tool("Megatron-LM", ("lr_decay_style", "train_iters", "train_samples", "lr_warmup_fraction")),
    "mmengine": Tool("MMEngine", ("param_scheduler", "optim_wrapper.", "train_cfg.")),
    "nemo": Tool("NeMo", ("model.optim.", "model.optimizer.", "optim.sched.", "optim.lr_scheduler.")),
    "torchtitan": Tool("torchtitan", ("lr_scheduler.warmup_steps", "training.local_batch_size", "training.steps")),
    "transformers": Tool("Transformers", ("lr_scheduler_type", "num_train_epochs", "per_device_train_batch_size")),
    "ultralytics": Tool("ultralytics", ("lr0", "lrf", "warmup_bias_lr")),
}


class Reading(NamedTuple):
    """The schedule or bundle in a file, a line that names the tool, and one that lists its defaults, if any are taken."""

    schedule: Any
    said: str
    defaults: str = ""


def is_file(argument: str) -> bool:
    """Whether this names a file, by its suffix; no expression ends in one."""
    return "\n" not in argument and Path(argument).suffix.lower() in _PARSERS


def read(path: Path, tool: str | None = None, names: Mapping[str, Any] | None = None, **given: Any) -> Reading:
    """The schedule in a file; the other arguments supply your own schedules, and values that the file lacks."""
    config = _content(path)
    if tool is None and is_data(config):
        return _ours(path, config, names, given)
    tool = tool or _tool_of(path, config)
    if tool == "fvcore":
        config = _with_bases(path, config)
    config = _with_deepspeed(path, config)
    reader = getattr(like, tool).from_config
    known = signature(reader).parameters
    for argument in given:
        if argument not in known:
            raise Problem(f"{path}: --{argument.replace('_', '-')} is not for files of {TOOLS[tool].title}; leave it out")
    try:
        with defaults_taken() as taken:
            schedule = reader(config, **given)
    except (TypeError, ValueError) as error:
        raise Problem(f"{path}: {_by_options(str(error))}") from None
    title = TOOLS[tool].title
    defaults = ", ".join(f"{key}={briefly(value)}" for key, value in taken.items())
    return Reading(
        schedule,
        f"{path}: read as a file of {title}, by like.{tool}.from_config",
        f"{path}: not in the file; defaults of {title}: {defaults}" if defaults else "",
    )


def _by_options(message: str) -> str:
    """The message with the options of the command line for the arguments of a reader."""

    def option(found: re.Match[str]) -> str:
        return f"--{found['name'].replace('_', '-')}{found['rest'].replace('=...', '').replace('=', ' ', 1)}"

    name = f"(?P<name>{'|'.join(ARGUMENTS)})"
    message = re.sub(rf"(?<![\w.]){name}(?P<rest>=\.\.\.|=\S+ was given)", option, message)
    return re.sub(rf"(?<=leave ){name}(?P<rest> out)", option, message)


def _ours(path: Path, config: Mapping[str, Any], names: Mapping[str, Any] | None, given: Mapping[str, Any]) -> Reading:
    for argument in given:
        raise Problem(f"{path}: --{argument.replace('_', '-')} is not for a schedule that was saved; leave it out")
    try:
        saved = read_data(config, names, "import your own by --import MODULE")
    except (TypeError, ValueError) as error:
        raise Problem(f"{path}: {error}") from None
    return Reading(saved, f"{path}: read as a saved schedule, by from_data")


# Whose it is ---------------------------------------------------------------------------------------------------------


def _tool_of(path: Path, config: Mapping[str, Any]) -> str:
    keys = {key.removeprefix("--").replace("-", "_") if isinstance(key, str) else key: config[key] for key in config}

    def has(sign: str) -> bool:
        here: Any = keys
        for name in sign.removesuffix(".").split("."):
            here = here.get(name) if isinstance(here, Mapping) else None
        return here is not None and isinstance(here, Mapping) == sign.endswith(".")

    found = [name for name, tool in TOOLS.items() if any(map(has, tool.signs))]
    if len(found) == 1:
        return found[0]
    if found:
        titles = " or ".join(TOOLS[name].title for name in found)
        raise Problem(f"{path}: this could be a file of {titles}; say which by --tool {' or '.join(found)}")
    titles = ", ".join(tool.title for tool in TOOLS.values())
    raise Problem(f"{path}: this is not known as a file of {titles}; if it is one of theirs, say whose by --tool")


def _with_bases(path: Path, config: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The configuration merged over its base (`_BASE_`), if it names one, as in detectron2."""
    base = config.get("_BASE_")
    if not isinstance(base, str):
        return config
    if depth == MOST_BASES:
        raise Problem(f"{path}: more than {MOST_BASES} files include each other (_BASE_); is there a cycle?")
    below = _beside(path, base)
    merged = _merged(_with_bases(below, _content(below), depth + 1), config)
    del merged["_BASE_"]
    return merged


def _with_deepspeed(path: Path, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with DeepSpeed's merged in, if it names a file that is found here or in the folders above."""
    named = config.get("deepspeed")
    if not isinstance(named, str) or not is_file(named):
        return config
    for folder in (Path(), *path.resolve().parents):
        if os.path.isfile(folder / named):  # False also for an impossible name
            return {**config, "deepspeed": _content(folder / named)}
    raise Problem(
        f"{path}: deepspeed: {named[:100]}: there is no such file here, nor above {path.name}; it may have a scheduler"
    )


def _beside(path: Path, name: str) -> Path:
    if not is_file(name):
        raise Problem(f"{path}: _BASE_: {name[:100]!r} is no name of a file that is read here ({', '.join(ENDINGS)})")
    return path.parent / name


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


# How it is read ------------------------------------------------------------------------------------------------------


def _content(path: Path) -> dict[str, Any]:
    """The content of a file, as data."""
    found = b""
    try:
        if path.is_dir():
            raise Problem(f"{path}: is a directory; give the name of a file in it")
        if path.exists() and not path.is_file():
            raise Problem(f"{path}: is not a file")
        with open(path, "rb") as file:
            found = file.read(LONGEST_FILE + 1)
        text = found.decode("utf-8-sig")
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{path}: this is not UTF-8 text; byte {error.start} is {found[error.start]:#04x}") from None
    if not text.strip():
        raise Problem(f"{path}: is empty")
    if len(found) > LONGEST_FILE:
        raise Problem(
            f"{path}: a file may have {LONGEST_FILE:,} bytes, and this has more; take out what is not about training"
        )
    try:
        content = _PARSERS[path.suffix.lower()](text)
    except Problem as problem:
        raise Problem(f"{path}: {problem}") from None
    except Exception as error:  # parsers may raise anything: PyYAML an IndexError for ``!!float ''``
        said = "nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())[:300]
        raise Problem(f"{path}: cannot be read as {path.suffix[1:].upper()}: {said}") from None
    if not isinstance(content, dict):
        raise Problem(f"{path}: must have keys at its top, such as 'learning_rate', got a {type(content).__name__}")
    return content


def _from_toml(text: str) -> Any:
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise Problem(f"a line may have {LONGEST_LINE:,} characters, and one has more")
    try:
        import tomllib as toml  # type: ignore[import-not-found]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        try:
            import tomli as toml  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise Problem("TOML is read by Python from 3.11 on; for this one install tomli") from None
    return toml.loads(text)


def _from_yaml(text: str) -> Any:
    try:
        import yaml as untyped  # type: ignore[import-untyped]
    except ImportError:
        raise Problem("YAML takes PyYAML; install pyyaml, or write the file as JSON") from None
    yaml: Any = untyped
    # Like the safe loader, but a value with a custom tag is kept unevaluated, and fails only if it is used.
    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor(None, lambda _, node: _Tagged(str(node.tag)))
    _refuse_too_much(yaml, yaml.parse(text, Loader=yaml.SafeLoader))
    return yaml.load(text, Loader=loader)


class _Tagged:
    """A value in a YAML file with a tag such as ``!!python/object``."""

    def __init__(self, tag: str):
        self.tag = tag

    def __repr__(self) -> str:
        return f"{self.tag[:60]}, which is not evaluated"


def _refuse_too_much(yaml: Any, events: Iterator[Any]) -> None:
    """Refuse a small file that expands to much data: each alias (``*name``) counts as all that it stands for."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    count = 0
    for event in events:
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            open_nodes.append((event.anchor, count))
            count += 1
            if event.anchor is not None:
                sizes[event.anchor] = MOST_VALUES  # until it is closed: an alias inside would make it cyclic
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.AliasEvent):
            count += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            sizes[event.anchor or ""] = 1
            if len(event.value) > LONGEST_LINE and event.style is None:
                raise Problem(f"a value may have {LONGEST_LINE:,} characters, and one has more")
        if len(open_nodes) > DEEPEST:
            raise Problem(f"nested deeper than {DEEPEST}")
        if count > MOST_VALUES:
            raise Problem(f"a file may have {MOST_VALUES:,} values, its aliases counted, and this has more")


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".toml": _from_toml,
    ".yaml": _from_yaml,
    ".yml": _from_yaml,
}
#: The endings of the files that are read.
ENDINGS = tuple(_PARSERS)
