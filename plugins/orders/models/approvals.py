"""Approvals: what is asked, why, by whom, and who decided; and what roles may do without asking."""

import peewee

from core import N_, Contact, Record, User, fields
from plugins.catalogue.models import Percent

Role = User.role.rel_model

APPROVAL_STATES = [
    ("asked", N_("Waiting"), "orange"),
    ("approved", N_("Approved"), "green"),
    ("refused", N_("Refused"), "red"),
    ("withdrawn", N_("No longer needed"), "gray"),
]


class Approval(Record):
    """Somebody asks for something that goes beyond what they may decide. Kept for ever.

    `resource` and `record` say what it is about, `kind` which rule asked ("discount", "credit", …). It covers what goes
    beyond neither its percentage nor its amount; more than that is asked for anew.
    """

    title = fields.Text(label=N_("About"), required=True, max_length=300, index=True)
    resource = peewee.CharField(max_length=80, default="")
    record = peewee.IntegerField(null=True)
    kind = fields.Text(label=N_("Rule"), max_length=60, index=True, personal=False)
    why = fields.Text(label=N_("Why it is needed"), max_length=1000)
    #: The percentage that is asked for, for rules that have one.
    percent = Percent(label=N_("Discount asked for (%)"))
    amount = fields.Money(label=N_("Amount"))
    contact = fields.Link(Contact, label=N_("Contact"), backref="approvals")
    owner = fields.Link(User, label=N_("Asked by"), index=False)
    asked_at = fields.DateTime(label=N_("Asked"), sortable=True)
    words = fields.LongText(label=N_("What the asker says"), max_length=2000)
    state = fields.Choice(APPROVAL_STATES, label=N_("State"), default="asked", required=True)
    decided_by = fields.Link(User, label=N_("Decided by"), index=False)
    #: Who was away, when a deputy decided.
    decided_for = fields.Link(User, label=N_("Decided for"), index=False)
    decided_at = fields.DateTime(label=N_("Decided"))
    answer = fields.LongText(label=N_("Answer"), max_length=2000)

    class Meta:
        indexes = (
            (("resource", "record"), False),
            (("state", "asked_at"), False),
            (("owner", "state"), False),
        )


class Limit(Record):
    """What a role may do without asking: how much discount it gives, and which contracts it lets begin to bind.

    A role without a limit, or an empty one, may do anything.
    """

    role = fields.Link(Role, label=N_("Role"), required=True, backref="discount_limits")
    discount = Percent(label=N_("Discount without approval (%)"))
    contract = fields.Money(
        label=N_("Contract value without approval"),
        help=N_("A contract above it is approved before it is signed; 0: every contract. Empty: none."),
    )

    def __str__(self):
        return str(self.role)


Limit.add_index(
    peewee.SQL('CREATE UNIQUE INDEX "orders_limit_once" ON "orders_limit" ("role_id") WHERE "deleted_batch" IS NULL')
)
