/**
 * `npm run replay`: sends recorded chats through a running service and compares the result with the rules.
 */
import { OperatorError } from '../src/runtime/operator-error';
import { readChats } from './replay/chats';
import { drive } from './replay/drive';
import { createInbox } from './replay/inbox';
import { readCounts, settled, verified } from './replay/observe';
import { readOptions, USAGE, type Options } from './replay/options';
import { planOf, type Plan } from './replay/plan';
import { showProgress } from './replay/progress';
import { figures, overTime, verdict } from './replay/report';
import { sample } from './replay/samples';
import { ConcurrencyLimit } from './replay/concurrency-limit';
import { tally, type Tally } from './replay/tally';
import { Client, ProblemError, UnreachableError } from '../clients/typescript/src/index';
import { apiKey } from './service/key';

/**
 * A service that runs may go away for a while. Before that, perhaps it was never started, so the wait is
 * shorter.
 */
const FIRST_ANSWER_MS = 5_000;
const PATIENCE_MS = 120_000;
/** Longer than any timer of the replay's inbox plus a restart of the service. */
const QUIET_MS = 45_000;
const LOST_AFTER_MS = 15_000;
const READERS = 4;

async function replay(options: Options): Promise<Tally> {
  const chats = readChats(options.file, options.conversations);
  if (chats.length === 0) throw new OperatorError(`${options.file} has no chats in it`);
  const service = { url: options.url, key: apiKey(options.key, process.env) };
  const inbox = await createInbox(new Client({ ...service, patience_ms: FIRST_ANSWER_MS }), options.speed);
  const retries = new Map<string, number>();
  const onRetry = (why: string) => retries.set(why, (retries.get(why) ?? 0) + 1);
  const client = new Client({ ...service, patience_ms: PATIENCE_MS, onRetry });
  const plans = planOf(chats, options.speed, inbox.settings, options.seed);
  console.log(announcement(options, plans, inbox.inbox));

  const sampling = sample(() => readCounts(client, inbox.inbox));
  const began = Date.now();
  const sending = showProgress('sending', eventsIn(plans));
  const sent = await drive(client, plans, {
    ...options,
    inbox: inbox.inbox,
    onSent: (_, late_ms) => sending.step(aside(retries, late_ms)),
  }).finally(() => sending.done());
  const took_ms = Date.now() - began;

  console.log('Waiting until every timer has run out and everything is written …');
  const all = await settled(client, inbox.inbox, sent.length, QUIET_MS);
  if (!all)
    console.log(`Nothing has moved for ${QUIET_MS / 1000} s, though not all are closed and archived.`);
  const samples = await sampling.stop();

  const verifying = showProgress('verifying', sent.length);
  const slots = new ConcurrencyLimit(READERS);
  const results = await Promise.all(
    sent.map((conversation) =>
      slots.within(async () => {
        const result = await verified(client, inbox, conversation, LOST_AFTER_MS);
        verifying.step();
        return result;
      }),
    ),
  ).finally(() => verifying.done());
  const result = tally(sent, results);
  console.log(`\nConversations per status over time\n\n${overTime(samples)}`);
  console.log(`\n${figures(result, retries, took_ms)}\n\n${verdict(result)}`);
  return result;
}

function announcement({ speed, url, file }: Options, plans: Plan[], inbox: string): string {
  const last = Math.max(...plans.flatMap((plan) => plan.events.map((planned) => planned.due)));
  return (
    `Replaying ${plans.length} conversations, ${eventsIn(plans)} events, of ${file}\n` +
    `to inbox ${inbox} of ${url}, at ${speed} times their speed: about ${Math.ceil(last / 1000)} s.`
  );
}

function eventsIn(plans: Plan[]): number {
  return plans.reduce((sum, plan) => sum + plan.events.length, 0);
}

function aside(retries: Map<string, number>, late_ms: number): string {
  const again = [...retries.values()].reduce((sum, n) => sum + n, 0);
  const late = late_ms > 500 ? `${(late_ms / 1000).toFixed(1)} s behind` : '';
  return [late, again > 0 ? `${again} sent again` : ''].filter(Boolean).join(', ');
}

async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === 'help') return console.log(USAGE);
    const { findings } = await replay(options);
    if (findings.length > 0) process.exitCode = 1;
  } catch (error) {
    const plain = [OperatorError, UnreachableError, ProblemError].some((known) => error instanceof known);
    console.error(plain ? (error as Error).message : error);
    process.exit(error instanceof OperatorError ? 2 : 1); // what is still being sent is of no use
  }
}

void main();
