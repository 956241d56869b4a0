import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { audit, unlikeWorkflow, type Audit } from '../harness/audit';
import { eventOf } from '../harness/events';
import { post, type Sent } from '../harness/load';
import { Random } from '../harness/random';
import { reconcile, type Reconciled } from '../harness/reconcile';
import { broken, type Row, type RowContext } from '../harness/row';
import { eachOf, until } from '../harness/until';
import type { World } from '../harness/world';

const TEMPORAL_FILES = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'];
const POSTGRES_FILES = ['postgres'];
const CLOSED = { type: 'close', agent: 'ana', skip_survey: true };

/** Each store is restored from an earlier copy of its files, with conversations of every kind. */
export const restored: Row = {
  n: 12,
  promise: 'either store can be restored from an older backup',
  world: {},
  async run(context) {
    const postgres = await olderPostgres(context);
    const temporal = await olderTemporal(context);
    const forked = await decidedOnAnOlderRow(context);
    return {
      audit: added(postgres.audit, temporal.audit),
      failed: [...postgres.failed, ...temporal.failed, ...forked.failed],
      figures: { ...postgres.figures, ...temporal.figures, ...forked.figures },
    };
  },
};

interface Tried {
  audit: Audit;
  failed: string[];
  figures: Record<string, number | string>;
}

/** An older PostgreSQL: only Temporal knows what its timelines lack. */
async function olderPostgres({ world, seed, short, inbox: row }: RowContext): Promise<Tried> {
  const inbox = `${row}-postgres`;
  const phase = phases(world, inbox, seed, short);
  await Promise.all([world.api().start(), world.worker().start()]);
  await world.inbox(inbox, { csat: { enabled: true } });
  const early = await phase('early', 0, 40);
  await written(world, inbox, early);
  await world.endParts();
  const backup = await copy(world, 'postgres', POSTGRES_FILES);

  await Promise.all([world.api().start(), world.worker().start()]);
  const lost = await phase('lost', 20, 60);
  await written(world, inbox, [...early, ...lost]);
  await world.endParts();
  await backup.putBack();

  await world.worker().start();
  const changed = conversationsOf(lost);
  const dry = await reconcile(world, ['--dry-run']);
  const real = await reconcile(world);
  const again = await reconcile(world);
  const marked = await restoredOnes(world, inbox);
  await world.api().start();
  const later = await phase('later', 0, 60);
  await written(world, inbox, [...early, ...later]);
  const different = (
    await eachOf(conversationsOf([...early, ...lost]), 8, (c) => unlikeWorkflow(world, inbox, c))
  ).flat();
  const kept = [...early, ...later];
  const missing = await notOnce(world, inbox, kept);
  await world.endParts();
  return {
    audit: {
      ...{ sent: kept.length, accepted: kept.filter((s) => s.accepted).length, out_of_order: 0, catch_up: 0 },
      ...{ lost: missing.lost.length, duplicated: missing.twice.length, differing: different.length },
      problems: [...missing.lost, ...missing.twice, ...different],
    },
    failed: [
      ...unmended(dry, real, again),
      ...broken({
        'PostgreSQL older: a dry run names every conversation that changed': same(namesOf(dry), changed),
        'PostgreSQL older: and as behind': dry.findings.every((f) => f.kind === 'row_behind'),
        'PostgreSQL older: all are mended': real.code === 0 && same(namesOf(real), changed),
        'PostgreSQL older: each says so in its timeline': same(marked, changed),
        'PostgreSQL older: nothing is found after that': again.code === 0 && again.findings.length === 0,
      }),
    ],
    figures: {
      'Postgres older, named': dry.findings.length,
      mended: real.findings.filter((f) => f.outcome === 'mended').length,
      'decisions known only to Temporal': lost.length,
    },
  };
}

