"""The workbench in a real browser: JupyterLab in both themes."""

import json
import pytest
from lab import answer, open_lab, open_page, run_all, save, wait_for, workbench

FIGURE = '.nasbert .js-plotly-plot'
TABS = {
    'Why this one': 'How far to believe it',
    'Training': 'done.',
    'Search space': 'one after another',
}  # and what each says


def points(page, layer: str) -> list:
    "x of the points of a layer of the figure, as the browser has it."
    return page.evaluate(
        """layer => { const g = document.querySelector('.nasbert .js-plotly-plot');
        const t = g._fullData.find(t => t.name === layer); return t && t.x ? Array.from(t.x) : [] }""",
        layer,
    )


def tab(page, name: str):
    page.get_by_role('tab', name=name).click()


def settled(page):
    "Until the figures in sight are as wide as the room they have, and the tiles of the pick are drawn."
    page.wait_for_function(
        """() => {
        const seen = [...document.querySelectorAll('.nasbert .js-plotly-plot')].filter(g => g.offsetParent);
        const width = e => e.getBoundingClientRect().width;
        return seen.every(g => {
            const svg = g.querySelector('.main-svg');
            return svg && Math.abs(width(svg) - width(g.parentElement)) < 3 }) }""",
        polling=500,
    )
    page.wait_for_selector('.nasbert-text svg', state='attached')
    page.evaluate("document.querySelector('.nasbert').scrollIntoView()")


def still(page, locator):
    """The box of an element, once the figure is no longer drawn again: a click between the pointer's arrival and a new
    drawing is on no point."""
    drawn = lambda: page.locator(f'{FIGURE} .main-svg').first.evaluate('e => e.outerHTML')
    last = ''
    for _ in range(100):
        if drawn() == last:
            return locator.bounding_box()
        last = drawn()
        page.wait_for_timeout(500)
    pytest.fail('the figure is drawn again and again')


def shoot_tabs(page, shoot, theme: str):
    "Look at every tab."
    for name, text in TABS.items():
        tab(page, name)
        page.locator('.nasbert').get_by_text(text).first.wait_for()
        settled(page)
        shoot(page, f'{theme}-4-{name.lower().replace(" ", "-")}')
    tab(page, 'Pick')


def row(page, label: str):
    "Switch, slider and box of one limit."
    return page.locator('.nasbert .widget-hbox').filter(has=page.locator(f'label:has-text("{label}")')).last


@pytest.fixture(scope='module')
def page(server, chrome):
    "The notebook, opened and run once for the tests below, which build on one another."
    made = open_page(chrome, 1400, 1100)
    made.problems = []
    made.on('pageerror', lambda e: made.problems.append(str(e)))
    open_lab(made, server, '05_workbench.ipynb')
    yield made
    made.close()


def test_opens_with_figure_and_answer(page, shoot):
    assert answer(page).startswith('E')
    assert len(points(page, 'frontier: none beats these')) > 1 and len(points(page, 'pick')) == 1
    assert page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0, page.locator(
        '.jp-RenderedText'
    ).all_text_contents()
    settled(page)
    shoot(page, 'light-1-open')


def test_a_slider_moves_the_pick_with_the_keyboard(page):
    before, x = answer(page), points(page, 'pick')
    handle = row(page, 'parameters').locator('.noUi-handle')
    handle.focus()
    page.keyboard.press('Home')
    for _ in range(3):
        page.keyboard.press('ArrowRight')
    wait_for(page, lambda: answer(page) != before and points(page, 'pick') != x)
    assert points(page, 'pick')[0] < x[0]
    assert page.evaluate("document.querySelector('.nasbert .js-plotly-plot')._fullLayout.shapes.length") == 1


def test_nothing_offers_to_send_the_figure_away(page):
    titles = page.locator(f'{FIGURE} .modebar-btn').evaluate_all('all => all.map(b => b.dataset.title)')
    assert titles and not [t for t in titles if 'hare' in t or 'loud' in t]


