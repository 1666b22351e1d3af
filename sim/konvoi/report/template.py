"""The slide template: the province's own, filled by the kind of its placeholders, or a plain one built here.

A default template stretched to 16:9 keeps placeholders of 4:3, so the plain one gets its positions from this script.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konvoi.errors import ScenarioError
from konvoi.report import style
from konvoi.words import Sentence

if TYPE_CHECKING:
    from pptx.presentation import Presentation

EMU_PER_INCH = 914_400
FONT = "Arial"
TITLE_PT, BODY_PT = 28, 20
NAMESPACES = {
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
}


@dataclass(frozen=True)
class Box:
    """A rectangle on a slide, in."""

    x: float
    y: float
    w: float
    h: float

    def take_top(self, height: float, gap: float = 0.0) -> tuple[Box, Box]:
        """Return the top part and the rest below it."""
        return Box(self.x, self.y, self.w, height), Box(self.x, self.y + height + gap, self.w, self.h - height - gap)

    def take_left(self, width: float, gap: float = 0.0) -> tuple[Box, Box]:
        """Return the left part and the rest beside it."""
        return Box(self.x, self.y, width, self.h), Box(self.x + width + gap, self.y, self.w - width - gap, self.h)


@dataclass(frozen=True)
class Template:
    """An open presentation, and the layout and rectangle its slides use."""

    presentation: Presentation
    layout: Any
    room: Box
    title_pt: float


def open_template(path: Path | None) -> Template:
    """Open a template without its slides, and choose the layout with a title and the largest content placeholder.

    Raises
    ------
    ScenarioError
        When the file is missing, no presentation, or has no such layout.
    """
    try:
        return _choose_layout(_build_plain() if path is None else _open(path), path)
    except ScenarioError:
        raise
    except Exception as fault:  # zipfile, lxml and python-pptx raise whatever a damaged deck provokes, some of it late
        raise ScenarioError(f"template={path}", [Sentence("faults.template_not_pptx", fault=fault)]) from None


def _choose_layout(presentation: Presentation, path: Path | None) -> Template:
    """Choose the layout with a title and the largest content placeholder."""
    chosen: tuple[float, Any, Any] | None = None
    for layout in presentation.slide_layouts:
        kinds = [placeholder.placeholder_format.type for placeholder in layout.placeholders]
        titles = [kind for kind in kinds if _is_title(kind)]
        contents = [shape for shape in layout.placeholders if _is_content(shape.placeholder_format.type)]
        if len(titles) != 1 or len(contents) != 1:
            continue
        area = float(contents[0].width) * float(contents[0].height)
        if chosen is None or area > chosen[0]:
            chosen = (area, layout, contents[0])
    if chosen is None:
        names = ", ".join(repr(layout.name) for layout in presentation.slide_layouts) or "none"
        raise ScenarioError(
            f"template={path}",
            [Sentence("faults.template_layout", names=names)],
        )
    _, layout, content = chosen
    room = Box(*(float(value) / EMU_PER_INCH for value in (content.left, content.top, content.width, content.height)))
    if room.w < 6.0 or room.h < 3.0:
        raise ScenarioError(
            f"template={path}",
            [Sentence("faults.template_room", name=layout.name, w=room.w, h=room.h)],
        )
    return Template(presentation, layout, room, _read_title_size(presentation))


def _is_title(kind: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return bool(kind == PP_PLACEHOLDER.TITLE)


def _is_content(kind: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    return kind in {KIND.OBJECT, KIND.BODY, KIND.TABLE, KIND.CHART, KIND.PICTURE}


def _open(path: Path) -> Presentation:
    """Open the province's template and take its slides out."""
    import pptx

    if not path.is_file():
        raise ScenarioError(f"template={path}", [Sentence("faults.template_missing")])
    if path.suffix.lower() == ".potx":
        raise ScenarioError(f"template={path}", [Sentence("faults.template_potx")])
    presentation = pptx.Presentation(str(path))
    for slide in list(presentation.slides._sldIdLst):
        presentation.part.drop_rel(slide.rId)
        presentation.slides._sldIdLst.remove(slide)
    return presentation


def _read_title_size(presentation: Presentation) -> float:
    """Return the title size of the master, pt."""
    found = _find(presentation.slide_master.element, "./p:txStyles/p:titleStyle/a:lvl1pPr/a:defRPr/@sz")
    return float(found[0]) / 100.0 if found else float(TITLE_PT)