/** An older Temporal: the rows know what its workflows lack. */
async function olderTemporal({ world, seed, short, inbox: row }: RowContext): Promise<Tried> {
  const inbox = `${row}-temporal`;
  const phase = phases(world, inbox, seed + 1, short);
  await Promise.all([world.api().start(), world.worker().start()]);
  const settings = await world.inbox(inbox, { csat: { enabled: true } });
  const early = await phase('early', 0, 40);
  await written(world, inbox, early);
  await world.endParts();
  const backup = await copy(world, 'temporal', TEMPORAL_FILES);

  await Promise.all([world.api().start(), world.worker().start()]);
  const newer = await phase('newer', 20, 60);
  await written(world, inbox, [...early, ...newer]);
  await world.endParts();
  const before = await decisions(world, inbox);
  await backup.putBack();

  await world.worker().start();
  const dry = await reconcile(world, ['--dry-run']);
  const real = await reconcile(world);
  const again = await reconcile(world);
  const after = await decisions(world, inbox);
  await world.api().start();
  const repeated = await eachOf(newer, 8, ({ conversation, event }) =>
    post(world.client(), inbox, { conversation, event }),
  );
  const later = await phase('later', 0, 60);
  const found = await audit(world, {
    inbox,
    settings,
    sent: [...early, ...newer, ...later],
    withinMs: 30_000,
  });
  await world.endParts();
  const open = openOnes(newer);
  return {
    audit: found,
    failed: [
      ...unmended(dry, real, again),
      ...broken({
        'Temporal older: only conversations that changed are named': namesOf(dry).every((c) =>
          conversationsOf(newer).includes(c),
        ),
        'Temporal older: all that are open are': open.every((c) => namesOf(dry).includes(c)),
        'Temporal older: as ahead or asleep': dry.findings.every(
          (f) => f.kind === 'row_ahead' || f.kind === 'asleep',
        ),
        'Temporal older: all are mended': real.code === 0 && same(namesOf(real), namesOf(dry)),
        'Temporal older: no decision is taken back': before.every((d) => after.includes(d)),
        'Temporal older: nothing is found after that': again.code === 0 && again.findings.length === 0,
        'Temporal older: repeated events are accepted': repeated.every((s) => s.accepted),
      }),
    ],
    figures: {
      'Temporal older, named': dry.findings.length,
      'of these asleep': dry.findings.filter((f) => f.kind === 'asleep').length,
    },
  };
}

/**
 * An older PostgreSQL, and events are decided on top of it before `reconcile` runs. What conversations knew
 * that had come to rest meanwhile cannot be restored. `reconcile` names it each time.
 */
async function decidedOnAnOlderRow({ world, short, inbox: row }: RowContext): Promise<Omit<Tried, 'audit'>> {
  const inbox = `${row}-forked`;
  const each = short ? 4 : 8;
  const conversations = Array.from({ length: each }, (_, i) => `c${i}`);
  const lives = (name: string) =>
    eachOf(conversations, 4, async (conversation) => {
      const sent: Sent[] = [];
      for (const event of [{ type: 'message' }, { type: 'message' }, CLOSED]) {
        const named = { ...event, id: `${conversation}.${name}.${sent.length + 1}` };
        sent.push(await post(world.client(), inbox, { conversation, event: named, prefer: 'wait=10' }));
      }
      return sent;
    }).then((sent) => sent.flat());
  await Promise.all([world.api().start(), world.worker().start()]);
  await world.inbox(inbox);
  const early = await lives('early');
  await written(world, inbox, early);
  await world.endParts();
  const backup = await copy(world, 'postgres', POSTGRES_FILES);

  await Promise.all([world.api().start(), world.worker().start()]);
  await written(world, inbox, [...early, ...(await lives('lost'))]);
  await world.endParts();
  await backup.putBack();

  await Promise.all([world.api().start(), world.worker().start()]);
  const later = await lives('later');
  await written(world, inbox, [...early, ...later]);
  const before = await decisions(world, inbox);
  const dry = await reconcile(world, ['--dry-run']);
  const real = await reconcile(world);
  const after = await decisions(world, inbox);
  await world.endParts();
  return {
    failed: broken({
      'forked: a dry run names them all': same(namesOf(dry), conversations),
      'forked: so does a real one, and leaves them': real.code !== 0 && same(namesOf(real), conversations),
      'forked: as what they are': [...dry.findings, ...real.findings].every((f) => f.kind === 'forked'),
      'forked: no decision is touched': before.join() === after.join(),
    }),
    figures: { 'named as forked': real.findings.length },
  };
}

/** What a run of `reconcile` could not mend or did not see at once, in its words. */
function unmended(dry: Reconciled, real: Reconciled, again: Reconciled): string[] {
  const stuck = dry.findings.filter((f) => f.kind === 'stuck' || f.kind === 'forked');
  const left = [...real.findings.filter((f) => f.outcome !== 'mended'), ...again.findings];
  return [...stuck, ...left].map((f) => `${f.kind} ${f.conversation}: ${f.outcome}`);
}

