"""The errors that nnbench raises on purpose. A command line shows their text and no traceback."""


class NnbenchError(Exception):
    """Base of every error whose text is meant for the user."""


class UnknownNameError(NnbenchError, KeyError):
    """A name that no plugin registered; the text suggests the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


class DuplicateNameError(NnbenchError, ValueError):
    """A name that is registered already."""


class ArgumentError(NnbenchError, ValueError):
    """An argument outside what is accepted; the text says which, what was expected and what came."""


class PluginError(NnbenchError, ImportError):
    """A plugin's module that could not be imported."""


class MissingDataError(NnbenchError, FileNotFoundError):
    """A dataset's file that is absent, truncated or altered; the text says which file belongs where."""


class NotApplicableError(NnbenchError):
    """A measurement that makes no sense for a case; the text is the reason shown in reports."""


class DivergedError(NnbenchError):
    """A training whose loss or weights stopped being finite."""


class InvalidStoreError(NnbenchError, ValueError):
    """A results file that is not ours, is damaged, or has a schema of a later version."""
