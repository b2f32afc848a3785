"""Figures as SVG that can stand in a page: themed, scalable, with tooltips, and with ids that do not clash."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from nnbench.report.figures._panel import Panel
from nnbench.report.figures._style import THEMED

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_LINK = f"{{{XLINK}}}href"
_COLOURS = re.compile("|".join(map(re.escape, THEMED)))
_REFERENCE = re.compile(r"url\(#([^)]*)\)")


def svg(panel: Panel, prefix: str, label: str) -> str:
    """Return a panel's drawing as an ``<svg>`` element.

    The tree is parsed and written by an XML library, so that text in it stays text.

    Args:
        prefix: put before every id; different for every figure of a page.
        label: what it shows, for those who do not see it.
    """
    stream = io.StringIO()
    panel.figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(stream.getvalue())
    _strip(root)
    _add_tooltips(root, panel.tooltips)
    for element in root.iter():
        _localise(element, prefix)
    root.attrib |= {"role": "img", "aria-label": label}
    root.attrib.pop("height", None)
    root.attrib.pop("width", None)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _strip(root: ElementTree.Element) -> None:
    """Remove the metadata, and style rules that would hold for the whole page."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)


def _add_tooltips(root: ElementTree.Element, tooltips: Mapping[str, Sequence[str]]) -> None:
    for element in root.iter(f"{{{SVG}}}g"):
        texts = tooltips.get(element.get("id", ""))
        marks = _marks(element) if texts else []
        for mark, text in zip(marks, texts or (), strict=True):
            ElementTree.SubElement(mark, f"{{{SVG}}}title").text = text


def _marks(collection: ElementTree.Element) -> list[ElementTree.Element]:
    """Return what draws a point: a ``use`` of a shape defined before, or a path of its own."""
    defined = {id(shape) for defs in collection.iter(f"{{{SVG}}}defs") for shape in defs.iter()}
    kinds = (f"{{{SVG}}}use", f"{{{SVG}}}path")
    return [e for e in collection.iter() if e.tag in kinds and id(e) not in defined]


def _localise(element: ElementTree.Element, prefix: str) -> None:
    attributes = element.attrib
    if "id" in attributes:
        attributes["id"] = f"{prefix}-{attributes['id']}"
    for name, value in attributes.items():
        if name == _LINK and value.startswith("#"):
            attributes[name] = f"#{prefix}-{value[1:]}"
        elif "url(#" in value:
            attributes[name] = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
    if "style" in attributes:
        attributes["style"] = _COLOURS.sub(lambda m: THEMED[m[0]], attributes["style"])
