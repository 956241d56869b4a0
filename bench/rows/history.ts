import { setTimeout as sleep } from 'node:timers/promises';
import { workflowId } from '../../src/temporal/contract';
import { HttpClient } from '../load/http';
import { round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { median } from '../statistics';
import { untilIdle } from './counting';

const MESSAGES = 20;
const BURST = 4;

/** History events of a message that changes no status: alone, and in bursts of four. */
export const history: Row = {
  numbers: ['5'],
  async measure({ setup, say }: Bench): Promise<Line[]> {
    say('history events of a message');
    const alone = await perMessage(setup, 'history-alone', 1);
    const burst = await perMessage(setup, 'history-burst', BURST);
    const naive = 'a naive design: 12–13';
    return [
      {
        ...{ n: '5', what: 'history events per message', goal: '≤ 5', limit: naive, ours: round(alone) },
        ...{ ratio: round(alone), spread: '', pass: alone <= 5, raw: alone },
      },
      {
        ...{
          n: '5',
          what: 'history events per message, bursts of 4',
          goal: '≤ 2',
          limit: naive,
          ours: round(burst),
        },
        ...{ ratio: round(burst), spread: '', pass: burst <= 2, raw: burst },
      },
    ];
  },
};

/** A burst comes while the conversation is idle, so only the signals' own tasks are counted. */
async function perMessage(setup: Setup, conversation: string, burst: number): Promise<number> {
  const { client, inbox, url, key } = setup;
  const id = workflowId({ account: 'default', inbox, conversation });
  const http = new HttpClient(url, { Authorization: `Bearer ${key}`, Prefer: 'respond-async' });
  const path = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
  const send = (n: number) => http.post(path, JSON.stringify({ id: `h${n}`, type: 'message', kind: 'text' }));
  const length = async () => (await client.workflow.getHandle(id).describe()).historyLength;
  await send(0);
  await send(1);
  await sleep(1_000);
  await untilIdle(client, [id]);
  const costs: number[] = [];
  for (let n = 2; n < MESSAGES; n += burst) {
    const before = await length();
    await Promise.all(Array.from({ length: burst }, (_, i) => send(n + i)));
    await sleep(50);
    await untilIdle(client, [id]);
    costs.push(((await length()) - before) / burst);
  }
  http.close();
  return median(costs);
}
