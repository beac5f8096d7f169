"""What plugins hand over for pages: small objects, each with its own place in the order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True)
class Column:
    """A column that is not a field: `load(records)` gives `{record id: value}` in one query, `show` draws a value."""

    name: str
    label: str
    load: Callable[[list], dict]
    show: Callable[[Any], str | Markup] = str
    numeric: bool = False
    order: int = 50
    #: Where its label's translation is: a plugin's name.
    domain: str = "core"


@dataclass(frozen=True)
class NavItem:
    """A link in the menu."""

    label: str
    url: str
    icon: str = "circle"
    group: str = ""
    order: int = 50
    plugin: str = "core"
    #: Draws a number beside the link, asked for once per page; None for no number.
    count: Callable[[], int] | None = None


@dataclass(frozen=True)
class Panel:
    """A box at the side of a record's page; `body` is HTML."""

    title: str
    body: Markup
    icon: str = "puzzle"
    hue: str = "gray"
    count: int | str | None = None
    order: int = 50
    plugin: str = "core"
    id: str = ""


@dataclass(frozen=True)
class Card:
    """A box on the home page; `body` is HTML. `width` is 3, 4, 5, 7 or 12 of 12 columns."""

    title: str
    body: Markup
    width: int = 5
    order: int = 50
    plugin: str = "core"


@dataclass(frozen=True)
class ActionLink:
    """A button or menu entry that leads to a page."""

    label: str
    url: str
    icon: str = "plus"
    order: int = 50
    plugin: str = "core"
    primary: bool = False


@dataclass(frozen=True)
class WorkItem:
    """Something to do, for the one list on the home page. `done_url` takes a POST that ticks it off."""

    title: str
    due: dt.datetime
    url: str
    subtitle: str = ""
    kind: str = ""
    hue: str = "gray"
    done_url: str = ""
    icon: str = ""
    plugin: str = "core"
    #: What is at risk if it is not done, in the firm's currency (minor units): the most valuable due ones come first.
    worth: int = 0


__all__ = ["ActionLink", "Card", "Column", "NavItem", "Panel", "WorkItem"]
