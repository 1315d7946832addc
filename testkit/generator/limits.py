"""Numbers that somebody has to be able to count on from (section 17 of specs/formats.md)."""

from generator.errors import require

NUMBER_END = 2**48


def check_numbers(*numbers: int) -> None:
    """Revs, access revs, versions and generations leave room for those that follow."""
    require(all(number < NUMBER_END for number in numbers), "context")


def check_generations(*points: tuple[int, int]) -> None:
    """Points (generation, rev): the generation never falls while the rev grows.

    Equal revs have equal generations.
    """
    ordered = sorted(points, key=lambda point: point[1])
    for (generation, rev), (later, later_rev) in zip(ordered, ordered[1:], strict=False):
        require(generation == later if rev == later_rev else generation <= later, "context")
