"""The site in a real browser: headless Chromium, as wide as a desk's screen and a telephone's, light and dark.

Not among the tests of `make test`: it needs the built site (``out/docs``, or ``SITE``), playwright and a Chromium, such as
Debian's, which is looked for by name (or ``CHROMIUM``). Nothing but the server that it starts itself is asked for anything.
"""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

import pure_schedules as ps  # noqa: E402

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("SITE", ROOT / "out" / "docs"))
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
if not (SITE / "index.html").exists() or CHROMIUM is None:
    pytest.skip("the browser tests need the built site and Chromium", allow_module_level=True)

#: The explorer is a program of its own, and has tests of its own.
PAGES = sorted(
    str(path.relative_to(SITE))
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts and "explorer" not in path.parts
)
#: One page of each kind, for what does not differ within a kind.
KINDS = [
    *("index.html", "start.html", "differentiate.html", "coming-from.html", "every-row.html", "changelog.html"),
    *("gallery/index.html", "notebook/adam-with-warmup.html", "reference/shapes.html", "reference/like/torch.html"),
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
SIZES = {"desk": (1280, 900), "telephone": (390, 844)}


#: A tab, its theme, and what went wrong in it.
Look: TypeAlias = tuple[Any, str, list[str]]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def is_elsewhere(url: str) -> bool:
    return "127.0.0.1" not in url and not url.startswith(("data:", "blob:"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module", params=[(size, theme) for size in SIZES for theme in ("light", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest, browser: Any) -> Iterator[Look]:
    """A tab of some size and theme, and what went wrong in it."""
    size, theme = request.param
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    tab, wrong = context.new_page(), []
    tab.on("request", lambda asked: wrong.append(f"another host: {asked.url}") if is_elsewhere(asked.url) else None)
    tab.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    tab.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    yield tab, theme, wrong
    context.close()


@pytest.mark.parametrize("page", PAGES)
def test_nothing_overflows_and_nothing_is_missing(look: Look, address: str, page: str) -> None:
    tab, _, wrong = look
    wrong.clear()
    tab.goto(address + page, wait_until="load")
    wide = tab.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, window.innerWidth]")
    assert max(wide[:2]) <= wide[2], f"{page} is {max(wide[:2])} wide in a window of {wide[2]}"
    # A picture that the theme hides is not looked at; one further down is fetched when it is looked at.
    broken = tab.evaluate(
        """async () => {
            const shown = [...document.images].filter(image => image.offsetParent !== null);
            for (const image of shown) { image.loading = "eager"; await image.decode().catch(() => 0); }
            return shown.filter(image => image.naturalWidth === 0).map(image => image.src);
        }"""
    )
    assert broken == []
    assert wrong == []


@pytest.mark.parametrize("page", KINDS)
def test_the_theme_is_that_of_the_reader(look: Look, address: str, page: str) -> None:
    tab, theme, _ = look
    tab.goto(address + page)
    colours = tab.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('article')).color]"
    )
    background, ink = (sum(int(part) for part in colour[4:-1].replace("(", "").split(",")[:3]) for colour in colours)
    assert (background < ink) == (theme == "dark")
    shown = tab.evaluate("[...document.images].filter(image => image.offsetParent !== null).map(image => image.src)")
    drawn = [source for source in shown if "_images" in source and source.endswith(".svg")]
    assert all(source.endswith(".dark.svg") == (theme == "dark") for source in drawn)
    if page.startswith("gallery"):
        assert len(drawn) >= 70


def test_the_gallery_shows_every_schedule(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.goto(address + "gallery/index.html")
    for name in ps.__all__:
        if getattr(getattr(ps, name), "made", None) is ps.Schedule:
            assert tab.locator(f'img[alt="The curve of {name}"]').count() == 2, name
            assert tab.locator(f'a[href$="#pure_schedules.{name}"]').count() >= 1, name
    tab.close()


@pytest.mark.parametrize("page", ["steps.html", "differentiate.html"])
def test_formulas_are_set(look: Look, address: str, page: str) -> None:
    tab, _, wrong = look
    wrong.clear()
    tab.goto(address + page)
    tab.wait_for_selector("mjx-container")
    sizes = tab.eval_on_selector_all("mjx-container", "all => all.map(one => one.getBoundingClientRect().width)")
    assert sizes
    assert min(sizes) > 3
    assert tab.locator("mjx-merror, [data-mml-node=merror]").count() == 0
    assert wrong == []


def test_the_search_finds_cosine(look: Look, address: str) -> None:
    tab, _, wrong = look
    wrong.clear()
    tab.goto(address + "search.html?q=cosine")
    tab.wait_for_selector("ul.search li a")
    tab.wait_for_function("document.querySelector('#search-results p.search-summary, p.search-summary')")
    found = tab.eval_on_selector_all("ul.search li a", "all => all.map(one => one.getAttribute('href'))")
    assert any("reference/shapes.html#pure_schedules.cosine" in link for link in found), found
    assert wrong == []


def test_what_is_copied_can_be_run(browser: Any, address: str) -> None:
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(address + "start.html")
    block = tab.locator("div.highlight", has_text="lr = warmup_cosine").first
    block.hover()
    block.locator("button.copybtn").click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == [
        "from pure_schedules import warmup_cosine",
        "lr = warmup_cosine(peak=3e-3, warmup_steps=50, total_steps=300)",
        "lr(0), lr(25), lr(50), lr(175), lr(300)",
    ]
    context.close()


def test_a_reader_gets_from_the_first_page_to_the_others(look: Look, address: str) -> None:
    """By clicks alone: the menu is a button where there is no room for it."""
    tab, _, _ = look
    tab.goto(address + "index.html")
    if tab.viewport_size["width"] < 600:
        tab.locator("label.nav-overlay-icon:visible, .mobile-header label[for=__navigation]").first.click()
    tab.locator(".sidebar-tree a", has_text="Attach").first.click()
    tab.wait_for_url("**/attach.html")
    tab.locator("article a", has_text="Lightning").first.click()
    tab.wait_for_url("**/frameworks/lightning.html")


class Links(HTMLParser):
    """What a page leads to, and what leads into it."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = {"", "top"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src") and tag != "link":
                self.targets.append(value)
            if value and name in ("id", "name"):
                self.anchors.add(value)


def test_every_link_within_the_site_leads_somewhere() -> None:
    pages: dict[str, Links] = {}
    for path in SITE.rglob("*.html"):
        pages[str(path.relative_to(SITE))] = links = Links()
        links.feed(path.read_text(encoding="utf-8"))
    dead = []
    for page in PAGES:
        for target in pages[page].targets:
            if ":" in target.partition("/")[0] or target.startswith("//"):
                continue
            place, anchor = urldefrag(urljoin(f"/{page}", target))
            place = unquote(place.partition("?")[0]).lstrip("/")
            if not (SITE / place).exists() or (place in pages and unquote(anchor) not in pages[place].anchors):
                dead.append(f"{page}: {target}")
    assert dead == [], "\n".join(dead)
