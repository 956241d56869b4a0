/** `npm run demo`: the life of a few conversations in under a minute, told in plain lines. */
import { parseArgs } from 'node:util';
import { OperatorError, reason } from '../src/runtime/operator-error';
import { SCENES, SETTINGS } from './demo/scenes';
import { findOrStart, type Service } from './demo/service';
import { Story } from './demo/story';
import { address } from './replay/options';
import { Client, ProblemError, UnreachableError } from '../clients/typescript/src/index';

const PATIENCE_MS = 20_000;
const say = (line: string) => console.log(line);

async function demo({ url, key, temporalUi, stop }: Service): Promise<boolean> {
  const client = new Client({ url, key, patience_ms: PATIENCE_MS });
  const name = `demo-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${process.pid}`;
  const params = { path: { inbox: name } };
  const { inbox } = await client.PUT('/v1/inboxes/{inbox}', { params, body: { settings: SETTINGS } });
  say(
    `Inbox ${inbox}: surveys time out after 4 s, silence closes after 6 s, what is closed is archived after 3 s.`,
  );
  const story = new Story(client, inbox, say);
  for (const scene of SCENES) await scene(story);
  say(`\nTo look at:\n${(await links(url, stop ? key : '$API_KEY', inbox, temporalUi)).join('\n')}`);
  if (story.surprises.length > 0) say(`\nNot as it should be:\n  ${story.surprises.join('\n  ')}`);
  return story.surprises.length === 0;
}

/** Lists only pages that exist. @param key as it may be shown: a kept key is not shown */
async function links(url: string, key: string, inbox: string, temporalUi?: string): Promise<string[]> {
  const pages = ['/docs', '/ops'];
  const replies = await Promise.all(pages.map((page) => fetch(url + page)));
  const served = pages.filter((_, i) => replies[i]?.status === 200).map((page) => `  ${url}${page}`);
  const curl = (path: string) =>
    `  curl -H "Authorization: Bearer ${key}" '${url}/v1/inboxes/${inbox}${path}'`;
  return [
    ...served,
    ...(temporalUi ? [`  ${temporalUi}`] : []),
    curl('/counts'),
    curl('/conversations?archived=any'),
    curl('/conversations/c_late/timeline'),
    curl('/conversations/c_quiet/episodes'),
  ];
}

/** On a terminal the demo's own service goes on, so that a person can look at it. */
async function leave(stop: () => Promise<void>): Promise<void> {
  if (process.stdout.isTTY) {
    say('\nThe service runs until you press Ctrl-C; then it and its data are gone.');
    await new Promise(() => {});
  }
  await stop();
}

function options(args: string[]): { url?: string; key?: string } {
  try {
    return parseArgs({ args, options: { url: { type: 'string' }, key: { type: 'string' } } }).values;
  } catch (error) {
    throw new OperatorError(`${reason(error)}\n\nnpm run demo -- [--url http://127.0.0.1:3000] [--key KEY]`);
  }
}

async function main(): Promise<void> {
  let service: Service | undefined;
  try {
    const { url, key } = options(process.argv.slice(2));
    service = await findOrStart(address(url), key, say);
    process.exitCode = (await demo(service)) ? 0 : 1;
    if (service.stop) await leave(service.stop);
  } catch (error) {
    const plain = [OperatorError, UnreachableError, ProblemError].some((known) => error instanceof known);
    console.error(plain ? (error as Error).message : error);
    process.exitCode = 1;
    await service?.stop?.();
  }
}

void main();
