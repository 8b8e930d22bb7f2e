"""From a published config.json to the model that it describes: no network, no weights, no guess."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from utils.architectures.families import FAMILIES, SAME_AS
from utils.architectures.fields import Fields
from utils.architectures.model import Architecture, build

_DEFAULTS = Path(__file__).with_name("defaults.json")
_PUBLISHED = Path(__file__).with_name("published_configs.json")


def read(path: str | Path) -> Architecture:
    """The model that a config.json describes.

    Raises OSError when the file cannot be read, and ValueError when it is no JSON, is of a family that is
    not counted, or has a field that is missing or impossible, which the message names.
    """
    data = Path(path).read_bytes()
    try:
        given = json.loads(data)
    except UnicodeDecodeError:
        raise ValueError("is no JSON: it is no text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise ValueError("is no config: a number in it has thousands of digits") from None
    except RecursionError:
        raise ValueError("is no config: its brackets are nested too deeply") from None
    return architecture(given)


def architecture(given: Mapping[str, Any]) -> Architecture:
    """The model that the fields of a config.json describe; raises as `read` does.

    A model that takes pictures or sounds too keeps what it has for text under `text_config`. That part is
    counted, and `notes` says so.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"is no config: a config is an object of named fields, not {type(given).__name__}")
    outer = given.get("model_type")
    if not isinstance(outer, str):
        raise ValueError(
            "model_type is missing" if outer is None else f"model_type must be text, not {outer!r}"
        )
    if "text_config" not in given:
        return _build(outer, given)

    inner = given["text_config"]
    if not isinstance(inner, Mapping):
        raise ValueError(f"text_config must be an object of named fields, not {inner!r}")
    kind = inner.get("model_type", f"{outer}_text")
    if not isinstance(kind, str):
        raise ValueError(f"model_type in text_config must be text, not {kind!r}")
    if "tie_word_embeddings" in given and "tie_word_embeddings" not in inner:
        inner = {**inner, "tie_word_embeddings": given["tie_word_embeddings"]}
    others = [name for name in given if name.endswith("_config") and name not in _NO_PARTS]
    rest = f"; {', '.join(others)} not" if others else ""
    note = f"only what {outer} has for text is counted (text_config, {kind}){rest}"
    return _build(kind, inner, nested=True, note=note)


_NO_PARTS = ("text_config", "quantization_config", "generation_config")


def _build(kind: str, given: Mapping[str, Any], nested: bool = False, note: str = "") -> Architecture:
    family = SAME_AS.get(kind, kind)
    if family not in FAMILIES:
        known = ", ".join(sorted([*FAMILIES, *SAME_AS]))
        raise ValueError(f"model_type {kind!r} is none of those that are counted: {known}")
    known = defaults()[family]
    model = build(family, Fields(given, known["fields"], known["aliases"], nested))
    notes = (note, *model.notes) if note else model.notes
    return Architecture(kind, model.arrays, model.memories, model.context, model.assumed, notes)


@cache
def defaults() -> dict[str, Any]:
    """What transformers takes for each family where a file says nothing, and second names of fields.

    Made by benchmarks/count_configs.py from transformers' own classes.
    """
    return json.loads(_DEFAULTS.read_text())["families"]


@cache
def published_configs() -> dict[str, Any]:
    """The fields that are counted of well-known models' config.json, by the name of the model."""
    return json.loads(_PUBLISHED.read_text())
