"""The report in a real browser: it searches as Python does, without a network, and shows strangers' text as text."""

import json, random, re, shutil
from dataclasses import replace
import numpy as np
import pytest
from lab import open_page, written_address
from nasbert.budgets import parse_quantity
from nasbert.errors import UserError
from nasbert.files import read_json, write_json
from nasbert.results.explore import draw_networks, explore_block, explore_data
from nasbert.run.stages import open_existing, write_report
from nasbert.search.exact import best, nearest_limits
from nasbert.space import parse_arch
from nasbert.templates import render
from nasbert.toys import toy_tables

SPACES = dict(
    free=dict(seed=1, blocks=3, widths=(16, 32), embed_dims=(8, 16), boundary='when_widths_differ', devices=['phone']),
    paper=dict(seed=2, blocks=2, embed_dims=(64, 128), teacher_layers=4, teacher_width=32, wide=128),
)


def open_report(chrome, file, width: int = 1280, height: int = 900, where: str = ''):
    "A page that has a report open, with all it said and asked for."
    page = open_page(chrome, width, height)
    page.said, page.asked = [], []
    page.on('pageerror', lambda e: page.said.append(str(e)))
    page.on('console', lambda m: page.said.append(m.text))
    page.on('request', lambda r: page.asked.append(r.url))
    page.goto(f'{file.resolve().as_uri()}{where}')
    return page


def page_of(tables, rule, weight, file):
    "Write a report that holds nothing but the search of some tables."
    block = explore_block(explore_data(tables, rule, weight))
    part = dict(title='Choose a network', blocks=[block], missing='', damaged=False)
    file.write_text(render('results/report.html.jinja', title='tables', parts=[part]), encoding='utf-8')
    return file


@pytest.fixture(scope='module')
def report(run, tmp_path_factory):
    return write_report(open_existing(run), tmp_path_factory.mktemp('report') / 'report.html')


def budgets(tables, many: int = 200) -> list[dict]:
    "Limits of one to four measures around what random networks have; some cannot be met."
    draw, nets, found = random.Random(0), [tables.measures(a) for a in draw_networks(tables, 40)], [{}]
    while len(found) < many:
        mine, other = draw.choice(nets), draw.choice(nets)
        names = draw.sample(tables.names, draw.choice((1, 1, 2, 2, 3, 4)))
        found.append({m: draw.choice((mine, mine, other))[m] * draw.choice((0.7, 0.9, 1, 1.1)) for m in names})
    return found


def asked_python(tables, limits, rule, weight) -> dict:
    try:
        return best(tables, limits, 1, rule, weight).iloc[0].to_dict()
    except UserError:
        hard, ways = nearest_limits(tables, limits, rule, weight)
        return dict(hard=hard, ways=ways)


def same_answer(mine: dict, theirs: dict, tables, weight: float) -> bool:
    "Is it the same network or one of the same loss, with its true measures; or are the ways out the same?"
    if 'hard' in theirs:
        return mine['hard'] == theirs['hard'] and mine['ways'] == [pytest.approx(way) for way in theirs['ways']]
    arch = parse_arch(mine['arch'])
    true = tables.measures(arch) | dict(loss=tables.proxy(arch, weight))
    return mine['loss'] == pytest.approx(theirs['loss'], rel=1e-9) and all(
        mine[m] == pytest.approx(v, rel=1e-9) for m, v in true.items()
    )


ASK = """all => all.map(limits => {
    const began = performance.now(), found = nasbert.best(limits), ms = performance.now() - began;
    return {...(found ?? nasbert.nearest(limits)), ms} })"""


@pytest.mark.parametrize('space', ['run', *SPACES])
def test_the_pick_is_that_of_python_on_200_random_budgets(chrome, run, report, tmp_path, space):
    "Times are printed with `pytest -s`, beside one frame of 16 ms."
    if space == 'run':
        work = open_existing(run)
        tables, rule, weight, file = work.artifacts.tables, work.settings.embed_rule, work.settings.embed_share, report
    else:
        tables, rule, weight = toy_tables(**SPACES[space]), space, 0.5 * (space == 'free')
        file = page_of(tables, rule, weight, tmp_path / 'report.html')
    asked, page = budgets(tables), open_report(chrome, file)
    answers = page.evaluate(ASK, asked)
    wrong = [
        (limits, mine, theirs)
        for limits, mine in zip(asked, answers)
        if not same_answer(mine, theirs := asked_python(tables, limits, rule, weight), tables, weight)
    ]
    assert not wrong, f'{len(wrong)} of {len(asked)}, first {wrong[0]}'
    met, times = sum('arch' in a for a in answers), sorted(a['ms'] for a in answers)
    assert met > 100 and met < len(asked), 'budgets that can be met and some that cannot'
    print(f'{space}: median {times[100]:.1f} ms, 95 % within {times[190]:.1f} ms')
    page.close()


