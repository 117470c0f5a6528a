"""One pre-trained BERT and plain text in, a family of small BERTs for any budget out: NAS-BERT as a workbench of
notebooks.

What to call, from Python (each has its own help; the notebooks in nbs/ show them at work):

    nasbert.run.notebooks.open_run       opens or begins a run; `.ensure('rank')` makes a stage and all it needs
    nasbert.run.notebooks.run_pipeline   runs every stage, as the command `nasbert run` does
    nasbert.workbench.widgets.App        sliders, figure and answer of a finished search
    nasbert.results.report.report        writes the page that shows a run
    nasbert.run.pick.pick                best networks of a run within limits, also only what a plain class can be
    nasbert.export.student.export_run    writes students as folders to give away
    nasbert.space.describe               says what a network is and costs

A run in a folder, then its models as a table:

    from nasbert.run.notebooks import open_run
    from nasbert.results.tables import models_table
    run = open_run('tiny', run='runs/tiny')
    run.ensure('export')
    models_table(run.folder)

A student is an ordinary model of transformers once `import nasbert` has registered its classes:

    import nasbert
    from transformers import AutoModelForMaskedLM
    model = AutoModelForMaskedLM.from_pretrained('runs/tiny/export/NAME')
"""

__version__ = "0.1.0"

import importlib.util
import sys


class _Registrar:
    """Have transformers followed by our Auto classes when it is imported, so that commands without a model start
    without it (it takes seconds)."""

    asked = False

    def find_spec(self, name, path=None, target=None):
        if name != 'transformers' or self.asked:
            return None
        self.asked = True  # the question is passed on to the other finders
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.asked = False
        if spec and spec.loader:
            _then(spec.loader, _register)
        return spec


def _then(loader, call):
    load = loader.exec_module

    def exec_module(module):
        load(module)
        call()

    loader.exec_module = exec_module


def _register():
    if importlib.util.find_spec('torch'):
        from . import modeling  # noqa: F401 (importing it registers the classes)


if 'transformers' in sys.modules:
    _register()
else:
    sys.meta_path.insert(0, _Registrar())
