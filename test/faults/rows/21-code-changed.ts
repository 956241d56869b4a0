import { setTimeout as sleep } from 'node:timers/promises';
import { audited, lateness } from '../harness/taken-up-audit';
import { copyOfFolder } from '../harness/recorded-folder';
import { broken, type Row } from '../harness/row';
import { Random } from '../harness/random';
import { migratedState, Program, stateOf } from '../harness/taken-up';
import { until } from '../harness/until';
import { cleanUp } from '../../embedded/service';

/** Events that come while the folder is taken up. Some are snoozes whose timers ring meanwhile. */
const EVENTS = 10;
const SNOOZED_FOR_MS = 40_000;
const LATE_MS = 10_000;
/** Temporal waits 10 s for a worker that was killed before it gives its task to another, and up to 10 s more for its cache. */
const OVERDUE_MS = 30_000;

/** A data folder of the release before, started with nothing but `npm start`, and killed in the middle of being taken up. */
export const codeChanged: Row = {
  n: 21,
  promise: 'rules and workflow may change under open conversations',
  async run({ seed, short }) {
    const random = new Random(seed);
    const folder = copyOfFolder();
    try {
      const before = await migratedState();
      const program = new Program(folder.dir);
      const sent: Record<string, string[]> = {};
      const kills = short ? 1 : 3;
      let inTheMiddle = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        await program.start();
        for (let n = 0; n < EVENTS; n += 1) await oneMore(program, `${kill}-${n}`, n, sent);
        await sleep(random.between(300, 2_000));
        inTheMiddle += (await program.isRolledOut()) ? 0 : 1;
        await program.kill();
      }
      const began = Date.now();
      await program.start();
      const rolledOut = await until(() => program.isRolledOut(), 180_000, 500);
      const expected = { waiting: folder.recorded.waiting, sent };
      const isQuiet = async () =>
        (await program.unsettled()) === 0 &&
        audited(before, await stateOf(program.pool), expected).lost === 0;
      const quiet = rolledOut && (await until(isQuiet, 90_000, 1_000));
      const took = Date.now() - began;
      const after = await stateOf(program.pool);
      const audit = audited(before, after, expected);
      const late = lateness(after, program.ups, new Date(folder.recorded.recorded_at));
      const workflows = await program.workflows(after);
      const reconciled = await program.reconciled();
      return {
        audit: { ...audit, catch_up: quiet ? took / 1_000 : null },
        failed: [
          ...broken({
            'it is killed in the middle': inTheMiddle >= Math.min(kills, 2),
            'every run is taken up': rolledOut,
            'timers that are due act at once': late.due <= LATE_MS,
            'timers that are overdue act within 30 s': late.overdue <= OVERDUE_MS,
            'reconcile finds no difference': reconciled.found === 0,
          }),
          ...workflows.problems,
        ],
        figures: {
          'conversations open': workflows.open,
          kills,
          'of them in the middle': inTheMiddle,
          'timers that acted': audit.acted,
          'latest timer (s)': late.due / 1_000,
          'latest overdue one (s)': late.overdue / 1_000,
          'armed timers': workflows.armed,
          'taken up after the last start (s)': took / 1_000,
          'reconcile took (s)': reconciled.ms / 1_000,
        },
      };
    } finally {
      await cleanUp();
      folder.remove();
    }
  },
};

/** Every other one is a snooze. */
async function oneMore(program: Program, name: string, n: number, sent: Record<string, string[]>) {
  const snoozes = n % 2 === 1;
  const conversation = `${snoozes ? 'new' : 'in_progress'}-${20 + n}`;
  const id = `meanwhile-${name}`;
  const until = new Date(Date.now() + SNOOZED_FOR_MS).toISOString();
  const event = snoozes ? { id, type: 'snooze', until } : { id, type: 'mark_unread' };
  if (await program.accepts('far', conversation, event)) (sent[`far/${conversation}`] ??= []).push(id);
}
