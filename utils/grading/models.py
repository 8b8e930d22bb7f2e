"""How a student's model travels: as an architecture made of known layers, and its weights.

The grader looks at the architecture before anything is built of it: only layers, initializers and operations
that
come with Keras, by name, none of which takes code or a file. Keras' own safe mode has been got round
more than once, so it is the second lock and not the first; the third is that models are rebuilt in a jail.
"""

import dataclasses
import json
from typing import Any

import numpy as np

from utils.grading import weights

_MODULES = {
    "keras": None,
    "keras.layers": None,
    "keras.initializers": None,
    "keras.regularizers": None,
    "keras.constraints": None,
    "keras.activations": None,
    "keras.src.models.functional": {"Functional"},
    "keras.src.models.sequential": {"Sequential"},
    "keras.src.ops.numpy": None,
    "keras.src.ops.nn": None,
    "keras.src.ops.math": None,
    "keras.src.ops.core": {"Cast"},
    "builtins": {"slice"},
}
# Layers that carry code, call other programs, or read files.
_REFUSED = {
    "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup", "IntegerLookup",
    "TextVectorization", "Hashing", "Pipeline", "function", "__lambda__", "__tensor__", "__numpy__",
}  # fmt: skip
_MARKS = {
    "__keras_tensor__",
    "__typespec__",
    "__numpy__",
    "__tensor__",
    "__complex__",
    "__ellipsis__",
    "__bytes__",
}


class Refused(Exception):
    """The architecture has something in it that is not rebuilt; the message names it."""


def pack(model: Any) -> dict:
    """A model as data. In the cage.

    {"opaque": why} where it is not made of layers that come with Keras, or has too many numbers of its own.
    """
    import keras

    kind = type(model)
    if (kind.__module__, kind.__name__) in _OURS:
        packed, arrays = _OURS[kind.__module__, kind.__name__](model)
    elif kind in (keras.Sequential, keras.Model) or kind.__name__ == "Functional":
        if kind is keras.Sequential and len(set(map(id, model.layers))) < len(model.layers):
            # Keras writes a layer that is listed twice once; as a graph the model keeps both uses of it.
            model = keras.Model(model.inputs, model.outputs)
        packed = {"architecture": json.loads(model.to_json(), object_hook=_uncompiled)}
        arrays = model.get_weights()
    else:
        return {"opaque": kind.__name__}
    tokens = getattr(model, "tokens_read", None)
    if type(tokens) is int and 0 <= tokens < 1 << 53:
        packed["tokens read"] = tokens
    try:
        return {**packed, "weights": weights.sent([np.asarray(array) for array in arrays])}
    except weights.TooMany:
        return {"opaque": f"a {kind.__name__} with more numbers of its own than can be sent"}


def _uncompiled(node: dict) -> dict:
    """A part of a description without how it is trained."""
    return {name: value for name, value in node.items() if name != "compile_config"}


def _whole(model: Any) -> tuple[dict, list[Any]]:
    """A LanguageModel: its sizes are its architecture."""
    return {"sizes": dataclasses.asdict(model.config)}, model.get_weights()


def _shortened(model: Any) -> tuple[dict, list[Any]]:
    """A Shortened one: the sizes of a LanguageModel with its blocks, each once, and their order in it."""
    blocks = list(dict.fromkeys(model.blocks))
    sizes = dataclasses.asdict(blocks[0].attention.config) | {"layers": len(blocks)}
    layers = [model.embedding, *blocks, model.norm]
    arrays = [array for layer in layers for array in layer.get_weights()]
    return {"sizes": sizes, "kept": [blocks.index(block) for block in model.blocks]}, arrays


def _guesser(model: Any) -> tuple[dict, list[Any]]:
    """A Guesser: the sizes of the LanguageModel in it, and how often its blocks are used."""
    blocks = model.model.blocks
    used = len(blocks) // len(set(map(id, blocks)))
    return {"sizes": dataclasses.asdict(model.model.config), "used": used}, model.model.get_weights()


_OURS = {
    ("utils.llm.model", "LanguageModel"): _whole,
    ("utils.llm.inside", "Shortened"): _shortened,
    ("utils.capstone", "Guesser"): _guesser,
}
"""The course's own models, by module and name: what they are rebuilt from, and their weights in order."""


def look_through(packed: dict) -> None:
    """Raise Refused when a packed model is not one that may be rebuilt."""
    if "sizes" in packed:
        sizes = packed["sizes"]
        if not isinstance(sizes, dict) or not all(
            type(size) in (int, float, bool) for size in sizes.values()
        ):
            raise Refused("sizes that are no numbers")
        kept = packed.get("kept", [])
        if not isinstance(kept, list) or len(kept) > 1000 or not all(type(one) is int for one in kept):
            raise Refused("blocks that are no numbers")
        used = packed.get("used", 1)
        if type(used) is not int or not 1 <= used <= 100 or (used > 1 and sizes.get("layers") != 1):
            raise Refused("a block that is not used from 1 to 100 times")
    elif isinstance(packed.get("architecture"), dict):
        _look(packed["architecture"], depth=0)
    else:
        raise Refused("an architecture in no known form")
    if not isinstance(packed.get("weights"), list):
        raise Refused("weights in no known form")


def _look(node: Any, depth: int) -> None:
    if depth > 60:
        raise Refused("layers in layers without end")
    if isinstance(node, list):
        for item in node:
            _look(item, depth + 1)
    if not isinstance(node, dict):
        return
    name = node.get("class_name")
    if name is not None and type(name) is not str:
        raise Refused("a part whose class is no name")
    if name in _MARKS - {"__keras_tensor__", "__ellipsis__"}:
        raise Refused(str(name))
    if name is not None and name not in ("__keras_tensor__", "__ellipsis__"):
        module, registered = node.get("module"), node.get("registered_name")
        known = isinstance(module, str) and module in _MODULES
        if not known or name in _REFUSED or (_MODULES[module] is not None and name not in _MODULES[module]):
            raise Refused(str(name)[:60])
        if registered not in (None, name):
            raise Refused(str(registered)[:60])
    elif "module" in node:
        raise Refused("a part without a class")
    for item in node.values():
        _look(item, depth + 1)


def rebuild(packed: dict) -> Any:
    """The model again. Raises whatever Keras raises when architecture and weights do not fit. In the cage."""
    import keras

    arrays = [weights.received(array) for array in packed["weights"]]
    if "sizes" in packed:
        from utils.llm.config import Config
        from utils.llm.inside import Shortened
        from utils.llm.model import LanguageModel

        model = LanguageModel(Config(**packed["sizes"]))
        if "kept" in packed:
            for layer in [model.embedding, *model.blocks, model.norm]:
                layer.set_weights([arrays.pop(0) for _ in layer.weights])
            model = Shortened(model, packed["kept"])
        elif "used" in packed:
            from utils.capstone import Guesser

            model.set_weights([arrays.pop(0) for _ in model.weights])
            model.blocks = model.blocks * packed["used"]
            model = Guesser(model)
    else:
        # Functional models and Sequential ones are told apart by their class's name.
        model = keras.models.model_from_json(json.dumps(packed["architecture"]))
    if arrays:
        model.set_weights(arrays)
    if type(packed.get("tokens read")) is int:
        model.tokens_read = packed["tokens read"]
    return model
