"""The pages keep their word, as far as that is seen without building the site.

Examples in the pages are doctests, which pytest runs; the notebook is run by the build. Here: every public name is in the
reference and in the gallery, pages are in the table of contents and lead to each other, the first page's program is killed
and resumed, and what the tables call the same is the same.
"""

import math
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from programs import module_at

import pure_schedules as ps
from pure_schedules._curves import last_step
from pure_schedules._reading import known_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Written by the build: see docs/gallery/make.py.
MADE = {DOCS / "gallery" / "index.md"}
PAGES = sorted({*DOCS.rglob("*.md"), *DOCS.rglob("*.rst")} - MADE)
NAMED = {path.relative_to(DOCS).as_posix(): path for path in PAGES}
#: How the build lists the schedules of a room on its page: see docs/conf.py.
LISTED = runpy.run_path(str(DOCS / "gallery" / "examples.py"))["listed"]
PEERS = ("torch", "transformers", "optax", "timm", "fvcore")


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    return module_at(DOCS / "gallery" / "make.py", "gallery_make")


# Every name ----------------------------------------------------------------------------------------------------------


def explained_one_by_one() -> set[str]:
    """What the reference names, each with its docstring."""
    pattern = re.compile(r"^\.\. auto(?:function|class|decorator|data):: (\S+)", re.MULTILINE)
    pages = [LISTED(text(page)) for page in NAMED if page.startswith("reference/")]
    return {name for page in pages for name in pattern.findall(page)}


def explained_as_modules() -> set[str]:
    """Of which modules the reference has all members."""
    pattern = re.compile(r"^\.\. automodule:: (\S+)\n   :members:", re.MULTILINE)
    return {name for page in NAMED if page.startswith("reference/") for name in pattern.findall(text(page))}


@pytest.mark.parametrize("package", ["pure_schedules", "pure_schedules_torch", "pure_schedules_transformers"])
def test_every_public_name_is_in_the_reference(package: str) -> None:
    public = pytest.importorskip(package).__all__
    assert {f"{package}.{name}" for name in public} - explained_one_by_one() == set()


def test_every_public_module_is_in_the_reference() -> None:
    public = [path.stem for path in (ROOT / "pure_schedules").glob("*.py") if not path.stem.startswith("_")]
    peers = [
        f"like.{path.stem}" for path in (ROOT / "pure_schedules" / "like").glob("*.py") if not path.stem.startswith("_")
    ]
    one_by_one, modules = explained_one_by_one(), explained_as_modules()
    for name in [*public, *peers]:
        module = import_module(f"pure_schedules.{name}")
        left_out = {member for member in module.__all__ if f"pure_schedules.{member}" not in one_by_one}
        # What is used under the name of its module is explained as the module that it is.
        assert f"pure_schedules.{name}" in modules or left_out - INNER.get(name, set()) == set(), (name, left_out)


#: What a module has for the others of this library, and users never name.
INNER = {"data": {"fingerprint_of", "plain_data"}, "spaces": {"Space"}}


def test_the_reference_names_nothing_that_is_not_there() -> None:
    pytest.importorskip("pure_schedules_torch")
    for name in explained_one_by_one():
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute), name
    for name in explained_as_modules():
        assert import_module(name).__doc__, name


#: What is no guide: it names everything, or what has changed.
NOT_GUIDES = ("reference/", "gallery/", "every-row.md", "changelog.md")


