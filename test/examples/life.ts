/** One conversation with something of each kind, and what is found wrong after a change to it. */
import { verify, type Observed } from '../../examples/replay/verify';
import type { Sent } from '../../examples/replay/drive';
import { settingsSchema } from '../../src/domain/settings';
import { lived } from './observed';

export const settings = settingsSchema.parse({
  csat: { enabled: true, timeout_seconds: 60, late_answer_seconds: 600 },
  auto_close: { after_seconds: 120, basis: 'last_activity' },
  auto_archive: { after_seconds: 30 },
});

/**
 * A survey that times out and is answered late, a second episode that auto-closes, refused and ignored
 * events.
 */
export const life = () =>
  lived(settings, [
    { at: 0, event: { id: 'e1', type: 'message', occurred_at: '2005-02-06T10:00:00Z' } },
    { at: 5, event: { id: 'e2', type: 'agent_reply', agent: 'ana' } },
    { at: 6, event: { id: 'e3', type: 'message', kind: 'reaction' } },
    { at: 7, event: { id: 'e4', type: 'flow_start', flow: 'news', execution: 'x', source: 'broadcast' } },
    { at: 8, event: { id: 'e5', type: 'tag_add', tags: ['refund'] } },
    { at: 10, event: { id: 'e6', type: 'close', agent: 'ana' } },
    { at: 75, event: { id: 'e7', type: 'csat_answer', score: 4 } },
    { at: 80, event: { id: 'e8', type: 'csat_answer', score: 1 } },
    { at: 200, event: { id: 'e9', type: 'message' } },
  ]);

/** JSON, as it comes from the service. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const findings = (change: (sent: Sent[], observed: Observed) => void) => {
  const { sent, observed } = copy(life());
  change(sent, observed);
  return verify('c_1', sent, observed, settings).map(({ kind, what }) => `${kind}: ${what}`);
};
export const entry = (observed: Observed, id: string) => observed.timeline.find((e) => e.event === id)!;
export const place = (observed: Observed, id: string) => observed.timeline.findIndex((e) => e.event === id);
