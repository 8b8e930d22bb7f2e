"""Square pictures, turned."""

import numpy as np


def turned(pictures: np.ndarray, degrees: float) -> np.ndarray:
    """Pictures of shape (n, size, size), turned about their middle; what comes in from outside is 0.

    Each new pixel is mixed from the four old ones around the place that it comes from.
    """
    size = pictures.shape[1]
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    angle = np.deg2rad(degrees)
    # rounded, so that by 90 degrees every pixel comes from exactly one
    from_y = np.round(np.cos(angle) * y + np.sin(angle) * x, 9) + (size - 1) / 2 + size
    from_x = np.round(np.cos(angle) * x - np.sin(angle) * y, 9) + (size - 1) / 2 + size
    wide = np.pad(pictures, ((0, 0), (size, size), (size, size)))
    top, left = np.floor(from_y).astype(int), np.floor(from_x).astype(int)
    down, across = from_y - top, from_x - left
    upper = (1 - across) * wide[:, top, left] + across * wide[:, top, left + 1]
    lower = (1 - across) * wide[:, top + 1, left] + across * wide[:, top + 1, left + 1]
    return ((1 - down) * upper + down * lower).astype(pictures.dtype)
