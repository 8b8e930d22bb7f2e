"""`python -m utils.counting config.json`: what is known of a model from its own file.

Needs no network, no weights and no TensorFlow.
"""

import argparse
import sys

from utils.architectures.config_file import read
from utils.architectures.report import report


def main(arguments: list[str] | None = None) -> int:
    """Prints a model's parameters, memory, cache and operations; 1 and one line of error if it cannot."""
    parser = argparse.ArgumentParser(
        prog="python -m utils.counting",
        description="Count a language model from its published config.json: no network, no weights.",
    )
    parser.add_argument("config", help="the model's config.json")
    parser.add_argument(
        "--context", type=int, help="tokens in a text, for the cache; else the most it can read"
    )
    asked = parser.parse_args(arguments)
    try:
        found = report(read(asked.config), asked.context)
    except OSError as error:
        print(f"{asked.config}: {error.strerror}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{asked.config}: {error}", file=sys.stderr)
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
