"""A flow engine over Temporal directly: runs one flow and hands the conversation over to a team.

    pip install -r requirements.txt
    python flow.py support c_1

It needs no package of the service, only names: the workflow's type, its id, its task queue, its signals.
TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TASK_QUEUE and ACCOUNT say where; the usual ones are those of npm start.
"""

import asyncio
import os
import sys
import uuid

from temporalio.client import Client

QUEUE = os.environ.get("TASK_QUEUE", "conversations")
ACCOUNT = os.environ.get("ACCOUNT", "default")


async def main(inbox: str, conversation: str) -> None:
    address = os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233")
    client = await Client.connect(address, namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"))
    key = {"account": ACCOUNT, "inbox": inbox, "conversation": conversation}
    workflow = f"conversation/{ACCOUNT}/{inbox}/{conversation}"

    async def send(event: str, **fields: object) -> None:
        # Signal-with-start: the conversation need not exist, nor be awake. Sent again with the same id it is applied once.
        await client.start_workflow(
            "conversation", key, id=workflow, task_queue=QUEUE, start_signal=event, start_signal_args=[fields]
        )

    execution = str(uuid.uuid4())
    await send("flow_start", id=f"{execution}-start", flow="welcome", execution=execution)
    # ... here the flow's own messages go out; each is a sign of life
    await send("automatic_message", id=f"{execution}-1", by="welcome")
    # A signal has no answer. Where the decision is needed, the update "decide" gives it.
    end = {"id": f"{execution}-end", "type": "flow_end", "execution": execution}
    handover = {"assign": {"team": "sales"}, "tags": ["welcome"]}
    decision = await client.get_workflow_handle(workflow).execute_update("decide", end | handover)
    print(decision["verdict"], decision["conversation"]["status"], flush=True)
    os._exit(0)  # the client's own threads may break the interpreter's usual end


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
