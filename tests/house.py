"""The house in figures: how long functions, lines and cells are, what is documented, which room imports which.

`python tests/house.py` prints one line of JSON; test_layout.py holds some of it to a limit.
"""

import ast
import json
import re
import statistics
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / 'nbs' / 'api').glob('[0-9]*.ipynb'))
MODULES = {
    '.'.join(p.relative_to(ROOT / 'nasbert').with_suffix('').parts): p
    for p in sorted((ROOT / 'nasbert').rglob('*.py'))
    if not p.name.startswith('_')
}


def cells(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text(encoding='utf-8'))['cells']


def source(cell: dict) -> str:
    return ''.join(cell['source'])


def is_exported(cell: dict) -> bool:
    return cell['cell_type'] == 'code' and source(cell).startswith('#| export')


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding='utf-8'))


def own_imports(module: str, parsed: ast.Module):
    "Modules of ours that a module imports, wherever in it and in whatever way."
    package = module.split('.')[:-1]
    for node in ast.walk(parsed):
        found = []
        if isinstance(node, ast.ImportFrom) and node.level:
            base = '.'.join([*package[: len(package) + 1 - node.level], *filter(None, [node.module])])
            found = [base, *(f'{base}.{alias.name}'.strip('.') for alias in node.names)]
        elif isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] == 'nasbert':
            base = node.module[8:]
            found = [base, *(f'{base}.{alias.name}'.strip('.') for alias in node.names)]
        elif isinstance(node, ast.Import):
            found = [alias.name[8:] for alias in node.names if alias.name.startswith('nasbert.')]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split('.')[-1] in ('import_module', '__import__'):
            name = node.args[0] if node.args else None
            assert isinstance(name, ast.Constant), f'{module} imports a module whose name nobody can read'
            found = [name.value.removeprefix('nasbert').lstrip('.')] if name.value.startswith(('nasbert', '.')) else []
        yield from (name for name in found if name in MODULES and name != module)


@cache
def import_graph() -> dict[str, set[str]]:
    return {module: set(own_imports(module, tree(module))) for module in MODULES}


def room(module: str) -> str:
    "A room is a module at the top, or a sub-package."
    return module.split('.')[0]


def room_graph() -> dict[str, set[str]]:
    rooms = {room(m): set() for m in MODULES}
    for module, needs in import_graph().items():
        rooms[room(module)] |= {room(n) for n in needs} - {room(module)}
    return rooms


def floors() -> dict[str, int]:
    "For each room how many rooms stand on top of one another down from it."
    rooms, found = room_graph(), {}

    def floor(name):
        if name not in found:
            found[name] = 1 + max(map(floor, rooms[name]), default=0)
        return found[name]

    return {name: floor(name) for name in rooms}


def code_lines(text: str) -> int:
    "Lines that hold code or a docstring: no blank ones, no comments, nothing of what nbdev writes above the code."
    lines = text.partition('# %% ../')[2].splitlines()
    return sum(bool(line.strip()) and not line.lstrip().startswith('#') for line in lines)


def room_shares() -> dict[str, float]:
    "Share of all lines of code in each room."
    lines = dict.fromkeys(map(room, MODULES), 0)
    for module, path in MODULES.items():
        lines[room(module)] += code_lines(path.read_text(encoding='utf-8'))
    return {name: n / sum(lines.values()) for name, n in lines.items()}


def functions():
    "Every function and method of the package."
    for module in MODULES:
        yield from (n for n in ast.walk(tree(module)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))


def spread(values: list[int]) -> list[float]:
    "Median, ninth decile and largest."
    ordered = sorted(values)
    return [statistics.median(ordered), ordered[int(0.9 * len(ordered))], ordered[-1]]


def documented() -> float:
    "Share of public functions and classes with a docstring."
    nodes = [
        n
        for module in MODULES
        for n in tree(module).body
        if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name[0] != '_'
    ]
    return sum(ast.get_docstring(n) is not None for n in nodes) / len(nodes)


def annotated() -> float:
    "Share of the arguments of public functions with a type."
    arguments = [
        a
        for n in functions()
        if n.name[0] != '_'
        for a in (*n.args.posonlyargs, *n.args.args, *n.args.kwonlyargs)
        if a.arg not in ('self', 'cls')
    ]
    return sum(a.annotation is not None for a in arguments) / len(arguments)


def widths() -> dict[str, int]:
    "Lines of code over 120 and 160 columns, and the longest: notebooks (Markdown apart) and tests."
    lines = [
        line
        for notebook in (*LIBRARY, *(ROOT / 'nbs').glob('*.ipynb'))
        for cell in cells(notebook)
        if cell['cell_type'] == 'code'
        for line in source(cell).splitlines()
    ]
    lines += [line for file in (ROOT / 'tests').rglob('*.py') for line in file.read_text().splitlines()]
    return dict(over_120=sum(len(x) > 120 for x in lines), over_160=sum(len(x) > 160 for x in lines)) | dict(
        longest=max(map(len, lines))
    )


def house() -> dict:
    exported = [len(source(c).splitlines()) - 1 for notebook in LIBRARY for c in cells(notebook) if is_exported(c)]
    shares, above = room_shares(), floors()
    largest = max(shares, key=shares.get)
    return dict(
        functions=spread([n.end_lineno - n.lineno + 1 for n in functions()]),
        docstrings=round(documented(), 3),
        annotated_arguments=round(annotated(), 3),
        lines=widths(),
        exported_cells=spread(exported),
        exported_cells_over_25=sum(n > 25 for n in exported),
        cells_with_output=sum(bool(c.get('outputs')) for notebook in LIBRARY for c in cells(notebook)),
        readme_words=len(re.findall(r'\S+', (ROOT / 'README.md').read_text(encoding='utf-8'))),
        rooms=len(shares),
        floors=max(above.values()),
        largest_room=[largest, round(shares[largest], 3)],
    )


if __name__ == '__main__':
    print(json.dumps(house()))
