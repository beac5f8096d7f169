"""The leak walk: every address of every module is asked by every role for what that role may not see."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..trial import Trial
from .walk import Leak, Walk
from .world import READERS, World


@dataclass
class Report:
    """What a walk found."""

    #: What somebody met who may not see it.
    leaks: list[Leak] = field(default_factory=list)
    #: Rules that the walk had no address for, although they are not on the list of exceptions.
    unvisited: list[str] = field(default_factory=list)
    #: Kinds of record of which no sample could be made, and why.
    unmade: dict[str, str] = field(default_factory=dict)
    #: Words that not even an administrator met: the walk would not see them leak.
    unmet: list[str] = field(default_factory=list)
    #: Requests that were made, and words that were looked for.
    requests: int = 0
    words: int = 0

    @property
    def clean(self) -> bool:
        return not (self.leaks or self.unvisited or self.unmade or self.unmet)

    def lines(self) -> Iterable[str]:
        yield from (f"leak      {leak}" for leak in self.leaks)
        yield from (
            f"unvisited {rule}: no page leads there, and its parameters are not known" for rule in self.unvisited
        )
        yield from (f"unmade    {name}: {why}" for name, why in self.unmade.items())
        yield from (f"unmet     {word}: nobody met it, so it would not be seen to leak" for word in self.unmet)
        yield f"{len(self.leaks)} leaks. {self.requests:,} requests, {self.words} words that somebody must not meet."


def run(
    *names: str,
    folders=(),
    url: str = "",
    samples: dict | None = None,
    readers: Sequence[str | None] = READERS,
    under: Sequence[str] = ("/",),
    told: Callable[[str], None] | None = None,
) -> Report:
    """Walk a firm of its own with these plugins on, in a temporary folder; the firm's data is not touched.

    `samples`: Resource → {field: value} for records that cannot be made from made-up values. `told` hears how far it
    is. `url`: an empty database (default: SQLite). `readers`: who asks; the administrator must be among them. `under`:
    what the addresses begin with that are asked.
    """
    with (
        tempfile.TemporaryDirectory(prefix="guanxi-leaks-") as folder,
        Trial(Path(folder) / "firm", *names, url=url, folders=folders) as trial,
    ):
        world = World(trial, samples or {})
        world.fill()
        walk = Walk(world, told or (lambda text: None), readers, tuple(under))
        walk.everything()
        return Report(
            leaks=sorted(walk.leaks),
            unvisited=walk.unvisited(),
            unmade=world.unmade,
            unmet=walk.unmet(),
            requests=walk.requests,
            words=len(world.secrets),
        )


__all__ = ["Report", "run"]
