"""Training with a progress bar that leaves nothing behind in the notebook."""

import keras
from IPython import get_ipython
from tqdm import tqdm
from tqdm.notebook import tqdm as notebook_tqdm

from utils.plots import show_widget


def progress_bar(total: int, what: str) -> tqdm:
    """A bar for `total` steps of something that takes a while; call .update(1) and .close().

    It disappears when closed, so the stored notebook holds no half-finished or machine-dependent bar.
    """
    if get_ipython() is None:
        return tqdm(total=total, desc=what, leave=False)
    bar = notebook_tqdm(total=total, desc=what, leave=False, display=False)
    show_widget(bar.container, {})
    return bar


class ProgressBar(keras.callbacks.Callback):
    """Shows how many epochs of a fit are done: model.fit(..., verbose=0, callbacks=[ProgressBar()])."""

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._bar = progress_bar(self.params["epochs"], "epochs")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._bar.update(1)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._bar.close()
