"""Our model's numbers in transformers' code give what they give in ours. Needs the extra `trainer`."""

import dataclasses

import keras
import numpy as np
import pytest

from utils import extras
from utils.counting import count
from utils.llm.config import Config
from utils.llm.model import LanguageModel
from utils.llm.tuning import Rows

if extras.missing("trainer"):
    pytest.skip("PyTorch is not installed: python -m utils.extras", allow_module_level=True)
with extras.trainer():
    import torch

    from utils.llm.in_pytorch import as_llama, labelled

SMALL = Config(
    vocabulary=50, width=24, layers=2, heads=6, key_value_heads=2, hidden=40, context=64, rotary_base=100.0
)


@pytest.mark.parametrize("tied", [True, False])
def test_as_many_parameters_and_the_same_logits(tied):
    keras.utils.set_random_seed(1)
    ours = LanguageModel(dataclasses.replace(SMALL, tied=tied, epsilon=0.01))
    for variable in ours.variables:  # norms begin with ones, which would hide two that are exchanged
        variable.assign(variable + np.random.default_rng(len(variable.path)).normal(0, 0.1, variable.shape))
    llama = as_llama(ours)
    assert sum(array.numel() for array in llama.parameters()) == count(ours)
    tokens = np.arange(24).reshape(2, 12)
    with torch.no_grad():
        theirs = llama(torch.tensor(tokens)).logits.numpy()
    assert np.ptp(theirs) > 0.5
    np.testing.assert_allclose(theirs, np.array(ours(tokens)), atol=1e-5)


def test_a_rounded_model_is_refused():
    with pytest.raises(ValueError, match="model must keep its numbers in 32 bits, not in 8"):
        as_llama(LanguageModel(dataclasses.replace(SMALL, bits=8)))


def test_only_what_counts_has_a_label():
    rows = Rows(np.array([[5, 6, 7, 0], [5, 8, 0, 0]]), np.array([[0, 1, 1, 0], [0, 1, 0, 0]], "float32"))
    data = labelled(rows)
    assert [text["input_ids"].tolist() for text in data] == rows.tokens.tolist()
    assert [text["labels"].tolist() for text in data] == [[-100, 6, 7, -100], [-100, 8, -100, -100]]