def test_sliders_fields_and_axes_move_the_pick_and_the_address_keeps_them(chrome, report, shoot):
    page = open_report(chrome, report)
    state = lambda: page.evaluate('Object.fromEntries(new URLSearchParams(location.hash.slice(1)))')
    whole = page.locator('.said').inner_text()
    slider = page.get_by_role('slider', name='limit on parameters', exact=True)
    slider.focus()
    page.keyboard.press('Home')
    smaller = page.locator('.said').inner_text()
    assert smaller != whole and 'within the limits' in smaller
    assert 'params=' in written_address(page)
    assert slider.get_attribute('aria-valuetext') == f'at most {short_of(page, "params")}'
    field = page.get_by_label('limit on milliseconds, as a number')
    field.fill('1000 s')
    field.blur()
    assert state()['latency'] == '1000000'
    told = page.locator('.aside').inner_text()
    assert told.startswith('No line for latency 1000000 ms: neither axis shows it')
    data = page.evaluate("JSON.parse(document.getElementById('explore-data').textContent)")
    drawn, models = ({m['name'] for m in found} for found in (data['models'], data['landed']['rows']))
    away = {name for name in models - drawn if name.startswith('params-')}
    assert all(f'{name} (' in told.partition('Not in this figure: ')[2] for name in away), (away, told)
    page.get_by_label('across').select_option('latency')
    assert not page.locator('.aside', has_text='latency').count()
    page.get_by_label('upwards').select_option('latency')  # the axes change places
    assert (state()['x'], state()['y']) == ('loss', 'latency')
    written_address(page)
    kept, said = state(), page.locator('.answer').inner_text()
    page.reload()
    assert state() == kept and page.locator('.answer').inner_text() == said
    field.fill('much')
    field.blur()
    assert field.get_attribute('aria-invalid') == 'true' and state() == kept
    page.get_by_role('button', name='Take all limits away').click()
    assert 'params' not in state() and page.locator('.said').inner_text() == whole
    shoot(page, 'report-1280')
    assert not page.said, page.said
    page.close()


@pytest.mark.parametrize('text', ['abc', '2,5M', '2.5MB', '-3', '0', '1e30', '1.2.3'])
def test_what_is_no_limit_is_told_as_the_command_line_tells_it(chrome, report, text):
    page = open_report(chrome, report)
    for measure, label, spoken in (('params', 'parameters', 'parameters'), ('latency', 'latency', 'milliseconds')):
        field = page.get_by_label(f'limit on {spoken}, as a number')
        field.fill(text)
        field.blur()
        with pytest.raises(UserError) as why:
            parse_quantity(text, measure)
        told = page.locator(f'#{field.get_attribute("aria-describedby")}')
        words = lambda said: sorted(re.findall(r'[^\s,:()]+', said))  # units have another order there
        assert words(told.inner_text()) == words(f'{str(why.value).replace(measure, label)}. Until then there is none.')
        field.fill('')
        field.blur()
        assert not told.is_visible() and field.get_attribute('aria-invalid') == 'false'
    page.close()


NUMBERS = """() => Object.fromEntries(['middle', 'end'].map(side => [side,
    [...document.querySelectorAll(`.view .chart svg text[text-anchor=${side}]`)].map(t => t.textContent)
        .filter(t => /^[\\d.]+[kMG]?$/.test(t)).length]))"""


