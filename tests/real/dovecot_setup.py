"""Find a Dovecot for the tests of mailboxes; as root on Debian or Ubuntu, install one.

`python tests/real/dovecot_setup.py` prints one line, and fails in CI if there is still none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ADVICE = "No Dovecot found: name its binary in $DOVECOT, or install it (apt install dovecot-imapd)"


def find():
    """Return the path of an installed Dovecot, or None. $DOVECOT comes before all others."""
    named = os.environ.get("DOVECOT")
    return shutil.which(named) if named else shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")


def install():
    """Install Debian's Dovecot; its own service is not started where packages may not start any."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", "dovecot-imapd"],
    ):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(f"{' '.join(command)} failed:\n{done.stderr.strip()}", file=sys.stderr)
            return


def may_install():
    return not os.environ.get("DOVECOT") and Path("/etc/debian_version").exists() and os.geteuid() == 0


def main():
    if not find() and may_install():
        print("Installing Dovecot for the tests of mailboxes", flush=True)
        install()
    if path := find():
        print(f"Tests of mailboxes use {path}")
    elif os.environ.get("CI"):
        sys.exit(ADVICE)
    else:
        print(f"{ADVICE}. Tests of mailboxes are skipped.")


if __name__ == "__main__":
    main()
