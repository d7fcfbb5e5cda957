"""Pictures of pages for the docs: wide and light, wide and dark, narrow.

    python tools/screenshots.py build/jets/report.html [more.html ...] [-o docs/pictures]

Needs Chromium (apt-get install chromium) and `pip install 'symgate[dev]'`. The files are NAME-light.png,
NAME-dark.png and NAME-narrow.png, NAME being the folder of the page.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

SIZES = {"light": (1180, 900), "dark": (1180, 900), "narrow": (390, 844)}


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/pictures"))
    given = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        parser.exit(2, "chromium is not installed: apt-get install chromium\n")
    from playwright.sync_api import sync_playwright

    given.output.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as tools:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = tools.chromium.launch(executable_path=program, args=options)
        for file in given.pages:
            for name, (width, height) in SIZES.items():
                scheme = "dark" if name == "dark" else "light"
                page = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page.goto(file.resolve().as_uri())
                target = given.output / f"{file.resolve().parent.name}-{name}.png"
                page.screenshot(path=target)
                page.close()
                print(target)
        browser.close()


if __name__ == "__main__":
    main()
