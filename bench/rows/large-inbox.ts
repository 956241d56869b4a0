import { HttpClient } from '../load/http';
import { figure, interleaved, type Figure } from '../rounds';
import { ms, type Bench, type Line, type Row } from '../row';
import { BULK_INBOX, bulkId, seed } from '../seed';
import type { Setup } from '../setup';
import { mean, quantile } from '../statistics';

const ASKED = 500;
const WARM_UP = 300;

/** Each filter by itself, and those together that no index serves as a whole. */
const FILTERS = [
  ...[
    'archived=any',
    'archived=true',
    'status=new,in_progress',
    'unread=true',
    'unread=false',
    'snoozed=false',
  ],
  ...['agent=agent-3', 'team=team-1', 'tag=tag-0', 'archived=any&tag=tag-0', 'agent=agent-3&team=team-1'],
  'archived=any&tag=tag-0&agent=agent-0&unread=false',
];

/** Row 13: what a page shows first of a large inbox. Beside it a read of one conversation, the quickest read there is. */
export const largeInbox: Row = {
  numbers: ['13'],
  async measure({ setup, effort, progress }: Bench): Promise<Line[]> {
    const count = effort.quick ? 100_000 : 1_000_000;
    await seed(setup, count, progress(`seeding ${count.toLocaleString('en')} conversations`));
    const rounds = async (path: string) => {
      await p99Of(setup, path, WARM_UP);
      const measured = await interleaved(
        effort.rounds,
        () => p99Of(setup, `conversations/${bulkId(1)}`),
        () => p99Of(setup, path),
        progress(path),
      );
      return {
        path,
        limit: figure(measured.map((r) => mean(r.limit))),
        ours: figure(measured.map((r) => mean(r.ours))),
      };
    };
    const page = await rounds('conversations?tag=tag-0');
    const all = await rounds('counts');
    const filtered = [];
    for (const filter of FILTERS) filtered.push(await rounds(`counts?${filter}`));
    const slowest = filtered.sort((a, b) => b.ours.median - a.ours.median)[0] ?? all;
    return [
      line(`a page by a common tag, of ${count.toLocaleString('en')}, p99`, 10, page),
      line('counts without filters, p99', 10, all),
      line(
        `the slowest of ${FILTERS.length} filtered counts (${slowest.path.slice(7)}), p99`,
        150,
        slowest,
        filtered,
      ),
    ];
  },
};

interface Measured {
  path: string;
  limit: Figure;
  ours: Figure;
}

function line(what: string, most: number, { limit, ours }: Measured, raw: unknown = { limit, ours }): Line {
  return {
    ...{ n: '13', what, goal: `≤ ${most} ms`, limit: `${ms(limit.median)} (one conversation)` },
    ...{ ours: ms(ours.median), ratio: '–', spread: `${ms(ours.least)}–${ms(ours.most)}` },
    pass: ours.median <= most,
    raw,
  };
}

/** Of so many requests, one at a time. */
async function p99Of({ url, key }: Setup, path: string, requests = ASKED): Promise<number> {
  const http = new HttpClient(url, { Authorization: `Bearer ${key}` });
  const took: number[] = [];
  for (let n = 0; n < requests; n++) {
    const began = performance.now();
    const { status } = await http.get(`/v1/inboxes/${BULK_INBOX}/${path}`);
    took.push(performance.now() - began);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
  }
  http.close();
  return quantile(took, 0.99);
}
