"""How Sphinx makes the course's pages from the stored notebooks: `make site`. Nothing is executed.

The pages of this folder, the notebooks and what they link to are copied beside one another first, so that
a link in them leads where it leads everywhere else.
"""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_readme = (HERE.parent / "README.md").read_text(encoding="utf-8")

project = re.match("# (.+)", _readme)[1]
release = _project["version"]
repository = _project["urls"]["Repository"].rstrip("/")

extensions = ["myst_nb", "lesson_pages"]
exclude_patterns = ["README.md"]  # its parts are in other pages
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the glossary goes from # to ###, which becomes h1 and h2 all the same
highlight_language = "none"  # of blocks that name none: the commands of the README
html_math_renderer = "mathml"

html_title = project
html_theme = "sphinx_book_theme"
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["course.css"]
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "repository_url": repository,
    "use_repository_button": True,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "navbar_persistent": [],  # the search field stands in the sidebar
    "show_toc_level": 2,
}
html_context = {"default_mode": "auto"}
