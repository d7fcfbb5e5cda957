"""Hook of MkDocs: adds the pages that are made from the code, and mends links to files of the
repository that are no pages.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

TOOLS = Path(__file__).parent
ROOT = TOOLS.parent
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the reference and the list of decisions."""
    from mkdocs.structure.files import File

    sys.path[:0] = [str(ROOT), str(TOOLS)]  # MkDocs loads hooks with a path of its own
    import reference

    for name, text in reference.pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Show links to files outside of the docs as the names of these files."""
    here = PurePosixPath(page.file.src_uri).parent

    def mended(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        place = normpath(str(here / target))
        is_page = files.get_file_from_path(place) is not None
        if is_page:
            return match[0]
        inside = normpath(f"docs/{place}")
        if not (ROOT / inside).exists():
            return match[0]  # a broken link, which MkDocs says
        plain = text.strip("`")
        return f"`{inside}`" if plain in inside else f"{text} (`{inside}`)"

    return _LINK.sub(mended, markdown)
