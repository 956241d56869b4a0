"""Listens for webhooks, and prints what it is told.

    pip install -r requirements.txt
    WEBHOOK_SECRET=whsec_... PORT=4000 python receiver.py

A message may come more than once, always with the same webhook-id: here the ids are kept in memory;
a real receiver keeps them where it keeps what it does.
"""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
known: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            # over the body as it came: parsed and written again it could look different
            told = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except (WebhookVerificationError, ValueError):
            self.answer(401)
            return
        take(self.headers["webhook-id"], told)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def take(message: str, told: dict) -> None:
    if message in known:
        return
    known.add(message)
    conversation = told["data"].get("conversation", {})
    print(told["type"], told["data"].get("inbox", ""), conversation.get("conversation", ""), conversation.get("status", ""), flush=True)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4000"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
