"""A short fine-tuning, its loss drawn while it runs, and how texts fare that it does not train on."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import ipywidgets
import numpy as np
from IPython import get_ipython

from utils import plots
from utils.llm.tuning import Prepared, Tuner
from utils.training import progress_bar


@dataclass
class Run:
    """What became of a training.

    losses: one for each step. steps: after which ones the watched texts were looked at, 0 among them.
    perplexity: name: those of that text, one for each of `steps`.
    """

    losses: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    perplexity: dict[str, list[float]] = field(default_factory=dict)

    def at(self, step: int) -> dict[str, float]:
        """The perplexities after so many steps."""
        return {name: values[self.steps.index(step)] for name, values in self.perplexity.items()}


def train(
    tuner: Tuner,
    data: Prepared,
    rate: float,
    steps: int,
    *,
    seed: int = 0,
    batch: int = 5,
    decay: float = 0.0,
    watch: Mapping[str, Prepared] | None = None,
    every: int = 12,
    live: bool = False,
) -> Run:
    """Train for so many steps, each on `batch` rows; the seed decides their order, epoch after epoch.

    rate: that of the first step; it falls evenly, to nearly 0 in the last. decay: as for Tuner.step.
    watch: name: texts whose perplexity is taken every so many steps. live: whether to draw the losses while
    it runs; like the bar, the drawing is gone afterwards.
    """
    rng, watch, run = np.random.default_rng(seed), watch or {}, Run()
    epochs = -(-steps * batch // len(data))
    order = np.concatenate([rng.permutation(len(data)) for _ in range(epochs)])
    picture = _picture() if live else None
    bar = progress_bar(steps, "steps")
    for step in range(steps + 1):
        if watch and step % every == 0:
            run.steps.append(step)
            for name, texts in watch.items():
                run.perplexity.setdefault(name, []).append(float(np.exp(tuner.loss(texts))))
        if step == steps:
            break
        picks = order[step * batch : (step + 1) * batch]
        run.losses.append(tuner.step(data, picks, rate * (1 - step / steps), decay))
        bar.update(1)
        if picture and step % 6 == 5:
            picture.value = _drawn(run.losses, steps)
    bar.close()
    if picture:
        picture.close()
    return run


def _picture() -> ipywidgets.Image | None:
    """Where the live curve appears; nothing outside a notebook."""
    if get_ipython() is None:
        return None
    picture = ipywidgets.Image(format="png")
    plots.show_widget(picture, {})
    return picture


def _drawn(losses: list[float], steps: int) -> bytes:
    drawing, axes = plots.figure("The loss while it learns", x="step", y="loss", size=(5.0, 2.4))
    axes.plot(range(1, len(losses) + 1), losses)
    axes.set_xlim(0, steps)
    axes.set_ylim(0, max(losses) * 1.05)
    stream = io.BytesIO()
    drawing.savefig(stream, format="png")
    return stream.getvalue()
