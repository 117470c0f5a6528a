"""The README's pictures, made from a finished run (of the preset tiny, say) with Debian's Chromium:

python tests/browser/pictures.py runs/tiny nbs/images            # workbench.png, why.png
python tests/browser/pictures.py runs/tiny nbs/images --app      # app-TAB.png, the page of nasbert app, tab by tab
"""

import argparse, tempfile
from pathlib import Path
from lab import ROOT, Server, answer, app_page, browser, open_lab, open_page, parse_with_run, write_notebook


def shoot_workbench(page, out: Path):
    "The workbench with a limit halfway along the frontier, and why its answer is the answer."
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-side-tabbar', { side: 'left' })")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-side-tabbar', { side: 'right' })")
    before, handle = answer(page), page.locator('.nasbert .noUi-handle').first
    handle.focus()
    page.keyboard.press('Home')
    for _ in range(12):
        page.keyboard.press('PageUp')
    page.wait_for_function(
        "before => document.querySelector('.nasbert .pick code')?.textContent !== before", arg=before
    )
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(3000)  # tiles and next best follow the answer
    page.locator('.nasbert').first.screenshot(path=out / 'workbench.png')
    page.get_by_role('tab', name='Why this one').click()
    page.get_by_text('How far to believe it').wait_for()
    page.locator('.nasbert').first.screenshot(path=out / 'why.png')


def shoot_app(chrome, run: Path, out: Path):
    "The page of `nasbert app` with a limit halfway along the frontier and two pins, one picture per tab."
    with app_page(chrome, run, 1280, 900) as page:
        page.get_by_role('slider', name='limit on parameters', exact=True).focus()
        for _ in range(8):
            page.keyboard.press('PageDown')
        page.get_by_role('button', name='Pin to the shortlist').click()
        page.locator('.view .chart svg').focus()
        for key in ('ArrowRight', 'ArrowRight', 'Enter'):
            page.keyboard.press(key)
        for tab in page.locator('[role=tab]').all():
            tab.click()
            page.wait_for_timeout(1500)
            page.screenshot(path=out / f'app-{tab.get_attribute("id")[4:]}.png', full_page=True)


def main():
    "Open, shoot, close."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--app', action='store_true', help='the page of nasbert app')
    args = parse_with_run(args, 'folder for the pictures')
    with browser() as chrome:
        if args.app:
            return shoot_app(chrome, args.run, args.out)
        with tempfile.TemporaryDirectory() as folder:
            write_notebook(
                ROOT / 'nbs' / '05_workbench.ipynb', Path(folder) / '05_workbench.ipynb', run=str(args.run.resolve())
            )
            with Server(Path(folder)) as server:
                page = open_page(chrome, 1280, 1000)
                open_lab(page, server, '05_workbench.ipynb')
                shoot_workbench(page, args.out)


if __name__ == '__main__':
    main()
