import { ProblemError, UnreachableError, type Client } from '../../clients/typescript/src/index';
import type { Add, Context } from '../command';
import { EXIT, type ExitCode } from '../exit';
import { parkedOf } from './webhooks';

type State = 'ok' | 'warning' | 'wrong' | 'unknown';

interface Finding {
  part: string;
  state: State;
  says: string;
  fix?: string;
}

export const addDoctor: Add = (program, does) => {
  program
    .command('doctor')
    .description('look at every part: what is wrong, and how to mend it')
    .action(does(doctor));
};

async function doctor(context: Context): Promise<ExitCode> {
  const { output } = context;
  const findings = await examined(context);
  const { colors } = output;
  const marks = {
    ok: colors.green('✓'),
    warning: colors.yellow('!'),
    wrong: colors.red('✗'),
    unknown: colors.dim('?'),
  };
  output.result({ findings }, () =>
    findings.flatMap(({ part, state, says, fix }) => [
      `${marks[state]} ${part.padEnd(10)} ${says}`,
      ...(fix === undefined ? [] : [`  ${''.padEnd(10)} ${colors.dim('fix:')} ${fix}`]),
    ]),
  );
  if (findings[0]?.state === 'wrong') return EXIT.unreachable;
  if (findings.some(({ part, state }) => part === 'key' && state === 'wrong')) return EXIT.denied;
  return findings.some(({ state }) => state === 'wrong') ? EXIT.failed : EXIT.ok;
}

async function examined(context: Context): Promise<Finding[]> {
  const api = await reached(context);
  if (api.state === 'wrong') return [api];
  const parts = await readiness(context);
  const scopes = await scopesOf(context.client);
  const key = keyFinding(context, scopes);
  if (key.state === 'wrong') return [api, ...parts, key];
  const may = (scope: string) => scopes.get(scope) === true;
  return [
    api,
    ...parts,
    key,
    ...(may('conversations:read') ? await health(context) : []),
    ...(may('webhooks:write') ? await webhooks(context) : []),
    ...(may('inboxes:write') && may('conversations:read') ? await channels(context) : []),
  ];
}

async function reached({ service: { url, urlFrom } }: Context): Promise<Finding> {
  const fix = 'start the service (npm start), or say where it is with --url or API_URL';
  try {
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(5_000) });
    if ((await answer.text()).startsWith('{"status":"ok"'))
      return { part: 'API', state: 'ok', says: `answers at ${url} (${urlFrom})` };
    return {
      part: 'API',
      state: 'wrong',
      says: `what answers at ${url} (${urlFrom}) is another program`,
      fix,
    };
  } catch {
    return { part: 'API', state: 'wrong', says: `nothing answers at ${url} (${urlFrom})`, fix };
  }
}

const PARTS = {
  temporal:
    'see that the Temporal cluster runs and that TEMPORAL_ADDRESS, its namespace and its TLS settings are right',
  worker: 'see that a worker runs (npm run worker) and reaches PostgreSQL; its log says what it waits for',
  postgres: 'see that PostgreSQL runs and that DATABASE_URL is right; events are still accepted meanwhile',
};

async function readiness({ service: { url } }: Context): Promise<Finding[]> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(15_000) });
  const ready = (await answer.json()) as Record<keyof typeof PARTS, string> & {
    oldest_unwritten_seconds: number | null;
  };
  const parts = Object.entries(PARTS).map(([part, fix]): Finding => {
    const is = ready[part as keyof typeof PARTS];
    if (is === 'ok') return { part, state: 'ok', says: 'ok' };
    if (is === 'unknown')
      return { part, state: 'unknown', says: 'cannot be told while another part is away' };
    return { part, state: 'wrong', says: is, fix };
  });
  const late = ready.oldest_unwritten_seconds ?? 0;
  if (late < 5) return parts;
  const says = `the oldest decision has been waiting for ${Math.round(late)} s to be written`;
  return [...parts, { part: 'writes', state: 'wrong', says, fix: PARTS.postgres }];
}

type Probe = (client: Client) => Promise<unknown>;
const NO_ERASURE = 'er_00000000-0000-0000-0000-000000000000';
const nowhere = { params: { path: { inbox: 'doctor.asks' } } };

