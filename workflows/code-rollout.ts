import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { codeProgressQuery, type CodeProgress, type CodeRolloutInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { resetPage, finishCodeRollout } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '5s',
  summary: 'code rollout',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const PAGES_PER_RUN = 200;
const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

interface Carried {
  before: string;
  token: string | null;
  done: CodeProgress;
  /** in this pass: runs that were reset or failed; if there are any, another pass follows */
  found: number;
  pauseMs: number;
}

/**
 * Resets the runs that began under older code, page by page and at a bounded rate, until it finds no more of
 * them. Runs that have events waiting do not depend on it: the worker that meets one resets it at once.
 */
export async function code_rollout({ number }: CodeRolloutInput, from?: Carried): Promise<CodeProgress> {
  assertSameCode();
  const now: Carried = from ?? {
    ...{ before: wf.workflowInfo().startTime.toISOString(), token: null, found: 0, pauseMs: PAUSE_MS },
    done: { reset: 0, left: 0, failed: 0 },
  };
  wf.setHandler(codeProgressQuery, () => now.done, { description: 'How many runs it has reset' });
  for (let pages = 0; ; pages += 1) {
    if (pages >= PAGES_PER_RUN) await wf.continueAsNew<typeof code_rollout>({ number }, now);
    const { next, ...page } = await resetPage({ number, before: now.before, token: now.token });
    now.done = sum(now.done, page);
    now.found += page.reset + page.failed;
    now.token = next;
    wf.setCurrentDetails(inWords(number, now.done));
    if (next !== null) continue;
    if (now.found === 0) break;
    await wf.sleep(now.pauseMs, { summary: 'before it looks again' });
    now.pauseMs = page.failed > 0 ? Math.min(2 * now.pauseMs, LONGEST_PAUSE_MS) : PAUSE_MS;
    now.found = 0;
  }
  await finishCodeRollout({ number, ...now.done });
  return now.done;
}

function sum(a: CodeProgress, b: CodeProgress): CodeProgress {
  return { reset: a.reset + b.reset, left: a.left + b.left, failed: a.failed + b.failed };
}

function inWords(number: number, { reset, failed }: CodeProgress): string {
  const again = failed > 0 ? ` ${failed} could not be, and are tried again.` : '';
  return `**${reset}** runs were reset to code number ${number}.${again}`;
}
