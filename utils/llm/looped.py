"""A language model that uses one block several times: Universal Transformers (Dehghani and others 2018)."""

from dataclasses import replace

from utils.llm.config import Config
from utils.llm.model import LanguageModel


class Looped(LanguageModel):
    """As deep as `config.layers` says, with the parameters of a single block."""

    def __init__(self, config: Config) -> None:
        super().__init__(replace(config, layers=1))
        self.blocks = self.blocks * config.layers