/** A request of each scope that changes nothing, whatever it is answered. */
const PROBES: Record<string, Probe> = {
  'conversations:read': (client) => client.GET('/v1/inboxes', { params: { query: { limit: 1 } } }),
  'events:write': (client) => client.POST('/v1/inboxes/{inbox}/events', { ...nowhere, body: [] }),
  'inboxes:write': (client) => client.PATCH('/v1/inboxes/{inbox}', { ...nowhere, body: {} }),
  'webhooks:write': (client) => client.GET('/v1/webhooks', { params: { query: { limit: 1 } } }),
  'keys:write': (client) => client.GET('/v1/keys', { params: { query: { limit: 1 } } }),
  'data:erase': (client) =>
    client.GET('/v1/erasures/{erasure}', { params: { path: { erasure: NO_ERASURE } } }),
  'accounts:write': (client) => client.PUT('/v1/accounts/{account}', { params: { path: { account: '@' } } }),
};

/** @returns null where the key is not known */
async function scopesOf(client: Client): Promise<Map<string, boolean | null>> {
  const asked = Object.entries(PROBES).map(async ([scope, probe]) => {
    const met: unknown = await probe(client).catch((error: unknown) => error);
    if (met instanceof UnreachableError) throw met;
    const status = met instanceof ProblemError ? met.status : 200;
    const may = status === 401 ? null : status >= 500 ? undefined : status !== 403;
    return [scope, may] as const;
  });
  const told = await Promise.all(asked);
  return new Map(told.filter((each): each is [string, boolean | null] => each[1] !== undefined));
}

function keyFinding({ service: { keyFrom } }: Context, scopes: Map<string, boolean | null>): Finding {
  const all = [...scopes];
  if (all.length === 0)
    return { part: 'key', state: 'unknown', says: 'cannot be told while another part is away' };
  if (all.some(([, may]) => may === null)) {
    const fix = 'give one with --key or API_KEY; npm start prints one and keeps it in DATA_DIR';
    return { part: 'key', state: 'wrong', says: `is unknown, revoked or at its end (${keyFrom})`, fix };
  }
  const [has, lacks] = [true, false].map((is) => all.filter(([, may]) => may === is).map(([scope]) => scope));
  const says = `may ${has?.join(', ') || 'nothing'} (${keyFrom})${lacks?.length ? `; not ${lacks.join(', ')}` : ''}`;
  return { part: 'key', state: 'ok', says };
}

/** What the service itself finds, besides what is looked at here. A service of the version before does not tell. */
async function health({ client }: Context): Promise<Finding[]> {
  const told = await client.GET('/v1/health', { params: {} }).catch(unlessAbsent);
  const here = new Set<string>(['temporal', 'worker', 'postgres', 'writes', 'webhooks']);
  const others = told?.findings.filter(({ part }) => !here.has(part)) ?? [];
  return others.map(({ part, state, says, fix, command }) => {
    const helps = [fix, command].filter((each) => each !== null).join(' ');
    return { part, state, says, ...(helps !== '' && { fix: helps }) };
  });
}

async function webhooks(context: Context): Promise<Finding[]> {
  const found = await parkedOf(context);
  if (found.length === 0) return [{ part: 'webhooks', state: 'ok', says: 'there is none' }];
  return found.map(({ webhook, url, state, parked }) => {
    const part = 'webhooks';
    const says = `${webhook} (${url}) is ${state}${parked > 0 ? `, ${parked === 200 ? '200 or more' : parked} deliveries are parked` : ''}`;
    if (state === 'paused')
      return {
        part,
        state: 'warning',
        says,
        fix: `conversation-status webhooks resume ${webhook} (an endpoint that answered 410 was paused for it)`,
      };
    if (parked > 0)
      return {
        part,
        state: 'wrong',
        says,
        fix: `see conversation-status webhooks deliveries ${webhook} --state parked, mend the endpoint, then webhooks redeliver`,
      };
    return { part, state: 'ok', says };
  });
}

async function channels({ client }: Context): Promise<Finding[]> {
  const findings: Finding[] = [];
  let inboxes = 0;
  for await (const { inbox } of client.items('/v1/inboxes', { params: {} })) {
    inboxes += 1;
    const path = { inbox };
    const channel = await client
      .GET('/v1/inboxes/{inbox}/whatsapp', { params: { path } })
      .catch(unlessAbsent);
    if (channel === null) continue;
    const { problem } = channel;
    const part = 'WhatsApp';
    if (problem === null) findings.push({ part, state: 'ok', says: `${inbox} is connected` });
    else {
      const says = `refuses the surveys of ${inbox} with code ${problem.code} since ${problem.since}`;
      const fix = `mend the set-up at Meta, or PUT /v1/inboxes/${inbox}/whatsapp; they are tried again`;
      findings.push({ part, state: 'wrong', says, fix });
    }
  }
  return [
    { part: 'inboxes', state: 'ok', says: inboxes === 0 ? 'there is none yet' : `${inboxes}` },
    ...findings,
  ];
}

function unlessAbsent(error: unknown): null {
  if (error instanceof ProblemError && error.status === 404) return null;
  throw error;
}
