"""Which mails took a quote to the customer."""

import peewee

from core import Base, Mail, fields

from .quotes import Quote


class Mailing(Base):
    """A mail of the outbox that took a quote to the customer. Bare numbers: mails are tidied away after a while."""

    quote_id = peewee.IntegerField(index=True)
    mail_id = peewee.IntegerField(index=True)
    #: Whether whoever sent it knows that it did not arrive.
    told = fields.Bool(default=False)

    @classmethod
    def of(cls, quote: Quote, limit: int = 3) -> list[Mail]:
        """The newest mails with a quote, the newest first. One query."""
        query = Mail.select().join(cls, on=(cls.mail_id == Mail.id)).where(cls.quote_id == quote.id)
        return list(query.order_by(Mail.id.desc()).limit(limit))
