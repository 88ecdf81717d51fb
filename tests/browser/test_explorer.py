"""The interactive explorer in a real browser, with real clicks, drags and keys.

Not among the tests of `make test`: it needs playwright and a Chromium, such as Debian's, which is looked for by name (or
``CHROMIUM``). It builds the page itself, opens its files without a server, and holds that nothing else is asked for.
Pictures of the page go to the folder that ``EXPLORER_PICTURES`` names, if it names one.
"""

import importlib.util
import math
import os
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

import pure_schedules as ps  # noqa: E402

EXPLORER = Path(__file__).parents[2] / "docs" / "explorer"
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
if CHROMIUM is None:
    pytest.skip("the browser tests need Chromium", allow_module_level=True)

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
DESK, TELEPHONE = (1280, 1000), (390, 844)
LONG = "join([{}])".format(
    ", ".join(f"warmup_cosine(peak={i}e-4, warmup_steps=100, total_steps=1_000)" for i in range(1, 9))
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.spec_from_file_location("explorer_build", EXPLORER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    out = tmp_path_factory.mktemp("explorer") / "explorer"
    module.build(out)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


class Page:
    """The explorer in the browser, as a person finds their way on it."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.wrong: list[str] = []

    def open(self, *texts: str, size: tuple[int, int] = DESK, dark: bool = False, **view: object) -> "Page":
        self.close()
        self.context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            is_mobile=size == TELEPHONE,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(10_000)
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        self.tab.on("request", lambda asked: None if self.is_own(asked.url) else self.wrong.append(asked.url))
        self.go(urlencode([*(("e", text) for text in texts), *view.items()]))
        return self

    def is_own(self, address: str) -> bool:
        return address.startswith((self.folder.as_uri(), "data:", "about:"))

    def go(self, state: str) -> None:
        self.tab.goto((self.folder / "index.html").as_uri() + (f"#{state}" if state else ""))

    def close(self) -> None:
        if hasattr(self, "context"):
            self.context.close()

    def find(self, selector: str) -> Any:
        return self.tab.locator(selector)

    def button(self, name: str) -> Any:
        return self.tab.get_by_role("button", name=name, exact=True)

    def choose(self, name: str) -> None:
        self.tab.get_by_label("Choose a schedule").select_option(name)

    def select_curve(self, index: int) -> None:
        self.find("#explorer-curves label").nth(index).click()

    def logarithmic(self) -> None:
        self.tab.get_by_label("logarithmic").click()

    def slider(self, path: str) -> Any:
        return self.find(f'input[type="range"][data-path="{path}"]')

    def field(self, path: str) -> Any:
        return self.find(f'input[type="text"][data-path="{path}"]')

    def drag(self, path: str, to: float) -> None:
        """Drag a slider's thumb to a fraction of its length, with the mouse."""
        slider = self.slider(path)
        slider.evaluate("slider => slider.scrollIntoView({block: 'center'})")
        box, thumb = slider.bounding_box(), 16
        share = slider.evaluate("slider => slider.value / slider.max")

        def place(fraction: float) -> float:
            return float(box["x"] + thumb / 2 + fraction * (box["width"] - thumb))

        height = box["y"] + box["height"] / 2
        self.tab.mouse.move(place(share), height)
        self.tab.mouse.down()
        self.tab.mouse.move(place(to), height, steps=5)
        self.tab.mouse.up()

    def write(self, text: str) -> None:
        field = self.find("#explorer-text")
        field.click()
        field.press("Control+a")
        self.tab.keyboard.insert_text(text)

    @property
    def text(self) -> str:
        return str(self.find("#explorer-text").input_value())

    @property
    def code(self) -> str:
        return str(self.find("#explorer-code").text_content())

    @property
    def problem(self) -> str:
        return str(self.find("#explorer-problem").inner_text())

    @property
    def label(self) -> str:
        return str(self.find("#explorer-plot svg").get_attribute("aria-label"))

    def curve(self, index: int = 0) -> str:
        return str(self.find(f'path[data-curve="{index}"]').get_attribute("d"))

    def points(self, index: int = 0) -> list[tuple[float, float]]:
        """What is drawn, in pixels."""
        pairs = (point.split() for point in re.split("[ML]", self.curve(index))[1:])
        return [(float(x), float(y)) for x, y in pairs]

    def cells(self) -> list[str]:
        return list(map(str, self.find("#explorer-values td").all_inner_texts()))

    def sliders(self) -> list[str]:
        return [slider.get_attribute("data-path") for slider in self.find("#explorer-sliders input[type=range]").all()]

    def schedule(self) -> ps.Schedule:
        """What the code on the page makes, by Python itself."""
        names: dict[str, Any] = {}
        exec(self.code, names)  # noqa: S102 - that is what a person does who has copied it
        made: ps.Schedule = names["lr"]
        return made

    def wait_for_address(self, **state: list[str] | int) -> None:
        """Until the address says so: the texts themselves, or how many there are."""
        self.tab.wait_for_function(
            """state => { const given = new URLSearchParams(location.hash.slice(1));
                 return Object.entries(state).every(([name, wanted]) => wanted === given.getAll(name).length
                   || JSON.stringify(wanted) === JSON.stringify(given.getAll(name))); }""",
            arg=state,
        )

    def picture(self, name: str) -> None:
        place = os.environ.get("EXPLORER_PICTURES")
        if place:
            self.tab.screenshot(path=Path(place) / f"{name}.png")


@pytest.fixture
def page(browser: Any, folder: Path) -> Iterator[Page]:
    made = Page(browser, folder)
    yield made
    made.close()
    assert made.wrong == []


# What is drawn -------------------------------------------------------------------------------------------------------


def test_the_first_page_shows_a_curve_and_its_code(page: Page) -> None:
    page.open()
    assert page.code == (
        "import pure_schedules as ps\n\nlr = ps.warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)"
    )
    assert page.schedule() == ps.warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10_000)
    assert page.curve().count("L") > 100
    assert "warmup_cosine: 0 at step 0, highest 3e-4 at step 1,000, 0 at step 10,500" in page.label
    page.picture("first")


def test_the_picture_is_that_of_the_library(page: Page) -> None:
    page.open("warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)", at=5000)
    schedule = page.schedule()
    points = page.points()
    (left, bottom), right = points[0], points[-1][0]
    top = min(y for _, y in points)  # the peak
    for x, y in points:
        step = (x - left) / (right - left) * 10_500
        assert (bottom - y) / (bottom - top) == pytest.approx(schedule(step) / 3e-4, abs=0.01)
    assert float(page.cells()[0]) == pytest.approx(schedule(5000), rel=5e-4)


def test_every_schedule_can_be_chosen(page: Page) -> None:
    page.open()
    options = page.find("#explorer-select option").all()
    names = [name for option in options if (name := option.get_attribute("value"))]
    makers = {name for name in ps.__all__ if getattr(getattr(ps, name), "made", None) is ps.Schedule}
    assert set(names) == makers
    for name in names:
        page.choose(name)
        assert page.problem == "", name
        assert page.schedule().factory.__name__ == name
        assert "NaN" not in page.curve()
        assert len(page.curve()) > 20, name
        assert page.sliders(), name
        assert "not a number" not in page.cells(), name


def test_choosing_by_click_changes_curve_code_and_sliders(page: Page) -> None:
    page.open()
    before = page.curve()
    page.choose("step_decay")
    assert page.curve() != before
    assert page.text == "step_decay(start=3e-4, factor=0.5, every=2_000)"
    assert page.sliders() == ["step_decay.start", "step_decay.factor", "step_decay.every"]


# Sliders -------------------------------------------------------------------------------------------------------------


def test_dragging_a_slider_changes_curve_and_code(page: Page) -> None:
    page.open()
    before = page.curve()
    page.drag("warmup_cosine.warmup_steps", 0.6)
    schedule = page.schedule()
    steps = schedule.arguments["warmup_steps"]
    assert 2000 < steps < 8000
    assert page.curve() != before
    assert page.field("warmup_cosine.warmup_steps").input_value() == f"{steps:_}"
    page.wait_for_address(e=[page.text])
    # A hyperparameter that was left at its default is written once it is moved.
    page.drag("warmup_cosine.floor", 0.5)
    assert 1e-6 < page.schedule().arguments["floor"] < 1e-3
    assert "floor=" in page.text
    # All the way to the left a rate is 0.
    page.drag("warmup_cosine.floor", 0.0)
    assert page.schedule().arguments["floor"] == 0
    assert page.schedule().arguments["warmup_steps"] == steps


def test_a_slider_by_keyboard(page: Page) -> None:
    page.open()
    slider = page.slider("warmup_cosine.peak")
    peaks = [3e-4]
    for _ in range(5):
        slider.press("ArrowRight")
        peaks.append(page.schedule().arguments["peak"])
    assert peaks == sorted(peaks)
    assert len(set(peaks)) == 6
    slider.press("Home")
    assert page.schedule().arguments["peak"] == 0
    slider.press("End")
    assert page.schedule().arguments["peak"] == 1
    assert slider.get_attribute("aria-valuetext") == "1"


def test_a_number_beside_a_slider(page: Page) -> None:
    page.open()
    field = page.field("warmup_cosine.total_steps")
    for given, steps in (("2 * 10_000", 20_000), ("50,000", 50_000), ("3e7", 30_000_000)):
        field.fill(given)
        field.press("Tab")
        assert page.schedule().arguments["total_steps"] == steps
    field.fill("many")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.schedule().arguments["total_steps"] == 30_000_000


def test_sliders_of_the_parts_of_a_composition(page: Page) -> None:
    page.open("join([linear(start=0, end=3e-4, steps=1_000), cosine(start=3e-4, steps=9_000)])")
    page.drag("join.schedules[1].steps", 0.9)
    schedule = page.schedule()
    assert schedule.arguments["schedules"][1].arguments["steps"] > 50_000
    assert schedule.arguments["schedules"][0] == ps.linear(start=0, end=3e-4, steps=1000)


# Text ----------------------------------------------------------------------------------------------------------------


def test_typing_an_expression(page: Page) -> None:
    page.open()
    page.write("multiply([cosine(start=1, steps=500), constant(value=2 * 3)])")
    assert page.problem == ""
    assert page.schedule() == ps.multiply([ps.cosine(start=1, steps=500), ps.constant(value=6)])
    assert page.tab.get_by_label("Choose a schedule").input_value() == "multiply"
    page.write("cosine(\n  start=1,\n  steps=500,\n)")
    assert page.schedule() == ps.cosine(start=1, steps=500)


def test_a_mistake_is_explained_and_its_place_shown(page: Page) -> None:
    page.open()
    before = page.curve()
    page.write("linaer(start=0, end=1, steps=5)")
    assert "there is no schedule 'linaer'; did you mean 'linear'?" in page.problem
    assert page.find("#explorer-text").get_attribute("aria-invalid") == "true"
    assert not page.button("Copy the code").is_enabled()
    assert page.curve() == before  # the last one that was right, faint
    assert "stale" in page.find('path[data-curve="0"]').get_attribute("class")
    page.picture("mistake")
    page.button("Show the place").click()
    place = "(text => text.value.slice(text.selectionStart, text.selectionEnd))(document.activeElement)"
    assert page.tab.evaluate(place) == "linaer"
    page.write("warmup_cosine(peak=1, warmup_steps=10, total_steps=5)")
    assert page.problem.startswith(
        "warmup_cosine: total_steps must be at least warmup_steps, got total_steps=5; raise it, or lower warmup_steps"
    )
    mark = page.find("#explorer-problem pre").text_content().split("\n")
    assert mark[0][mark[1].index("^") :].startswith("5")
    page.write("linear(start=0, end=1, steps=5)")
    assert page.problem == ""
    assert page.button("Copy the code").is_enabled()


def test_a_slider_can_repair_what_it_broke(page: Page) -> None:
    page.open()
    page.drag("warmup_cosine.total_steps", 0.2)
    assert "total_steps must be at least warmup_steps" in page.problem
    page.drag("warmup_cosine.total_steps", 0.8)
    assert page.problem == ""


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "__class__", "(" * 3000, "linear(start=0", "", "é̶", "1e999"]
)
def test_bad_text_in_the_address(text: str, page: Page) -> None:
    page.open(text)
    assert page.problem != ""
    assert page.find("#explorer img").count() == 0
    page.write("constant(value=1)")
    assert page.problem == ""


