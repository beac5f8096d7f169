"""The public names of Guanxi. A plugin imports these and nothing below them."""

from . import fields, foreign, html, outbox
from .contacts import Contact, Contacts, similar
from .db import Base, run_statements
from .forms import bind as bind_form
from .hookspecs import hookimpl
from .htmx import fragment, go, is_ours, is_partial, toast_only, with_toast
from .i18n import N_, Problem
from .jobs import job, later
from .journal import transaction
from .merge import merge as merge_contacts
from .mime import parse_addresses
from .names import strip_legal
from .notices import notify
from .options import decrypt, encrypt
from .outbox import Mail, Outgoing, send_mail, send_mails
from .pages import ActionLink, Card, Column, NavItem, Panel, WorkItem
from .phones import normal as normal_phone
from .plugins import Plugin
from .record import Record
from .resource import Conflict, Forbidden, Invalid, NotFound, Resource, action, resource_of
from .shell import flash
from .timeline import Entry, TimelineKind, log
from .users import SYSTEM, User
from .words import fold, sort_key

__version__ = "0.1.0"

__all__ = [
    "N_",
    "SYSTEM",
    "ActionLink",
    "Base",
    "Card",
    "Column",
    "Conflict",
    "Contact",
    "Contacts",
    "Entry",
    "Forbidden",
    "Invalid",
    "Mail",
    "NavItem",
    "NotFound",
    "Outgoing",
    "Panel",
    "Plugin",
    "Problem",
    "Record",
    "Resource",
    "TimelineKind",
    "User",
    "WorkItem",
    "action",
    "bind_form",
    "decrypt",
    "encrypt",
    "fields",
    "flash",
    "fold",
    "foreign",
    "fragment",
    "go",
    "hookimpl",
    "html",
    "is_ours",
    "is_partial",
    "job",
    "later",
    "log",
    "merge_contacts",
    "normal_phone",
    "notify",
    "outbox",
    "parse_addresses",
    "resource_of",
    "run_statements",
    "send_mail",
    "send_mails",
    "similar",
    "sort_key",
    "strip_legal",
    "toast_only",
    "transaction",
    "with_toast",
]
