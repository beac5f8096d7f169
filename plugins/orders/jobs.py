"""Background work: quotes whose last day is over, and mails that did not arrive."""

from core import N_, SYSTEM, Mail, User, chunks, html, job, notify, outbox, transaction

from .models import Mailing, Quote


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


@job("orders.mailed")
def mailed(build, row):
    """Tell whoever mailed a quote that the mail was not delivered, once; it runs after mails came to their end."""
    quotes, failed = build.by_model[Quote], (Mail.state == outbox.FAILED) & ~Mailing.told
    query = Mailing.select(Mailing.id, Mailing.quote_id, Mail.user_id).join(Mail, on=(Mailing.mail_id == Mail.id))
    found = list(query.where(failed).tuples())
    for id, quote_id, user_id in found:
        quote = Quote.get_or_none(Quote.id == quote_id, Quote.deleted_batch.is_null())
        with transaction():
            Mailing.update(told=True).where(Mailing.id == id).execute()
            if quote is not None:
                said, people = N_("The mail with %(name)s was not delivered"), User.select().where(User.id == user_id)
                url = quotes.url("page", quote)
                notify(build, people, "quote", said, plugin="orders", about=quote, url=url, name=str(quote))
    return {"count": len(found)}