def test_a_part_that_is_refused_only_when_it_is_reached(page: Page) -> None:
    page.open("cool_down(constant(value=1), at=50, decay_steps=50, decay=exponential)")
    assert "exponential: end must be positive, got end=0" in page.problem


# Comparing, copying, axes --------------------------------------------------------------------------------------------


def test_comparing_curves(page: Page) -> None:
    page.open()
    page.button("Add a curve to compare").click()
    page.choose("one_cycle")
    assert page.find("path[data-curve]").count() == 2
    assert page.curve(0) != page.curve(1)
    assert page.find("#explorer-values tr").count() == 2
    page.picture("two")
    page.drag("one_cycle.peak", 0.9)
    assert page.schedule().arguments["peak"] > 0.01
    # The other one is as it was, and can be selected again.
    page.select_curve(0)
    assert page.schedule() == ps.warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10_000)
    for _ in range(4):
        page.button("Add a curve to compare").click()
    assert page.find("path[data-curve]").count() == 6
    assert not page.button("Add a curve to compare").is_enabled()
    strokes = {
        path.evaluate("path => getComputedStyle(path).stroke + getComputedStyle(path).strokeDasharray")
        for path in page.find("path[data-curve]").all()
    }
    assert len(strokes) == 6
    page.button("Remove curve 1").click()
    assert page.find("path[data-curve]").count() == 5
    page.wait_for_address(e=5)


