"""Modules whose doctests need TensorFlow or torch are left out where these are not installed."""

from importlib.util import find_spec

NEEDS = {
    "tensorflow": [
        "symgate/learn/symbolnet/*",
        "symgate/learn/distil/keras_host.py",
        "symgate/sim/keras_rows.py",
    ],
    "torch": ["symgate/learn/distil/torch_host.py"],
    "alkaid": ["symgate/alkaid/*"],
}
collect_ignore_glob = [
    path for tool, paths in NEEDS.items() if not find_spec(tool) for path in paths
]