def test_axes_have_three_numbers_and_rounding_noise_lies_at_their_edge(chrome, tmp_path):
    tables = toy_tables(**SPACES['free'])
    largest = [np.arange(len(cost)) == cost[:, 0].argmax() for cost in tables.cost]
    losses = [np.where(at, 1e-9, loss) for at, loss in zip(largest, tables.loss)]  # as blocks of the teacher itself
    tables = replace(tables, loss=losses)
    page = open_report(chrome, page_of(tables, 'free', 0.0, tmp_path / 'report.html'))
    for axis in ('params', 'latency', 'flops'):
        page.get_by_label('across').select_option(axis)
        assert min(page.evaluate(NUMBERS).values()) >= 3, axis
    assert page.locator('.cut').text_content().startswith('▾ at this edge: less than')
    assert 'the teacher, which differs from itself by rounding alone' in page.locator('.aside').text_content()
    middle = page.evaluate(
        "[...document.querySelectorAll('.view path.pick')].map(p => p.getBoundingClientRect().bottom)"
    )
    assert middle[0] < page.locator('.view .chart svg').bounding_box()['y'] + 420, 'it is drawn within the figure'
    page.get_by_label('logarithmic y').uncheck()
    assert not page.locator('.cut').count() and not page.locator('.aside').text_content()
    page.close()


def test_what_more_buys_opens_on_the_limit_that_binds(chrome, report):
    page = open_report(chrome, report)
    whole, select = page.evaluate('nasbert.best({})'), page.locator('.panel select')
    for binding, loose in (('memory', 'params'), ('params', 'memory')):
        page.goto('about:blank')
        page.goto(f'{report.resolve().as_uri()}#tab=more&{binding}={0.7 * whole[binding]}&{loose}={9 * whole[loose]}')
        assert select.input_value() == binding
    page.close()


def short_of(page, measure: str) -> str:
    value = page.evaluate('m => Number(new URLSearchParams(location.hash.slice(1)).get(m))', measure)
    return f'{value / 1e3:g}k' if value < 1e6 else f'{value / 1e6:g}M'


def test_impossible_limits_name_the_nearest_that_can_be_met(chrome, run, report):
    tables = open_existing(run).artifacts.tables
    page = open_report(chrome, report, where='#params=1000')
    assert page.locator('.said').inner_text().startswith('No network has parameters 1k: the smallest there is has')
    page.locator('.ways button').click()
    least = nearest_limits(tables, dict(params=1000.0))[1][0]['params']
    assert page.evaluate("Number(new URLSearchParams(location.hash.slice(1)).get('params'))") == pytest.approx(least)
    assert page.locator('.said').inner_text().startswith('The best network within the limits')
    page.close()


def test_ranges_of_parallel_coordinates_filter_the_cloud(chrome, report, shoot):
    page = open_report(chrome, report, 1280, 1200, '#tab=parallel')
    count = lambda: int(page.locator('.note', has_text='networks on show').inner_text().split()[0])
    dots = lambda: page.evaluate('nasbert.shown()')
    axis = page.get_by_role('slider', name='range of sum over the blocks')
    axis.scroll_into_view_if_needed()
    everything = count()
    assert everything == dots()
    for _ in range(8):
        axis.press('ArrowDown')
    assert 0 < count() < everything and count() == dots()
    fewer = count()
    written_address(page)
    page.reload()
    axis.scroll_into_view_if_needed()
    assert count() == fewer
    box = page.get_by_role('slider', name='range of parameters:').bounding_box()
    page.mouse.move(box['x'] + 16, box['y'] + 20)
    page.mouse.down()
    page.mouse.move(box['x'] + 16, box['y'] + 60)
    page.mouse.up()
    assert count() < fewer
    shoot(page, 'report-ranges')
    axis.press('Escape')
    page.get_by_role('slider', name='range of parameters:').press('Escape')
    assert count() == everything
    page.close()


def test_a_report_asks_for_nothing_fits_a_phone_and_names_its_controls(chrome, report, shoot):
    for width, name in ((390, 'narrow'), (1280, 'dark')):
        page = open_report(chrome, report, width, where='#tab=parallel')
        page.emulate_media(color_scheme='dark' if name == 'dark' else 'light')
        page.get_by_text('Drag along an axis').scroll_into_view_if_needed()
        page.wait_for_selector('.hit', state='attached')
        assert [url.partition('#')[0] for url in page.asked] == [report.resolve().as_uri()] and not page.said
        assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
        unnamed = page.evaluate("""[...document.querySelectorAll('input, select, [role=slider]')]
            .filter(e => !e.getAttribute('aria-label') && !e.closest('label')).length""")
        assert unnamed == 0
        shoot(page, f'report-{name}')
        page.close()


