"""The hook stands alone: standard library only, and nothing that Python 3.9 does not know."""

import ast
import sys
from pathlib import Path

import afteraction_hook
import pytest

FILES = sorted(Path(afteraction_hook.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_imports_the_standard_library_and_its_neighbours_only(file):
    tree = ast.parse(file.read_text(), feature_version=(3, 9))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    newer = {"_sha2"}
    assert named <= set(sys.stdlib_module_names) | {"afteraction_hook"} | newer


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_annotations_are_never_evaluated(file):
    """`X | None` in an annotation is an error at run time before Python 3.10."""
    tree = ast.parse(file.read_text())
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert any(alias.name == "annotations" for node in futures for alias in node.names)
    assert not [node for node in ast.walk(tree) if type(node).__name__ in {"Match", "TryStar"}]