def test_a_click_on_a_point_compares_it(page, shoot):
    point = (
        page.locator(f'{FIGURE} .scatterlayer .trace')
        .filter(has=page.locator('.points path'))
        .first.locator('.points path')
        .first
    )
    box = still(page, point)
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    page.wait_for_selector(f'{FIGURE} .hoverlayer .hovertext')
    page.mouse.click(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    page.wait_for_selector('.nasbert summary:has-text("what differs")')
    assert len(points(page, 'selected')) == 1
    shoot(page, 'light-2-compared')


def test_a_box_selects_what_is_in_it(page):
    "The pointer leaves the points afterwards, of which the page tells too: the selection stays."
    shown = still(page, page.locator(f'{FIGURE} .nsewdrag').first)
    page.locator(f'{FIGURE} .modebar-btn[data-title="Box Select"]').first.click()
    x, y = shown['x'], shown['y']
    page.mouse.move(x + 4, y + 4)
    page.mouse.down()
    page.mouse.move(x + shown['width'] / 2, y + shown['height'] / 2, steps=5)
    page.mouse.move(x + shown['width'] - 4, y + shown['height'] - 4, steps=5)
    page.mouse.up()
    page.mouse.move(x - 60, y - 60, steps=5)
    wait_for(page, lambda: len(points(page, 'selected')) > 3)
    page.wait_for_timeout(1500)
    assert len(points(page, 'selected')) > 3
    page.locator(f'{FIGURE} .modebar-btn[data-title="Zoom"]').first.click()


def test_pasting_a_network_and_giving_it_a_name(page):
    box = page.get_by_placeholder('architecture, name, or NAME = ARCHITECTURE')
    box.fill('nonsense')
    box.press('Enter')
    page.wait_for_selector('.nasbert [role=alert]:has-text("neither a name")')
    box.fill(f'mine = {answer(page)}')
    box.press('Enter')
    wait_for(page, lambda: len(points(page, 'your own')) == 1)
    assert page.locator('.nasbert [role=alert]').count() == 0


def test_the_impossible_offers_a_way_out(page, shoot):
    box = row(page, 'parameters').locator('input[type=text]')
    box.fill('2k')
    box.press('Enter')
    page.wait_for_selector('.nasbert [role=alert]:has-text("smallest there is")')
    take = page.get_by_role('button', name='take params')
    take.wait_for()
    shoot(page, 'light-3-impossible')
    take.click()
    wait_for(page, lambda: answer(page) != '')
    page.locator('.nasbert select').first.select_option('no limits')
    wait_for(page, lambda: row(page, 'parameters').locator('input[type=text]').input_value() == '')


def test_other_axes(page):
    page.get_by_label('x axis').select_option('latency, ms')
    wait_for(page, lambda: 'milliseconds' in page.locator(f'{FIGURE} .xtitle').first.text_content())
    page.get_by_label('x axis').select_option('parameters')
    wait_for(page, lambda: 'parameters' in page.locator(f'{FIGURE} .xtitle').first.text_content())


def test_every_tab_says_something(page, shoot):
    shoot_tabs(page, shoot, 'light')


def test_a_figure_follows_its_room_though_the_window_stays(page):
    tab(page, 'Pick')
    plot = "document.querySelector('.nasbert .js-plotly-plot .main-svg').getBoundingClientRect().width"
    before = page.evaluate(plot)
    page.evaluate("document.querySelector('.nasbert').style.width = '520px'")
    page.wait_for_function(f'{plot} < 521')
    page.evaluate("document.querySelector('.nasbert').style.width = ''")
    page.wait_for_function(f'Math.abs({plot} - {before}) < 3')


def test_a_distillation_is_started_and_cancelled(page, run, shoot):
    data = json.loads((run / 'run.json').read_text())
    long = dict(data, settings=dict(data['settings'], distill_steps=100_000))
    (run / 'run.json').write_text(json.dumps(long))
    try:
        tab(page, 'Actions')
        page.get_by_label('Name', exact=True).fill('slow')
        page.get_by_label('Name', exact=True).press('Tab')
        page.get_by_role('button', name='Distil this').click()
        state = page.locator('.nasbert [role=status]').filter(has_text='distil slow')
        state.filter(has_text='ETA').wait_for(timeout=120000)
        assert page.get_by_role('button', name='Distil this').is_disabled()
        shoot(page, 'light-5-distilling')
        page.get_by_role('button', name='Cancel').click()
        state.filter(has_text='was cancelled').wait_for()
        assert page.get_by_role('button', name='Distil this').is_enabled()
    finally:
        (run / 'run.json').write_text(json.dumps(data))


def test_what_was_distilled_appears_on_the_figure(page):
    before = len(points(page, 'student'))
    page.get_by_label('Name', exact=True).fill('new')
    page.get_by_label('Name', exact=True).press('Tab')
    page.get_by_role('button', name='Distil this').click()
    page.locator('.nasbert [role=status]').filter(has_text='distil new is done').wait_for(timeout=180000)
    tab(page, 'Pick')
    wait_for(page, lambda: len(points(page, 'student')) == before + 1)


def test_reload_keeps_the_workbench(page, site):
    box = row(page, 'parameters').locator('input[type=text]')
    box.fill('100300')
    box.press('Enter')  # between two steps of the slider
    page.wait_for_selector('.nasbert :text("of 100k")')
    picked, x = answer(page), points(page, 'pick')
    save(page, site / '05_workbench.ipynb')
    page.reload()
    workbench(page)
    assert (answer(page), points(page, 'pick')) == (picked, x)
    assert box.input_value() == '100k'
    box.fill('1')
    box.press('Enter')
    page.wait_for_selector('.nasbert [role=alert]:has-text("smallest there is")')  # the kernel still answers


def test_half_a_screen(page, shoot):
    wide = page.viewport_size
    page.set_viewport_size(dict(width=720, height=1400))
    page.wait_for_function(
        f"() => document.querySelector('{FIGURE} .main-svg').getBoundingClientRect().right <= innerWidth"
    )
    settled(page)
    shoot(page, 'light-6-narrow')
    assert page.evaluate(f"document.querySelector('{FIGURE}').getBoundingClientRect().left") >= 0
    page.set_viewport_size(wide)


def test_dark(page, shoot):
    "The same page in JupyterLab's dark theme: what is written is light."
    row(page, 'parameters').locator('input[type=checkbox]').uncheck()
    wait_for(page, lambda: answer(page))
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.wait_for_selector('body[data-jp-theme-light=false]', state='attached')
    settled(page)
    for part in (
        '.pick',
        '.js-plotly-plot .xtick text',
        '.js-plotly-plot .legendtext',
        '.js-plotly-plot .xtitle',
        '.nasbert-text svg text[fill=currentColor]',
    ):
        light = page.evaluate(
            """part => { const s = getComputedStyle(document.querySelector('.nasbert ' + part));
            const c = part.includes(' ') ? s.fill : s.color;
            return Math.min(...c.match(/\\d+/g).slice(0, 3).map(Number)) }""",
            part,
        )
        assert light > 128, part
    shoot(page, 'dark-1-open')
    shoot_tabs(page, shoot, 'dark')
    tab(page, 'Actions')
    shoot(page, 'dark-5-actions')


def test_no_error_in_the_page(page):
    assert page.problems == []


def test_a_job_outlives_its_kernel(page, run, server):
    "The kernel is closed while it distils: the job goes on, and the next workbench finds it."
    from nasbert.run.jobs import jobs

    tab(page, 'Pick')
    page.locator('.nasbert select').first.select_option('no limits')
    tab(page, 'Actions')
    page.get_by_label('Name', exact=True).fill('orphan')
    page.get_by_label('Name', exact=True).press('Tab')
    page.get_by_role('button', name='Distil this').click()
    wait_for(page, lambda: [j.title for j in jobs(run)[:1]] == ['distil orphan'])
    import urllib.request

    for k in server.kernels():
        urllib.request.urlopen(
            urllib.request.Request(server.url(f"api/kernels/{k['id']}"), method='DELETE'), timeout=20
        )
    page.locator('.nasbert [role=alert]').filter(has_text='The kernel has not answered for').wait_for(timeout=60000)
    assert jobs(run)[0].wait(120) == 'done'
    assert (run / 'students' / 'orphan' / 'student.json').exists()


def test_a_live_run_is_watched(chrome, server, site, tmp_path, shoot):
    "Another process writes the history of a training; the open page follows."
    import pandas as pd
    from nasbert.files import write_json, write_table
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    folder = tmp_path / 'run'
    write_json(folder / 'run.json', dict(settings=dict(supernet_steps=40), stages=dict(supernet=dict(status='begun'))))

    def train(steps):
        write_table(
            folder / 'supernet' / 'history.parquet',
            pd.DataFrame(
                [
                    dict(step=i, block=n, loss=1 / (i + n), tokens=1000 * i, seconds=float(i), alive=48)
                    for i in range(1, steps + 1)
                    for n in range(3)
                ]
            ),
        )

    train(3)
    nb = new_notebook(
        cells=[
            new_code_cell(
                "from nasbert.workbench.widgets import App, Live\nfrom nasbert.workbench.state import "
                f"Training\nApp.shell(Live(Training({str(folder)!r}), .5).widget)"
            )
        ],
        metadata=dict(kernelspec=dict(name='python3', display_name='Python 3 (ipykernel)', language='python')),
    )
    nbformat.write(nb, site / 'live.ipynb')
    page = open_page(chrome, 1200, 900)
    open_lab(page, server, 'live.ipynb', run=False)
    run_all(page)
    page.get_by_text('Step 3 of 40').wait_for(timeout=120000)
    page.wait_for_selector(f'{FIGURE} .main-svg')
    train(20)
    page.get_by_text('Step 20 of 40').wait_for()
    wait_for(page, lambda: len(points(page, 'block 1')) == 20)
    shoot(page, 'live')
    page.close()
