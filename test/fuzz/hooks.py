"""What a client knows and the OpenAPI document cannot say; and a count of the answers."""

import atexit
import collections
import json
import os
import random
import uuid
from datetime import datetime, timedelta, timezone

import requests
import schemathesis
from schemathesis import GenerationMode

# A request that was answered is asked again, one in so many, with a key of another account and with a revoked one.
ONE_IN = 10
# Stands in the names of what is ours, and must be in no answer to another account.
OURS = os.environ["FUZZ_OURS"]
STRANGERS_KEY = os.environ["FUZZ_STRANGERS_KEY"]
REVOKED_KEY = os.environ["FUZZ_REVOKED_KEY"]
OWN_KEY_ID = os.environ["FUZZ_OWN_KEY_ID"]
EVENTS = "POST /v1/inboxes/{inbox}/conversations/{conversation}/events"
answers = collections.defaultdict(collections.Counter)
asked_by_others = collections.Counter()
# Of its own: the fuzzer sets the common one back before every request.
dice = random.Random(os.environ.get("FUZZ_SEED"))


@schemathesis.deserializer("application/x-ndjson")
def first_line(context, response):
    """The document describes a line of the stream. Where there is none, this is one that it allows."""
    lines = response.content.decode().splitlines()
    if lines:
        return json.loads(lines[0])
    if context.operation.path.endswith("/export"):
        marks = {"unread": False, "archived": False, "blocked": False, "opted_out": False}
        return {"conversation": "none", "status": "closed", "tags": [], "episodes": [], **marks}
    return {"conversation": "none", "window_open": False}


@schemathesis.serializer("application/x-ndjson")
def one_line(context, value):
    return json.dumps(value, default=str).encode() + b"\n"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes an event that is valid by the document one that a client would send now."""
    # What a link takes out of a path is still encoded, and would count as an id that is not allowed.
    if any("%3A" in str(value) for value in (case.path_parameters or {}).values()):
        case.path_parameters = {name: str(value).replace("%3A", ":") for name, value in case.path_parameters.items()}
    if (case.path_parameters or {}).get("key_id") == OWN_KEY_ID:  # whoever revokes the own key is not let in from then on
        case.path_parameters = {"key_id": str(uuid.uuid4())}
    if case.operation.label != EVENTS or case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.body, dict):
        in_an_hour = datetime.now(timezone.utc) + timedelta(hours=1)
        if "until" in case.body:
            case.body["until"] = in_an_hour.isoformat()
        if "occurred_at" in case.body:
            case.body["occurred_at"] = (in_an_hour - timedelta(hours=2)).isoformat()
        if dice.random() < 0.8:  # else an id that was there before
            case.body["id"] = str(uuid.uuid4())
    # Most ask for the decision, so that there is something to check.
    if dice.random() < 0.8:
        case.headers = {**(case.headers or {}), "Prefer": "wait=10"}


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1


@schemathesis.check
def keys_of_others_are_refused(context, response, case):
    """A revoked key is not let in, and another account's key sees and changes nothing of ours."""
    if response.status_code >= 300 or dice.random() >= 1 / ONE_IN:
        return
    revoked = asked_again(response.request, REVOKED_KEY)
    assert revoked.status_code == 401, f"a revoked key was answered {revoked.status_code}"
    other = asked_again(response.request, STRANGERS_KEY)
    asked_by_others.update(["revoked", f"another account's, {other.status_code}"])
    named_by_the_asker = OURS in f"{response.request.url} {response.request.body}"
    assert named_by_the_asker or OURS not in other.text, "another account's key was answered with what is ours"


def asked_again(request, key):
    again = request.copy()
    again.headers["Authorization"] = f"Bearer {key}"
    with requests.Session() as session:
        return session.send(again, timeout=30)


@atexit.register
def report():
    with open(os.environ["FUZZ_FIGURES"], "w") as file:
        figures = {label: dict(counts) for label, counts in answers.items()}
        json.dump({"answers": figures, "others": dict(asked_by_others)}, file)
