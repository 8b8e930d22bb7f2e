"""Figures with one look, each with a text alternative, and sliders that redraw one.

A figure is displayed as a PNG image together with its alternative as plain text: where no image shows,
the text does, and the notebook tests compare it.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import ipywidgets
import matplotlib
from cycler import cycler
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, GREY = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#767676",
)
"""Colours that people with every kind of colour vision can tell apart (Okabe and Ito, 2008)."""

# For every figure of the kernel, so that one a learner draws with pyplot looks like the lesson's.
matplotlib.rcParams.update(
    {
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, GREY]),
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.dpi": 100,
        "font.size": 10,
        "grid.alpha": 0.25,
        "image.cmap": "RdBu_r",
        "legend.frameon": False,
        "lines.linewidth": 1.8,
    }
)


def figure(
    title: str = "", x: str = "", y: str = "", columns: int = 1, size: tuple[float, float] = (7.0, 3.6)
) -> tuple[Figure, Any]:
    """A figure and its axes: one Axes, or an array of them when there are several columns.

    title: the finding, in words. x, y: what the axes show, with units. size: width, height in inches.
    Not registered with pyplot, so nothing is shown until show() is called.
    """
    drawing = Figure(figsize=size, layout="constrained")
    axes = drawing.subplots(1, columns, squeeze=False)[0]
    for panel in axes:
        panel.set(xlabel=x, ylabel=y)
    if columns == 1:
        axes[0].set_title(title)
    else:
        drawing.suptitle(title, x=0.01, ha="left", fontsize=11)
    return drawing, axes[0] if columns == 1 else axes


def show(drawing: Figure, alt: str) -> None:
    """Display a figure with its text alternative: what a reader who cannot see it needs to know."""
    display(
        {"image/png": _base64(drawing), "text/plain": f"Figure: {alt}"},
        metadata={"image/png": {"alt": alt}},
        raw=True,
    )


def heatmap(
    axes: Axes, values: Any, rows: Sequence[str] = (), columns: Sequence[str] = (), digits: int = 2
) -> None:
    """Draw a matrix as coloured squares with its numbers in them; red is positive, blue is negative.

    values: array of shape (rows, columns). rows, columns: names for the ticks; none when left out.
    """
    largest = max(abs(values).max(), 1e-12)
    axes.imshow(values, vmin=-largest, vmax=largest, aspect="auto", cmap="RdBu_r")
    axes.grid(False)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    for (row, column), value in _entries(values):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, f"{value:.{digits}f}", ha="center", va="center", color=colour, fontsize=9)


def sliders(draw: Callable[..., tuple[Figure, str]], **ranges: tuple[float, float, float]) -> None:
    """Sliders that redraw a figure as they move.

    draw: takes the sliders' values by name, returns a figure and its text alternative.
    ranges: for each slider (lowest, highest, start). It moves in 40 steps.

    Where nothing can move (a page that is only read), the figure for the start values stands instead.
    """
    controls = {name: _slider(name, *bounds) for name, bounds in ranges.items()}
    picture = ipywidgets.HTML()

    def redraw(_change: Any = None) -> None:
        drawing, alt = draw(**{name: control.value for name, control in controls.items()})
        picture.value = f'<img src="data:image/png;base64,{_base64(drawing)}" alt="{html.escape(alt)}">'

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    start, alt = draw(**{name: control.value for name, control in controls.items()})
    names = " and ".join(controls)
    show_widget(
        ipywidgets.VBox([*controls.values(), picture]),
        {"image/png": _base64(start), "text/plain": f"Figure with a slider for {names}: {alt}"},
    )


def show_widget(widget: ipywidgets.Widget, instead: Mapping[str, str]) -> None:
    """Display a widget, and `instead` (by MIME type) in the places where a widget cannot live.

    Displayed by hand, since the text that ipywidgets adds differs from version to version.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, **instead}, raw=True)


def _slider(name: str, lowest: float, highest: float, start: float) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=start,
        min=lowest,
        max=highest,
        step=(highest - lowest) / 40,
        description=name,
        readout_format=".2f",
    )


def _entries(values: Any) -> list[tuple[tuple[int, int], float]]:
    rows, columns = values.shape
    return [((row, column), float(values[row, column])) for row in range(rows) for column in range(columns)]


def _base64(drawing: Figure) -> str:
    """The figure as PNG with a palette of 64 colours: a third of the size, and no difference to the eye."""
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    stream = io.BytesIO()
    picture.quantize(64).save(stream, format="png", optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def network(sizes: Sequence[int]) -> Figure:
    """A drawing of dense layers: a line is a weight, a filled circle a unit, and b its bias.

    sizes: the number of inputs, then the units of each layer, as in [4, 3, 2].
    """
    drawing = Figure(figsize=(2.2 * len(sizes), 0.62 * max(sizes) + 0.5), layout="constrained")
    axes = drawing.subplots()
    axes.set_axis_off()
    places = [[(column, (size - 1) / 2 - row) for row in range(size)] for column, size in enumerate(sizes)]
    for left, right in pairwise(places):
        for x1, y1 in left:
            for x2, y2 in right:
                axes.plot([x1, x2], [y1, y2], color=GREY, linewidth=1, zorder=1)
    for column, layer in enumerate(places):
        for row, (x, y) in enumerate(layer, 1):
            colour = BLUE if column else "white"
            axes.scatter(x, y, s=420, color=colour, edgecolor=BLUE, zorder=2)
            if column:
                place = {"textcoords": "offset points", "va": "center", "backgroundcolor": "white"}
                axes.annotate("+ b", (x, y), (14, 0), color=BLUE, zorder=1.5, **place)
            else:
                axes.text(x, y, f"$x_{row}$", ha="center", va="center", zorder=3)
    axes.margins(0.18 / len(sizes), 0.12)
    return drawing
