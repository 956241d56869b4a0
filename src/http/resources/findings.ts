/** What the figures of the service's health mean, and what helps. */
import type { HealthFigures } from './health-figures';

export const PARTS = [
  ...(['temporal', 'worker', 'postgres', 'writes', 'tasks', 'timers'] as const),
  ...(['conversations', 'signals', 'outbox', 'webhooks'] as const),
] as const;
export const STATES = ['ok', 'warning', 'wrong', 'unknown'] as const;
/** Views of the page, and Temporal's Web UI. */
export const VIEWS = ['timers', 'webhooks', 'temporal'] as const;

export interface Finding {
  part: (typeof PARTS)[number];
  state: (typeof STATES)[number];
  says: string;
  fix: string | null;
  command: string | null;
  see: (typeof VIEWS)[number] | null;
}

/** What to do where a part does not answer. */
const FIXES = {
  temporal:
    'See that the Temporal cluster runs and that TEMPORAL_ADDRESS, its namespace and its TLS settings are right.',
  worker: 'See that a worker runs (npm run worker) and reaches PostgreSQL. Its log says what it waits for.',
  postgres: 'See that PostgreSQL runs and that DATABASE_URL is right. Events are still accepted meanwhile.',
};
const UNWRITTEN_S = 5;
const TASK_S = 10;
const LAG_S = 60;
const UNHEARD_S = 120;
const UNDELIVERED_S = 3_600;

/** In the order of the way of an event. */
export function findingsOf(figures: HealthFigures): Finding[] {
  return [
    partOf('temporal', figures),
    partOf('worker', figures),
    partOf('postgres', figures),
    writes(figures),
    tasks(figures),
    timers(figures),
    conversations(figures),
    signals(figures),
    outbox(figures),
    webhooks(figures),
  ];
}

const ok = (part: Finding['part'], says: string, see: Finding['see'] = null): Finding => ({
  ...{ part, state: 'ok', says, fix: null, command: null, see },
});
const unknown = (part: Finding['part']): Finding => ({
  ...{ part, state: 'unknown', says: 'Cannot be told while another part is away.' },
  ...{ fix: null, command: null, see: null },
});
const some = (n: number, one: string, many = `${one}s`) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
const lasting = (seconds: number) =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

function partOf(part: 'temporal' | 'worker' | 'postgres', figures: HealthFigures): Finding {
  if (figures[part] === 'unknown') return unknown(part);
  if (figures[part] === 'ok')
    return ok(
      part,
      part === 'worker' ? `${some(figures.workers ?? 0, 'worker')} at work.` : 'Answers.',
      part === 'temporal' ? 'temporal' : null,
    );
  const command = 'npx conversation-status doctor';
  return { part, state: 'wrong', says: 'Does not answer.', fix: FIXES[part], command, see: null };
}

function writes({ oldest_unwritten_seconds: oldest }: HealthFigures): Finding {
  const part = 'writes';
  if (oldest === null) return unknown(part);
  if (oldest < UNWRITTEN_S) return ok(part, 'Every decision is written at once.');
  const says = `The oldest decision has been waiting for ${lasting(oldest)} to be written.`;
  return { part, state: 'wrong', says, fix: FIXES.postgres, command: null, see: null };
}

function tasks({ tasks }: HealthFigures): Finding {
  const part = 'tasks';
  if (tasks === null) return unknown(part);
  const { waiting, oldest_seconds, pollers } = tasks;
  const asking = `${some(pollers, 'poller')} ask${pollers === 1 ? 's' : ''} for tasks`;
  if (waiting === 0) return ok(part, `None waits; ${asking}.`, 'temporal');
  const says = `${some(waiting, 'task')} wait, the oldest for ${lasting(oldest_seconds)}; ${asking}.`;
  if (oldest_seconds < TASK_S) return ok(part, says, 'temporal');
  const fix = 'The workers cannot keep up: start more of them, or give them more processors.';
  return { part, state: 'warning', says, fix, command: 'npm run worker', see: 'temporal' };
}

