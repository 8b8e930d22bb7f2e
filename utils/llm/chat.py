"""From a conversation to the text that an instruction-tuned model was trained to answer."""

from collections.abc import Mapping, Sequence

from jinja2.sandbox import ImmutableSandboxedEnvironment

from utils.llm.fetch import weights_file
from utils.llm.reader import open_gguf


def chat(messages: str | Sequence[Mapping[str, str]]) -> str:
    """The prompt for SmolLM2's answer to a question or a conversation, by the template in its file.

    messages: the question as text, or a list of {"role": "system" | "user" | "assistant", "content": text}.

    Raises ValueError for any other role, or a message that lacks one of the two.
    """
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    for message in messages:
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user", "assistant"):
            raise ValueError(
                f"messages has {message!r}; each needs 'content' and a 'role', "
                "which is 'system', 'user' or 'assistant'"
            )
    template = open_gguf(weights_file()).fields["tokenizer.chat_template"].contents()
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(messages=messages, add_generation_prompt=True)
