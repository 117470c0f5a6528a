"""JupyterLab on a free loopback port, and Debian's Chromium to look at it: for the browser tests, the
benchmark and the screenshots."""

import argparse, contextlib, json, os, secrets, shutil, signal, socket, subprocess, sys, threading, time
import urllib.error, urllib.request
from pathlib import Path
import nbformat

ROOT = Path(__file__).resolve().parent.parent.parent
ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]


def chromium() -> str | None:
    "Path of a Chromium that is installed here."
    return os.environ.get('CHROMIUM') or next(
        filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None
    )


def missing() -> str:
    "What keeps a browser from being driven here; '' where nothing does."
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: pip install 'nasbert[dev]'"
    return '' if chromium() else 'no Chromium is installed: apt-get install chromium'


def free_port() -> int:
    "A port nobody listens on."
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def write_notebook(source: Path, target: Path, **parameters):
    "A copy of a stage notebook with other values in its parameters cell."
    nb = nbformat.read(source, 4)
    cell = next(c for c in nb.cells if 'parameters' in c.metadata.get('tags', []))
    lines = []
    for line in cell.source.split('\n'):
        name = line.split(':')[0].strip()
        lines.append(f'{name}: str = {parameters[name]!r}' if name in parameters else line)
    cell.source = '\n'.join(lines)
    nbformat.write(nb, target)


class Server:
    "JupyterLab on a folder; a token guards it."

    def __init__(self, folder: Path):
        self.folder, self.port, self.token = Path(folder), free_port(), secrets.token_hex(12)
        own = self.own = self.folder / '.server'
        self.set('apputils-extension/notification', fetchNews='false', checkForUpdates=False)
        self.set('notebook-extension/tracker', windowingMode='none')  # cells out of sight stay in the page
        env = {k: v for k, v in os.environ.items() if k not in ('IN_TEST', 'JUPYTER_TOKEN')}
        env |= dict(
            JUPYTER_CONFIG_DIR=str(own),
            IPYTHONDIR=str(own / 'ipython'),
            JUPYTER_RUNTIME_DIR=str(own / 'runtime'),
            PYDEVD_DISABLE_FILE_VALIDATION='1',
            PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH', '')])),
        )
        command = [
            sys.executable,
            '-m',
            'jupyter',
            'lab',
            '--no-browser',
            f'--port={self.port}',
            '--allow-root',
            '--ip=127.0.0.1',
            '--ServerApp.port_retries=0',
            '--LabApp.expose_app_in_browser=True',
            f'--IdentityProvider.token={self.token}',
            f'--ServerApp.root_dir={self.folder}',
            f"--LabApp.user_settings_dir={own / 'settings'}",
        ]
        self.log = open(own / 'log.txt', 'w')
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=env,
            stdout=self.log,
            stderr=self.log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def set(self, part: str, **values):
        "Settings of JupyterLab, for pages that are loaded from now on."
        file = self.own / 'settings' / '@jupyterlab' / f'{part}.jupyterlab-settings'
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def url(self, path: str = '') -> str:
        return f'http://127.0.0.1:{self.port}/{path}?token={self.token}'

    def wait(self, seconds: float = 90):
        "Until it answers."
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url('api'), timeout=5)
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.3)
        raise RuntimeError(f"the server did not come up:\n{Path(self.log.name).read_text()[-2000:]}")

    def kernels(self) -> list[dict]:
        "Kernels that run; none while the server cannot say, as it cannot while one of them ends."
        try:
            return json.load(urllib.request.urlopen(self.url('api/kernels'), timeout=10))
        except urllib.error.HTTPError:
            return []

    def close(self):
        "Stop the server and whatever it started."
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()

    def __enter__(self):
        return self.wait()

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def browser():
    "A headless Chromium."
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        found = p.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield found
        finally:
            found.close()


def open_page(chrome, width: int, height: int):
    "An empty page of that many pixels; what it waits for may take as long as a busy machine needs."
    page = chrome.new_page(viewport=dict(width=width, height=height))
    page.set_default_timeout(120000)
    return page


@contextlib.contextmanager
def app_page(chrome, run: Path, width: int, height: int):
    "A page with `nasbert app` open on a run, and its server while it lasts."
    from nasbert.workbench.app import Server as AppServer, shown_runs

    with AppServer(shown_runs([run]), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = open_page(chrome, width, height)
        page.goto(server.link)
        page.wait_for_selector('.tabs button')
        yield page
        server.shutdown()


def parse_with_run(parser: argparse.ArgumentParser, out: str) -> argparse.Namespace:
    "Arguments of a script that makes pictures of a finished run; ends it where there is no browser or no run."
    parser.add_argument('run', type=Path, help='folder of a finished run')
    parser.add_argument('out', type=Path, help=out)
    args = parser.parse_args()
    if why := missing():
        sys.exit(why)
    if not (args.run / 'run.json').exists():
        sys.exit(f'{args.run} is no run: make one with nasbert run --preset tiny --run {args.run}')
    return args


def wait_for(page, what, seconds: float = 120):
    """Until `what()` is true, asked from outside of the page: a page whose policy runs no text as code refuses
    `wait_for_function`."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, 'waited in vain'
        page.wait_for_timeout(50)


def written_address(page) -> str:
    "What stands behind # in the address, once it does not change any more: it follows what moves five times a second."
    before = None
    while before != (now := page.evaluate('location.hash')):
        before = now
        page.wait_for_timeout(300)
    return now


def open_lab(page, server: Server, notebook: str, run: bool = True, seconds: float = 240):
    "Open a notebook alone (no side bars) and run all its cells; returns when the workbench is there."
    page.goto(server.url(f'doc/tree/{notebook}'), timeout=seconds * 1000)
    page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=seconds * 1000)
    until = time.monotonic() + seconds
    while (
        not any(k['execution_state'] == 'idle' and k['connections'] for k in server.kernels())
        and time.monotonic() < until
    ):
        page.wait_for_timeout(300)  # before, Run asks which kernel
    page.wait_for_selector('.jp-StatusBar-TextItem:has-text("| Idle")', timeout=seconds * 1000)
    if run:
        run_all(page)
        workbench(page, seconds)


def run_all(page):
    "Start all cells."
    page.get_by_role('menuitem', name='Run', exact=True).click()
    page.get_by_role('menuitem', name='Run All Cells', exact=True).click()


def save(page, file: Path, seconds: float = 60):
    "Save the notebook, and wait until its file holds what was shown."
    before, until = file.stat().st_mtime_ns, time.monotonic() + seconds
    page.get_by_role('menuitem', name='File', exact=True).click()
    page.locator('.lm-Menu-item[data-command="docmanager:save"]').click()
    while file.stat().st_mtime_ns == before or 'jupyter.widget-view' not in file.read_text():
        if time.monotonic() > until:
            raise TimeoutError(f'{file} was not saved')
        page.wait_for_timeout(100)


def workbench(page, seconds: float = 240):
    "Wait until the workbench has its figure and its answer."
    for part in ('.js-plotly-plot .main-svg', '.pick code'):
        page.wait_for_selector(f'.nasbert {part}', state='attached', timeout=seconds * 1000)
    page.evaluate("document.querySelector('.nasbert').scrollIntoView()")


def answer(page) -> str:
    "The architecture that is picked; '' where there is none."
    found = page.locator('.nasbert .pick code')
    return found.first.text_content() if found.count() else ''
