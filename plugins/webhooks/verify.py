"""For receivers, in Python and without a library: whether a request is from us. Copy it; nothing here calls it."""

import base64
import hashlib
import hmac
import time


def verify(secret: str, headers: dict, body: bytes, now: float | None = None) -> bool:
    """Whether a request was signed with this secret (`whsec_…`) within the last five minutes.

    `headers` by lower-case name; `body` as it came, before anything parses it.
    """
    stamp = headers["webhook-timestamp"]
    if not stamp.isdecimal() or abs((now or time.time()) - int(stamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = (one.removeprefix("v1,") for one in headers["webhook-signature"].split())
    return any(hmac.compare_digest(wanted, one) for one in given)
