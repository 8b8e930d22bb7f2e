"""The grammar of the little stories: which word of a text settles which, and whether it is a story."""

import re

from utils import stories


def clues(text: str) -> dict[str, tuple[int, int]]:
    """Four words of a story that are no secret to whoever remembers an earlier one.

    Returns {guess: (number of the word to be guessed, number of the first word that settles it)}, words
    counted from 0. text: a story; of any other text the answer means nothing.
    """
    words = text.split()
    meets = words.index("meets")
    wish = next(number for number, word in enumerate(words) if word in ("likes", "wants"))
    return {
        "she or he": (6, 0),
        "the friend": (wish - 1, meets + 1),
        "the colour": (wish + 2, 3),
        "the toy": (wish + 3, 4),
    }


_FORM = re.compile(
    r"(?P<hero>\w+) has a (?P<colour>\w+) (?P<toy>\w+) \. \w+ takes the \w+ to the (?P<place>\w+) \. "
    r"((?P<weather>[\w ]+ \.) )?there \w+ meets (?P<friend>\w+) \. a (?P<animal>\w+) (?P<deed>\w+) \. "
    r"\w+ (?P<wish>\w+) the \w+ \w+ \. \w+ (?P<outcome>\w+) .*\. \w+ is (?P<mood>\w+) \. "
    r".* eats (?P<food>\w+) \."
)
"""Where each value shows in a story for the first time."""


def possible(text: str) -> bool:
    """Whether the language can produce this text, down to the last pronoun.

    The values of all draws are read from the text, and the story is told again with them: it must be the
    same, and its draws must all be possible.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return False
    values = match.groupdict(default="")
    try:
        return stories.tell(values) == text and stories.log_probability(values) < 0
    except KeyError:  # a value that is in no table, such as a yellow boat
        return False
