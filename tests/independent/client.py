"""A chat client on python-socketio, driven by lines of JSON on its standard input.

    {"do": "connect", "url": "http://127.0.0.1:3000", "token": "...", "deviceId": "..."}
    {"do": "emit", "id": 1, "event": "NEW_MESSAGE", "payload": {...}}
    {"do": "close"}

Tells on its standard output what happens, a line of JSON each: {"connected": true}, {"refused": ...},
{"event": name, "payload": ...}, {"ack": id, "answer": ...}, {"disconnected": reason}. Ends with its input.
"""

import json
import sys
import threading

import socketio

client = socketio.Client(reconnection=False, handle_sigint=False)
output = threading.Lock()


def tell(**what):
    with output:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


@client.on("*", namespace="/ws")
def on_event(event, payload=None):
    tell(event=event, payload=payload)


@client.on("connect_error", namespace="/ws")
def on_refused(data=None):
    tell(refused=data)


@client.on("disconnect", namespace="/ws")
def on_disconnect(reason=None):
    tell(disconnected=str(reason))


def connect(command):
    auth = {"token": command["token"], "deviceId": command["deviceId"]}
    try:
        client.connect(
            command["url"], auth=auth, namespaces=["/ws"], transports=["websocket"], wait_timeout=10
        )
        tell(connected=True)
    except socketio.exceptions.ConnectionError as error:
        tell(failed=str(error))


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "connect":
        connect(command)
    elif command["do"] == "emit":
        client.emit(
            command["event"],
            command["payload"],
            namespace="/ws",
            callback=lambda answer=None, id=command["id"]: tell(ack=id, answer=answer),
        )
    else:
        break

if client.connected:
    client.disconnect()
