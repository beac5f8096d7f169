"""The public names of Guanxi. A plugin imports these and nothing below them."""

from . import fields, foreign, html, outbox
from .accounts import public
from .api.values import dump as api_json
from .consent import may_contact, refusals
from .contacts import Contact, Contacts, similar
from .db import Base, chunks, hold, listed, records, run_statements
from .erasure import erase
from .errors import Conflict, Forbidden, Invalid, NotFound
from .exchange.values import defuse
from .files import Attachment, attach, attachments_of
from .files import keep as keep_file
from .forms import bind as bind_form
from .hookspecs import hookimpl, hookspec
from .htmx import fragment, go, is_ours, is_partial, toast_only, with_toast
from .i18n import N_, Problem, speaking
from .jobs import job, later
from .journal import transaction
from .merge import merge as merge_contacts
from .mime import parse_addresses
from .names import strip_legal
from .network import Internal, check_networks, connect_outside, is_internal, networks, outside
from .notice_choices import NoticeKind
from .notices import notify
from .options import decrypt, encrypt
from .outbox import Mail, Outgoing, send_mail, send_mails
from .pages import ActionLink, Card, Column, NavItem, Panel, WorkItem
from .personal import Subject, in_trash, table_title
from .phones import normal as normal_phone
from .plugins import Plugin
from .record import Record
from .resource import Resource, action, resource_of
from .shell import flash
from .timeline import Entry, TimelineKind, log
from .users import SYSTEM, User, names_of_users
from .words import fold, sort_key

__version__ = "0.1.0"

__all__ = [
    "N_",
    "SYSTEM",
    "ActionLink",
    "Attachment",
    "Base",
    "Card",
    "Column",
    "Conflict",
    "Contact",
    "Contacts",
    "Entry",
    "Forbidden",
    "Internal",
    "Invalid",
    "Mail",
    "NavItem",
    "NotFound",
    "NoticeKind",
    "Outgoing",
    "Panel",
    "Plugin",
    "Problem",
    "Record",
    "Resource",
    "Subject",
    "TimelineKind",
    "User",
    "WorkItem",
    "action",
    "api_json",
    "attach",
    "attachments_of",
    "bind_form",
    "check_networks",
    "chunks",
    "connect_outside",
    "decrypt",
    "defuse",
    "encrypt",
    "erase",
    "fields",
    "flash",
    "fold",
    "foreign",
    "fragment",
    "go",
    "hold",
    "hookimpl",
    "hookspec",
    "html",
    "in_trash",
    "is_internal",
    "is_ours",
    "is_partial",
    "job",
    "keep_file",
    "later",
    "listed",
    "log",
    "may_contact",
    "merge_contacts",
    "names_of_users",
    "networks",
    "normal_phone",
    "notify",
    "outbox",
    "outside",
    "parse_addresses",
    "public",
    "records",
    "refusals",
    "resource_of",
    "run_statements",
    "send_mail",
    "send_mails",
    "similar",
    "sort_key",
    "speaking",
    "strip_legal",
    "table_title",
    "toast_only",
    "transaction",
    "with_toast",
]
