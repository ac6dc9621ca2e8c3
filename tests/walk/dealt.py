"""Each extreme of each parameter of each address, dealt out to people who may see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from tests.walk.addresses import EXTREMES, Address, calls, pages, with_others
from tests.walk.walker import LEAVES, Walker

# An address, a parameter and what it is asked with.
Asked = tuple[str, str, str]
# So many tests have them all, as several can run at once.
PARTS = 8


def readable() -> list[Address]:
    """The addresses that are asked by GET."""
    every = (*pages(), *calls())
    return [each for each in every if "get" in each.methods and each.name not in LEAVES]


def part(number: int) -> list[Address]:
    """The addresses of one test."""
    return readable()[number::PARTS]


def every(addresses: Sequence[Address]) -> Iterator[Asked]:
    """All that is to be asked of these."""
    for address in addresses:
        for name in address.parameters:
            yield from ((address.path, name, value) for value in EXTREMES)


def _questions(address: Address) -> Iterator[list[Asked]]:
    """What is asked of an address at once: one thing, as one that is refused hides the others; but
    the page of a form reads each parameter by itself, save one that it refuses."""
    is_form = address.model and address.name.endswith(("_add", "_change", "_delete"))
    fields = [name for name in address.parameters if is_form and name != "_to_field"]
    for asked in every([address]):
        if asked[1] not in fields:
            yield [asked]
    for turn in range(len(EXTREMES)):
        values = EXTREMES[turn:] + EXTREMES[:turn]
        yield [(address.path, *each) for each in zip(fields, cycle(values), strict=False)]


def deal(address: Address, people: Sequence[Walker]) -> Iterator[Asked]:
    """Have each extreme asked by the next one of those who see the page; what was asked."""
    seers = [who for who in people if address.parameters and who.sees(address)] or people[:1]
    for turn, asked in enumerate(filter(None, _questions(address))):
        sentence = "&".join(f"{name}={value}" for _path, name, value in asked)
        seers[turn % len(seers)].ask(address, with_others(address, sentence))
        yield from asked
    for who in seers:
        # Some lists keep what was asked.
        who.sees(address)
