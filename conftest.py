"""Modules whose doctests need TensorFlow are left out where it is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("tensorflow") else ["symgate/learn/symbolnet/*"]
