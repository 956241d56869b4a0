import { verify } from '../../examples/replay/verify';
import { entry, findings, life, place, settings } from './life';
import { lived } from './observed';

describe('a replayed conversation is verified', () => {
  test('one that is what its events make of it has nothing to be found', () => {
    expect(findings(() => {})).toEqual([]);
    const { timeline, conversation, episodes } = life().observed;
    expect(timeline.map((e) => e.type)).toEqual([
      'auto_archive_due', 'auto_close_due', 'message', 'auto_archive_due', 'csat_answer', 'csat_answer', 'csat_timeout',
      'close', 'tag_add', 'flow_start', 'message', 'agent_reply', 'message',
    ]); // prettier-ignore
    expect(conversation).toMatchObject({ status: 'closed', archived: true, episode: 2 });
    expect(episodes.map((e) => e.survey?.late)).toEqual([undefined, true]);
  });

  test('lost: an accepted event is not in the timeline', () => {
    const found = findings((_, o) => o.timeline.splice(place(o, 'e3'), 1));
    expect(found).toContain('lost: e3');
    expect(found).toContain('lost: decision 3 of the timeline is numbered 4');
  });

  test('lost: the last one, which leaves no gap', () => {
    const { sent, observed } = lived(settings, [{ at: 0, event: { id: 'e1', type: 'message' } }], 1);
    const more = [...sent, { event: 'e2', type: 'message', accepted: true, took_ms: 3 }];
    expect(verify('c_1', more, observed, settings)).toEqual([
      { kind: 'lost', conversation: 'c_1', what: 'e2' },
    ]);
  });

  test('lost: nobody has heard of the conversation', () => {
    const { sent } = life();
    expect(verify('c_1', sent, null, settings).map((f) => f.what)).toEqual(sent.map((s) => s.event));
  });

  test('twice: an event was decided again', () => {
    const found = findings((_, o) => o.timeline.splice(place(o, 'e3'), 0, entry(o, 'e3')));
    expect(found).toContain('twice: e3');
  });

  test('twice, though numbered on and folded into the row as if it were right', () => {
    const events = (ids: string[]) => ids.map((id, i) => ({ at: i, event: { id, type: 'message' } }));
    const { observed } = lived(settings, events(['e1', 'e2', 'e2', 'e3']), 10);
    const { sent } = lived(settings, events(['e1', 'e2', 'e3']), 10);
    expect(verify('c_1', sent, observed, settings)).toEqual([
      { kind: 'twice', conversation: 'c_1', what: 'e2' },
    ]);
  });

  test('order: two events changed places, though the row is what the timeline makes of it', () => {
    const { sent, observed } = lived(settings, [
      { at: 0, event: { id: 'e2', type: 'message' } },
      { at: 1, event: { id: 'e1', type: 'message' } },
      { at: 2, event: { id: 'e3', type: 'message' } },
    ], 10); // prettier-ignore
    const inOrder = [sent[1]!, sent[0]!, sent[2]!];
    expect(verify('c_1', inOrder, observed, settings)).toEqual([
      { kind: 'order', conversation: 'c_1', what: 'e1 comes after e2' },
    ]);
  });

  test('not sent: the timeline has an event that nobody sent', () => {
    expect(findings((sent) => sent.splice(2, 1))).toEqual(['not sent: e3']);
  });

  test('not accepted: the service would not take an event', () => {
    const problem = '400 {"title":"Bad Request"}';
    const unsent = { event: 'e10', type: 'message', accepted: false, problem, took_ms: 2 };
    expect(findings((sent) => sent.push(unsent))).toEqual([`not accepted: message e10: ${problem}`]);
  });

  test('an event that was not accepted and yet decided is no loss and no surprise', () => {
    expect(findings((sent) => Object.assign(sent[2]!, { accepted: false, problem: 'gone' }))).toEqual([
      'not accepted: message e3: gone',
    ]);
  });
});
