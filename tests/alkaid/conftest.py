"""TensorFlow says much at its start, which is not ours to repair."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
