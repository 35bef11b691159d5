"""A backup of a server that runs in another pod: its volume is mounted here to be read, the rest goes by SQL."""
import os
import time
from datetime import datetime, timezone

from repository import Repository, Trouble, say, told


def iso(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def take(kind):
    """`kind`: full, diff or incr. pgBackRest makes the first of them a full one."""
    began = time.monotonic()
    try:
        if not os.path.exists(f"{os.environ['PGDATA']}/PG_VERSION"):
            raise Trouble("Failed", f"{os.environ['PGDATA']} holds no data: this pod has another volume than the primary's")
        repository = Repository()
        repository.run("stanza-create")
        say(f"a {kind} backup of {repository.stanza} begins")
        print(repository.run("backup", f"--type={kind}", "--log-level-console=info"), flush=True)
        newest = repository.info()["backup"][-1]
    except Trouble as trouble:
        told({"ok": False, "type": kind, "at": iso(time.time()), "reason": trouble.reason, "message": trouble.words})
        return 1
    told({
        "ok": True, "type": newest["type"], "label": newest["label"], "at": iso(newest["timestamp"]["stop"]),
        "seconds": round(time.monotonic() - began, 1), "bytes": newest["info"]["repository"]["delta"],
    })
    return 0