def _build_plain() -> Presentation:
    """Build the plain 16:9 template: a title, one content placeholder, footer and slide number."""
    import pptx
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.util import Emu, Inches

    presentation = pptx.Presentation()
    presentation.slide_width = Emu(round(style.WIDTH_IN * EMU_PER_INCH))
    presentation.slide_height = Inches(style.HEIGHT_IN)
    layouts = presentation.slide_layouts
    for layout in list(layouts):
        if layout.name != "Title and Content":
            layouts.remove(layout)
    master = presentation.slide_master
    width = style.WIDTH_IN - 0.9
    places = {
        KIND.TITLE: Box(0.45, 0.3, width, 0.95),
        KIND.BODY: Box(0.45, 1.4, width, 5.35),
        KIND.FOOTER: Box(0.45, 6.88, width - 0.9, 0.46),
        KIND.SLIDE_NUMBER: Box(style.WIDTH_IN - 1.25, 6.88, 0.8, 0.46),
    }
    for shape in list(master.placeholders):
        box = places.get(shape.placeholder_format.type)
        if box is None:
            shape._element.getparent().remove(shape._element)
            continue
        shape.left, shape.top, shape.width, shape.height = (Inches(value) for value in (box.x, box.y, box.w, box.h))
    for shape in list(layouts[0].placeholders):
        for position in _find(shape._element.spPr, "./a:xfrm"):
            shape._element.spPr.remove(position)
        if shape.placeholder_format.type == KIND.DATE:
            shape._element.getparent().remove(shape._element)
    _set_text_styles(master.element)
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme._blob = _set_theme(theme.blob)
    return presentation


def _set_text_styles(master: Any) -> None:
    """Set sizes and alignment of titles and text in the master."""
    for level in _find(master, "./p:txStyles/p:titleStyle/a:lvl1pPr"):
        level.set("algn", "l")
        for properties in _find(level, "./a:defRPr"):
            properties.set("sz", str(100 * TITLE_PT))
            properties.set("b", "1")
    for properties in _find(master, "./p:txStyles/p:bodyStyle/*/a:defRPr"):
        properties.set("sz", str(100 * BODY_PT))
    for shape in _find(master, ".//p:sp[p:nvSpPr/p:nvPr/p:ph[@type='title']]//a:bodyPr"):
        shape.set("anchor", "ctr")
        for inset in ("lIns", "rIns", "tIns", "bIns"):
            shape.set(inset, "0")
        for child in list(shape):
            shape.remove(child)  # no automatic shrinking: sizes are chosen to fit
    for shape in _find(master, ".//p:sp[p:nvSpPr/p:nvPr/p:ph[@type='ftr' or @type='sldNum']]"):
        for body in _find(shape, ".//a:bodyPr"):
            body.set("lIns", "0")
            body.set("rIns", "0")
        for properties in _find(shape, ".//a:lvl1pPr"):
            properties.set("algn", "l" if _find(shape, "./p:nvSpPr/p:nvPr/p:ph[@type='ftr']") else "r")
            for run in _find(properties, "./a:defRPr"):
                run.set("sz", "1000")


def _set_theme(blob: bytes) -> bytes:
    """Put the palette and the font into the theme's XML."""
    from lxml import etree

    root = etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True))
    colours = {
        "dk1": style.INK,
        "dk2": style.HOT_SPOT,
        "accent1": style.HOT_SPOT,
        "accent2": style.SIDE_COLOUR[1],
        "accent3": style.SIDE_COLOUR[2],
        "accent4": style.THRESHOLD,
        "accent5": style.GREY,
        "accent6": style.LIGHT,
    }
    for name, colour in colours.items():
        for element in _find(root, f"//a:clrScheme/a:{name}"):
            for child in list(element):
                element.remove(child)
            etree.SubElement(element, f"{{{NAMESPACES['a']}}}srgbClr", val=colour.lstrip("#"))
    for element in _find(root, "//a:fontScheme/*/a:latin"):
        element.set("typeface", FONT)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _find(element: Any, path: str) -> list[Any]:
    """Find elements or attributes by XPath; python-pptx knows namespaces for some elements only."""
    from lxml import etree

    return list(etree.XPath(path, namespaces=NAMESPACES)(element))


def copy_layout_placeholders(slide: Any, kinds: set[Any]) -> dict[Any, Any]:
    """Copy footer and slide number from the layout, which new slides do not get by themselves; return them by kind."""
    copied = {}
    for shape in slide.slide_layout.placeholders:
        kind = shape.placeholder_format.type
        if kind in kinds:
            element = deepcopy(shape._element)
            slide.shapes._spTree.append(element)
            copied[kind] = element
    return copied