def test_a_curve_that_is_wrong_beside_one_that_is_right(page: Page) -> None:
    page.open("linear(start=0", "cosine(start=1, steps=50)")
    assert page.problem != ""
    assert page.code == ""
    assert page.find("#explorer-sliders input").count() == 0
    page.select_curve(1)
    assert page.problem == ""
    assert page.schedule() == ps.cosine(start=1, steps=50)
    page.drag("cosine.steps", 0.7)
    assert page.schedule().steps > 1000
    page.select_curve(0)
    assert page.code == ""
    assert page.find("#explorer-sliders input").count() == 0
    page.button("Remove curve 1").click()
    assert page.schedule().steps > 1000
    assert len(page.sliders()) == 3


def test_the_address_brings_the_page_back(page: Page) -> None:
    page.open()
    page.button("Add a curve to compare").click()
    page.write("linear(start=1e-3, end=0, steps=5_000)")
    page.logarithmic()
    page.wait_for_address(e=2, y=["log"])
    address, curves = page.tab.url, [page.curve(0), page.curve(1)]
    page.tab.goto("about:blank")
    page.tab.goto(address)
    assert [page.curve(0), page.curve(1)] == curves
    assert page.text == "linear(start=1e-3, end=0, steps=5_000)"
    # And back in the history: an address that is typed in.
    page.go("e=constant(value=2)")
    page.tab.wait_for_function("document.querySelector('#explorer-text').value === 'constant(value=2)'")


