"""The order of cards that people make themselves: a place among neighbours, with room to put more between them."""

import time

import peewee

from core import N_, Problem, fields

from ..models import Deal

#: Room between two cards of which one was put above the first or below the last.
GAP = 1 << 20


def newest() -> int:
    """The place of what came just now: above all that came before."""
    return -int(time.time() * GAP)


def between(above: int | None, below: int | None) -> int | None:
    """A place between two others, None for none there; None where there is no room between them."""
    if above is None:
        return newest() if below is None else min(newest(), below - GAP)
    if below is None:
        return above + GAP
    return (above + below) // 2 if below - above > 1 else None


class Column:
    """The open deals of a stage that a user may see, in the order by hand, without the one that moves."""

    def __init__(self, deals, user, stage_id: int, moving: int):
        here = (Deal.stage == stage_id, Deal.status == "open", Deal.id != moving)
        self.query = deals.query(user, Deal.id, Deal.rank).where(*here)
        self.stage_id = stage_id

    def after(self, card: int | None) -> int:
        """The place below a card, above all others without one. Three statements at most, five where it is crowded.

        Raises Problem when that card is not in this column any more.
        """
        for _again in range(2):
            above = self.query.where(Deal.id == card).first() if card else None
            if card and above is None:
                raise Problem(
                    N_("The column has changed in the meantime. This is how it is now: move the card again."), "sales"
                )
            below = self._next(above)
            found = between(above and above.rank, below and below.rank)
            if found is not None:
                return found
            spread(self.stage_id)
        raise AssertionError("there is room after spreading")

    def step(self, deal, where: str) -> int:
        """The place of a deal of this column one step up or down, at the top or at the end."""
        if where == "top":
            return self.after(None)
        if where == "end":
            last = self.query.order_by(Deal.rank.desc(), Deal.id.desc()).first()
            return self.after(last and last.id)
        if where == "down":
            below = self._next(deal)
            return self.after(below.id) if below is not None else deal.rank
        higher = self.query.where(fields.any_of([Deal.rank < deal.rank, self._same(deal) & (Deal.id < deal.id)]))
        two = list(higher.order_by(Deal.rank.desc(), Deal.id.desc()).limit(2))
        if not two:
            return deal.rank
        return self.after(two[1].id if len(two) > 1 else None)

    def _next(self, card):
        query = self.query
        if card is not None:
            query = query.where(fields.any_of([Deal.rank > card.rank, self._same(card) & (Deal.id > card.id)]))
        return query.order_by(Deal.rank, Deal.id).first()

    @staticmethod
    def _same(card):
        return Deal.rank == card.rank


def spread(stage_id: int) -> None:
    """Make room between all open deals of a stage, in the order that they have; one statement, without a journal."""
    number = peewee.fn.ROW_NUMBER().over(order_by=[Deal.rank, Deal.id])
    rows = Deal.select(Deal.id, number.alias("n")).where(Deal.stage == stage_id, Deal.status == "open").alias("rows")
    Deal.update(rank=rows.c.n * GAP).from_(rows).where(Deal.id == rows.c.id).execute()


__all__ = ["GAP", "Column", "between", "newest", "spread"]
