"""The package as a whole: quick to import, and its public names can be reached."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import symgate


@pytest.mark.parametrize("name", sorted(symgate.EXPORTS))
def test_public_name_can_be_reached(name):
    assert callable(getattr(symgate, name))


@pytest.mark.parametrize("name", sorted(symgate.EXPORTS))
def test_public_name_is_no_submodule(name, root):
    """Python sets ``symgate.x`` to the submodule ``x`` when that is imported, which would hide the
    public name.
    """
    assert not (root / "symgate" / name).exists(), f"rename symgate/{name}/"
    assert not (root / "symgate" / f"{name}.py").exists(), f"rename symgate/{name}.py"


def test_public_names_are_listed():
    assert set(symgate.EXPORTS) <= set(dir(symgate))


@pytest.mark.needs("sklearn", "keras", "tensorflow")
@pytest.mark.filterwarnings("ignore")  # of TensorFlow
@pytest.mark.parametrize("package", ["hls4ml", "learn.distil", "learn.symbolnet", "learn.tables"])
def test_public_names_of_a_package_can_be_reached(package):
    module = import_module(f"symgate.{package}")

    assert set(module._EXPORTS) <= set(dir(module))
    assert [name for name in module._EXPORTS if not hasattr(module, name)] == []


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'symgate' has no attribute 'compyle'$"):
        symgate.compyle  # noqa: B018 - the access is the test


def test_import_is_light():
    script = "import sys; before = set(sys.modules); import symgate; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert [m for m in run.stdout.split() if m.startswith("symgate")] == ["symgate"]
    assert "numpy" not in run.stdout.split()
