"""The course in a real browser: `make lab`, Run All, a wrong answer and a right one, a slider.

Needs Chromium; where there is none the tests say so and are skipped.
"""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.in_chromium import MARKS

ROOT = Path(__file__).resolve().parent.parent
MINUTES = 60_000

pytestmark = MARKS


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of JupyterLab as `make lab` starts it. Nothing is saved: these are the real notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    port = free_port()
    # Every cell in the page, so that the test can find it without scrolling as a person would.
    change_setting(folder, "notebook-extension/tracker", '{"windowingMode": "none"}')
    change_setting(folder, "docmanager-extension/plugin", '{"autosave": false}')
    options = (
        f"--no-browser --port={port} --allow-root --IdentityProvider.token=learner "
        f"--LabApp.user_settings_dir={folder / 'settings'} --LabApp.workspaces_dir={folder / 'workspaces'}"
    )
    log = folder / "lab.log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            ["make", "lab", f"LAB_OPTIONS={options}"],
            cwd=ROOT,
            env={**os.environ, "COURSE_PROGRESS": str(folder / "solved")},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        opened = wait_for_address(log, server)
        assert "01_ten_parameters.ipynb" in opened
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks"
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def change_setting(folder, name, setting):
    path = folder / f"settings/@jupyterlab/{name}.jupyterlab-settings"
    path.parent.mkdir(parents=True)
    path.write_text(setting)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_address(log, server):
    """The page that the server would open in a person's browser."""
    for _ in range(600):
        if found := re.search(r"http://127\S+", log.read_text()):
            return found[0]
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(f"no address in\n{log.read_text()}")


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(MINUTES)
    yield page
    page.close()


def open_and_run_all(page, lab, name):
    page.goto(f"{lab}/{name}.ipynb?token=learner&reset")
    page.get_by_role("heading", level=1).first.wait_for()
    # Before the kernel is there, Run All empties the prompts and runs nothing.
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    code_cells = page.locator(".jp-Notebook .jp-CodeCell")
    last = code_cells.last.locator(".jp-InputPrompt").first
    # The prompts are emptied, then filled one after the other.
    expect(last).to_have_text(re.compile(r"\[ ?\*\]"), timeout=MINUTES)
    expect(last).to_have_text(f"[{code_cells.count()}]:", timeout=5 * MINUTES)
    expect(page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)


def answer(page, stub, text):
    """Write an answer over the stub and run the cell; returns the cell."""
    cell = page.locator(".jp-CodeCell").filter(has_text=re.compile(stub)).first
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    return cell


def test_lesson_01_runs_and_its_checks_answer(lab, page, tmp_path):
    open_and_run_all(page, lab, "01_ten_parameters")
    cell = answer(page, r"check\(taxi=taxi\)", "taxi = [5, 2]\n\ncheck(taxi=taxi)")
    output = cell.locator(".jp-OutputArea")
    expect(output).to_contain_text("in the other order")
    output.get_by_text("Hint 1").click()
    expect(output.get_by_text("Compare two receipts")).to_be_visible()
    page.screenshot(path=tmp_path / "wrong.png")

    cell = answer(page, r"check\(taxi=taxi\)", "taxi = [2, 5]\n\ncheck(taxi=taxi)")
    output = cell.locator(".jp-OutputArea")
    expect(output).to_contain_text("Correct.")
    expect(output).to_contain_text("Lesson 01: 1 of")
    page.screenshot(path=tmp_path / "right.png")


def test_a_lesson_opens_quietly_and_its_set_up_is_folded(lab, page):
    page.goto(f"{lab}/02_weights.ipynb?token=learner&reset")
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
    page.wait_for_timeout(3000)  # questions and changes would come a moment after the kernel
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    expect(page.get_by_text("Would you like")).to_have_count(0)
    expect(page.get_by_text("Nbgrader")).to_have_count(0)
    folded = page.locator(".jp-CodeCell").first
    expect(folded).to_contain_text("@title Set-up")
    expect(page.get_by_text("def set_up():")).to_have_count(0)
    folded.locator(".jp-InputPlaceholder").click()
    expect(page.get_by_text("def set_up():")).to_have_count(1)


def test_a_slider_moves_its_picture(lab, page, tmp_path):
    open_and_run_all(page, lab, "03_biases")
    widget = page.locator(".jp-OutputArea-output:has(.widget-slider):has(img)").first
    picture = widget.locator("img")
    before = picture.get_attribute("src")
    described = picture.get_attribute("alt")
    assert described
    widget.locator(".noUi-handle").last.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", before)
    expect(picture).not_to_have_attribute("alt", described)
    widget.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "slider.png")
