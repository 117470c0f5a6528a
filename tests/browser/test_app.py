"""`nasbert app` in a real browser: one page whose state is its address, jobs, drawings that change, and no network."""

import json, math, os, re, shutil, signal, socket, subprocess, sys, threading
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
import pytest
from commands import Command
from lab import ROOT, wait_for, written_address
from nasbert.colours import NAMES
from nasbert.files import write_json
from nasbert.results.tables import measured_value
from nasbert.roles import ROLES
from nasbert.run.devices import add_device
from nasbert.run.jobs import Job, jobs, link_file
from nasbert.run.stages import open_existing
from nasbert.search.exact import best
from nasbert.search.tables import TEACHER_ITSELF
from nasbert.space import Arch, parse_arch
from nasbert.workbench.app import Server, shown_runs

AXE = '4.11.0'


@pytest.fixture(scope='module')
def other(run, tmp_path_factory) -> Path:
    "A second run: the same networks, under another name and with one student less."
    copy = tmp_path_factory.mktemp('second') / 'other'
    shutil.copytree(run, copy)
    shutil.rmtree(copy / 'students' / 'params-150k.random')
    return copy


@pytest.fixture(scope='module')
def app(run, other):
    with Server(shown_runs([run, other]), 0) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def site(app) -> str:
    return f'http://127.0.0.1:{app.server_address[1]}/'


def open_app(chrome, app, where: str = '', width: int = 1280, height: int = 900, token: bool = True):
    "A page of its own browser context with the app open, and all it said and asked for."
    page = chrome.new_context(viewport=dict(width=width, height=height)).new_page()
    page.set_default_timeout(60000)
    page.said, page.asked = [], []
    page.on('pageerror', lambda e: page.said.append(str(e)))
    page.on('console', lambda m: page.said.append(m.text))
    page.on('request', lambda r: page.asked.append(r.url))
    page.goto((app.link if token else site(app)) + where)
    page.wait_for_selector('.tabs button')
    return page


def address(page) -> dict:
    return dict(parse_qsl(written_address(page)[1:], keep_blank_values=True))


def tab(page, name: str):
    page.get_by_role('tab', name=re.compile(name)).click()


def shown(page) -> str:
    return page.locator('.said').inner_text() + page.locator('.panel').inner_text()


def test_reload_share_and_a_second_tab_show_the_same(chrome, app, shoot):
    page = open_app(chrome, app)
    assert 'token' not in page.url, 'a link that is passed on starts no work'
    page.get_by_label('limit on parameters, as a number').fill('100k')
    page.get_by_label('limit on parameters, as a number').blur()
    page.get_by_label('across').select_option('latency')
    page.get_by_role('button', name='Pin to the shortlist').click()
    tab(page, 'Shortlist')
    assert 'Shortlist (1)' in page.locator('.tabs').inner_text()
    seen, link = shown(page), page.url
    page.reload()
    page.wait_for_selector('.tabs button')
    assert shown(page) == seen
    second = page.context.new_page()
    second.goto(link)
    second.wait_for_selector('.tabs button')
    assert shown(second) == seen
    stranger = open_app(chrome, app, '#' + link.partition('#')[2], token=False)
    assert shown(stranger) == seen
    here = site(app)
    assert all(url.startswith(here) for url in page.asked), page.asked
    assert not page.said, page.said
    shoot(page, 'app-1280')
    for p in (second, stranger, page):
        p.close()


def test_undo_and_redo_go_through_every_change(chrome, app):
    page = open_app(chrome, app)
    slider = page.get_by_role('slider', name='limit on parameters', exact=True)
    slider.focus()
    first = page.locator('.said').inner_text()
    page.keyboard.press('Home')
    limited = page.locator('.said').inner_text()
    page.get_by_label('upwards').select_option('latency')
    page.get_by_role('button', name='Undo').click()
    assert page.get_by_label('upwards').input_value() == 'loss' and page.locator('.said').inner_text() == limited
    page.keyboard.press('Control+z')
    assert page.locator('.said').inner_text() == first and page.get_by_role('button', name='Undo').is_disabled()
    page.keyboard.press('Control+Shift+z')
    page.get_by_role('button', name='Redo').click()
    assert page.get_by_label('upwards').input_value() == 'latency'
    page.close()


