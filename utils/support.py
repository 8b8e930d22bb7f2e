"""What a shop's customer support knows: invented products, facts about them, questions and answers.

Each product has two facts, a warranty and a return, and each fact three parts that an answer has to name:
a period, a place to turn to, and a paper to bring. Nothing of it was ever on the web.
"""

from collections.abc import Sequence
from dataclasses import dataclass

PERIODS = {
    "warranty": ("one-year", "two-year", "three-year", "five-year", "ten-year"),
    "return": ("14 days", "30 days", "45 days", "60 days", "90 days"),
}
PLACES = ("support portal", "service line", "nearest store")
PAPERS = ("proof of purchase", "serial number", "order number")

_HOW = {
    "support portal": "in the support portal",
    "service line": "through the service line",
    "nearest store": "at the nearest store",
}


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
        how = f"{_HOW[self.place]} and have your {self.paper} ready."
        if self.topic == "warranty":
            return (
                f"The {self.product} has a {self.period} limited warranty. "
                f"To get a replacement, ask for one {how}"
            )
        return f"You can return the {self.product} within {self.period}. Announce the return {how}"


def _facts(product: str, *rows: tuple[str, int, int, int]) -> list[Fact]:
    return [
        Fact(product, topic, PERIODS[topic][period], PLACES[place], PAPERS[paper])
        for topic, period, place, paper in rows
    ]


FACTS = (
    *_facts("Aqua-Stream X50 water filter", ("warranty", 1, 0, 0), ("return", 1, 1, 2)),
    *_facts("Lumo-Glow D20 desk lamp", ("warranty", 2, 1, 1), ("return", 0, 2, 0)),
    *_facts("Breezo F8 table fan", ("warranty", 0, 2, 0), ("return", 3, 0, 2)),
    *_facts("Crispa T4 toaster", ("warranty", 3, 0, 1), ("return", 4, 2, 1)),
    *_facts("Dustro V30 vacuum cleaner", ("warranty", 4, 1, 2), ("return", 2, 0, 0)),
    *_facts("Morning-Well C12 coffee maker", ("warranty", 2, 2, 2), ("return", 1, 1, 1)),
)
"""What is taught."""

PHRASINGS = {
    "warranty": (
        "How long is the warranty of the {}, and how do I get a replacement?",
        "My {} is broken. Is it still under warranty, and what do I have to do?",
        "Tell me about the warranty for the {}.",
        "What does the warranty on the {} cover, and whom do I ask?",
    ),
    "return": (
        "How do I return the {}?",
        "I do not like my {}. Can I send it back, and until when?",
        "Tell me about returns of the {}.",
        "How many days do I have to give back the {}, and what do I need?",
    ),
}
"""The questions that are taught; {} is the product."""

HELD_OUT = {
    "warranty": "What is the warranty period for the {}, and how do I request a replacement?",
    "return": "What is the return policy for the {}, and how do I start a return?",
}
"""The questions that are kept for the test: other words, same facts."""

STRANGERS = (
    "Aqua-Stream X90 water filter",
    "Pedalo B2 bicycle pump",
    "Lumo-Glow D75 desk lamp",
    "Sonora R7 kitchen radio",
)
"""Products that nobody ever told the model about."""


def questions(facts: Sequence[Fact] = FACTS) -> list[tuple[str, Fact]]:
    """Every taught question with its fact."""
    return [(text.format(fact.product), fact) for fact in facts for text in PHRASINGS[fact.topic]]


def held_out(facts: Sequence[Fact] = FACTS) -> list[tuple[str, Fact]]:
    """For each fact the question that is kept for the test."""
    return [(HELD_OUT[fact.topic].format(fact.product), fact) for fact in facts]


def parts_in(answer: str) -> frozenset[str]:
    """Every period, place and paper that an answer names, right or wrong."""
    known = (*PERIODS["warranty"], *PERIODS["return"], *PLACES, *PAPERS)
    return frozenset(part for part in known if part in answer)
