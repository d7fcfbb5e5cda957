"""TensorFlow says much at its start, and some of its dependencies warn: neither is ours to repair."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
