"""The Python files of the repository as syntax trees: their names, functions and texts."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.repository.paths import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.comprehension)


class Name(NamedTuple):
    """A name that a file defines."""

    text: str
    file: str
    line: int
    is_local: bool = False


def tree_of(path: Path) -> ast.Module:
    """Parse a file. Nothing keeps the tree: all of them together would slow down every garbage collection."""
    return ast.parse(path.read_text("utf-8"))


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Give every Python file below some folders, scripts without a suffix included."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.is_file())
    return tuple(path for path in paths if path.suffix == ".py" or _is_script(path))


def _is_script(path: Path) -> bool:
    return not path.suffix and path.read_bytes().startswith(b"#!/usr/bin/env python")


def shown(path: Path) -> str:
    """Give a path as it is seen from the root of the repository."""
    return str(path.relative_to(ROOT))


def names_in(path: Path) -> Iterator[Name]:
    """Give every name that a file defines: its own, and those of classes, functions, parameters and variables."""
    yield from _names(tree_of(path), shown(path))
    yield Name(path.parent.name if path.stem == "__init__" else path.stem, shown(path), 1, is_local=False)


def _names(tree: ast.Module, file: str) -> Iterator[Name]:
    inner: list[tuple[ast.AST, bool]] = [(tree, False)]
    while inner:
        node, is_local = inner.pop()
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.Name(id=text, ctx=ast.Store()):
                    yield Name(text, file, child.lineno, is_local=is_local)
                case ast.Attribute(attr=text, ctx=ast.Store()):
                    yield Name(text, file, child.lineno, is_local=False)
                case ast.ClassDef(name=text) | ast.FunctionDef(name=text) | ast.AsyncFunctionDef(name=text):
                    yield Name(text, file, child.lineno, is_local=is_local)
                case ast.arg(arg=text) | ast.alias(asname=str(text)):
                    yield Name(text, file, child.lineno, is_local=True)
                case _:
                    pass
            if child._fields:
                inner.append((child, is_local or isinstance(child, SCOPES)))


def texts_in(path: Path) -> Iterator[Name]:
    """Give every text in a file that may be printed: not docstrings."""
    nodes = list(ast.walk(tree_of(path)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield Name(node.value, shown(path), node.lineno)


def functions_in(path: Path) -> Iterator[tuple[Function, int]]:
    """Give each function and how many lines it has."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, FUNCTIONS):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def public_names_in(path: Path) -> set[str]:
    """Give the functions, classes and constants that a module defines for others."""
    names: set[str] = set()
    for node in tree_of(path).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return {name for name in names if not name.startswith("_")}
