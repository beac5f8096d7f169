"""Mail: written on a contact's page, fetched from mailboxes, and on the timeline of everybody whom it concerns."""

from core import N_, ActionLink, NoticeKind, Plugin, TimelineKind, hookimpl, resource_of

plugin = Plugin(
    name="mail",
    title=N_("Mail"),
    summary=N_("Write to contacts with templates, and find their answers on the timeline: mailboxes are read by IMAP."),
    icon="mail",
    hue="azure",
    default=True,
    notices=(NoticeKind("mail", N_("A contact of mine, or to my mailbox, writes a mail"), "bell", "mail"),),
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .jobs import JOBS, MailOptions  # noqa: E402
from .models import Letter  # noqa: E402
from .resources import Letters, Mailboxes, Templates  # noqa: E402
from .views import blueprint, drawn  # noqa: E402


@hookimpl
def resources():
    return [Letters, Mailboxes, Templates]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return JOBS


@hookimpl
def settings_form():
    return MailOptions


@hookimpl
def timeline_kinds():
    return [TimelineKind("mail_letter", N_("Mail"), "mail", "azure", plugin="mail", draw=drawn)]


@hookimpl
def demo_data(demo):
    fill(demo)


@hookimpl
def record_actions(resource, record, user):
    """Write to this contact."""
    if resource.name != "contacts" or not resource_of(Letter).can(user, "create"):
        return []
    return [ActionLink(N_("Write a mail"), f"/mail/compose?contact={record.id}", "mail", 10, plugin="mail")]
