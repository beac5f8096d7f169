"""Letters follow what became of their mails in the outbox."""

from core import job

from .models import Letter


@job("mail.settle")
def settle(build, row):
    """Bring letters up to date with the outbox, because some mails came to their end."""
    return _settle(build, row)


@job("mail.settle.all", every=300)
def settle_all(build, row):
    """The same, for what an administrator sent again or cancelled."""
    return _settle(build, row)


def _settle(build, row) -> dict:
    letters, count = build.by_model[Letter], 0
    while (n := letters.settle()) and count < 100_000:
        count += n
        row.progress(count)
    return {"count": count}
