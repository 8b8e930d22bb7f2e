"""The text of a web page, without its tags, programs and styles."""

from html.parser import HTMLParser


class _OnlyText(HTMLParser):
    """Python's parser of HTML, which calls these methods as it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self._skipping = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skipping = False

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.text += data


def text_of(page: str) -> str:
    """What a page says: codes such as &amp; are characters, and white space is single spaces."""
    parser = _OnlyText()
    parser.feed(page)
    parser.close()
    return " ".join(parser.text.split())
