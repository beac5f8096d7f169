"""People who look at pages that poll, as one process: each keeps a connection, asks `/live` and draws what changed."""

import asyncio
import json
import random
import sys
import time
from urllib.parse import urlencode

from .server import HOST

#: Seconds between two drawings of a list, as in `live.js`.
LIST_GAP = 10


class Watcher:
    """One person at one page. `page` says its address, its place in the journal and its watches."""

    def __init__(self, port: int, cookie: str, page: dict):
        self.port, self.cookie, self.page, self.since = port, cookie, page, page["since"]
        self.reader = self.writer = None
        self.polls = self.drawn = 0
        self.drawn_at = 0.0
        self.list = not page["path"].rpartition("/")[2]

    async def look(self, every: float, until: float) -> None:
        """Poll every so many seconds, beginning somewhere in the first turn."""
        await asyncio.sleep(random.uniform(0, every))
        while time.monotonic() < until:
            began = time.monotonic()
            asked = urlencode([("since", self.since), *(("watch", w) for w in self.page["watches"])])
            status, body = await self.get(f"/live?{asked}")
            self.polls += 1
            if status == 200:
                news = json.loads(body)
                self.since = news["since"]
                if news.get("refresh") and (not self.list or began - self.drawn_at > LIST_GAP):
                    await self.get(self.page["path"])
                    self.drawn, self.drawn_at = self.drawn + 1, began
            elif status != 304:
                raise RuntimeError(f"Status {status}: {body[:200]!r}")
            await asyncio.sleep(max(0, began + every * random.uniform(0.9, 1.1) - time.monotonic()))

    async def get(self, path: str) -> tuple[int, bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
        part = "HX-Request: true\r\nHX-Request-Type: partial\r\n" if self.list else ""
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {self.cookie}\r\n{part}\r\n".encode())
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        length = int(headers.get("content-length", 0))
        return int(head[0].split()[1]), await self.reader.readexactly(length) if length else b""


async def main(plan: dict) -> dict:
    """`{"polls": …, "drawn": …}` of all watchers together."""
    pages, until = plan["pages"], time.monotonic() + plan["seconds"]
    watchers = [Watcher(plan["port"], plan["cookie"], pages[n % len(pages)]) for n in range(plan["people"])]
    await asyncio.gather(*(watcher.look(plan["every"], until) for watcher in watchers))
    return {"polls": sum(w.polls for w in watchers), "drawn": sum(w.drawn for w in watchers)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
