"""A person's browser without a screen: cookies, redirects and forms over real HTTP, cheap enough for many at once."""

import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PASSWORD = "correct horse battery"


def guanxi(folder: Path, *arguments, input=None, **environment):
    """Run the `guanxi` command in a folder; the finished process with its text output."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUANXI_")}
    return subprocess.run(
        [sys.executable, "-m", "core.cli", *map(str, arguments)],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), **inherited, **environment},
        input=input,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def add_admin(folder: Path, email="ada@example.com", **environment):
    """Make an administrator, and the database with it."""
    done = guanxi(
        folder, "user", "add", email, "--role", "admin", "--password-stdin", input=PASSWORD + "\n", **environment
    )
    assert done.returncode == 0, done.stderr


class Client:
    """Signed in when an e-mail is given. Answers are `(status, text)`."""

    def __init__(self, url: str, email: str = ""):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        if email:
            status, text = self.post("/login", "/login", email=email, password=PASSWORD)
            assert status == 200 and 'name="password"' not in text, text[:500]

    def get(self, path: str, **headers):
        return self._open(urllib.request.Request(self.url + path, headers=headers))

    def _open(self, request):
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def token(self, page: str) -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get(page)[1])[1]

    def post(self, page: str, path: str, **data):
        """Open `page` for its token, then send a form to `path`."""
        return self.send(path, self.token(page), **data)

    def send(self, path: str, token: str, **data):
        body = urllib.parse.urlencode({"csrf_token": token, **data}).encode()
        return self._open(urllib.request.Request(self.url + path, body))

    def flip(self, name: str, on: bool):
        return self.post("/admin/modules", f"/admin/modules/{name}/switch", **({"on": "1"} if on else {}))