function timers({ overdue, timer_lag_seconds: lag }: HealthFigures): Finding {
  const part = 'timers';
  if (overdue === null) return unknown(part);
  const lately =
    lag === null ? 'None acted lately.' : `Those of the last minutes acted within ${lasting(lag)}.`;
  if (overdue > 0)
    return {
      ...{ part, state: 'wrong', says: `${some(overdue, 'timer')} more than a minute late. ${lately}` },
      fix: 'A worker’s sweep wakes them once a minute. Where one stays late, compare its workflow with its row.',
      ...{ command: 'npm run reconcile -- --dry-run', see: 'timers' },
    };
  if ((lag ?? 0) < LAG_S) return ok(part, `None is overdue. ${lately}`, 'timers');
  const fix = 'After an outage this passes. Otherwise start more workers, or look at Temporal.';
  return { part, state: 'warning', says: lately, fix, command: null, see: 'timers' };
}

function conversations({ failing }: HealthFigures): Finding {
  const part = 'conversations';
  if (failing === null)
    return { ...unknown(part), says: 'This Temporal does not tell whose tasks fail (1.30 and newer do).' };
  if (failing.n === 0) return ok(part, 'None is stuck.');
  return {
    ...{ part, state: 'wrong' },
    says: `${some(failing.n, 'conversation')} stuck: the workflow’s task fails again and again. ${failing.conversations.join(', ')}`,
    fix: 'The worker’s log says why. Do not terminate them: docs/operations.md, “A stuck workflow”.',
    ...{ command: 'npm run reconcile -- --dry-run', see: 'temporal' },
  };
}

function signals({ dropped }: HealthFigures): Finding {
  const part = 'signals';
  if (dropped === null) return unknown(part);
  if (dropped === 0) return ok(part, 'Every signal was an event, since the workers started.');
  return {
    ...{
      part,
      state: 'warning',
      says: `${some(dropped, 'signal')} dropped since the workers started: no event.`,
    },
    fix: 'A program that signals Temporal directly sends something wrong. The worker’s log says “event dropped” and why.',
    ...{ command: null, see: 'temporal' },
  };
}

function outbox({ outbox }: HealthFigures): Finding {
  const part = 'outbox';
  if (outbox === null) return unknown(part);
  const age = outbox.unheard_seconds;
  if (age < UNHEARD_S) return ok(part, 'Every effect is handed to the endpoints at once.', 'webhooks');
  return {
    ...{ part, state: 'wrong', says: `Effects have waited for ${lasting(age)} to be handed to endpoints.` },
    ...{ fix: FIXES.worker, command: 'npm run worker', see: 'webhooks' },
  };
}

function webhooks({ outbox }: HealthFigures): Finding {
  const part = 'webhooks';
  if (outbox === null) return unknown(part);
  const { active, failing, paused, waiting, undelivered_seconds: age } = outbox;
  const see = 'webhooks';
  if (active + failing + paused === 0) return ok(part, 'There is none.', see);
  const waits =
    waiting === 0
      ? 'Nothing waits.'
      : `${some(waiting, 'delivery', 'deliveries')} wait, one for ${lasting(age)}.`;
  if (failing > 0 || age > UNDELIVERED_S)
    return {
      ...{ part, state: 'wrong', says: `${some(failing, 'endpoint')} failing. ${waits}` },
      fix: 'See what they answer and mend them; deliveries are tried again for three days.',
      ...{ command: null, see },
    };
  if (paused > 0)
    return {
      ...{
        part,
        state: 'warning',
        says: `${some(paused, 'endpoint')} paused: told later what is decided meanwhile.`,
      },
      fix: 'An endpoint that answered 410 was paused for it. Set it going again once it is mended.',
      ...{ command: null, see },
    };
  return ok(part, `${some(active, 'endpoint')} told. ${waits}`, see);
}
