/** The process that holds many streams open. For some of them it notes when each change came, by the id of the event that caused it. */
import { connect, type Socket } from 'node:net';
import { now } from '../load/job';
import type { Arrivals, Crowded } from './crowd';

/** How many streams are parsed: enough to see the slow ones. To parse all would load the machine that is measured. */
const READ = 20;
const CAUSE = /^data: .*?"event":\{"id":"([^"]+)"/gm;

let open = 0;
let arrivals: Arrivals = {};

process.on('message', (asked: Crowded) => {
  if ('open' in asked) return enter(asked);
  process.send?.({ open, arrivals });
  arrivals = {};
});
process.once('disconnect', () => process.exit(0));

function enter({ open: count, url, key, inbox }: Extract<Crowded, { open: number }>): void {
  const { hostname, port, host } = new URL(url);
  const request = `GET /v1/inboxes/${inbox}/stream HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  for (let i = 0; i < count; i += 1) {
    const socket = connect(Number(port), hostname);
    socket.once('data', (head: Buffer) => {
      if (!head.toString('latin1').startsWith('HTTP/1.1 200')) return;
      open += 1;
      if (open === count) process.send?.({ open, arrivals });
    });
    socket.once('close', () => (open -= 1)).on('error', () => {});
    if (i % Math.ceil(count / READ) === 0) read(socket);
    else socket.resume();
    socket.write(request);
  }
}

/** A frame may come in pieces; its cause is near its beginning. */
function read(socket: Socket): void {
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const at = now();
    const text = rest + chunk.toString('latin1');
    const end = text.lastIndexOf('\n\n') + 1;
    rest = text.slice(end);
    for (const [, id = ''] of text.slice(0, end).matchAll(CAUSE)) (arrivals[id] ??= []).push(at);
  });
}
