"""The documentation site without Quarto: Sphinx reads README.md, the other pages and the notebooks as they lie in the
repository, runs nothing, and fetches nothing. `make docs` calls it; the order of the pages is that of _quarto.yml."""

import json, re, shutil, sys
from pathlib import Path
import yaml

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = 'https://github.com/nasbert/nasbert'
SIDEBAR = yaml.safe_load((ROOT / '_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']

# jsonschema would compile the grammar of internationalised addresses with it, for three seconds: notebooks hold none
sys.modules.setdefault('rfc3987_syntax', None)

project = html_title = 'nasbert'
extensions = ['myst_nb', 'sphinx_copybutton']
root_doc = 'README'  # index.html is a copy of it: nbs/index.ipynb says the same for JupyterLab
include_patterns = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'findings/README.md', 'nbs/**']
exclude_patterns = ['nbs/index.ipynb', '**/.ipynb_checkpoints', 'nbs/_*', 'nbs/nbdev.yml']
nb_execution_mode = 'off'
nb_output_stderr = 'remove'
myst_heading_anchors = 4  # #as-on-github
html_copy_source = html_show_sourcelink = html_show_sphinx = html_show_copyright = False
html_permalinks_icon = '#'
copybutton_prompt_text = '$ '

html_theme = 'furo'
html_static_path = ['static']
html_css_files = ['site.css']
pygments_style, pygments_dark_style = 'friendly', 'github-dark'
html_theme_options = dict(
    source_repository=REPOSITORY,
    source_branch='main',
    source_directory='',
    top_of_page_buttons=['view'],
    navigation_with_keys=True,
    light_css_variables={'color-brand-primary': '#0b5d8a', 'color-brand-content': '#0b6ba8'},
    dark_css_variables={'color-brand-primary': '#7cc4f0', 'color-brand-content': '#7cc4f0'},
)


def document(entry) -> list[str]:
    "Names of the documents an entry of the sidebar stands for: a file, a pattern, or a file of the repository's root."
    name = entry['href'].partition('/blob/main/')[2] if isinstance(entry, dict) else f'nbs/{entry}'
    found = sorted(ROOT.glob(name))
    assert found, f'_quarto.yml names {name}, which is not there'
    return [p.relative_to(ROOT).with_suffix('').as_posix() for p in found]


def tree(entries, caption: str = '') -> str:
    "A table of contents that is seen in the sidebar only."
    names = [name for entry in entries for name in document(entry) if name != 'nbs/index']
    title = f':caption: {caption}\n' if caption else ''
    return f'\n\n```{{toctree}}\n:hidden:\n{title}\n/' + '\n/'.join(names) + '\n```\n'


def read_page(app, name, source):
    "The sidebar, as tables of contents of the front page and of the list of lessons; notebooks without directives."
    if name == root_doc:
        for part in SIDEBAR:
            if isinstance(part, dict) and part['section'] != 'Library':
                source[0] += tree(part['contents'], part['section'])
    if name == 'nbs/lessons':
        source[0] += tree(next(p['contents'] for p in SIDEBAR if isinstance(p, dict) and p['section'] == 'Library'))
    if app.env.doc2path(name).suffix == '.ipynb':
        source[0] = json.dumps(lesson(json.loads(source[0])))


def lesson(notebook: dict) -> dict:
    "A notebook as it is read: cells of the module are marked, nbdev's directives and what they hide are left out."
    kept = []
    for cell in notebook['cells']:
        text = ''.join(cell['source'])
        if cell['cell_type'] == 'code':
            directives = re.findall(r'^#\|\s*(\w+)(.*)$', text, re.M)
            if any(word in ('hide', 'default_exp') for word, _ in directives):
                continue
            if any(word.startswith('export') for word, _ in directives):
                cell['metadata'] = dict(tags=['module'])
            text = re.sub(r'^#\|.*\n?', '', text, flags=re.M)
        kept.append(cell | dict(source=text))
    return notebook | dict(cells=kept)


def tidy(app, error):
    "The front page under the name that web servers look for; without what MyST-NB leaves beside the site."
    shutil.rmtree(Path(app.outdir).parent / 'jupyter_execute', ignore_errors=True)
    if not error and app.builder.name == 'html':
        shutil.copy(Path(app.outdir) / f'{root_doc}.html', Path(app.outdir) / 'index.html')


def setup(app):
    app.connect('source-read', read_page)
    app.connect('build-finished', tidy)
    return dict(parallel_read_safe=True, parallel_write_safe=True)
