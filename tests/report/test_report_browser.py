"""The page in a real browser: sorting, filtering, text that stays text, no error and no request."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager

import pytest
from synthetic_results import ENTRIES, SCRIPT, attempt_of, write

from nnbench.report.write import write_report

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
DRIVER = shutil.which("chromedriver")
OPTIONS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER) and "NNBENCH_REQUIRE_BROWSER" not in os.environ,
    reason="no Chromium with its driver; set NNBENCH_REQUIRE_BROWSER to fail instead",
)


@contextmanager
def chromium(profile):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in [*OPTIONS.split(), f"--user-data-dir={profile}", "--window-size=1400,1000"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()
        driver.service.stop()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(driver, folder):
    driver.get((folder / "index.html").as_uri())
    return driver


COLUMN = """
const table = document.getElementById("overview");
const index = [...table.tHead.rows[0].cells].findIndex(c => c.querySelector("span").textContent === arguments[0]);
const cells = [...table.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[index]);
return cells.map(c => c.dataset.value ?? c.innerText);
"""
CLICK = """
const cells = [...document.getElementById("overview").tHead.rows[0].cells];
const heading = cells.find(c => c.querySelector("span").textContent === arguments[0]);
heading.querySelector("button").click();
return cells.map(c => c.getAttribute("aria-sort"));
"""


def column(page, title):
    return page.execute_script(COLUMN, title)


def click(page, title):
    return page.execute_script(CLICK, title)


def test_sorting_by_numbers(page):
    states = click(page, "Parameters")
    assert sorted(set(states)) == ["ascending", "none"]
    assert states.count("ascending") == 1
    values = [float(v) for v in column(page, "Parameters")]
    assert values == sorted(values)
    assert values[0] == 11
    assert "descending" in click(page, "Parameters")
    assert [float(v) for v in column(page, "Parameters")] == values[::-1]


def test_the_best_comes_first_where_higher_is_better(page):
    assert "descending" in click(page, "Inference")
    values = [float(v) for v in column(page, "Inference")]
    assert values == sorted(values, reverse=True)


def test_what_is_missing_stays_below(page):
    for _ in range(2):
        click(page, "ECE")
        values = column(page, "ECE")
        assert values[-5:] == [""] * 5
        assert "" not in values[:-5]


def test_sorting_by_names(page):
    click(page, "Model")
    names = column(page, "Model")
    assert names[0] == SCRIPT
    assert names[1:] == sorted(names[1:])


def test_headings_are_reached_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    button = page.find_element("css selector", "#overview thead button")
    button.send_keys(Keys.ENTER)
    assert button.find_element("xpath", "..").get_attribute("aria-sort") == "ascending"


def test_the_filter(page):
    field = page.find_element("id", "filter")
    field.send_keys("cnn digits")
    assert sorted(column(page, "Model")) == ["lenet5", "resnet20"]
    assert page.find_element("css selector", "output[for=filter]").text == "2 of 17"
    click(page, "Parameters")
    assert column(page, "Model") == ["lenet5", "resnet20"]
    field.clear()
    field.send_keys("nothing like this")
    assert column(page, "Model") == []


def test_a_script_in_a_name_is_shown_and_not_run(page):
    assert SCRIPT in column(page, "Model")
    assert page.execute_script("return document.scripts.length") == 1
    texts = page.execute_script("return [...document.querySelectorAll('svg text')].map(t => t.textContent)")
    assert any(t.startswith("<script>") for t in texts)
    from selenium.common.exceptions import NoAlertPresentException

    with pytest.raises(NoAlertPresentException):
        page.switch_to.alert.dismiss()


def test_no_error_and_no_request(driver, folder):
    for kind in ("browser", "performance"):
        driver.get_log(kind)
    address = (folder / "index.html").as_uri()
    driver.get(address)
    assert driver.get_log("browser") == []
    events = [json.loads(e["message"])["message"] for e in driver.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [address]


def test_the_policy_forbids_other_scripts(page):
    page.execute_script("document.body.append(Object.assign(document.createElement('i'), {id: 'probe'}))")
    page.execute_script(
        "document.getElementById('probe').innerHTML = '<b onclick=\"window.ran = 1\">x</b>';"
        "document.querySelector('#probe b').click()"
    )
    assert page.execute_script("return window.ran") is None
    assert "Content Security Policy" in page.get_log("browser")[0]["message"]


@pytest.mark.parametrize("width", [390, 768, 1400])
def test_nothing_sticks_out_of_a_narrow_screen(page, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(page, scheme):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    inks = page.execute_script(
        "const c = q => getComputedStyle(document.querySelector(q));"
        "return [c('body').color, c('.caption').color, c('#robustness svg text').fill, c('section').backgroundColor]"
    )
    *texts, paper = [luminance(ink) for ink in inks]
    assert (paper < 0.1) == (scheme == "dark")
    for text in texts:
        assert (max(text, paper) + 0.05) / (min(text, paper) + 0.05) > 4.5


def test_an_empty_report(driver, tmp_path):
    driver.get(write_report(write(tmp_path, [])).as_uri())
    assert "No attempt is stored here yet." in driver.find_element("tag name", "main").text
    assert driver.get_log("browser") == []


def test_one_attempt(driver, tmp_path):
    driver.get(write_report(write(tmp_path, [attempt_of(ENTRIES[0], 0)])).as_uri())
    assert column(driver, "Seeds") == ["1"]
    assert driver.get_log("browser") == []


def luminance(colour):
    """Return the relative luminance of ``rgb(r, g, b)``, as the accessibility guidelines define it."""
    parts = [int(p) / 255 for p in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