def middle(locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box['x'] + box['width'] / 2, box['y'] + box['height'] / 2


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def test_the_limit_line_is_dragged_and_moved_by_keys(chrome, app, run):
    page = open_app(chrome, app)
    line = page.get_by_role('slider', name='limit line of parameters')
    figure = page.locator('.view .chart svg').bounding_box()
    start = middle(line)
    drag(page, start, (figure['x'] + 0.5 * figure['width'], start[1]))
    limit = float(address(page)['params'])
    tables = open_existing(run).artifacts.tables
    found = best(tables, dict(params=limit), 1, 'free', open_existing(run).settings.embed_share).iloc[0]
    assert page.locator('h3 code').first.inner_text() == found.arch
    line.focus()
    page.keyboard.press('ArrowLeft')
    assert float(address(page)['params']) < limit
    page.keyboard.press('Escape')
    assert 'params' not in address(page)
    page.get_by_role('button', name='Undo').click()
    page.get_by_role('button', name='Undo').click()
    assert float(address(page)['params']) == limit, 'a drag is one change'
    page.close()


def test_a_click_pins_and_two_pins_stand_side_by_side(chrome, app, shoot):
    page = open_app(chrome, app)
    page.locator('.view .chart svg').focus()
    for _ in range(3):
        page.keyboard.press('ArrowRight')
    page.keyboard.press('Enter')  # the keyboard's way
    page.mouse.click(*middle(page.locator('path.pick')))
    tab(page, r'Shortlist \(2\)')
    assert page.locator('.panel .strips').count() == 2
    assert '%' in page.locator('.panel table').nth(1).inner_text(), 'the second beside the first'
    assert page.locator('[data-unlike]').count(), 'tiles that differ are marked'
    shoot(page, 'app-shortlist')
    page.get_by_role('button', name='remove A').click()
    assert 'Shortlist (1)' in page.locator('.tabs').inner_text()
    page.close()


def test_a_tile_is_changed_and_costs_and_loss_follow(chrome, app, run, shoot):
    page = open_app(chrome, app)
    tables = open_existing(run).artifacts.tables
    before = page.locator('h3 code').inner_text()
    page.get_by_role('button', name='change block 1, operation 1').click()
    page.locator('.menu button:not([disabled]):not([aria-pressed=true])').first.click()
    text = page.locator('h3 code').inner_text()
    assert text != before and page.locator('h3').inner_text().startswith('Your network')
    values, arch = page.evaluate('text => nasbert.losses(text)', text), parse_arch(text)
    true = tables.measures(arch) | dict(loss=tables.proxy(arch, open_existing(run).settings.embed_share))
    assert values == pytest.approx({m: true[m] for m in values}, rel=1e-9, nan_ok=True)
    assert math.isnan(true['loss']) == page.get_by_text('No loss of block 1').is_visible(), 'some blocks were dropped'
    shoot(page, 'app-edited')
    page.reload()
    page.wait_for_selector('.strips')
    assert page.locator('h3 code').inner_text() == text
    page.get_by_role('button', name='Back to the pick').click()
    assert page.locator('h3 code').inner_text() == before
    page.close()


def test_what_the_page_does_not_hold_is_asked_for(chrome, run, monkeypatch):
    monkeypatch.setattr('nasbert.results.explore.WHOLE', 0)  # as in a large space
    monkeypatch.setattr('nasbert.results.explore.draw_networks', lambda tables: [])
    tables, weight = open_existing(run).artifacts.tables, open_existing(run).settings.embed_share
    with Server(shown_runs([run]), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        held = json.loads(server.runs['micro'].read().page)['blocks']
        is_held = lambda n, b: [b.width, ' '.join(b.ops)] in [row[:2] for row in held[n]]
        lost = lambda n: next((b for b in tables.archs[n] if not is_held(n, b)), tables.archs[n][0])
        arch = Arch(min(tables.embed_loss), tuple(lost(n) for n in range(len(held))), tables.wide)
        page = open_app(chrome, server)
        assert page.evaluate('text => Number.isNaN(nasbert.losses(text).loss)', str(arch))
        page.goto(f'{site(server)}?{urlencode(dict(run="micro"))}#{urlencode(dict(own=str(arch)))}')
        page.wait_for_selector('.tabs button')
        found = lambda: page.evaluate('text => nasbert.losses(text).loss', str(arch))
        wait_for(page, lambda: found() is not None and not math.isnan(found()))  # the server answers a block at a time
        assert found() == pytest.approx(tables.proxy(arch, weight))
        page.close()
        server.shutdown()


def test_the_headline_names_what_the_axis_names_and_a_whole_space_has_all_its_ties(chrome, app, run):
    page = open_app(chrome, app)
    tables = open_existing(run).artifacts.tables
    headline = page.locator('.said').inner_text()
    assert '; sum over the blocks ' in headline and '(less is better)' in headline and 'loss' not in headline
    pick = page.evaluate('nasbert.best({}).arch')
    assert (TEACHER_ITSELF in headline) == (pick == str(tables.teacher))
    page.locator('.tie-text', has_text=re.compile('(No tie: no other network|^[0-9]+ networks are a tie)')).wait_for()
    page.close()


def test_the_headline_leads_with_size_and_milliseconds_and_names_a_student_that_was_made(chrome, app, run):
    made = 'params-150k.student'
    student = json.loads((run / 'students' / made / 'student.json').read_text())
    costs = open_existing(run).artifacts.tables.measures(parse_arch(student['arch']))
    limits = {m: v for m, v in costs.items() if m in ('params', 'latency')}
    page = open_app(chrome, app, f'#{urlencode(limits)}')
    headline = page.locator('.said').inner_text()
    best_of = page.evaluate('limits => nasbert.best(limits)', limits)
    assert f'{best_of["latency"]:.3g} ms' in headline and headline.index(' parameters') < headline.index('sum over')
    assert (made in headline) == (best_of['arch'] == student['arch'])
    page.close()


def test_ties_are_counted_as_they_are(chrome, app, run):
    tables, weight = open_existing(run).artifacts.tables, open_existing(run).settings.embed_share
    page = open_app(chrome, app)
    found = page.evaluate('nasbert.ties({params: 120000}, 0.05)')
    pick = best(tables, dict(params=120000.0), 1, 'free', weight).iloc[0]
    losses = [tables.proxy(parse_arch(a), weight) for a in found['archs']]
    every = best(tables, dict(params=120000.0), 1000, 'free', weight)
    assert set(found['archs']) == set(every.arch[every.loss <= 1.05 * pick.loss])  # as nasbert pick counts them
    assert len(set(found['archs'])) == found['many'] and not found['more']
    assert min(losses) == pytest.approx(pick.loss) and max(losses) <= 1.05 * pick.loss * (1 + 1e-9)
    assert all(tables.measures(parse_arch(a))['params'] <= 120000 for a in found['archs'])
    page.locator('.tie-text', has_text=re.compile('.{10}')).wait_for()
    page.close()


def test_a_box_in_the_cloud_and_a_brush_are_the_same(chrome, app, shoot):
    page = open_app(chrome, app, '#tab=parallel', height=1300)
    count = lambda: int(page.locator('.note', has_text='networks on show').inner_text().split()[0])
    everything, figure = count(), page.locator('.view .chart svg').bounding_box()
    at = lambda x, y: (figure['x'] + x * figure['width'], figure['y'] + y * figure['height'])
    drag(page, at(0.2, 0.1), at(0.6, 0.6))
    assert 0 < count() < everything
    assert {'~params', '~loss'} <= set(address(page))
    assert page.locator('.band[height="0"]').count() == page.locator('.band').count() - 2
    shoot(page, 'app-box')
    page.get_by_role('button', name='Take all ranges away').click()
    assert count() == everything
    page.close()


def test_more_and_landed_show_their_curves_and_intervals(chrome, app, run, shoot):
    page = open_app(chrome, app, '#tab=more')
    page.locator('.curve').wait_for()
    assert page.locator('.said-more').inner_text().startswith('From ')
    shoot(page, 'app-more')
    tab(page, 'Predicted')
    names = {row.split('\t')[0] for row in page.locator('.panel tbody').first.inner_text().splitlines()}
    made = {student.name for student in (run / 'students').iterdir()}
    assert names == {*made, 'teacher', 'chance', 'tfidf'} and page.locator('.interval').count() > 0
    student = json.loads((run / 'students' / 'params-150k.student' / 'student.json').read_text())
    assert f'{student["measured_ms"]:.2f}' in page.locator('.panel').inner_text()
    assert page.locator('.panel .diagonal').text_content() == 'as predicted'
    choice = page.locator('.panel select')
    name = choice.locator('option', has_text='retrieval').get_attribute('value')
    choice.select_option(name)
    scored = open_existing(run).table('measures').set_index(['measure', 'model']).loc['retrieval']
    row = page.locator('.panel tbody tr', has_text='params-150k.student').inner_text()
    assert measured_value(scored.loc['params-150k.student'], interval=True) in row, 'in points, as on the command line'
    shoot(page, 'app-landed')
    assert not page.said, page.said
    page.close()


def test_runs_stand_side_by_side_and_another_is_opened_with_the_same_limits(chrome, app, shoot):
    page = open_app(chrome, app, '#tab=beside&params=100000')
    page.get_by_label('other').check()
    page.locator('.panel table').first.locator('tbody tr').nth(1).wait_for()
    assert address(page)['with'] == 'other'
    assert page.locator('.view title', has_text='frontier of other').count() == 1
    shoot(page, 'app-beside')
    page.get_by_role('link', name='other').click()
    page.wait_for_url(re.compile('run=other'))
    page.wait_for_selector('.tabs button')
    assert address(page)['params'] == '100000'
    assert not page.said, page.said
    page.close()


def test_jobs_started_here_and_elsewhere_are_watched_cancelled_and_resumed(chrome, app, run, shoot):
    page = open_app(chrome, app, '#tab=jobs')
    page.get_by_label('name of the student').fill('app-mine')
    page.get_by_role('button', name='Distil', exact=True).click()
    page.get_by_role('heading', name='distil app-mine is running').wait_for()
    page.get_by_role('button', name='Cancel').click()
    ended = page.get_by_role('heading', name=re.compile('distil app-mine (was cancelled|is done)'))
    ended.wait_for()
    (mine,) = jobs(run)
    if mine.status == 'cancelled':  # otherwise it was faster
        page.get_by_role('button', name='Resume').click()
    page.get_by_role('heading', name='distil app-mine is done').wait_for()
    page.locator('.job .note', has_text=f'made: {run / "students" / "app-mine"}').wait_for()
    elsewhere = Job.start(run, 'export', 'no-such-student', 'no')
    page.get_by_role('heading', name='export no-such-student failed').wait_for()
    assert elsewhere.wait() == 'failed'
    page.get_by_role('button', name='change export no-such-student').click()
    form = page.locator('.order', has=page.get_by_role('button', name='Export', exact=True)).locator('select')
    assert [box.input_value() for box in form.all()] == ['no-such-student', 'no']
    page.locator('summary', has_text='log').first.click()
    page.locator('.job pre', has_text='no-such-student').first.wait_for()
    shoot(page, 'app-jobs')
    page.get_by_role('button', name='Show what it made').click()
    page.wait_for_selector('.tabs button')
    tab(page, 'Predicted')
    page.locator('.panel', has_text='app-mine').wait_for()
    page.close()


def test_an_export_says_before_what_of_the_one_there_it_would_take_away(chrome, app, run):
    page = open_app(chrome, app, '#tab=jobs')
    form = page.locator('.order', has=page.get_by_role('button', name='Export', exact=True))
    student, files = form.locator('select').all()
    for part in ('onnx/model.onnx', 'demo.html'):
        assert (run / 'export/params-150k.student' / part).is_file()
    student.select_option('params-150k.student')
    told = form.get_by_role('status')
    told.get_by_text('replaces the export of params-150k.student that is there, and onnx/').wait_for()
    files.select_option('int8')
    wait_for(page, lambda: told.inner_text().endswith('that is there.'))
    page.close()


def test_a_name_that_no_folder_can_have_is_refused_at_its_field_and_a_job_can_be_dismissed(chrome, app, run):
    page, before = open_app(chrome, app, '#tab=jobs'), len(jobs(run))
    for button, field, names in (
        ('Distil', 'name of the student', ('a/b', '..', 'my first', '', 'params-150k.student')),
        ('Measure a phone', 'name of the device', ('my phone', '')),
    ):
        box, start = page.get_by_label(field), page.locator('.order').get_by_role('button', name=button, exact=True)
        wait_for(page, start.is_enabled)
        for name in names:
            box.fill(name)
            start.click()
            told = page.locator(f'#{box.get_attribute("aria-describedby")}')
            wait_for(page, told.inner_text)
            assert (name or 'no name yet') in told.inner_text() and box.get_attribute('aria-invalid') == 'true'
        box.fill('fine')
        assert not told.inner_text() and box.get_attribute('aria-invalid') == 'false'
    assert len(jobs(run)) == before
    failed = Job.start(run, 'export', 'never-made')
    assert failed.wait() == 'failed'
    page.get_by_role('button', name='dismiss export never-made').click()
    wait_for(page, lambda: not page.get_by_role('heading', name='export never-made').count())
    assert not failed.file.exists() and not failed.log.exists()
    page.close()


def test_students_are_offered_first_and_tasks_of_files_take_their_folder(chrome, app, run):
    page = open_app(chrome, app, '#tab=jobs')
    for of in page.get_by_label(re.compile('^Student ')).all():
        wait_for(page, lambda: of.input_value())
        assert json.loads((run / 'students' / of.input_value() / 'student.json').read_text())['role'] == 'student'
    page.get_by_label(re.compile('^Task ')).select_option('replaced')
    assert not page.get_by_label('task_folder').is_visible()
    page.get_by_label(re.compile('^Task ')).select_option('rte')
    page.get_by_label('task_folder').fill('no/such')
    page.get_by_role('button', name='Fine-tune').click()
    page.locator('.job', has_text="task_folder='no/such' is no folder").first.wait_for()
    page.close()


def test_without_or_with_a_wrong_token_nothing_starts(chrome, app, run):
    before = len(jobs(run))
    page = open_app(chrome, app, '#tab=jobs', token=False)
    page.get_by_text('open the link that nasbert app printed').wait_for()
    assert page.get_by_role('button', name='Distil', exact=True).is_disabled()
    page.goto(f'{site(app)}?token=wrong#tab=jobs')
    page.wait_for_selector('.tabs button')
    page.get_by_role('button', name='Distil', exact=True).click()
    page.locator('.alert', has_text='the token is not the one of this server').wait_for()
    assert len(jobs(run)) == before
    page.close()


@pytest.fixture(scope='session')
def axe() -> str:
    "The program of axe-core; installed once in the checkout."
    place = ROOT / 'runs' / 'axe'
    file = place / 'node_modules' / 'axe-core' / 'axe.min.js'
    if not file.exists():
        why = '' if shutil.which('npm') else 'npm is not installed: apt-get install npm'
        if not why:
            options = ['--prefix', str(place), '--no-audit', '--no-fund', '--ignore-scripts']
            done = subprocess.run(['npm', 'install', f'axe-core@{AXE}', *options], capture_output=True, text=True)
            why = done.returncode and f'npm could not install axe-core: {done.stderr[-300:]}'
        if why:
            (pytest.fail if os.environ.get('NASBERT_BROWSER') == '1' else pytest.skip)(why)
    return file.read_text(encoding='utf-8')


LOOK = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 200))])"""


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_every_tab_is_without_serious_findings_of_axe(chrome, app, axe, scheme, shoot):
    page = open_app(chrome, app, '#params=100000')
    page.emulate_media(color_scheme=scheme)
    page.get_by_role('button', name='Pin to the shortlist').click()
    page.evaluate(axe)  # by the debugger's door: the page itself may load nothing
    found = {}
    for name in page.locator('[role=tab]').all_inner_texts():
        page.locator('[role=tab]', has_text=name.split(' (')[0]).click()
        page.wait_for_timeout(300)
        if serious := page.evaluate(LOOK):
            found[name] = serious
    shoot(page, f'app-{scheme}')
    page.close()
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize('width', [390, 768, 1280, 2560])
def test_it_fits(chrome, app, width, shoot):
    page = open_app(chrome, app, '#params=100000', width=width, height=1200)
    for name in page.locator('[role=tab]').all_inner_texts():
        page.locator('[role=tab]', has_text=name.split(' (')[0]).click()
        page.wait_for_timeout(200)
        if name.startswith('Jobs'):  # networks of real runs are written in eighty characters
            page.locator('.order select').first.evaluate("box => box.add(new Option('384 M@0 F@0 | '.repeat(12)))")
        if name == 'All side by side' and width > 1000:
            room = page.locator('.parallel').evaluate('box => box.clientWidth')
            assert 0.98 * room < page.locator('.parallel svg').bounding_box()['width'] <= room
        assert page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name
    page.locator('[role=tab]').first.click()
    page.get_by_role('button', name='Pin to the shortlist').click()
    tab(page, 'Shortlist')
    heights = page.locator('td .arch span').evaluate_all('parts => parts.map(p => p.getClientRects().length)')
    assert heights and set(heights) == {1}, 'a table does not break the text of a block'
    page.locator('[role=tab]').first.click()
    shoot(page, f'app-{width}')
    page.close()


# ---------------------------------------------------------------- the command


def test_bad_input_is_answered_in_one_sentence(tmp_path):
    (tmp_path / 'no-run').mkdir()
    for arguments, said in {
        (): 'RUN',
        (str(tmp_path / 'nothing'),): 'nothing',
        (str(tmp_path / 'no-run'),): 'no-run',
        (str(tmp_path / 'no-run'), '--prot', '8'): '--port',
    }.items():
        process = Command('app', *arguments, merged=True)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 2 and said in out and 'Traceback' not in out, out


def test_a_taken_port_is_named_or_the_next_is_taken_and_ctrl_c_ends_it(chrome, run):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = Command('app', run, '--port', port, merged=True)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 2 and f'port {port} cannot be had' in out and out.count('\n') == 1, out
    process = Command('app', run, merged=True)
    line = process.stdout.readline()
    assert re.match(r'http://127\.0\.0\.1:\d+/\?token=\S{20,}$', line), line
    second = Command('app', run, merged=True)
    other = second.stdout.readline()
    assert other.split('?')[0] != line.split('?')[0]
    page = chrome.new_page()
    page.goto(line.strip())
    page.wait_for_selector('.tabs button')
    for p in (process, second):
        p.send_signal(signal.SIGINT)
        out, _ = p.communicate(timeout=60)
        assert p.returncode == 0 and 'Traceback' not in out, out
    page.locator('.alert', has_text='The server does not answer').wait_for()
    page.close()


def test_a_limit_that_nothing_meets_is_answered_with_the_nearest_that_can_be_met(chrome, app):
    page = open_app(chrome, app)
    box = page.get_by_label('limit on parameters, as a number')
    for typed, said in (
        ('10', 'No network has parameters 10 (did you mean 10M?): '),
        ('1', 'the smallest there is has'),
    ):
        box.fill(typed)
        box.press('Enter')
        page.get_by_text(said).first.wait_for()
    page.get_by_role('button', name='parameters').first.click()  # take the nearest
    assert re.match('E', page.locator('h3 code').first.inner_text())
    page.close()


@pytest.fixture
def waiting(other):
    """A job that serves a link, as far as the page can tell: its process sleeps. What a job really does is tried where
    pages measure (test_measure.py) and in the lesson of jobs."""
    file = other / 'jobs' / '20990101-000000-000001.json'
    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', str(file)])
    write_json(file, dict(what='measure', arguments=['phone', 'here'], began=0.0, pid=child.pid))
    file.with_suffix('.log').write_text('waiting for a device to open it\n')
    code = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
    write_json(link_file(other), dict(name='phone', address='http://127.0.0.1:1/<b>secret</b>/', code=code))
    yield file
    child.kill()
    child.wait()
    link_file(other).unlink(missing_ok=True)


def test_a_phone_is_measured_from_the_page_and_can_be_chosen_without_a_reload(chrome, app, other, waiting, shoot):
    page = open_app(chrome, app, '&run=other')
    page.get_by_label('limit on parameters, as a number').fill('100k')
    page.get_by_label('limit on parameters, as a number').blur()
    page.get_by_role('button', name='Measure a phone').first.click()
    page.locator('.link img').wait_for()
    assert page.get_by_label('name of the device').evaluate('box => box === document.activeElement')
    assert page.locator('.link code').inner_text() == 'http://127.0.0.1:1/<b>secret</b>/', 'text is text'
    assert page.locator('.link img').get_attribute('alt').startswith('QR code of http')
    assert 'waiting for a device to open it' in page.locator('.job').first.inner_text()
    shoot(page, 'app-measure-1280')
    page.evaluate('window.still = true')
    add_device(open_existing(other), 'phone', open_existing(other).artifacts.latency)
    link_file(other).unlink()
    write_json(waiting.with_suffix('.end.json'), dict(status='done', problem=''))
    page.get_by_role('slider', name='limit on milliseconds on phone').wait_for()
    page.get_by_label('across').select_option('latency@phone')
    assert page.evaluate('window.still'), 'no reload'
    assert address(page)['params'] == '100000' and address(page)['tab'] == 'jobs', 'all stays as it was'
    page.get_by_role('slider', name='limit on milliseconds on phone').focus()
    page.keyboard.press('Home')
    page.keyboard.press('Control+z')
    assert 'latency@phone' not in {k for k in address(page) if k not in 'xy'}, 'one page hears the keys, not two'
    page.close()


def test_a_rival_stands_by_its_name_among_networks_and_what_was_reached(chrome, app, other, shoot):
    file = other / 'rivals' / 'shelf-<b>' / 'rival.json'
    costs = dict(params=1e5, params_encoder=5e4, memory_mb=0.4, measured_ms=None)
    odd = dict(name='odd', role='constructor', source='x', kind='encoder', mlm_loss=5.0)  # a file may say anything
    write_json(other / 'rivals' / 'odd' / 'rival.json', odd | costs)
    write_json(file, dict(name='shelf-<b>', role='rival', source='x', kind='encoder', mlm_loss=5.0) | costs)
    try:
        page = open_app(chrome, app, '&run=other')
        assert page.locator('.view .rival-name').all_text_contents() == ['shelf-<b>']
        colour = NAMES[ROLES['rival'].colour]
        assert page.locator(f'.view path[fill="var(--{colour})"]').count() == 2, 'as in every figure, and in its legend'
        assert page.locator('.view .rival-line').count() == 1, 'its size is known, and nobody predicted its loss'
        page.get_by_label('upwards').select_option('memory')
        assert page.locator('.view .rival-line').count() == 0, 'both costs are known'
        tab(page, 'Predicted and reached')
        assert 'shelf-<b>' in page.locator('.panel .chart svg').first.text_content()
        assert page.locator('.panel td', has_text='constructor').count() == 1
        assert 'rival from the shelf' in page.locator('.panel .legend').inner_text()
        shoot(page, 'app-rival-1280')
        page.close()
    finally:
        shutil.rmtree(other / 'rivals')
