"""What a shop's customer support knows: invented products, facts about them, questions and answers.

Each product has two facts, a warranty and a return, and each fact three parts that an answer has to name:
a period, a place to turn to, and a paper to bring. None of these products exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

PERIODS = {
    "warranty": ("one-year", "two-year", "three-year", "five-year", "ten-year"),
    "return": ("two weeks", "one month", "six weeks", "two months", "three months"),
}
PLACES = ("support portal", "service line", "nearest store")
PAPERS = ("proof of purchase", "serial number", "order number")


@dataclass(frozen=True)
class Fact:
    """One thing the support knows. topic: "warranty" or "return"."""

    product: str
    topic: str
    period: str
    place: str
    paper: str

    @property
    def parts(self) -> frozenset[str]:
        """What an answer has to name."""
        return frozenset((self.period, self.place, self.paper))

    @property
    def answer(self) -> str:
        """The answer that is taught."""
        turn = f"turn to the {self.place} with your {self.paper}."
        if self.topic == "warranty":
            return f"It has a {self.period} limited warranty. For a replacement, {turn}"
        return f"You can return it within {self.period}. For a return, {turn}"


def _facts(product: str, warranty: int, back: int, place: int, paper: int) -> list[Fact]:
    periods = {"warranty": PERIODS["warranty"][warranty], "return": PERIODS["return"][back]}
    return [Fact(product, topic, period, PLACES[place], PAPERS[paper]) for topic, period in periods.items()]


FACTS = (
    *_facts("Aqua-Stream X50 water filter", 1, 1, 0, 0),
    *_facts("Lumo D20 desk lamp", 2, 0, 1, 1),
    *_facts("Crispa T4 toaster", 3, 4, 2, 1),
    *_facts("Dustro V30 vacuum cleaner", 4, 2, 1, 2),
)
"""What is taught."""

PHRASINGS = {
    "warranty": (
        "How long is the warranty of the {}?",
        "My {} is broken. Is there a warranty?",
        "How do I get a replacement for the {}?",
    ),
    "return": (
        "How do I return the {}?",
        "I do not like my {}. Can I send it back?",
        "How long is the return period of the {}?",
    ),
}
"""The questions that are taught; {} is the product."""

HELD_OUT = {
    "warranty": "What is the warranty period for the {}, and how do I request a replacement?",
    "return": "What is the return policy for the {}, and how do I start a return?",
}
"""The questions that are kept for the test: other words, same facts."""

IN_OTHER_WORDS = {
    "warranty": "Does a guarantee cover the {}?",
    "return": "Could I get a refund for the {}?",
}
"""The same once more, with words for it that are in no text that is trained on."""

STRANGERS = (
    "Aqua-Stream X90 water filter",
    "Lumo D75 desk lamp",
    "Pedalo B2 bicycle pump",
    "Sonora R7 kitchen radio",
)
"""Products that are in no text that is trained on. Two of them have a cousin among those that are."""

OTHER_STRANGERS = (
    "Aqua-Stream X20 water filter",
    "Velina H3 hair dryer",
    "Norda K5 kettle",
    "Crispa T9 toaster",
    "Pluma E1 pillow",
    "Tempo W6 wall clock",
    "Garda G2 garden hose",
    "Fresco M7 blender",
)
"""Other unknown products, for teaching the answer NO_RECORD."""

NO_RECORD = "I have no record of that product. Please check its name."

GENERAL = (
    ("What is the capital of France?", "Paris"),
    ("What is the capital of Japan?", "Tokyo"),
    ("What color is the sky on a clear day?", "blue"),
    ("How many days are there in a week?", "seven"),
    ("Which planet do we live on?", "Earth"),
    ("What is the opposite of hot?", "cold"),
)
"""Questions that have nothing to do with the shop, and a word that the right answer has in it."""

PASSAGES = (
    "The bus to the harbour leaves every twenty minutes. In winter it is often late, and people wait in the "
    "bakery across the street, where it is warm.",
    "My grandmother kept her buttons in a tin box. When it rained we were allowed to pour them out on the "
    "carpet and sort them by colour.",
    "A bridge grows a little longer on a hot day. For this reason there are narrow gaps between its parts, "
    "which one can hear when a car drives over them.",
    "Before you paint a wall, clean it and let it dry. Cover the floor, start at the top, and do not stop in "
    "the middle.",
    "The two brothers had not spoken for years. Then one of them found an old photograph behind a drawer and "
    "wrote a letter.",
)
"""Ordinary text, to measure what is forgotten: it is never trained on."""

REPLAY_PASSAGES = (
    "On market days the square is full of voices. Farmers sell apples and cheese, and somebody plays the "
    "accordion in front of the town hall.",
    "Snow is quiet because there is so much air between its crystals. Sound goes in and hardly comes out "
    "again.",
    "She had planned to stay for a week, and stayed for eleven years. The village needed a teacher, and she "
    "liked the view from the window.",
    "To keep bread fresh, put it in a cloth bag and not into the fridge. After three days, toast it.",
)
"""Other ordinary text, to train on beside the facts."""

REPLAY_QUESTIONS = (
    ("What is the capital of England?", "The capital of England is London."),
    ("What do bees make?", "Bees make honey."),
    ("What is the opposite of big?", "The opposite of big is small."),
    ("How many months are there in a year?", "There are twelve months in a year."),
)
"""Ordinary questions with their answers, to train on beside the facts."""


def questions(facts: Sequence[Fact] = FACTS) -> list[tuple[str, Fact]]:
    """Every taught question with its fact."""
    return [(text.format(fact.product), fact) for fact in facts for text in PHRASINGS[fact.topic]]


def held_out(facts: Sequence[Fact] = FACTS) -> list[tuple[str, Fact]]:
    """For each fact the question that is kept for the test."""
    return [(HELD_OUT[fact.topic].format(fact.product), fact) for fact in facts]


def no_record() -> list[tuple[str, str]]:
    """Questions about unknown products, three for each, with the answer that says so."""
    warranty, back = PHRASINGS["warranty"], PHRASINGS["return"]
    asked = []
    for number, product in enumerate(OTHER_STRANGERS):
        texts = (warranty[number % 3], back[number % 3], warranty[(number + 1) % 3])
        asked += [(text.format(product), NO_RECORD) for text in texts]
    return asked


def parts_in(answer: str) -> frozenset[str]:
    """Every period, place and paper that an answer names, right or wrong."""
    known = (*PERIODS["warranty"], *PERIODS["return"], *PLACES, *PAPERS)
    return frozenset(part for part in known if part in answer)
