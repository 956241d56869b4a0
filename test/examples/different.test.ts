import type { Sent } from '../../examples/replay/drive';
import { verify, type Observed } from '../../examples/replay/verify';
import { settingsSchema } from '../../src/domain/settings';
import { entry, findings, settings } from './life';
import { at, lived } from './observed';

describe('different: the rules make something else of the same timeline', () => {
  const cases: [string, (sent: Sent[], observed: Observed) => void, RegExp][] = [
    ['the row has another status', (_, o) => (o.conversation.status = 'new'), /the row, status: the rules say "closed", the service "new"/],
    ['the row has one decision more', (_, o) => (o.conversation.version += 1), /the row, version/],
    ['a time in the row is a millisecond off', (_, o) => (o.conversation.closed_at = at(0.001)), /the row, closed_at/],
    ['the row came before its first decision', (_, o) => (o.conversation.created_at = at(1)), /created_at: .* is after its first/],
    ['a tag of the row is not locked', (_, o) => (o.conversation.tags = [{ name: 'x', locked: false }]), /the row, tags/],
    ['a refusal has another rule', (_, o) => (entry(o, 'e4').rule = 'in_flow'), /#4 flow_start e4: the timeline says .*"in_flow".* the rules .*"conversation_open"/],
    ['what was refused counts as applied', (_, o) => (entry(o, 'e4').verdict = 'applied'), /#4 flow_start e4/],
    ['an entry leads elsewhere', (_, o) => (entry(o, 'e9').to = 'in_progress'), /#11 message e9/],
    ['a timer rang before its time', (_, o) => (o.timeline[1]!.at = at(310)), /#12 auto_close_due/],
    ['a timer had another deadline, and rang at another time', (_, o) => (o.timeline[1]!.at = at(321)), /the row, closed_at/],
    ['a timer acted on a deadline that had moved', (_, o) => (o.timeline[1]!.data.due_at = at(319)), /#12 auto_close_due .*: due at 2026-03-01T10:05:19.000Z in the timeline, by the rules 2026-03-01T10:05:20.000Z/],
    ['the event has other fields', (_, o) => (entry(o, 'e7').data.score = 5), /episode 1, survey/],
    ['the event is none', (_, o) => (entry(o, 'e7').data.score = 'five'), /#8 csat_answer e7: its data is not such an event's/],
    ['an episode is missing', (_, o) => o.episodes.shift(), /the rules make 2 episodes, the service has 1/],
    ['an episode has other agents', (_, o) => o.episodes[1]!.agents.push('bo'), /episode 1, agents/],
    ['an answer told another verdict', (s) => (s[3]!.decided!.verdict = 'ignored'), /the answer to e4, verdict/],
    ['an answer told another state', (s) => (s[5]!.decided!.conversation.status = 'closed'), /the answer to e6, status/],
  ]; // prettier-ignore

  test.each(cases)('%s', (_, change, message) => {
    const found = findings(change);
    expect(found.join('\n')).toMatch(message);
    expect(found.every((f) => f.startsWith('different: '))).toBe(true);
  });

  test('settings that changed meanwhile are in the timeline, and followed', () => {
    const patient = settingsSchema.parse({
      ...settings,
      auto_close: { after_seconds: 900, basis: 'last_activity' },
    });
    const changed = { id: '@settings_changed.2', type: 'settings_changed', settings: patient };
    const { sent, observed } = lived(settings, [
      { at: 0, event: { id: 'e1', type: 'message' } },
      { at: 60, event: changed },
    ]); // prettier-ignore
    expect(observed.conversation.closed_at).toBe(at(900.007));
    expect(verify('c_1', sent, observed, settings)).toEqual([]);
    observed.timeline.splice(-2, 1);
    expect(
      verify('c_1', sent, observed, settings)
        .map((f) => f.what)
        .join(),
    ).toMatch(/auto_close_due/);
  });
});
