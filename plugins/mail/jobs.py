"""Background work: fetching mailboxes, and what became of mails that were sent."""

import logging

from wtforms import Form, IntegerField, StringField, ValidationError

from core import N_, Problem, check_networks, fields, job

from . import plugin, settling
from .fetching import fetch, of_environment
from .models import Mailbox

log = logging.getLogger("guanxi.mail")

EVERY = 120
#: For how long a mailbox is its reader's own, unless it reports progress.
CLAIM = fields.dt.timedelta(minutes=5)


class MailOptions(Form):
    """The settings on the module's page."""

    hold = IntegerField(N_("Seconds during which a mail can be taken back"), default=10)

    allow = StringField(
        N_("Internal networks in which mailboxes of colleagues may be"),
        description=N_(
            "Such as 192.168.1.0/24, separated by commas. Mailboxes of the firm and of administrators may be anywhere."
        ),
        default="",
        validators=[check_networks],
    )

    def validate_hold(self, field):
        if field.data is None or not 0 <= field.data <= 600:
            raise ValidationError(plugin.gettext("Give a number from 0 to 600."))


@job("mail.fetch", every=EVERY)
def fetch_all(build, row):
    """Look into every mailbox for what is new; one that fails says why on its page and does not hinder the others."""
    of_environment(build)
    found = {}
    for mailbox in list(Mailbox.select().where(Mailbox.active, Mailbox.deleted_batch.is_null()).order_by(Mailbox.id)):
        found[mailbox.address] = _fetch(build, row, mailbox)
    return {"mailboxes": found}


@job("mail.fetch.one", attempts=1)
def fetch_one(build, row, mailbox):
    """Look into one mailbox now, because somebody asked."""
    found = Mailbox.get_or_none(Mailbox.id == mailbox, Mailbox.deleted_batch.is_null())
    return {"count": _fetch(build, row, found)} if found is not None else {}


def _fetch(build, row, mailbox) -> int:
    if not _claim(mailbox):
        return 0

    def progress(done):
        row.progress(done)
        Mailbox.update(busy_until=fields.utcnow() + CLAIM).where(Mailbox.id == mailbox.id).execute()

    error, kept = "", 0
    try:
        kept = fetch(build, mailbox, progress).kept
    except Problem as problem:
        error = str(problem)
        log.warning("%s: %s", mailbox.address, error)
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
        log.exception("%s cannot be fetched", mailbox.address)
    done = {Mailbox.busy_until: None, Mailbox.checked_at: fields.utcnow(), Mailbox.error: error[:500]}
    Mailbox.update(done).where(Mailbox.id == mailbox.id).execute()
    return kept


def _claim(mailbox) -> bool:
    """Whether nobody else reads this mailbox now."""
    now = fields.utcnow()
    free = Mailbox.busy_until.is_null() | (Mailbox.busy_until < now)
    return bool(Mailbox.update(busy_until=now + CLAIM).where(Mailbox.id == mailbox.id, free).execute())


JOBS = [fetch_all, fetch_one, settling.settle, settling.settle_all]
