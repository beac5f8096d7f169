"""A person's feed: its secret address, and what stands in it."""

import datetime as dt

from flask import current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from core import User, html, transaction

from . import ics, plugin
from .items import Window, items
from .models import Feed

_ = plugin.gettext

#: Days before and after today.
BEFORE, AFTER = 90, 400


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt="guanxi-calendar-feed")


def base_url() -> str:
    """The address of this server as people type it, without a slash at the end."""
    return current_app.extensions["guanxi"].settings.base_url or request.host_url.rstrip("/")


def address(user) -> str:
    """The secret address of a user's feed."""
    row = Feed.get_or_none(Feed.user == user.id)
    token = _signer().dumps([user.id, row.number if row is not None else 1])
    return base_url() + url_for("calendar.feed", token=token)


def renew(user) -> None:
    """Make the addresses that were given so far worthless."""
    with transaction():
        if not Feed.update(number=Feed.number + 1).where(Feed.user == user.id).execute():
            Feed.create(user=user.id, number=2)


def user_of(token: str) -> User | None:
    """Whose feed a token opens; None when it is not ours, was renewed, or the user is switched off."""
    try:
        id, number = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    user = User.get_or_none(User.id == id)
    row = Feed.get_or_none(Feed.user == id)
    good = user is not None and user.is_active and number == (row.number if row is not None else 1)
    return user if good else None


def write(user) -> bytes:
    """The feed as iCalendar: what is the user's own, with the rights that the user has now."""
    today = html.today()
    window = Window(today - dt.timedelta(days=BEFORE), today + dt.timedelta(days=AFTER), [user.id])
    found, _more = items(user, window)
    return ics.feed(found, _("Guanxi: %(name)s", name=user.name), base_url())
