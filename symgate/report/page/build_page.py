"""The page of a build, from its firmware and its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgate.ir.firmware import Firmware
from symgate.report.page.accuracy import accuracy
from symgate.report.page.certificate import certificate
from symgate.report.page.checks import checks
from symgate.report.page.errors import errors
from symgate.report.page.formulas import formulas
from symgate.report.page.frame import frame
from symgate.report.page.hardware import hardware
from symgate.report.page.running import running
from symgate.report.page.summary import summary
from symgate.report.page.view import View

_SECTIONS = (
    ("formulas", "Formulas", formulas),
    ("errors", "Errors", errors),
    ("accuracy", "Accuracy", accuracy),
    ("certificate", "Certificate", certificate),
    ("hardware", "Hardware", hardware),
    ("checks", "Checks", checks),
    ("running", "Run it", running),
)


def build_page(firmware: Firmware, report: Mapping[str, Any]) -> str:
    """Return ``report.html`` of a build; the same build gives the same text."""
    view = View(firmware, report)
    parts = ((name, word, part(view)) for name, word, part in _SECTIONS)
    shown = [(name, word, part) for name, word, part in parts if part is not None]
    return frame(f"{report['name']} · symgate", summary(view), shown)
