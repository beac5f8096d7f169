"""Find a Chromium or Chrome for the tests; as root on Debian or Ubuntu, install one.

`python tests/real/browser_setup.py` prints one line, and fails in CI if there is still no browser.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = "No Chromium or Chrome found: name one in $CHROMIUM, or install it (apt install chromium fonts-noto-cjk)"


def find():
    """Return the path of an installed browser, or None. $CHROMIUM comes before all others."""
    candidates = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else [*NAMES, *MAC]
    return next(filter(None, map(shutil.which, candidates)), None)


def install():
    """Install Debian's Chromium, and a font for Chinese, without which its letters are all boxes."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
    ):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(f"{' '.join(command)} failed:\n{done.stderr.strip()}", file=sys.stderr)
            return


def may_install():
    return not os.environ.get("CHROMIUM") and Path("/etc/debian_version").exists() and os.geteuid() == 0


def main():
    if not find() and may_install():
        print("Installing Chromium for the browser tests", flush=True)
        install()
    if path := find():
        print(f"Browser tests use {path}")
    elif os.environ.get("CI"):
        sys.exit(ADVICE)
    else:
        print(f"{ADVICE}. Browser tests are skipped.")


if __name__ == "__main__":
    main()
