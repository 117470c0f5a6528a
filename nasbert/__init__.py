__version__ = "0.1.0"

import importlib.abc
import importlib.util
import sys


class _Registrar(importlib.abc.MetaPathFinder):
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
