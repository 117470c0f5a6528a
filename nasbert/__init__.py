__version__ = "0.1.0"

try:
    import torch, transformers
except ImportError:
    pass  # settings, space and frontier work without them
else:
    from . import modeling  # registers the Auto classes
