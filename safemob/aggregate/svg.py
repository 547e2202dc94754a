"""Matplotlib figures as SVG that lives inside a page: themed by its style sheet, named for screen readers.

The same figure gives the same bytes: ids come from a fixed salt, no date is written, text stays text.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["THEME", "Caption", "draw_svg", "drawing_style"]

THEME: Mapping[str, str] = MappingProxyType(
    {
        name: f"#0000{number:02x}"
        for number, name in enumerate(
            ("ink", "muted", "line", "paper", "ground", "none", "record", "conflict", "serious", "motor"), start=1
        )
    }
)
"""Stand-in colours by name: in the page each becomes the style sheet's colour of that name, light or dark."""

_STYLE: dict[Any, object] = {
    "axes.edgecolor": THEME["line"],
    "axes.labelcolor": THEME["muted"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "safemob",
    "text.color": THEME["ink"],
    "xtick.color": THEME["line"],
    "xtick.labelcolor": THEME["muted"],
    "ytick.color": THEME["line"],
    "ytick.labelcolor": THEME["muted"],
}
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """Who a figure is to those who do not see it.

    Attributes:
        name: unique in the page; every id inside the figure begins with it.
        title: short text alternative.
        description: what the figure shows, in a sentence or two.
    """

    name: str
    title: str
    description: str


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw and save inside this: nothing of the user's matplotlib settings leaks in."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def draw_svg(figure: Figure, caption: Caption) -> str:
    """The figure, drawn under `drawing_style` in colours of `THEME`, as one SVG element."""
    content = io.StringIO()
    figure.savefig(content, format="svg", transparent=True, metadata={"Date": None})
    root = ET.fromstring(content.getvalue())  # noqa: S314  (written by matplotlib in the line above)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    for parent in tuple(root.iter()):
        for child in tuple(parent):
            if child.tag in ("metadata", "style"):
                parent.remove(child)
    _rename(root, caption.name)
    title_id, description_id = f"{caption.name}-title", f"{caption.name}-description"
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{title_id} {description_id}",
    }
    for tag, label_id, text in (("desc", description_id, caption.description), ("title", title_id, caption.title)):
        label = ET.Element(tag, id=label_id)
        label.text = text
        root.insert(0, label)
    return _apply_theme(ET.tostring(root, encoding="unicode"))


def _rename(root: ET.Element, name: str) -> None:
    """Keep the ids that something refers to, and make them unique in the page."""
    serialised = ET.tostring(root, encoding="unicode")
    used = set(re.findall(r"url\(#([^)]+)\)", serialised)) | set(re.findall(r'href="#([^"]+)"', serialised))
    for element in root.iter():
        if _HREF in element.attrib:
            element.attrib["href"] = element.attrib.pop(_HREF).replace("#", f"#{name}-", 1)
        if element.attrib.get("id") in used:
            element.attrib["id"] = f"{name}-{element.attrib['id']}"
        else:
            element.attrib.pop("id", None)
        for key, value in element.attrib.items():
            element.attrib[key] = value.replace("url(#", f"url(#{name}-")


def _apply_theme(svg: str) -> str:
    for name, stand_in in THEME.items():
        svg = svg.replace(stand_in, f"var(--{name})")
    return re.sub(r"'DejaVu Sans'(, [^;\"]*)?(?=[;\"])", "var(--sans)", svg)
