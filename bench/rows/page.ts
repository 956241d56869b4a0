import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { loadConversations, writeDecisions } from '../../src/db/writes';
import { eventSchema } from '../../src/domain/any-event';
import { begin, draft, writeOf } from '../../src/domain/ledger';
import { hasBrowser, launch } from '../../test/web/support/browser';
import { ms, type Bench, type Line, type Row } from '../row';
import { BULK_INBOX, bulkId, seed } from '../seed';
import type { Setup } from '../setup';
import { median, quantile } from '../statistics';

const COUNT = 100_000;
const OPENED = 7;
/** how many times slower the browser's processor is made while frames are measured */
const SLOWED = 4;
const WATCHED_S = 30;
const PER_SECOND = 100;
/** how many decisions one statement writes, as in a busy worker */
const TOGETHER = 10;

/** Row `page`: the board of a large inbox in a real browser, opened, and while much is decided. */
export const board: Row = {
  numbers: ['page'],
  async measure({ setup, say, progress }: Bench): Promise<Line[]> {
    if (!hasBrowser) throw new Error('there is no Chromium here; set CHROMIUM to its path');
    await seed(setup, COUNT, progress(`seeding ${COUNT.toLocaleString('en')} conversations`));
    const browser = await launch();
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
      await page.goto(`${setup.url}/ops?inbox=${BULK_INBOX}`);
      await page.evaluate(`sessionStorage.setItem('api-key', '${setup.key}')`);
      say('opening the board');
      const opened: number[] = [];
      for (let i = 0; i < OPENED; i++) opened.push(await opening(page));
      say(`${PER_SECOND} changes a second, the processor slowed ${SLOWED} times`);
      const frames = await framesUnderLoad(setup, page);
      return [openLine(opened), framesLine(frames)];
    } finally {
      await browser.close();
    }
  },
};

/** Until every column that has conversations shows some. In milliseconds. */
async function opening(page: Page): Promise<number> {
  await page.reload({ waitUntil: 'commit' });
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => {
      const columns = [...document.querySelectorAll('.column')];
      const isThere = columns.length > 0 && columns.every((column) => column.querySelector('.card, .nothing'));
      if (isThere) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    look();
  })`);
}

interface Frames {
  ms: number[];
  changed: number;
}

async function framesUnderLoad(setup: Setup, page: Page): Promise<Frames> {
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  const devtools: CDPSession = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  const loading = { stopped: false, changed: 0 };
  const load = changes(setup, loading);
  await sleep(2_000);
  await page.evaluate(`{
    window.frames_ms = [];
    let last = performance.now();
    const frame = (now) => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }`);
  const before = loading.changed;
  await sleep(WATCHED_S * 1_000);
  const taken = await page.evaluate<number[]>('window.frames_ms.slice(1)');
  const changed = loading.changed - before;
  loading.stopped = true;
  await load;
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return { ms: taken, changed };
}

/** Closes conversations and opens them again, as workers write it: in many rows, timelines and the outbox. */
async function changes({ pool }: Setup, loading: { stopped: boolean; changed: number }): Promise<void> {
  const keys = Array.from({ length: COUNT / 100 }, (_, i) => ({
    ...{ account: 'default', inbox: BULK_INBOX, conversation: bulkId(i * 100 + 91) }, // in progress
  }));
  const began = Date.now();
  for (let n = 0; !loading.stopped; n += TOGETHER) {
    const some = Array.from({ length: TOGETHER }, (_, i) => keys[(n + i) % keys.length]!);
    const loaded = await loadConversations(pool, some);
    const now = Date.now();
    const writes = some.flatMap((key, i) => {
      const found = loaded[i];
      if (!found) return [];
      const held = begin(key, found, now);
      const type = held.state.status === 'closed' ? 'reopen' : 'close';
      const event = eventSchema.parse({ id: `page-${n + i}`, type, agent: 'ana' });
      return [writeOf(key, held, draft(key, held, [event], now))];
    });
    const written = await writeDecisions(pool, writes);
    loading.changed += written.filter(Boolean).length;
    const due = began + ((n + TOGETHER) / PER_SECOND) * 1_000;
    await sleep(Math.max(0, due - Date.now()));
  }
}

function openLine(opened: number[]): Line {
  const most = 1_000;
  const took = median(opened);
  return {
    ...{
      n: 'page',
      what: `the board of ${COUNT.toLocaleString('en')} conversations, until every column is there`,
    },
    ...{ goal: `≤ ${most} ms`, limit: '–', ours: ms(took), ratio: '–' },
    spread: `${ms(Math.min(...opened))}–${ms(Math.max(...opened))}`,
    ...{ pass: took <= most, raw: opened },
  };
}

function framesLine({ ms: frames, changed }: Frames): Line {
  const most = 50;
  const longest = Math.max(...frames);
  const slow = frames.filter((frame) => frame > most).length;
  return {
    n: 'page',
    what: `its longest frame under ${Math.round(changed / WATCHED_S)} changes a second, processor ${SLOWED} times slower`,
    ...{ goal: `≤ ${most} ms`, limit: '–', ours: ms(longest), ratio: '–' },
    spread: `p99 ${ms(quantile(frames, 0.99))}; ${slow} of ${frames.length.toLocaleString('en')} longer`,
    ...{ pass: longest <= most, raw: { frames: frames.length, slow, longest, changed } },
  };
}
