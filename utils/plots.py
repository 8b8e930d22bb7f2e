"""Figures with one look, each with a text alternative, and sliders that redraw one.

A figure is displayed as a PNG image together with its alternative as plain text: where no image shows,
the text does, and the notebook tests compare it.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, pairwise
from typing import Any

import ipywidgets
import matplotlib
from cycler import cycler
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
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
COLOURS = (BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, GREY)

# For every figure of the kernel, so that one a learner draws with pyplot looks like the lesson's.
matplotlib.rcParams.update(
    {
        "axes.prop_cycle": cycler(color=COLOURS),
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


def curves(axes: Axes, lines: Mapping[str, Any]) -> None:
    """Draw a line for each entry and, where there are several, a legend.

    lines: label: its values, drawn over 0, 1, 2, ...; or a pair (x, y).
    """
    for label, line in lines.items():
        x, y = line if isinstance(line, tuple) else (range(len(line)), line)
        axes.plot(x, y, label=label)
    if len(lines) > 1:
        axes.legend()


def bars(axes: Axes, groups: Mapping[str, Sequence[float]], names: Sequence[str], digits: int = 2) -> None:
    """Draw bars with their numbers on top: for each of `names` one of every group, side by side.

    groups: label: as many values as there are names. A legend says the labels where there are several.
    """
    width = 0.8 / len(groups)
    for place, (label, values) in enumerate(groups.items()):
        left = [number + (place + 0.5) * width - 0.4 for number in range(len(names))]
        drawn = axes.bar(left, values, width * 0.95, label=label)
        axes.bar_label(drawn, fmt=f"%.{digits}f", fontsize=9, padding=2)
    axes.set_xticks(range(len(names)), names)
    axes.grid(False, axis="x")
    axes.margins(y=0.12)
    if len(groups) > 1:
        axes.legend()


def words(axes: Axes, places: Mapping[str, Sequence[float]], groups: Mapping[str, str] | None = None) -> None:
    """Draw labelled points so that no label lies on another: a map of words.

    places: word: (x, y). groups: word: the group that it belongs to; each has a colour and stands in the
    legend.
    """
    from adjustText import adjust_text  # it takes half a second to import, and few lessons draw such maps

    kinds = list(dict.fromkeys(groups.values())) if groups else [""]
    for kind, colour in zip(kinds, cycle(COLOURS)):
        members = [place for word, place in places.items() if not groups or groups[word] == kind]
        axes.scatter(*zip(*members, strict=True), s=16, color=colour, label=kind)
    axes.margins(0.1)
    colours = dict(zip(kinds, cycle(COLOURS)))
    labels = [
        axes.text(x, y, word, fontsize=9, color=colours[groups[word]] if groups else "black")
        for word, (x, y) in places.items()
    ]
    x, y = zip(*places.values(), strict=True)
    FigureCanvasAgg(axes.figure).draw()  # where the labels may go depends on how large they are
    arrow = {"arrowstyle": "-", "color": GREY, "lw": 0.6}
    # in steps: what is not said is a second, and then a busy machine draws another figure
    adjust_text(labels, x=list(x), y=list(y), ax=axes, iter_lim=300, arrowprops=arrow)
    if groups:  # last, since finding a place for it takes longer than all the rest, at every drawing
        axes.legend(fontsize=9)


def heatmap(
    axes: Axes,
    values: Any,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    digits: int = 2,
    largest: float | None = None,
) -> AxesImage:
    """Draw a matrix as coloured squares with its numbers in them; red is positive, blue is negative.

    values: array of shape (rows, columns). rows, columns: names for the ticks; none when left out.
    largest: the size of number that gets the strongest colour; the largest in `values` when left out.
    """
    largest = largest or max(abs(values).max(), 1e-12)
    image = axes.imshow(values, vmin=-largest, vmax=largest, aspect="auto", cmap="RdBu_r")
    axes.grid(False)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    for (row, column), value in _entries(values):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        number = f"{value:z.{digits}f}"  # z: no minus before what is rounded to zero
        axes.text(column, row, number, ha="center", va="center", color=colour, fontsize=9)
    return image


def maps(
    title: str,
    panels: Mapping[str, Any],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    digits: int = 2,
    size: tuple[float, float] = (8.0, 3.2),
) -> Figure:
    """Matrices side by side, all with one scale of colours, whose bar stands at the right.

    panels: the name over each matrix: array of shape (rows, columns). The rest as in heatmap() and figure().
    Where no number is negative, the bar begins at 0.
    """
    drawing, axes = figure(title, columns=len(panels), size=size)
    axes = [axes] if len(panels) == 1 else axes
    largest = max(max(abs(values).max() for values in panels.values()), 1e-12)
    for panel, (name, values) in zip(axes, panels.items(), strict=True):
        image = heatmap(panel, values, rows, columns, digits, largest)
        panel.set_title(name)
    bar = drawing.colorbar(image, ax=axes, shrink=0.9)
    if all(values.min() >= 0 for values in panels.values()):
        bar.ax.set_ylim(0, largest)
    return drawing


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
    """The figure as PNG with a palette of 256 colours: half the size, and no difference to the eye."""
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    stream = io.BytesIO()
    # By coverage, since the usual way gives up rare colours: the dark blue of a scale became black. With
    # fewer colours, or without the second look of kmeans, the white of a zero became pink.
    few = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
    few.save(stream, format="png", optimize=True)
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
