"""What a client knows and the OpenAPI document cannot say; and a count of the answers."""

import atexit
import collections
import json
import os
import random
import uuid
from datetime import datetime, timedelta, timezone

import schemathesis
from schemathesis import GenerationMode

EVENTS = "POST /v1/inboxes/{inbox}/conversations/{conversation}/events"
answers = collections.defaultdict(collections.Counter)


@schemathesis.deserializer("application/x-ndjson")
def first_line(context, response):
    """The document describes a line of the stream."""
    lines = response.content.decode().splitlines()
    return json.loads(lines[0]) if lines else {"conversation": "none", "window_open": False}


@schemathesis.serializer("application/x-ndjson")
def one_line(context, value):
    return json.dumps(value, default=str).encode() + b"\n"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes an event that is valid by the document one that a client would send now."""
    # What a link takes out of a path is still encoded, and would count as an id that is not allowed.
    if any("%3A" in str(value) for value in (case.path_parameters or {}).values()):
        case.path_parameters = {name: str(value).replace("%3A", ":") for name, value in case.path_parameters.items()}
    if case.operation.label != EVENTS or case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.body, dict):
        in_an_hour = datetime.now(timezone.utc) + timedelta(hours=1)
        if "until" in case.body:
            case.body["until"] = in_an_hour.isoformat()
        if "occurred_at" in case.body:
            case.body["occurred_at"] = (in_an_hour - timedelta(hours=2)).isoformat()
        if random.random() < 0.8:  # else an id that was there before
            case.body["id"] = str(uuid.uuid4())
    # Most ask for the decision, so that there is something to check.
    if random.random() < 0.8:
        case.headers = {**(case.headers or {}), "Prefer": "wait=10"}


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1


@atexit.register
def report():
    with open(os.environ["FUZZ_FIGURES"], "w") as file:
        json.dump({label: dict(counts) for label, counts in answers.items()}, file)
