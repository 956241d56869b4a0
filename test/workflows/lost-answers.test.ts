/**
 * A write succeeds and its answer is lost with the connection or the worker: the caller is told what was
 * decided.
 */
import type { Activities } from '../../activities';
import type { Written } from '../../activities/conversations';
import type { TestConversation } from './support/conversation';
import { failuresIn } from './support/history';
import { Service } from './support/service';

/** What happens to the next writes after they have succeeded. */
let after: ((result: Written) => Written)[] = [];
let service: Service;
let c: TestConversation;
beforeAll(async () => void (service = await Service.start({ activities })));
afterAll(() => service.stop());
beforeEach(async () => void (c = await service.conversation()));
afterEach(() => void (after = []));

const anotherDigest = (result: Written) => ({ ...result, digest: 'another' });
const theConnectionBreaks = () => {
  throw new Error('the connection broke');
};

it('the first event of a life is answered with its decision, as the timeline has it', async () => {
  after = [theConnectionBreaks];
  const answer = await c.decide({ id: 'm-1', type: 'message' });
  expect(answer).toEqual({ event: 'm-1', verdict: 'applied', conversation: await c.record() });
  expect(answer.conversation).toMatchObject({ status: 'new', version: 1 });
  expect(await c.timeline()).toHaveLength(1);
});

it.each([
  { event: { id: 'e', type: 'message' }, told: { verdict: 'applied' } },
  { event: { id: 'e', type: 'message', kind: 'reaction' }, told: { verdict: 'ignored', reason: 'reaction' } },
  { event: { id: 'e', type: 'reopen', agent: 'ana' }, told: { verdict: 'refused', rule: 'not_closed' } },
])('so is a later one: $told', async ({ event, told }) => {
  await c.when('message');
  after = [theConnectionBreaks];
  const answer = await c.decide(event);
  expect(answer).toEqual({ event: 'e', ...told, conversation: await c.record() });
  expect(await c.timeline()).toHaveLength(2);
});

it('the answer has the conversation right after the event, also if more was decided since', async () => {
  await c.when('message');
  after = [theConnectionBreaks];
  const [first, second] = await Promise.all(
    ['t-1', 't-2'].map((id) => c.decide({ id, type: 'tag_add', tags: [id] })),
  );
  expect([first?.verdict, second?.verdict]).toEqual(['applied', 'applied']);
  for (const answer of [first, second])
    expect(answer?.conversation.tags).toHaveLength((answer?.conversation.version ?? 0) - 1);
});

it('of two who ask about the same event one gets the decision, the other `duplicate`', async () => {
  await c.when('message');
  after = [theConnectionBreaks];
  const answers = await Promise.all([1, 2].map(() => c.decide({ id: 't', type: 'tag_add', tags: ['x'] })));
  expect(answers.map((a) => a.reason ?? a.verdict).sort()).toEqual(['applied', 'duplicate']);
});

it('what an earlier run decided is a duplicate, also when the write beside it is lost', async () => {
  await c.when('flow_start', { id: 'f-1' });
  await c.when('flow_end');
  await c.rested();
  after = [theConnectionBreaks];
  const [again, other] = await Promise.all([
    c.decide({ id: 'f-1', type: 'message' }),
    c.decide({ id: 'm-1', type: 'message' }),
  ]);
  expect(again).toMatchObject({ verdict: 'ignored', reason: 'duplicate' });
  expect(other).toMatchObject({ verdict: 'applied', conversation: { status: 'new' } });
});

it('a task that is lost after its write is done again, and answers', async () => {
  after = [anotherDigest]; // the task fails, and takes with it all that it knew
  const answer = await c.decide({ id: 'm-1', type: 'message' });
  expect(answer).toEqual({ event: 'm-1', verdict: 'applied', conversation: await c.record() });
  expect(await c.timeline()).toHaveLength(1);
  expect(failuresIn(await c.history())).toHaveLength(1);
});

function activities(real: Activities): Activities {
  return {
    ...real,
    persist: async (write, digest) => {
      const result = await real.persist(write, digest);
      const goesOn = after.shift();
      return goesOn ? goesOn(result) : result;
    },
  };
}