/** Awaited events for each conversation from `first` to before `last`. */
function phases(world: World, inbox: string, seed: number, short: boolean) {
  const [share, each] = short ? [0.4, 4] : [1, 8];
  return async (name: string, first: number, last: number): Promise<Sent[]> => {
    const numbers = Array.from(
      { length: Math.round((last - first) * share) },
      (_, i) => Math.round(first * share) + i,
    );
    const sent = await eachOf(numbers, 8, async (i) => {
      const conversation = `c${i}`;
      const random = new Random(seed * 1_000 + i + name.length);
      const theirs: Sent[] = [];
      for (let n = 1; n <= each; n += 1) {
        const made = eventOf(random, conversation, n);
        // The last event decides the kind: at rest, or open.
        const event = n < each ? made : i % 3 === 0 ? CLOSED : { type: 'message' };
        const named = { ...event, id: `${conversation}.${name}.${n}` };
        theirs.push(await post(world.client(), inbox, { conversation, event: named, prefer: 'wait=10' }));
      }
      return theirs;
    });
    return sent.flat();
  };
}

async function written(world: World, inbox: string, sent: Sent[]): Promise<void> {
  const missing = async () => (await notOnce(world, inbox, sent)).lost;
  if (await until(async () => (await missing()).length === 0, 60_000, 250)) return;
  const refused = sent.filter((s) => !s.accepted).map((s) => s.problem);
  throw new Error(
    `not written in ${inbox}: ${(await missing()).join(' ')}; not accepted: ${refused.join(' ')}`,
  );
}

/** Copies a store's files while it is stopped. */
async function copy(world: World, store: 'postgres' | 'temporal', files: readonly string[]) {
  const inFolder = (name: string) => world.folder.at(name);
  const cp = (from: string, to: string) => spawnSync('cp', ['-a', from, to]);
  const stopped = async (work: () => void) => {
    await world.letGo();
    await world[store].stop();
    work();
    await world[store].start();
  };
  const remove = (name: string) => rmSync(inFolder(name), { recursive: true, force: true });
  await stopped(() => {
    for (const file of files) {
      remove(`${file}.backup`); // an earlier one
      cp(inFolder(file), inFolder(`${file}.backup`));
    }
  });
  return {
    putBack: () =>
      stopped(() => {
        for (const file of files) {
          remove(file);
          cp(inFolder(`${file}.backup`), inFolder(file));
        }
      }),
  };
}

const conversationsOf = (sent: Sent[]) => [...new Set(sent.map((s) => s.conversation))];
const namesOf = ({ findings }: Reconciled) => findings.map((f) => f.conversation);
const same = (a: string[], b: string[]) => [...a].sort().join() === [...b].sort().join();

async function restoredOnes({ pool }: World, inbox: string): Promise<string[]> {
  const { rows } = await pool.query<{ conversation: string }>(
    `SELECT DISTINCT conversation FROM timeline WHERE inbox = $1 AND type = 'restored'`,
    [inbox],
  );
  return rows.map((r) => r.conversation);
}

/** Every decision of an inbox, in words. */
async function decisions({ pool }: World, inbox: string): Promise<string[]> {
  const { rows } = await pool.query<{ told: string }>(
    `SELECT concat_ws(' ', conversation, seq, event, verdict, version) AS told FROM timeline WHERE inbox = $1`,
    [inbox],
  );
  return rows.map((r) => r.told);
}

/** Conversations of these that are not closed by what was sent before the restore. */
function openOnes(newer: Sent[]): string[] {
  const last = new Map(newer.map((s) => [s.conversation, s.event.type]));
  return [...last].filter(([, type]) => type === 'message').map(([conversation]) => conversation);
}

async function notOnce(
  { pool }: World,
  inbox: string,
  sent: Sent[],
): Promise<{ lost: string[]; twice: string[] }> {
  const { rows } = await pool.query<{ event: string }>('SELECT event FROM timeline WHERE inbox = $1', [
    inbox,
  ]);
  const counts = new Map<string, number>();
  for (const { event } of rows) counts.set(event, (counts.get(event) ?? 0) + 1);
  const ids = sent.filter((s) => s.accepted).map((s) => s.event.id);
  return { lost: ids.filter((id) => !counts.has(id)), twice: ids.filter((id) => (counts.get(id) ?? 0) > 1) };
}

function added(a: Audit, b: Audit): Audit {
  const sum = (field: 'sent' | 'accepted' | 'lost' | 'duplicated' | 'out_of_order' | 'differing') =>
    a[field] + b[field];
  return {
    ...{ sent: sum('sent'), accepted: sum('accepted'), lost: sum('lost'), duplicated: sum('duplicated') },
    ...{ out_of_order: sum('out_of_order'), differing: sum('differing'), catch_up: b.catch_up },
    problems: [...a.problems, ...b.problems],
  };
}
