"""Whether the firm may write to or call a contact: asked by whoever sends, answered by plugins that know consent."""

from __future__ import annotations

from collections.abc import Iterable

from .i18n import Problem


def refusals(build, contact_ids: Iterable[int], channel: str, purpose: str = "") -> dict[int, Problem]:
    """Of these contacts, those that must not be reached by this channel, with the reason of each.

    `channel` is email, phone, sms, wechat, post or the name of one of the firm's own; `purpose` the name of one of its
    purposes, "" for what is no advertising. Whoever sends asks once for a batch, when it sends. A plugin that fails to
    answer fails the whole question: nothing is sent on a guess.
    """
    ids, found = list(contact_ids), {}
    for answer in build.hook.contact_refusals(contact_ids=ids, channel=channel, purpose=purpose):
        found = (answer or {}) | found
    return found


def may_contact(build, contact, channel: str, purpose: str = "") -> bool:
    """Whether one contact may be reached by this channel; see `refusals`."""
    return not refusals(build, [contact.id], channel, purpose)
