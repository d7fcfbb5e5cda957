"""``report.html``: one page that shows a build, a front or a training to a person.

Each section of a page is a file here with a pure function from the data of a build (the firmware,
its certificate, ``report.json``) to HTML; `build_page` puts them in order. Nothing here measures,
reads a file but its own style and script, or asks the network: what is shown is in the build.
"""

from symgate.report.page.build_page import build_page
from symgate.report.page.explore_page import explore_page
from symgate.report.page.front_page import front_page
from symgate.report.page.training_page import training_page

__all__ = ["build_page", "explore_page", "front_page", "training_page"]
