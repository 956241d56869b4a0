/**
 * What one would build without workflows: it takes an event and puts it into a queue in the database.
 * Framework and checks are the service's.
 */
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { eventSchema } from '../../src/domain/any-event';
import { apiPoolSize } from '../../src/runtime/api';
import { TASK, type EventJob } from './job';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: apiPoolSize });
const app = express();
app.post(
  '/v1/inboxes/:inbox/conversations/:conversation/events',
  express.json(),
  async (request, response) => {
    const event = eventSchema.parse(request.body);
    const { inbox, conversation } = request.params;
    const job: EventJob = { inbox, conversation, event };
    await pool.query({
      name: 'add_job',
      text: `SELECT FROM graphile_worker.add_job($1, $2::json, queue_name := $3)`,
      values: [TASK, JSON.stringify(job), `${inbox}/${conversation}`],
    });
    response.status(202).json({ event: event.id, accepted: true });
  },
);
const server = createServer(app).listen(0, '127.0.0.1', () => {
  process.stdout.write(`{"url":"http://127.0.0.1:${(server.address() as AddressInfo).port}"}\n`);
});
process.once('SIGTERM', () => process.exit(0));