def test_copying_the_code(page: Page) -> None:
    page.open()
    page.drag("warmup_cosine.peak", 0.7)
    expected = page.code
    page.button("Copy the code").click()
    page.tab.get_by_text("Copied.", exact=True).wait_for()
    field = page.find("#explorer-text")
    field.click()
    field.press("Control+a")
    field.press("Control+v")
    assert page.text == expected
    assert page.problem == ""  # the code that was copied is an expression that is read, too
    assert page.code == expected


def test_the_logarithmic_axis(page: Page) -> None:
    page.open("exponential(start=1e-3, end=1e-6, steps=1_000)", to=1000)
    bent = page.curve()
    page.logarithmic()
    assert page.curve() != bent
    points = page.points()
    (x0, y0), (x1, y1) = points[0], points[-1]
    assert all(abs(y - (y0 + (y1 - y0) * (x - x0) / (x1 - x0))) < 0.3 for x, y in points)
    assert {"1e-3", "1e-4", "1e-5", "1e-6"} <= set(page.find("#explorer-plot text").all_text_contents())
    page.picture("log")
    # A rate of 0 has no place on it, and does no harm.
    page.write("warmup_cosine(peak=1e-3, warmup_steps=100, total_steps=1_000)")
    assert "NaN" not in page.curve()
    page.picture("log-zero")
    page.write("linear(start=0, end=0, steps=10)")
    page.write("linear(start=-1, end=-2, steps=10)")
    assert page.problem == ""


def test_how_many_steps_are_shown(page: Page) -> None:
    page.open()
    field = page.tab.get_by_label("Steps shown")
    field.fill("2_000")
    field.press("Tab")
    assert "Steps 0 to 2,000." in page.label
    field.fill("")
    field.press("Tab")
    assert "Steps 0 to 10,500." in page.label
    field.fill("none")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") == "true"


def test_values_under_the_pointer_and_by_keyboard(page: Page) -> None:
    page.open()
    page.find("#explorer-plot svg").hover()
    step = int(page.find("#explorer-at-value").inner_text().replace(",", ""))
    assert 4000 < step < 6500
    assert float(page.cells()[0]) == pytest.approx(page.schedule()(step), rel=1e-3)
    page.find("#explorer-at").press("ArrowRight")
    assert page.find("#explorer-at-value").inner_text() == f"{step + 1:,}"


def test_narrow_jumps_are_drawn(page: Page) -> None:
    page.open("window(constant(value=1), first=50_000, stop=50_003)", to=100_000)
    assert len(page.points()) > 100
    page.open("piecewise_constant(values=[0, 1, 0], boundaries=[30_001, 60_007])", to=100_000)
    points = page.points()
    ups = [(a, b) for a, b in pairwise(points) if abs(a[1] - b[1]) > 100]
    assert len(ups) == 2
    assert all(b[0] - a[0] < 0.2 for a, b in ups)  # upright, not slanted


