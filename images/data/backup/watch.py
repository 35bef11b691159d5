"""Tells the state of repository and archiving into the ConfigMap `NEXUS_STATE`, which the operator watches.

Environment: POD_NAMESPACE, NEXUS_STATE, NEXUS_LABELS and NEXUS_OWNER (JSON); libpq's PGHOST, PGUSER, PGPASSWORD,
PGDATABASE of the primary.
"""
import hashlib
import json
import os
import signal
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing

import psycopg2

from repository import Repository, Trouble, say
from take import iso

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
EVERY = 15
# In seconds. pgBackRest tries a server that does not answer nine times; so the whole takes below half a minute.
ANSWER = "2"
PATIENCE = 30

ARCHIVER = """
  SELECT last_archived_wal, extract(epoch FROM last_archived_time), last_failed_wal, extract(epoch FROM last_failed_time),
    current_setting('archive_mode'), (SELECT system_identifier FROM pg_control_system()),
    (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'),
    pg_read_file(current_setting('data_directory') || '/../nexus-archive-gap', true)
  FROM pg_stat_archiver"""


def kubernetes(method, path, body=None, kind="application/json"):
    with open(f"{ACCOUNT}/token", encoding="utf-8") as file:
        token = file.read().strip()
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    request = urllib.request.Request(
        f"https://{f'[{host}]' if ':' in host else host}:{port}/api/v1/namespaces/{os.environ['POD_NAMESPACE']}/configmaps{path}",
        method=method, data=json.dumps(body).encode(), headers={"Authorization": f"Bearer {token}", "Content-Type": kind},
    )
    context = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
    # Many clusters' own authorities lack what Python has come to ask for by itself; all else is checked.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    with urllib.request.urlopen(request, timeout=5, context=context) as answer:
        return json.load(answer)


def tell(state):
    data = {"state": json.dumps(state)}
    name = os.environ["NEXUS_STATE"]
    try:
        kubernetes("PATCH", f"/{name}", {"data": data}, "application/merge-patch+json")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        metadata = {"name": name, "labels": json.loads(os.environ["NEXUS_LABELS"]),
                    "ownerReferences": [json.loads(os.environ["NEXUS_OWNER"])]}
        kubernetes("POST", "", {"metadata": metadata, "data": data})


def settings():
    """What the repository's settings are, so that nobody takes an answer about the old ones for one about the new."""
    digest = hashlib.sha256()
    with open(Repository().config, "rb") as file:
        digest.update(file.read())
    return digest.hexdigest()[:16]


def repository():
    try:
        info = Repository().info(timeout=PATIENCE, PGBACKREST_IO_TIMEOUT=ANSWER)
    except Trouble as trouble:
        return {"ok": False, "reason": trouble.reason, "message": trouble.words}
    backups = [one for one in info.get("backup", []) if not one.get("error")]
    told = {"ok": True, "backups": len(backups)}
    if backups:
        last = backups[-1]
        told["first"] = iso(backups[0]["timestamp"]["stop"])
        told["last"] = {"label": last["label"], "type": last["type"], "at": iso(last["timestamp"]["stop"]),
                        "seconds": last["timestamp"]["stop"] - last["timestamp"]["start"],
                        "bytes": last["info"]["repository"]["delta"]}
        told["size"] = sum(one["info"]["repository"]["delta"] for one in backups)
    archive, databases = info.get("archive", []), info.get("db", [])
    told["archived"] = archive[-1].get("max") if archive else None
    if databases:
        told["system"] = str(databases[-1]["system-id"])
    return told


def archiving():
    try:
        with closing(psycopg2.connect(connect_timeout=5, options="-c statement_timeout=5s")) as connection:
            with connection.cursor() as cursor:
                cursor.execute(ARCHIVER)
                wal, at, failed_wal, failed_at, mode, system, waiting, gap = cursor.fetchone()
    except psycopg2.Error as error:
        return {"known": False, "message": " ".join(str(error).split())[:200]}
    # As text: it has more digits than numbers have in JSON.
    told = {"known": True, "mode": mode, "system": str(system)}
    if wal:
        told.update(wal=wal, at=iso(float(at)))
    if gap:
        told["gap"] = dict(zip(("wal", "at"), gap.split()))
    if failed_wal and (not at or failed_at > at):
        told["failing"] = {"wal": failed_wal, "at": iso(float(failed_at)), "waiting": waiting}
    return told


def watch():
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    before, refused = None, False
    while not stop.is_set():
        began = time.monotonic()
        # In this order: what Postgres has handed over by now must be in the repository.
        state = {"settings": settings(), "archiving": archiving(), "repository": repository()}
        if state != before:
            try:
                tell(state)
                before, refused = state, False
            except (OSError, ValueError) as error:
                if not refused:
                    say(f"the state cannot be told: {error}")
                refused = True
        stop.wait(max(1, EVERY - (time.monotonic() - began)))
    return 0
