# What functions import from their host and is not here: it can be imported, and fails with its name when it is used.
import importlib.abc
import importlib.machinery
import sys
import types

from haneul_channel import NotSupported


class Missing:
    """Stands for something of the original's that is not here."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _fail(self, *_, **__):
        raise NotSupported(f"{self._name} is not supported by this server")

    __call__ = __getitem__ = __setattr__ = __iter__ = __enter__ = __await__ = __aiter__ = __len__ = _fail

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")

    def __instancecheck__(self, _):
        return False

    def __mro_entries__(self, bases):
        """A class may be derived; making one fails."""
        return (type("Missing", (), {"__init__": lambda _, *__, **___: self._fail()}),)

    def __or__(self, other):
        return other

    __ror__ = __or__

    def __repr__(self):
        return f"<{self._name}: not supported>"


class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        return Missing(full)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a module of every `open_webui...` name.

    `modules` has what is there: by a module's name, something that gives its names.
    """

    def __init__(self, modules):
        self.modules = modules

    def find_spec(self, name, path=None, target=None):
        if name == "open_webui" or name.startswith("open_webui."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = StandIn(spec.name)
        module.__path__ = []
        module.__dict__.update(self.modules.get(spec.name, dict)())
        return module

    def exec_module(self, module):
        pass
