"""What the pages need and Sphinx does not bring: alternatives of figures, titles of folds, formulas."""

import json
import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
TITLE = re.compile(r"# @title (.+)")


def title_folded_cells(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let a folded cell show the title that it has in the notebook."""
    if not _is_notebook(app, docname):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if title := TITLE.match("".join(cell["source"])):
            prompt = f"{title[1]} (code)"
            cell["metadata"]["mystnb"] = {"code_prompt_show": prompt, "code_prompt_hide": prompt}
    source[0] = json.dumps(notebook)


def describe_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Give each figure of a notebook its text alternative, as utils/plots.py stored it."""
    if not _is_notebook(app, app.env.docname):
        return
    notebook = json.loads(app.env.doc2path(app.env.docname).read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    shown = [output for output in outputs if "image/png" in output.get("data", {})]
    figures = [image for image in doctree.findall(nodes.image) if "jupyter_execute" in image["uri"]]
    for figure, output in zip(figures, shown, strict=True):
        # One that stands for sliders has it as its text only.
        text = "".join(output["data"]["text/plain"])
        figure["alt"] = output["metadata"].get("image/png", {}).get("alt", text)


def _is_notebook(app: Sphinx, docname: str) -> bool:
    return app.env.doc2path(docname).suffix == ".ipynb"


def ask_nobody_else(app: Sphinx, doctree: nodes.document) -> None:
    """Put words where a picture would come from elsewhere: reading a page tells no other server of it."""
    for image in list(doctree.findall(nodes.image)):
        if "://" in image["uri"]:
            image.replace_self(nodes.Text(image["alt"]))


def lead_to_repository(app: Sphinx, doctree: nodes.document) -> None:
    """Let links to files of the course that are no pages lead to where the course is published."""
    for link in list(doctree.findall(pending_xref)):
        if link["refdomain"] is None and (app.confdir.parent / link["reftarget"]).is_file():
            address = f"{app.config.repository}/blob/main/{link['reftarget']}"
            link.replace_self(nodes.reference("", "", *link.children, refuri=address))


def write_formula(writer: nodes.NodeVisitor, node: nodes.Element) -> None:
    """A formula as MathML, which browsers draw by themselves: no script, and nothing to fetch."""
    writer.body.append(_mathml(node))
    raise nodes.SkipNode


def write_formula_block(writer: nodes.NodeVisitor, node: nodes.Element) -> None:
    """One on a line of its own, which can be moved by hand or keyboard where the page is narrow."""
    writer.body.append(f'<div class="formula" tabindex="0">{_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, as_block: bool = False) -> str:
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        logger.warning("%s Write it otherwise: %s", error, node.astext(), location=node)
        return ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx about the functions above."""
    app.add_config_value("repository", "", "html", str)
    app.connect("source-read", title_folded_cells)
    app.connect("doctree-read", describe_figures)
    app.connect("doctree-read", ask_nobody_else)
    app.connect("doctree-read", lead_to_repository)
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