# Looks ---------------------------------------------------------------------------------------------------------------


BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("texts", [(), (LONG,), ("linear(start=0", LONG, LONG)], ids=["first", "long", "many"])
def test_nothing_overflows(texts: tuple[str, ...], dark: bool, size: tuple[int, int], page: Page, request: Any) -> None:
    page.open(*texts, size=size, dark=dark)
    outside = page.tab.evaluate(
        """() => { const wide = document.documentElement.clientWidth;
           const out = [...document.querySelectorAll('body *')].filter((element) => {
             const box = element.getBoundingClientRect();
             const hidden = element.closest('.explorer-hidden, .explorer-problem pre, option, optgroup, svg');
             return !hidden && box.width && (box.right > wide + 0.5 || box.left < -0.5);
           });
           return [document.documentElement.scrollWidth - wide, ...out.map((element) => element.outerHTML)]; }"""
    )
    assert outside == [0]
    # Texts on the picture stay in it.
    cut = page.tab.evaluate(
        """() => { const box = document.querySelector('#explorer-plot').getBoundingClientRect();
           return [...document.querySelectorAll('#explorer-plot text')].filter((text) => {
             const own = text.getBoundingClientRect();
             return own.left < box.left || own.right > box.right || own.bottom > box.bottom || own.top < box.top;
           }).map((text) => text.textContent); }"""
    )
    assert cut == []
    page.picture(re.sub(r"\W+", "-", request.node.name))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(dark: bool, page: Page) -> None:
    page.open("linear(start=0", dark=dark)
    ratios = page.tab.evaluate(
        """() => { const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
             .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
             .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
           const behind = (element) => { for (; element; element = element.parentElement) {
             const color = getComputedStyle(element).backgroundColor;
             if (!/, 0\\)$/.test(color)) return color; } return 'rgb(255, 255, 255)'; };
           const found = {};
           for (const element of document.querySelectorAll('body *')) {
             const svg = element.tagName === 'text';
             const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
             if (!own || element.closest('option, optgroup, select, script, noscript, .explorer-code, :disabled')) continue;
             const [a, b] = [light(getComputedStyle(element)[svg ? 'fill' : 'color']), light(behind(element))].sort();
             const name = svg ? 'text of the plot' : element.className || element.tagName;
             found[name] = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
           }
           return found; }"""
    )
    assert len(ratios) > 8
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}
    back = page.tab.evaluate(BACKGROUND)
    assert (sum(map(int, re.findall(r"\d+", back)[:3])) < 150) is dark


def test_the_theme_button(page: Page) -> None:
    page.open()
    dark = "rgb(19, 20, 22)"
    seen = []
    for _ in range(3):
        page.find("#explorer-theme").click()
        seen.append((page.find("#explorer-theme").inner_text(), page.tab.evaluate(BACKGROUND) == dark))
    assert seen == [("Theme: light", False), ("Theme: dark", True), ("Theme: automatic", False)]


def test_everything_has_a_name_and_can_be_reached_by_keyboard(page: Page) -> None:
    page.open("join([linear(start=0, end=1, steps=10), cosine(start=1, steps=90)])")
    nameless = page.tab.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, a')]
           .filter((control) => !(control.labels?.length || control.ariaLabel || control.textContent.trim()))
           .map((control) => control.outerHTML)"""
    )
    assert nameless == []
    # Of radio buttons one in each group is reached by the tabulator, the others by arrows.
    missed = "document.querySelectorAll('button, input:not([type=radio]), select, textarea, a, input:checked')"
    page.tab.evaluate(f"globalThis.missed = new Set({missed})")
    for _ in range(page.tab.evaluate("missed.size") + 10):
        page.tab.keyboard.press("Tab")
        page.tab.evaluate("missed.delete(document.activeElement)")
    assert page.tab.evaluate("[...missed].map((control) => control.outerHTML)") == []


def test_on_a_telephone_the_curve_stays_in_sight_above_the_sliders(page: Page) -> None:
    page.open(size=TELEPHONE)
    page.drag("warmup_cosine.floor", 0.6)
    assert page.schedule().arguments["floor"] > 0
    box = page.find("#explorer-plot").bounding_box()
    assert 0 <= box["y"] < box["y"] + box["height"] <= TELEPHONE[1]
    page.picture("telephone-sliders")


def test_a_long_product_is_drawn_in_time(page: Page) -> None:
    page.open("running_product(linear(start=1, end=0.9999, steps=50_000), times=100_000)")
    assert page.problem == ""
    assert math.isclose(float(page.cells()[2]), page.schedule()(100_000), rel_tol=1e-3)
