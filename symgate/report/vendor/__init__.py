"""Reports of Vivado, Vitis HLS and Quartus as figures beside our estimate: one file per tool.

A reader takes the text of one file and returns `Figures`, or None where the file is another kind.
No vendor's tool was available here: the formats are those of their manuals and of public reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from symgate.errors import InputError
from symgate.report.vendor import quartus, vitis, vivado
from symgate.report.vendor.figures import Figures

__all__ = ["READERS", "Figures", "read_folder"]

Reader = Callable[[str], Figures | None]
#: The readers by the end of the name of the files that they know.
READERS: tuple[tuple[str, Reader], ...] = (
    (".rpt", vivado.utilization),
    (".rpt", vivado.timing_summary),
    (".rpt", vivado.power),
    ("csynth.xml", vitis.synthesis),
    (".fit.summary", quartus.fit),
    (".sta.summary", quartus.timing),
    (".pow.summary", quartus.power),
)
_LARGEST = 50_000_000  # bytes of a report; more is no summary


def read_folder(folder: Path) -> list[Figures]:
    """Return what the reports in ``folder`` and below say, one for each tool and stage; raise
    `InputError` where there is no report.
    """
    found: dict[tuple[str, str], Figures] = {}
    for figures in _figures(folder):
        key = figures.tool, figures.stage
        found[key] = found[key].joined(figures) if key in found else figures
    if not found:
        raise InputError(
            f"{folder} holds no report of Vivado, Vitis HLS or Quartus",
            expected="files of report_utilization, report_timing_summary and report_power (*.rpt), "
            "*csynth.xml, or *.fit.summary, *.sta.summary and *.pow.summary",
            remedy="name the folder that the build wrote, such as rtl/vivado",
        )
    return [found[key] for key in sorted(found)]


def _figures(folder: Path) -> Iterator[Figures]:
    """What each file says, in the order of their names."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", remedy="name the folder of the reports")
    for path in sorted(folder.rglob("*")):
        readers = [reader for end, reader in READERS if path.name.endswith(end)]
        if not readers or not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from (figures for reader in readers if (figures := reader(text)))
