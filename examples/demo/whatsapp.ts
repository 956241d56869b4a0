/** A life that comes through WhatsApp: a stand-in for its API takes the survey, and sends what the customer writes and taps. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../clients/typescript/src/index';
import { GraphStandIn } from '../whatsapp/graph-stand-in';
import type { Story } from './story';

const NUMBER = { phone_number_id: '106540352242922', access_token: 'demo-token', app_secret: 'demo-secret' };
const SURVEY = { text: 'How was our help?', button: 'Rate us' };
const CUSTOMER = '5511987654321';
const PATIENCE_MS = 20_000;

export async function throughWhatsApp(story: Story): Promise<void> {
  const graph = await GraphStandIn.start(NUMBER);
  try {
    if (await connected(story, graph)) await tell(story, graph);
    else story.say('\nThrough WhatsApp: left out, as this service may not send to this machine.');
  } finally {
    await graph.stop();
  }
}

async function connected({ client, inbox }: Story, graph: GraphStandIn): Promise<boolean> {
  const body = { ...NUMBER, verify_token: 'demo', graph_url: graph.url, survey: SURVEY };
  try {
    const params = { path: { inbox } };
    const { webhook_path } = await client.PUT('/v1/inboxes/{inbox}/whatsapp', { params, body });
    graph.connect(client.url + webhook_path);
    return true;
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
}

async function tell(story: Story, graph: GraphStandIn): Promise<void> {
  await graph.writes(CUSTOMER, 'Where is my order?');
  const conversation = await until('the conversation', () => newest(story));
  const c = story.about('A customer writes on WhatsApp, and answers the survey there', conversation);
  await c.becomes('the customer writes on WhatsApp', 'new');
  await graph.writesOnPhone(CUSTOMER, 'On its way!');
  await c.becomes('somebody answers on the phone itself', 'in_progress');
  await c.when('ana closes it: the survey goes out', { type: 'close', agent: 'ana' }, 'resolved');
  const list = await until('the survey', () => Promise.resolve(graph.taken[0]));
  const rows = list.message.interactive?.action?.sections?.[0]?.rows ?? [];
  story.say(`          WhatsApp shows "${SURVEY.text}" with ${rows.map((row) => row.title).join(', ')}`);
  await graph.taps(list, /^5/);
  await c.becomes('the customer taps five stars', 'closed');
  await graph.writes(CUSTOMER, 'Obrigado! 🙏');
  await c.becomes('and says thanks: that opens nothing', 'closed');
}

async function newest({ client, inbox }: Story): Promise<string | undefined> {
  const params = { path: { inbox }, query: { limit: 200 } };
  const { items } = await client.GET('/v1/inboxes/{inbox}/conversations', { params });
  return items.map((c) => c.conversation).find((id) => id.startsWith('wa_'));
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s`);
}
