"""What is known of a model from its config.json, as lines of text."""

from collections.abc import Iterator

from utils.architectures.model import Architecture
from utils.text import aligned

ADAM_BYTES = 16
"""Bytes that each parameter takes while Adam trains it, see utils.costs.TRAINING_BYTES."""


_MEANINGS = {
    "state space weights": (
        "state space: a text is summed up in a state of fixed size, arXiv 2312.00752, 2405.21060"
    ),
    "layer embeddings": "layer embeddings: tables too, one for each layer; a token needs one row of each",
    "stream weights": "stream: each token is several vectors, and a layer works on one, arXiv 2301.13310",
    "learned residual weights": "learned residual: a narrow way around the attention, arXiv 2411.07501",
}
"""What parts are that few models have."""


def report(model: Architecture, context: int | None = None) -> str:
    """Parameters part by part, total and active, memory, cache, operations and training.

    context: tokens of a text, as many as the model was made to read when left out. Raises ValueError unless
    it is a whole number from 1 on.
    """
    if context is not None and (type(context) is not int or context < 1):
        raise ValueError(f"context must be a whole number from 1 on, not {context!r}")
    return "\n".join(_lines(model, context or model.context))


def _lines(model: Architecture, context: int | None) -> Iterator[str]:
    total, active, parts, met = model.total(), model.active(), model.parts(), model.active_parts()
    yield f"{model.family}, {len(model.memories)} layers"
    for note in model.notes:
        yield f"note: {note}"
    if model.assumed:
        said = ", ".join(f"{name} {_short(value)}" for name, value in model.assumed.items())
        yield f"the file leaves out, and transformers takes: {said}"
    yield ""
    head = ["part", "parameters"] + (["active"] if active < total else [])
    rows = [[part, f"{parts[part]:,}"] + ([f"{met[part]:,}"] if active < total else []) for part in parts]
    whole = ["all together", f"{total:,}"] + ([f"{active:,}"] if active < total else [])
    yield aligned([head, *rows, whole])
    if not parts.get("head weights", 1):
        yield "(head weights 0: the head is the embedding table once more)"
    for part, meaning in _MEANINGS.items():
        if part in parts:
            yield f"({meaning})"
    yield ""
    rows = [[f"weights, {bits} bits each", _gigabytes(model.weight_bytes(bits))] for bits in (32, 16, 8, 4)]
    rows.append(["training with Adam, 16 bytes a parameter", _gigabytes(ADAM_BYTES * total)])
    yield aligned([["memory", "gigabytes"], *rows])
    yield ""
    if context is None:
        yield "the file names no context: say one with --context, for the cache and the operations"
        yield from _kinds(model)
        return
    kept = model.cache_bytes(context)
    rows = [["operations of its last token", f"{model.token_flops(context) / 1e9:,.3f} billion"]]
    rows.append(["  of a token that looks at itself only", f"{model.token_flops(1) / 1e9:,.3f} billion"])
    if kept:
        added = kept - model.cache_bytes(context - 1)
        rows.insert(0, ["  of which its last token adds", f"{added:,} bytes"])
        rows.insert(0, ["cache, 16 bits each", f"{kept / 1e9:,.3f} GB"])
    yield aligned([["a text of", f"{context:,} tokens"], *rows])
    if kept:
        yield ""
        yield from _kinds(model)


def _kinds(model: Architecture) -> list[str]:
    """A line for each kind of layer: how many, and what each keeps."""
    found: dict[str, int] = {}
    for layer in model.memories:
        kept = []
        for memory in layer:
            if memory.numbers:
                window = f" of the last {memory.keeps:,}" if memory.keeps else ""
                kept.append(f"{memory.numbers:,} numbers of each token{window}")
            if memory.state:
                kept.append(f"a state of {memory.state:,} numbers, however long the text is")
        said = " and ".join(kept) or "nothing"
        found[said] = found.get(said, 0) + 1
    return [f"{number} layers keep {said}" for said, number in found.items()]


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.3f}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
