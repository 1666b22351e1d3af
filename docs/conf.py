"""How the documentation is built: `make docs` writes build/docs from this folder, offline, and fails on a dead link."""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from konvoi import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402 - the folder is put on the path just before

generate.write_pages(HERE / "generated")

project = "konvoi"
author = "konvoi maintainers"
copyright = author
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
root_doc = "index"
exclude_patterns = ["generated/*.part.md"]  # included by other pages
suppress_warnings = ["misc.highlighting_failure"]

default_role = "literal"  # single backticks in docstrings are names in code
autodoc_typehints = "signature"
autodoc_type_aliases = {"FloatArray": "FloatArray", "IntArray": "IntArray"}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autosummary_generate = False
napoleon_google_docstring = False

html_theme = "furo"  # brings its styles and scripts along: the pages ask nobody for anything
html_title = f"konvoi {__version__}"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"


def _write_formula(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers draw themselves: MathJax would be fetched from the internet."""
    is_block = isinstance(node, nodes.math_block)
    translator.body.append(tex2mathml(node.astext(), as_block=is_block))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Draw formulas offline."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_write_formula, None), block_renderers=(_write_formula, None)
    )
