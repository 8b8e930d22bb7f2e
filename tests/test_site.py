"""The course's web pages: `make site`, opened in a real browser.

Each page is opened once, wide and as narrow as a telephone; what was seen there is what the tests ask after.
"""

import functools
import json
import re
import subprocess
import threading
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from make_notebooks import Course

from tests.colab import registry_answers
from tests.in_chromium import MARKS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build/site/html"
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
DESK = {"width": 1200, "height": 1000}
TELEPHONE = {"width": 390, "height": 800}
CONTRAST = (
    "color-contrast"  # it takes axe-core longer than all its other rules, so a page of each kind must do
)
A_PAGE_OF_EACH_KIND = {
    "first": "index.html",
    "glossary": "GLOSSARY.html",
    "lesson": "notebooks/01_ten_parameters.html",
}
LOOK = """() => ({
    links: [...document.querySelectorAll("a[href]")].map(link => link.href),
    ids: [...document.querySelectorAll("[id]")].map(element => element.id),
    pictures: [...document.images].map(
        image => ({src: image.src, alt: image.alt, width: image.naturalWidth})),
})"""
WIDTH = "() => document.documentElement.scrollWidth"

pytestmark = MARKS


@dataclass
class Seen:
    """What one page showed: its links, ids and pictures, what axe-core finds grave, its width when narrow."""

    links: list[str]
    ids: set[str]
    pictures: list[dict]
    grave: list[str]
    width: int


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    """Where the pages are served, made anew."""
    done = subprocess.run(["make", "site"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode and not registry_answers():
        pytest.skip("What makes the pages is not installed, and no package registry can be reached.")
    assert done.returncode == 0, done.stdout + done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PAGES))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def complaints():
    """What the browser complained of on any page, and what it asked of anybody else."""
    return []


@pytest.fixture(scope="module")
def tab(browser, address, complaints):
    tab = browser.new_page(viewport=DESK)
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda asked: None if is_ours(asked.url, address) else complaints.append(asked.url))
    tab.on(
        "response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None
    )
    return tab


def is_ours(url, address):
    return url.startswith((address, "data:"))


@pytest.fixture(scope="module")
def seen(tab, address):
    """Seen, for each page by its address."""
    names = [path.relative_to(PAGES).as_posix() for path in sorted(PAGES.rglob("*.html"))]
    return {address + name: look(tab, address + name) for name in names if not name.startswith("_")}


def look(tab, page):
    tab.set_viewport_size(DESK)
    tab.goto(page)
    grave = find_grave(tab, rules={CONTRAST: {"enabled": False}})
    there = tab.evaluate(LOOK)
    tab.set_viewport_size(TELEPHONE)
    return Seen(there["links"], set(there["ids"]), there["pictures"], grave, tab.evaluate(WIDTH))


def find_grave(tab, **options):
    """What axe-core calls serious or critical on the page that is open."""
    from axe_playwright_python.sync_playwright import Axe

    # preload: it would fetch style sheets anew, from wrong addresses
    found = Axe().run(tab, options={"resultTypes": ["violations"], "preload": False, **options})
    faults = [fault for fault in found.response["violations"] if fault["impact"] in ("serious", "critical")]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in faults for node in fault["nodes"]]


def test_every_lesson_is_a_page_that_the_first_page_leads_to(seen, address):
    assert {address + f"notebooks/{lesson}.html" for lesson in LESSONS} <= set(
        seen[address + "index.html"].links
    )


def test_no_link_leads_nowhere(seen, address):
    repository = Course().address
    broken = set()
    for page, shown in seen.items():
        for link in shown.links:
            target, fragment = urldefrag(link)
            if target.startswith(f"{repository}/blob/main/"):
                fine = (ROOT / target.removeprefix(f"{repository}/blob/main/")).is_file()
            elif not is_ours(target, address):
                continue
            elif target in seen:
                fine = not fragment or unquote(fragment) in seen[target].ids
            else:
                fine = (PAGES / target.removeprefix(address)).is_file()
            if not fine:
                broken.add((page, link))
    assert not broken


def test_each_lesson_opens_in_colab(seen, address):
    for lesson in LESSONS:
        assert Course().in_colab(lesson) in seen[f"{address}notebooks/{lesson}.html"].links


def test_every_figure_shows_and_has_its_text_alternative(seen, address):
    for lesson in LESSONS:
        pictures = [p for p in seen[f"{address}notebooks/{lesson}.html"].pictures if "_images" in p["src"]]
        assert pictures
        assert all(picture["width"] for picture in pictures)
        stored = json.loads((ROOT / f"notebooks/{lesson}.ipynb").read_text(encoding="utf-8"))
        outputs = [output for cell in stored["cells"] for output in cell.get("outputs", [])]
        texts = ["".join(o["data"]["text/plain"]) for o in outputs if "image/png" in o.get("data", {})]
        assert len(pictures) == len(texts)
        for picture, text in zip(pictures, texts, strict=True):
            assert picture["alt"]
            assert text.endswith(picture["alt"])


def test_axe_finds_nothing_grave(seen):
    assert not {page: shown.grave for page, shown in seen.items() if shown.grave}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", A_PAGE_OF_EACH_KIND)
def test_text_stands_out(tab, address, kind, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.goto(address + A_PAGE_OF_EACH_KIND[kind])
    assert tab.locator("html").get_attribute("data-theme") == scheme
    assert not find_grave(tab, runOnly=[CONTRAST])


def test_no_page_is_wider_than_a_telephone(seen):
    assert not {page: shown.width for page, shown in seen.items() if shown.width > TELEPHONE["width"]}


def test_search_finds_a_term_where_it_is_explained(tab, address):
    tab.set_viewport_size(DESK)
    tab.goto(urljoin(address, "search.html?q=perplexity"))
    found = tab.locator("#search-results .search a")
    found.first.wait_for()
    texts = found.all_inner_texts()
    assert any("perplexity" in text for text in texts)
    assert any("05 · Tokens" in text for text in texts)


def test_folded_code_unfolds(tab, address):
    tab.goto(urljoin(address, "notebooks/01_ten_parameters.html"))
    code = tab.get_by_text(re.compile(r"def set_up\(\):"))
    assert not code.is_visible()
    tab.get_by_text("Set-up: in Colab it installs the course").first.click()
    assert code.is_visible()


def test_formulas_are_drawn_without_a_script(tab, address):
    tab.goto(urljoin(address, "notebooks/04_learning.html"))
    formula = tab.locator("math[display=block] mfrac").first
    assert formula.bounding_box()["height"] > 20


def test_the_browser_complains_of_nothing_and_asks_nobody_else(seen, complaints):
    assert not complaints
