import { z } from 'zod';
import { findInbox } from '../../db/inboxes';
import { importLine } from '../../domain/import-line';
import { LineWriter } from '../core/line-writer';
import { linesOf } from '../core/lines';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { ProblemError } from '../core/problems';
import { flag, inboxParams } from '../core/shapes';
import { asLine, ImportRun } from './import-run';
import { unknownInbox } from './known-inboxes';
import type { Services } from './services';

const importQuery = z.strictObject({
  on_conflict: z
    .enum(['skip', 'refuse'])
    .default('skip')
    .describe(
      'What becomes of a conversation that is known: it is left alone, and counted as skipped or refused',
    ),
  dry_run: flag.default(false).describe('Only says what would be'),
});

export const importedLine = named('ImportedConversation', importLine, {
  description: 'A conversation of another service, or of an export. Absent and null: not known.',
});

const refusedLine = z.strictObject({
  line: z.int(),
  conversation: z.string().optional(),
  rule: z.string().optional(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
const importSummary = z.strictObject({
  imported: z.int(),
  skipped: z.int(),
  refused: z.int(),
  due_at_once: z.int().describe('Of those imported: whose timer has been due before'),
});
const importAnswer = named('ImportResult', z.union([refusedLine, importSummary]), {
  description: 'A line for each that was refused, and at the end a summary',
});

const EXAMPLE = {
  conversation: 'c_1',
  status: 'in_progress',
  assignee: { team: null, agent: 'ana' },
  last_agent_reply_at: '2026-03-01T09:30:00Z',
};

export function importOperations({ aliases }: Services): Operation[] {
  return [
    operation({
      name: 'import_conversations',
      tag: 'Import and export',
      method: 'post',
      path: '/v1/inboxes/:inbox/import',
      summary: 'Conversations from elsewhere, a line of JSON each, in any number',
      description:
        'Each line is checked by itself. Nobody is told of it by effects, and the timers go on from the times given. Read the answer while you send. Stopped anywhere, send it all again: each is imported once.',
      scope: 'inboxes:write',
      params: inboxParams,
      query: importQuery,
      shownBody: importedLine,
      takes: 'application/x-ndjson',
      examples: { one: EXAMPLE },
      answers: { 200: importAnswer },
      streams: 'application/x-ndjson',
      async handle({ db, params, query, response, stillAllowed }) {
        const inbox = await findInbox(db, params.inbox);
        if (!inbox) throw unknownInbox(params.inbox);
        const writer = new LineWriter(response);
        const run = new ImportRun({ db, aliases, query, writer, stillAllowed }, inbox);
        try {
          await run.take(linesOf(response.req));
        } catch (error) {
          if (response.destroyed) return null; // the sender went away
          response.once('finish', () => response.req.destroy()); // what is left of the body is of no use
          if (!response.headersSent) throw error;
          if (!(error instanceof ProblemError)) throw error;
          const errors = [{ path: '', message: error.message }];
          await writer.write(asLine({ line: run.line + 1, rule: error.code, errors }));
          writer.end(); // without a summary: it was not all
          return null;
        }
        await writer.write(asLine(run.summary));
        writer.end();
        return null;
      },
    }),
  ];
}
