"""Where an idea comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A publication, as it is cited in listings and reports."""

    title: str
    authors: str
    year: int
    url: str

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}), {self.title}, {self.url}"