def test_tables_and_figures_of_a_report_take_the_width_there_is(chrome, report):
    page = open_report(chrome, report, 1280)
    rooms = page.locator('.wide:has(td.text)').evaluate_all('all => all.map(e => [e.clientWidth, e.scrollWidth])')
    assert rooms and all(within <= room for room, within in rooms), 'the column of architectures is not cut'
    shown = '.picture svg.broad:not([hidden])'
    broad = page.locator(shown).evaluate_all('all => all.map(e => e.clientWidth / document.body.clientWidth)')
    assert broad and min(broad) > 0.95 and not page.locator('.picture svg.narrow').first.is_visible()
    page.set_viewport_size(dict(width=2560, height=900))
    places = page.locator('.picture').evaluate_all('all => all.map(e => e.getBoundingClientRect().left)')
    assert len(set(places)) == 2, 'figures stand two by two'
    page.close()


def test_figures_of_a_report_are_drawn_for_a_phone_in_the_colours_of_the_page(chrome, report):
    page = open_report(chrome, report, 390)
    assert not page.locator('.picture svg.broad').first.is_visible()
    for picture in page.locator('.picture svg.narrow').all():
        cut, least = picture.evaluate("""svg => {
            const [paper, texts] = [svg.getBoundingClientRect(), [...svg.querySelectorAll('text')]];
            const boxes = texts.filter(t => t.textContent).map(t => [t.textContent, t.getBoundingClientRect()]);
            const far = box => box.left < paper.left - 1 || box.right > paper.right + 1;
            return [boxes.filter(([, box]) => far(box)).map(([text]) => text), paper.width / svg.viewBox.baseVal.width];
        }""")
        assert not cut and least > 0.9, 'all words are on the paper, in a size that can be read'
    looks = """name => {
        const made = document.body.appendChild(document.createElement('i'));
        made.style.color = `var(--${name})`;
        const mark = document.querySelector(`.picture svg.narrow [fill="var(--${name})"]`);
        const filter = getComputedStyle(mark.closest('div')).filter;
        return [getComputedStyle(made).color, getComputedStyle(mark).fill, filter];
    }"""
    for scheme in ('light', 'dark'):
        page.emulate_media(color_scheme=scheme)
        wanted, drawn, filtered = page.evaluate(looks, 'paper')
        assert wanted == drawn and filtered == 'none', scheme
    page.close()


def test_text_of_strangers_is_text(chrome, run, tmp_path):
    bad, copy = '</script><img src=x onerror=alert(1)>', tmp_path / 'run'
    shutil.copytree(run, copy)
    for file in copy.glob('students/*/student.json'):
        write_json(file, read_json(file) | dict(name=f'{file.parent.name}{bad}'))
    data = read_json(copy / 'run.json')
    data['machine']['host'] = data['settings']['corpus'] = bad
    write_json(copy / 'run.json', data)
    corpus = read_json(copy / 'corpus/corpus.json')
    write_json(copy / 'corpus/corpus.json', corpus | dict(corpus=bad))
    page = open_report(
        chrome, write_report(open_existing(copy), tmp_path / 'report.html'), where=f'#x={bad}&params={bad}'
    )
    assert page.locator('img').count() == 0 and not page.said and len(page.asked) == 1
    assert bad in page.evaluate("document.querySelector('.chart').textContent"), 'the name of a student beside its mark'
    page.close()


def test_an_early_report_has_no_search_and_says_why(chrome, run, tmp_path):
    copy = tmp_path / 'run'
    shutil.copytree(run, copy)
    for name in ('losses.parquet', 'frontier.parquet', 'rank.json', 'latency.parquet'):
        (copy / name).unlink()
    page = open_report(chrome, write_report(open_existing(copy), tmp_path / 'report.html'))
    assert page.locator('#explore').count() == 0 and 'Not there yet' in page.locator('body').inner_text()
    assert not page.said, page.said
    page.close()


def test_what_is_in_the_page_is_json_that_closes_no_script(report):
    text = report.read_text(encoding='utf-8')
    inside = text.split('id="explore-data">')[1].split('</script>')[0]
    assert '<' not in inside and json.loads(inside)['columns'][0] == 'params_encoder'
    assert len(text) < 3e6
