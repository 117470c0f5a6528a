"""The moving picture at the top of the README: `nasbert app` on a finished run, used by a pointer one can follow.

python tests/browser/moving.py runs/x nbs/images/app.webp

A limit on parameters is dragged and the pick follows; two picks are pinned and stand side by side; what more would buy,
and what was predicted and reached, have their tabs."""

import argparse, io
from pathlib import Path
from PIL import Image
from lab import app_page, browser, parse_with_run

SIZE = 1100, 1040  # pixels
POINTER = """() => {
    const dot = document.createElement('div');
    dot.style = 'position:fixed;z-index:99;width:18px;height:18px;margin:-9px;border-radius:9px;' +
        'border:2px solid #333;background:#ffc10788;pointer-events:none;left:-50px;top:-50px';
    document.body.append(dot);
    const follow = e => { dot.style.left = e.clientX + 'px'; dot.style.top = e.clientY + 'px' };
    document.addEventListener('mousemove', follow, true);
}"""


class Film:
    "Frames and how long each is seen; a pointer that glides."

    def __init__(self, page):
        self.page, self.frames, self.durations, self.at = page, [], [], (SIZE[0] * 0.6, SIZE[1] * 0.9)

    def hold(self, seconds: float):
        "The page as it is now, for that long."
        image = Image.open(io.BytesIO(self.page.screenshot())).convert('RGB')
        if self.frames and self.frames[-1].tobytes() == image.tobytes():
            self.durations[-1] += seconds
            return
        self.frames.append(image)
        self.durations.append(seconds)

    def glide(self, x: float, y: float, steps: int = 5, seconds: float = 0.09):
        "Move the pointer there, a frame for each step."
        (a, b) = self.at
        for n in range(1, steps + 1):
            part = (1 - (1 - n / steps) ** 2) if steps > 1 else 1  # quick first, then slow
            self.page.mouse.move(a + (x - a) * part, b + (y - b) * part)
            self.page.wait_for_timeout(120)
            self.hold(seconds)
        self.at = x, y

    def click(self, what, seconds: float):
        "Glide to the middle of an element, click it, and look at what comes of it."
        box = what.bounding_box()
        self.glide(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
        what.click(position=dict(x=box['width'] / 2, y=box['height'] / 2))
        self.page.wait_for_timeout(900)
        self.hold(seconds)

    def drag(self, name: str, begin: float, end: float, seconds: float, steps: int = 12):
        "Drag the slider of a limit, from and to a share of its width."
        box = self.page.get_by_role('slider', name=f'limit on {name}', exact=True).bounding_box()
        place = lambda share: (box['x'] + 8 + share * (box['width'] - 16), box['y'] + box['height'] / 2)
        self.glide(*place(begin))
        self.page.mouse.down()
        for n in range(1, steps + 1):
            self.glide(*place(begin + (end - begin) * n / steps), steps=1, seconds=0.13)
        self.page.mouse.up()
        self.page.wait_for_timeout(900)
        self.hold(seconds)

    def scroll(self, pixels: int, seconds: float, steps: int = 2):
        "Turn the wheel, and look at what comes into view."
        for _ in range(steps):
            self.page.mouse.wheel(0, pixels / steps)
            self.page.wait_for_timeout(120)
            self.hold(0.09)
        self.hold(seconds)


def play(film: Film):
    "What is shown."
    tab = lambda name: film.page.locator('[role=tab]', has_text=name)
    pin = film.page.get_by_role('button', name='Pin to the shortlist')
    film.hold(1.2)
    film.drag('parameters', 1, 0.62, 1.1)
    film.click(pin, 0.5)
    film.drag('parameters', 0.62, 0.3, 0.9)
    film.click(pin, 0.5)
    film.click(tab('Shortlist'), 1.6)
    film.click(tab('What more buys'), 1.5)
    film.click(tab('Predicted and reached'), 0.6)
    film.scroll(SIZE[1] // 3, 1.8)


def film_app(chrome, run: Path, out: Path):
    "Write the moving picture."
    with app_page(chrome, run, *SIZE) as page:
        page.wait_for_timeout(1500)
        page.evaluate(POINTER)
        film = Film(page)
        play(film)
    durations = [round(1000 * s) for s in film.durations]
    film.frames[0].save(
        out, save_all=True, append_images=film.frames[1:], duration=durations, loop=0, quality=72, method=6, kmax=99
    )
    print(f'{out}: {len(durations)} frames, {sum(durations) / 1000:.1f} s, {out.stat().st_size / 1e6:.2f} MB')


def main():
    "Open, film, close."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args = parse_with_run(args, 'the picture, .webp')
    with browser() as chrome:
        film_app(chrome, args.run, args.out)


if __name__ == '__main__':
    main()
