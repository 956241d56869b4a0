import { address, readOptions } from '../../examples/replay/options';
import { figures, overTime, verdict } from '../../examples/replay/report';
import { thinned, type Sample } from '../../examples/replay/samples';
import { percentile, tally } from '../../examples/replay/tally';
import { settingsSchema } from '../../src/domain/settings';
import { lived } from './observed';

const settings = settingsSchema.parse({ auto_close: { basis: 'last_activity', after_seconds: 60 } });
const { sent, observed } = lived(settings, [
  { at: 0, event: { id: 'e1', type: 'message' } },
  { at: 1, event: { id: 'e2', type: 'message', kind: 'reaction' } },
  { at: 2, event: { id: 'e3', type: 'reopen', agent: 'ana' } },
]);
const lost = { event: 'e4', type: 'message', accepted: false, problem: '404', took_ms: 900 };
const findings = [{ kind: 'not accepted' as const, conversation: 'c_1', what: 'message e4: 404' }];
const counted = tally([{ conversation: 'c_1', events: [...sent, lost] }], [{ observed, findings }]);

describe('the report of a replay', () => {
  test('figures come from the timeline, times from the accepted answers', () => {
    expect(figures(counted, new Map([['503', 2]]), 1500).split('\n')).toEqual([
      'events',
      'sent        4',
      'accepted    3  (2/s)',
      'applied     1',
      'ignored     1  (reaction 1)',
      'refused     1  (not_closed 1)',
      'sent again  2  (503 2)',
      'timers      1  (auto_close_due 1)',
      'answers',
      '202         p50 5.0 ms, p99 5.0 ms  (2)',
      'awaited     p50 5.0 ms, p99 5.0 ms  (1)',
    ]);
  });

  test('what is wrong is named, conversation by conversation', () => {
    expect(verdict(counted)).toBe(
      'NOT VERIFIED: 1 of 1 conversations are wrong:\n  c_1  not accepted: message e4: 404',
    );
    expect(verdict({ ...counted, findings: [] })).toMatch(
      /^Verified: all 3 accepted events of 1 conversations/,
    );
  });

  test('statuses over time, a row a sample', () => {
    const status = { not_contacted: 0, new: 12, in_progress: 3, in_flow: 0, resolved: 1, closed: 0 };
    const samples: Sample[] = [
      { at: 1234, counts: { total: 16, unread: 4, archived: 0, snoozed: 0, status, waiting_on: {} } },
    ];
    expect(overTime(samples).split('\n').map((row) => row.trim().split(/\s+/))).toEqual([
      ['seconds', 'new', 'in_progress', 'in_flow', 'resolved', 'closed', 'unread', 'archived'],
      ['1.2', '12', '3', '0', '1', '0', '4', '0'],
    ]); // prettier-ignore
  });

  test('of many samples so many, the first and the last among them', () => {
    const all = Array.from({ length: 100 }, (_, i) => i);
    expect(thinned(all, 4)).toEqual([0, 33, 66, 99]);
    expect(thinned([1, 2], 4)).toEqual([1, 2]);
  });

  test('percentiles are values that were measured', () => {
    const values = Array.from({ length: 200 }, (_, i) => i + 1);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)]).toEqual([100, 198, 0]);
  });
});

describe('the command line of a replay', () => {
  test('everything has a default', () => {
    const options = {
      speed: 1000,
      conversations: Infinity,
      url: 'http://127.0.0.1:3000',
      concurrency: 16,
      seed: '1',
    };
    expect(readOptions([])).toMatchObject(options);
  });

  test('everything can be given', () => {
    const line = 'a.gz --speed 0.5 --conversations 300 --url http://h:1/ --key k --concurrency 4 --seed x';
    expect(readOptions(line.split(' '))).toEqual({
      file: 'a.gz',
      speed: 0.5,
      conversations: 300,
      url: 'http://h:1',
      key: 'k',
      concurrency: 4,
      seed: 'x',
    });
  });

  test.each([
    ['--speed fast', /--speed must be a number above 0, not fast/],
    ['--speed 0', /--speed must be/],
    ['--conversations 1.5', /--conversations must be a whole number/],
    ['--url localhost', /--url must look like/],
    ['--sped 3', /sped[^]*--speed N/],
    ['a b', /one file at a time/],
  ])('%s: one line that names it', (line, message) => {
    expect(() => readOptions(line.split(' '))).toThrow(message);
  });

  test('an address has no slash at its end', () => {
    expect(address('https://example.org/base//')).toBe('https://example.org/base');
  });
});
