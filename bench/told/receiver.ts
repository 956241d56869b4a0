/** An endpoint for webhooks, as somebody's program has it: takes the body and answers 204. It is asked for its count by `GET /`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let count = 0;

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(count));
    return;
  }
  request.resume().once('end', () => {
    count += 1;
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`{"url":"http://127.0.0.1:${(server.address() as AddressInfo).port}"}`);
});
process.once('SIGTERM', () => process.exit());
