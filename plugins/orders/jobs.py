"""Background work: quotes whose last day is over."""

from core import N_, SYSTEM, chunks, html, job

from .models import Quote


@job("orders.expire", every=3600)
def expire(build, row):
    """Sent quotes that nobody answered in time become expired; a later yes of the customer still makes an order."""
    quotes, count = build.by_model[Quote], 0
    late = Quote.select().where(Quote.status == "sent", Quote.valid_until < html.today(), Quote.deleted_batch.is_null())
    for chunk in chunks(list(late), 200):
        pairs = [(quote, {"status": "expired"}) for quote in chunk]
        batch = quotes.save_many(SYSTEM, pairs, label=N_("Quotes whose last day is over"))
        for quote in chunk:
            quotes.note(quote, "expired", batch)
        count += len(chunk)
    return {"count": count}
