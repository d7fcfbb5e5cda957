"""What a person meets: the page in a browser, without a network, with the keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.report.page_data import compiled, data

pytestmark = pytest.mark.needs("chromium", "playwright")
#: WCAG's contrast of text with what is behind it, of every visible text on the page.
_CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const parts = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const hidden = !e.getClientRects().length || ["SCRIPT", "STYLE", "title"].includes(e.tagName);
    if (!own || hidden || e.matches("svg .on, svg .cell")) continue;
    const style = getComputedStyle(e);
    const ink = parts(e.tagName === "text" ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        options = ["--no-sandbox", "--disable-gpu"]
        found = tools.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        yield found
        found.close()


@pytest.fixture
def heard() -> list[str]:
    """What the page says on the console, and what it asks of the network."""
    return []


@pytest.fixture
def show(browser, build, heard) -> Iterator:
    """A function that opens the page; every request but that for the file itself is heard."""
    opened = []

    def show(**options):
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        opened.append(page)
        url = (build.path / "report.html").as_uri()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: heard.append(asked.url) if asked.url != url else None)
        page.goto(url)
        return page

    yield show
    for page in opened:
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_said_or_asked_and_nothing_sticks_out(show, heard, scheme, width):
    page = show(color_scheme=scheme, viewport={"width": width, "height": 844})

    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("formulas", "errors", "accuracy", "certificate", "hardware", "checks", "running"):
        assert page.locator(f"section#{name} h2").is_visible()


def test_plots_show_the_report(show, build):
    page, (_, report) = show(), data(build)
    told = report["simulation"]
    for name, output in told["outputs"].items():
        plot = f"figure[data-plot=histogram][data-output={name}] rect"
        counts = page.eval_on_selector_all(plot, "all => all.map(e => +e.dataset.count)")
        assert counts == output["histogram"]["counts"]
        dots = page.eval_on_selector_all(
            f"figure[data-plot=scatter][data-output={name}] circle",
            "all => all.map(e => [+e.dataset.x, +e.dataset.y])",
        )
        assert dots == output["scatter"]
        bars = page.eval_on_selector_all(
            f".bullet[data-output={name}] rect", "all => all.map(e => +e.dataset.value)"
        )
        assert bars[0] == pytest.approx(report["outputs"][name]["certified_bound"], rel=1e-5)
    cells = "figure[data-plot=confusion] rect"
    confusion = page.eval_on_selector_all(cells, "all => all.map(e => +e.dataset.count)")
    assert confusion == [count for row in told["classifier"]["confusion"] for count in row]
    assert sum(confusion) == told["rows"]


def test_heights_of_bars_are_in_proportion(show):
    page = show()
    bars = page.eval_on_selector_all(
        "figure[data-plot=histogram]:first-of-type rect",
        "all => all.map(e => [+e.dataset.count, +e.getAttribute('height')])",
    )
    unit = max(height for _, height in bars) / max(count for count, _ in bars)
    assert all(height == pytest.approx(count * unit, abs=0.02) for count, height in bars)


def test_theme_follows_the_system_and_the_button(show):
    page = show(color_scheme="dark")
    color = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(color)
    button = page.locator("#theme")
    assert button.get_attribute("aria-label") == "Switch to the light theme"
    button.click()
    assert page.evaluate(color) != dark
    button.click()
    assert page.evaluate(color) == dark


def test_keyboard_reaches_all_in_the_order_of_the_page(show):
    page = show()
    seen = []
    for _ in range(400):
        page.keyboard.press("Tab")
        place = page.evaluate(
            "(() => { const e = document.activeElement;"
            " if (e === document.body) return null;"
            " return [e.className || e.id || e.textContent, [...document.querySelectorAll('*')].indexOf(e)]; })()"
        )
        if place is None:
            break
        seen.append(place)
    places = [place for _, place in seen]

    assert seen[0][0] == "skip"
    assert places == sorted(places)
    closed = page.evaluate("[...document.querySelectorAll('details:not([open]) > summary')]"
                           ".filter(e => e.checkVisibility()).length")  # fmt: skip
    assert len(places) > closed > 0


def test_certificate_opens_by_enter(show):
    page = show()
    part = page.locator("#certificate details.output details").first
    part.locator("summary").first.focus()
    assert part.get_attribute("open") is None
    page.keyboard.press("Enter")
    assert part.get_attribute("open") is not None
    assert part.locator("p.value math").first.is_visible()


def test_tree_opens_whole(show):
    page = show()
    page.click("[data-open=all]")
    assert page.locator("#certificate details:not([open])").count() == 0
    page.click("[data-open=none]")
    assert page.locator("#certificate details[open]").count() == 0


def test_screen_reader_finds_its_way(show):
    page = show()
    assert page.locator("main").count() == page.locator("nav").count() == 1
    assert page.locator("h1").count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(e => +e.tagName[1])")
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("svg:not([aria-label]), section:not([aria-labelledby])").count() == 0
    assert all(button.text_content() for button in page.locator("button").all())
    assert page.locator("svg:not([role=img])").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(show, scheme):
    page = show(color_scheme=scheme)
    page.click("[data-open=all]")
    assert page.evaluate(_CONTRAST) == []


def test_print_is_light_and_without_buttons(show):
    page = show(color_scheme="dark")
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert not page.locator("button").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_page_works_without_scripts(browser, build):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((build.path / "report.html").as_uri())
    assert page.locator("#errors figure").first.is_visible()
    assert page.locator("#certificate summary").first.is_visible()
    context.close()
