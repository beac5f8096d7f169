"""The public names of Guanxi. A plugin imports these and nothing below them."""

from . import fields, html
from .contacts import Contact, Contacts
from .db import run_statements
from .hookspecs import hookimpl
from .i18n import N_, Problem
from .jobs import job, later
from .journal import transaction
from .notices import notify
from .pages import ActionLink, Card, Column, NavItem, Panel, WorkItem
from .plugins import Plugin
from .record import Record
from .resource import Conflict, Forbidden, Invalid, NotFound, Resource, action, resource_of
from .timeline import Entry, TimelineKind, log
from .users import SYSTEM, User

__version__ = "0.1.0"

__all__ = [
    "N_",
    "SYSTEM",
    "ActionLink",
    "Card",
    "Column",
    "Conflict",
    "Contact",
    "Contacts",
    "Entry",
    "Forbidden",
    "Invalid",
    "NavItem",
    "NotFound",
    "Panel",
    "Plugin",
    "Problem",
    "Record",
    "Resource",
    "TimelineKind",
    "User",
    "WorkItem",
    "action",
    "fields",
    "hookimpl",
    "html",
    "job",
    "later",
    "log",
    "notify",
    "resource_of",
    "run_statements",
    "transaction",
]
