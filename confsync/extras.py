"""Whether what an extra of confsync installs is there."""

from importlib.util import find_spec


def is_installed(*modules: str) -> bool:
    """Whether all of these modules can be found; the packages around them are imported, but not they themselves."""
    try:
        return all(find_spec(each) is not None for each in modules)
    except (ModuleNotFoundError, ValueError):  # without a package around it, or with something else in its place
        return False
