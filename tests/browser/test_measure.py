"""The page that measures a device, in a real browser: it measures, goes on after a reload, waits while it is hidden,
and reaches nobody but the server that gave it out."""

import os, re, shutil, threading, time
import pytest
from lab import ROOT, open_page
from nasbert.latency.travel import device_names
from nasbert.latency.web import PageJob
from nasbert.latency.webserver import engine_folder, serve
from nasbert.run.devices import add_device, device_table, plan_of
from nasbert.run.stages import open_existing

PLACE = r'part (\d) of \d((?: again where it is uncertain)?), round (\d) of 5'
QUICK = dict(latency_networks=4, latency_calibration=2, latency_seconds=0.001)


@pytest.fixture(scope='module')
def engine(needed):
    "The folder of onnxruntime-web, fetched once for this user."
    if not shutil.which('npm'):
        (pytest.fail if os.environ.get('NASBERT_BROWSER') == '1' else pytest.skip)(
            'npm is not installed: apt install npm'
        )
    return engine_folder()


@pytest.fixture(scope='module')
def job(run):
    opened = open_existing(run)
    return PageJob(plan_of(opened), opened.settings.replace(**QUICK), rounds=5, minutes=0.03)


@pytest.fixture
def served(run, engine, job, request):
    "The address of a page, and what was stored of it."
    host = getattr(request, 'param', '127.0.0.1')
    addresses, ready, stored = [], threading.Event(), []

    def store(table):
        add_device(open_existing(run), f'phone{len(device_names(run))}', table)
        stored.append(table)
        return 'The table is kept.'

    opened = lambda address: (addresses.append(address), ready.set())
    threading.Thread(target=serve, args=(job, store, engine, host, 0, opened), daemon=True).start()
    assert ready.wait(30)
    return addresses[0], stored


def visit(chrome, address: str, width: int = 390, scheme: str = 'light'):
    "A page of a visitor of its own, who reaches nothing but that server; what it did wrong is in `page.strange`."
    page = open_page(chrome, width, 844)
    page.emulate_media(color_scheme=scheme)
    page.strange = []

    def guard(route):
        if route.request.url.startswith((address, 'blob:', 'data:')):
            return route.continue_()
        page.strange.append(route.request.url)
        route.abort()

    page.route('**/*', guard)
    page.on('pageerror', lambda error: page.strange.append(str(error)))
    page.goto(address)
    page.wait_for_selector('#start:enabled, #start[hidden]', state='attached')
    return page


def status(page) -> str:
    return page.locator('#status').text_content()


def wait_for(page, words: str, seconds: float = 120):
    "Until the page says that; return the match."
    until = time.monotonic() + seconds
    while not (found := re.search(words, status(page))):
        assert time.monotonic() < until and not page.locator('#status.bad').count(), status(page)
        page.wait_for_timeout(50)
    return found


def hide(page, hidden: bool):
    "Let the page believe that it is hidden, or in front again."
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})
            document.dispatchEvent(new Event('visibilitychange'))
        }""",
        hidden,
    )


def test_a_browser_is_measured_and_goes_on_after_a_reload(chrome, served, run, job, shoot):
    address, stored = served
    page = visit(chrome, address)
    assert page.evaluate('crossOriginIsolated')
    shoot(page, 'measure-start-390')
    page.click('#start')
    wait_for(page, 'Working for')
    reached = wait_for(page, PLACE.replace(r'(\d) of 5', '([3-5]) of 5')).groups()
    hide(page, True)
    wait_for(page, 'Paused: the page is hidden')
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
    shoot(page, 'measure-paused-390')
    other = visit(chrome, address)
    other.click('#start')
    other.wait_for_selector('#status.bad')
    assert 'another device is measured by this link right now' in status(other)
    page.reload()
    hide(page, True)  # at once: what is left takes a moment
    wait_for(page, 'Paused: the page is hidden')
    page.evaluate(
        """() => {
            const said = document.querySelector('#status')
            window.told = []
            const keep = new MutationObserver(() => told.push(said.textContent))
            keep.observe(said, {childList: true, characterData: true, subtree: true})
        }"""
    )
    hide(page, False)
    wait_for(page, 'Done. The table is kept.')
    said = ' '.join(page.evaluate('told'))
    went_on = re.search(PLACE, said).groups()  # by itself, and not from the beginning: minutes of work
    assert went_on >= reached, (reached, went_on)
    shoot(page, 'measure-done-390')
    (table,) = stored
    assert table.at['backend'] == 'ort-web' and table.at['threads'] == 1 and table.checked['checked'] == 4
    assert re.match(r'Chrome \d+ on Linux \(computer\), wasm with SIMD, 1 thread', table.at['machine'])
    assert table.sustained_minutes == 0.03 and 0.05 < table.op('F', 64) < 100
    opened = open_existing(run)
    names = device_names(run)
    assert device_table(opened, names[0]).ms == table.ms and f'{names[0]}-sustained' in names
    assert not page.strange and other.strange == []


def test_the_page_says_when_its_server_is_gone(chrome, served, shoot):
    address, stored = served
    page = visit(chrome, address, width=1000, scheme='dark')
    page.route('**/beat', lambda route: route.abort())
    page.click('#start')
    page.wait_for_selector('#status.bad')
    assert 'cannot be reached' in status(page) and page.locator('#start').text_content() == 'Go on'
    shoot(page, 'measure-gone-dark')
    assert not stored and not page.strange


@pytest.mark.parametrize('served', ['0.0.0.0'], indirect=True)
def test_over_plain_http_the_clock_is_coarse_and_the_table_says_so(chrome, served):
    address, stored = served
    if '127.0.0.1' in address:
        pytest.skip('this machine has no address but the one that browsers trust')
    page = visit(chrome, address)
    assert not page.evaluate('crossOriginIsolated')
    page.click('#start')
    wait_for(page, 'Done. The table is kept.')
    assert 'coarse clock' in stored[0].at['machine'] and 0.02 < stored[0].op('F', 64) < 100
    assert not page.strange


def luminance(colour: str) -> float:
    "Relative luminance of #rgb or #rrggbb, as WCAG has it."
    digits = colour.lstrip('#')
    parts = [int(d, 16) / 255 for d in (re.findall('..', digits) if len(digits) == 6 else [2 * d for d in digits])]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize('scheme', [0, 1], ids=['light', 'dark'])
def test_the_page_is_read_by_weak_eyes(scheme):
    rules = re.findall(r':root \{(.*?)\}', (ROOT / 'nasbert/latency/measure.html').read_text())
    colours = dict(re.findall(r'--(\w+): (#\w+)', rules[scheme]))
    for one, other in (('text', 'back'), ('text', 'card'), ('soft', 'back'), ('soft', 'card'), ('on', 'bar')):
        low, high = sorted(luminance(colours[c]) for c in (one, other))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (one, other)