def public_names() -> list[tuple[str, str]]:
    """Every name that a reader may import: the module it stands in, and the name."""
    library = ROOT / "pure_schedules"
    rooms = [f"pure_schedules.{path.stem}" for path in library.glob("[!_]*.py")]
    names = {
        (module, name)
        for module in ["pure_schedules", *rooms, "pure_schedules.testing", "pure_schedules.testing.strategies"]
        for name in import_module(module).__all__
        if name not in INNER.get(module.rpartition(".")[2], set())
    }
    # An adapter for a trainer subclasses what the trainer brings, which may not be here: its names are only read.
    for path in (ROOT / "adapters").glob("*/__init__.py"):
        written = re.search(r"^__all__ = \[(.*?)\]", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        assert written, path
        names |= {(path.parent.name, name) for name in re.findall(r'"(\w+)"', written[1])}
    # One page for all of a peer: its own names are those that its users know, and `like` is where they look.
    return sorted(
        names | {("pure_schedules.like", path.stem) for path in (ROOT / "pure_schedules" / "like").glob("[!_]*.py")}
    )


def test_every_public_name_is_reachable_from_a_guide() -> None:
    """Not only from the reference: a page that one reads has it as code of its own, or imports it."""
    guides = "\n".join(text(name) for name in NAMED if name.endswith(".md") and not name.startswith(NOT_GUIDES))
    prose = re.sub(r"^```.*?^```", "", guides, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([\w.]+)", prose))  # what a piece of code in the text begins with
    imported = {
        (module, name)
        for module, names in re.findall(r"^(?:>>> )?from ([\w.]+) import (.+)$", guides, re.MULTILINE)
        for name in names.split(", ")
    }

    def is_written(module: str, name: str) -> bool:
        short = module.rpartition(".")[2]
        behind_its_module = any(f".{place}".endswith(f".{short}.{name}") for place in named)
        return behind_its_module or name in named or (module, name) in imported

    assert [f"{module}.{name}" for module, name in public_names() if not is_written(module, name)] == []


def test_every_schedule_is_in_the_gallery(gallery: ModuleType) -> None:
    public = {name for name in ps.__all__ if name in known_names() and isinstance(getattr(ps, name), ps.Factory)}
    assert set(gallery.EXAMPLES) == public
    assert len(public) > 65
    shown = [factory.__name__ for room in gallery.examples.ROOMS for factory in gallery.examples.schedules_in(room)]
    assert shown == list(gallery.EXAMPLES)


def test_every_picture_has_something_to_show(gallery: ModuleType) -> None:
    for name, text in gallery.EXAMPLES.items():
        schedule = ps.parse(text)
        assert schedule.factory.__name__ == name
        length = last_step([schedule])
        assert 0 < length < 1e6, f"{name} has no end, and its example does not say how far it is drawn"
        assert math.isfinite(schedule(length / 2))
        assert all(isinstance(other(length / 2), float) for other in gallery.beside(schedule, length))


def test_no_example_stands_in_the_way_of_the_usual_one(gallery: ModuleType) -> None:
    """What is written out for one schedule is another example than the names of its hyperparameters would give."""
    for text in gallery.examples.OWN:
        factory = getattr(ps, text.partition("(")[0])
        assert gallery.examples.usual(factory) != text
    used = {name for text in gallery.EXAMPLES.values() for name in ps.parse(text).arguments}
    assert set(gallery.examples.TYPICAL) <= used


def test_a_schedule_with_new_names_is_shown_as_its_docstring_has_it(gallery: ModuleType) -> None:
    peers = ps.like.torch.StepLR
    assert gallery.examples.example_of(peers) == repr(gallery.examples.exemplified(peers))
    assert gallery.examples.example_of(ps.step_decay) == "step_decay(start=3e-4, factor=0.5, every=2_000)"


def test_the_page_of_the_gallery_has_every_picture(gallery: ModuleType) -> None:
    page = gallery.page()
    for name, text in gallery.EXAMPLES.items():
        assert f"/gallery/pictures/{name}.svg" in page
        assert f"/gallery/pictures/{name}.dark.svg" in page
        assert f"`{text}`" in page


# Pages ---------------------------------------------------------------------------------------------------------------


def entries(page: str) -> list[str]:
    """What the tables of contents of a page name, as pages beside it."""
    markdown = re.findall(r"^```\{toctree\}\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)
    restructured = re.findall(r"^\.\. toctree::\n((?:   .*\n|\n)*)", text(page), re.MULTILINE)
    lines = [line.strip() for block in [*markdown, *restructured] for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(":")]


def test_every_page_is_in_the_table_of_contents() -> None:
    reached, waiting = {"index.md"}, ["index.md"]
    while waiting:
        page = waiting.pop()
        for entry in entries(page):
            beside = Path(page).parent / entry
            for found in sorted(DOCS.glob(f"{beside.as_posix()}.*")):
                name = found.relative_to(DOCS).as_posix()
                if name in NAMED and name not in reached:
                    reached.add(name)
                    waiting.append(name)
    assert set(NAMED) - reached == set()


def anchors(page: Path) -> set[str]:
    """The headings of a page as the last part of a link, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMED)
def test_every_link_between_pages_leads_somewhere(name: str) -> None:
    page = NAMED[name]
    without_code = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target in MADE or target.exists(), f"{name} leads to {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name} leads to {link}"


def test_every_law_has_its_test_named() -> None:
    rooms = "|".join(room for room in ("laws", "adapters") if (ROOT / "tests" / room).exists())
    named = set(re.findall(rf"`((?:{rooms})/test_\d\d_\w+\.py)`", text("laws.md")))
    there = {path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").glob("*/test_[0-9][0-9]_*.py")}
    assert named <= there

    def numbers(files: set[str]) -> set[str]:
        return {number for file in files for number in re.findall(r"test_(\d\d)_", file)}

    assert numbers(named) == numbers(there)


# What pages say ------------------------------------------------------------------------------------------------------


def test_the_first_page_ends_with_a_resumed_run(tmp_path: Path) -> None:
    """Its program and its commands, copied: what they print is what the page says."""
    pytest.importorskip("pure_schedules_torch")
    page = text("start.md")
    (program,) = re.findall(r"```python\n(import os.*?)```", page, re.DOTALL)
    *_, session = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    (tmp_path / "train.py").write_text(program, encoding="utf-8")
    losses = []
    for part in session.split("$ ")[1:]:
        command, *promised = part.strip().splitlines()
        if command == "rm checkpoint.pt":
            (tmp_path / "checkpoint.pt").unlink()
            continue
        assert command.startswith("python train.py")
        ran = subprocess.run(
            [sys.executable, *command.split()[1:]],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # so small a model is slower on several
            capture_output=True,
            text=True,
        )
        assert ran.returncode == (1 if "killed" in ran.stdout else 0), ran.stderr
        printed = ran.stdout.splitlines()
        losses += [line for line in printed if line.startswith("loss")]
        # Which loss it is depends on the machine in its last places; that both runs have the same does not.
        assert [line for line in printed if line[:4] != "loss"] == [line for line in promised if line[:4] != "loss"]
    assert len(losses) == 2
    assert losses[0] == losses[1]


def test_the_first_page_shows_what_the_terminal_shows() -> None:
    first, *_ = re.findall(r"```console\n(.*?)```", text("start.md"), re.DOTALL)
    command, *promised = first.removeprefix("$ ").splitlines()
    python, *arguments = shlex.split(command)
    assert python == "python"
    ran = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == promised


def test_what_is_said_of_compiling_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its block is no doctest, since torch's own backend needs a C++ compiler; another one compiles the same graph."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    (block,) = re.findall(r"```python\n(import torch\n.*?torch.compile.*?)```", text("differentiate.md"), re.DOTALL)
    *lines, last = block.strip().splitlines()
    assert "# 0.00015" in last
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)  # noqa: S102 - this repository's own
    assert eval(last, names).item() == 0.00015


#: Torch's own backend needs a C++ compiler; another one compiles the same graphs.
WITHOUT_A_COMPILER = """
import functools, torch
torch.compile = functools.partial(torch.compile, backend="eager")
"""


@pytest.mark.parametrize("place", [0, 1])
def test_a_compiled_training_step_prints_what_the_page_says(place: int) -> None:
    pytest.importorskip("pure_schedules_torch")
    page = text("training-step.md")
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[place]
    promised = re.findall(r"```text\n(.*?)```", page, re.DOTALL)[place]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_COMPILER + program],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ran.stdout == promised, ran.stderr


def test_a_tensor_compiles_once_and_a_whole_number_twice_as_the_pages_say() -> None:
    torch = pytest.importorskip("torch")
    testing = pytest.importorskip("torch._dynamo.testing")
    lr = ps.warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100)
    for step_of_kind, compilations in ((torch.tensor, 1), (int, 2)):
        torch._dynamo.reset()
        counter = testing.CompileCounter()
        compiled = torch.compile(lambda step: lr(step) * torch.ones(1), backend=counter)
        for step in range(2, 12):
            compiled(step_of_kind(step))
        assert counter.frame_count == compilations


def rows(peer: str) -> list[tuple[str, str]]:
    """What a table of `coming-from.md` calls the same: under `like`, and in the words of this library."""
    table = text("coming-from.md").partition(f"| under `like.{peer}` |")[2].partition("\n\n")[0]
    return [(cells[2].strip(" `"), cells[3].strip(" `")) for line in table.splitlines()[2:] if (cells := line.split("|"))]


@pytest.mark.parametrize("peer", PEERS)
def test_every_name_of_a_peer_is_in_its_table(peer: str) -> None:
    names = {theirs.removeprefix(f"like.{peer}.").partition("(")[0] for theirs, _ in rows(peer)}
    assert names == set(import_module(f"pure_schedules.like.{peer}").__all__)


@pytest.mark.parametrize(
    ("theirs", "ours"), [pytest.param(*row, id=row[0].partition("(")[0]) for peer in PEERS for row in rows(peer)]
)
def test_what_the_tables_call_the_same_is_the_same(theirs: str, ours: str) -> None:
    names: dict[str, Any] = {**{name: getattr(ps, name) for name in ps.__all__}, "like": ps.like}
    one, other = eval(theirs, dict(names)), eval(ours, dict(names))
    values = [one(step) for step in range(100)]
    assert [other(step) for step in range(100)] == pytest.approx(values, rel=0, abs=1e-12 * max(map(abs, values)))


def half_a_cosine(done: float, floor: float = 0.0) -> float:
    return floor + (1 - floor) * (1 + math.cos(math.pi * min(max(done, 0.0), 1.0))) / 2


def restarted(step: int) -> float:
    """Cosines of 20, 40 and 80 updates."""
    begin, length = 0, 20
    while step >= begin + length:
        begin, length = begin + length, 2 * length
    return half_a_cosine((step - begin) / length)


#: The factors of Composer's classes with the settings of the page, as composer/optim/scheduler.py has them.
COMPOSER: dict[str, Callable[[int], float]] = {
    "ConstantScheduler": lambda step: 1.0,
    "StepScheduler": lambda step: 0.1 ** (step // 30),
    "MultiStepScheduler": lambda step: 0.1 ** ((step >= 30) + (step >= 60)),
    "LinearScheduler": lambda step: 1 - min(1.0, step / 100),
    "ExponentialScheduler": lambda step: 0.9 ** (step / 10),
    "CosineAnnealingScheduler": lambda step: half_a_cosine(step / 100, 0.01),
    "CosineAnnealingWarmRestartsScheduler": restarted,
    "PolynomialScheduler": lambda step: (1 - step / 100) ** 2,
    "MultiStepWithWarmupScheduler": lambda step: step / 10 if step < 10 else 0.1 ** ((step >= 30) + (step >= 60)),
    "ConstantWithWarmupScheduler": lambda step: step / 10 if step < 10 else 1.0,
    "LinearWithWarmupScheduler": lambda step: 0.8 * step / 10 if step < 10 else 0.8 - 0.6 * min(1.0, (step - 10) / 100),
    "CosineAnnealingWithWarmupScheduler": lambda step: step / 10 if step < 10 else half_a_cosine((step - 10) / 90, 0.01),
    "PolynomialWithWarmupScheduler": lambda step: step / 10 if step < 10 else (1 - (step - 10) / 90) ** 2,
}


def test_what_the_page_calls_the_same_as_composer_has_its_formula() -> None:
    table = text("coming-from.md").partition("| Composer | here |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)\(.*?\)` \| `(.*)` \|$", table, re.MULTILINE))
    assert rows.keys() == COMPOSER.keys()
    for name, ours in rows.items():
        values = [0.1 * COMPOSER[name](step) for step in range(100)]
        assert [ps.parse(ours)(step) for step in range(100)] == pytest.approx(values, rel=0, abs=1e-13), name
