/** What an operator sees of a conversation in Temporal, and what its queries answer. */
import { EVENT_TYPES } from '../../src/domain/events';
import type { TestConversation } from './support/conversation';
import { Service } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

describe('the query `conversation`', () => {
  it('answers the record, as the row has it', async () => {
    const c = await service.conversation();
    await c.when('message');
    await c.when('assign', { team: 'sales' });
    const record = await c.record();
    expect(record).toMatchObject({ status: 'new', version: 2, assignee: { team: 'sales', agent: null } });
    const { inbox, ...fields } = record;
    expect(inbox).toBe(c.key.inbox);
    expect(await c.row()).toMatchObject(fields);
  });

  it('answers for a conversation at rest, too', async () => {
    const c = await service.conversation();
    await c.when('message');
    await c.when('close');
    await c.rested();
    expect(await c.record()).toMatchObject({ status: 'closed', close: { by: 'agent', agent: 'ana' } });
  });
});

describe('the query `explain`', () => {
  it('says what happens next, when, and which decision led to it', async () => {
    const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    const { at } = await c.when('message', { id: 'wamid.7' });
    await c.when('mark_read');
    const { next, because, ...counts } = await c.explain();
    expect(counts).toEqual({ status: 'New, version 2, episode 1', seq: 2, dropped: 0, waiting: 0 });
    expect(because).toMatch(/^message \(wamid\.7\) at .* was applied: not_contacted → new$/);
    expect(next).toMatch(/^auto_close at .*: it is closed, unless somebody writes$/);
    expect(timeIn(next)).toBe(toSecond(Date.parse(at) + 3_600_000));
  });

  it('says if no timer runs', async () => {
    const c = await service.conversation();
    await c.when('message');
    expect((await c.explain()).next).toBe('nothing, until somebody acts');
  });
});

describe('the card', () => {
  it('shows status, assignee, who waits, the next timer, and the last five decisions', async () => {
    const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    await c.when('message');
    await c.when('assign', { agent: 'ben', team: 'sales' });
    for (const tags of [['a'], ['b'], ['c']]) await c.when('tag_add', { tags });
    await c.when('archive');
    const { waiting_since } = await c.record();
    const lines = (await card(c)).split('\n');
    const [status, assignee, waiting, next, counts] = lines;
    expect([status, assignee]).toEqual(['## New · unread', '- **Assignee**: ben, sales']);
    expect(waiting).toMatch(/^- \*\*Waiting since\*\*: /);
    expect(timeIn(waiting)).toBe(toSecond(Date.parse(waiting_since ?? '')));
    expect(next).toMatch(/^- \*\*Next\*\*: auto_close at .*: it is closed, unless somebody writes$/);
    expect(counts).toBe('- **Episode** 1 · **version** 5');
    const decisions = lines.filter((line) => /applied|refused/.test(line));
    const types = decisions.map((line) => /archive|tag_add|assign|message/.exec(line)?.[0]);
    expect(types).toEqual(['archive', 'tag_add', 'tag_add', 'tag_add', 'assign']);
    expect(decisions[0]).toContain('refused (not_closed)');
  });

  it('says that nobody is assigned and nobody waits', async () => {
    const c = await service.conversation({ assign_on_reply: false });
    await c.when('agent_reply');
    expect(await card(c)).toMatch(/nobody\n.*nobody is waiting\n.*nothing, until somebody acts/);
  });

  it('carries no text of the conversation', async () => {
    const c = await service.conversation({ csat: { enabled: true } });
    await c.when('message');
    await c.when('close', { reason: 'a secret reason' });
    await c.when('csat_answer', { comment: 'a secret comment' });
    expect(await card(c)).not.toContain('secret');
  });
});

describe('the descriptions', () => {
  it('are there for every signal, update and query of ours', async () => {
    const c = await service.conversation();
    await c.when('message');
    const { signalDefinitions, updateDefinitions, queryDefinitions } = (await c.shown()).definition;
    const described = [...signalDefinitions, ...updateDefinitions, ...queryDefinitions];
    for (const name of [...EVENT_TYPES, 'reload', 'decide', 'conversation', 'explain']) {
      expect(described.find((d) => d.name === name)?.description).toMatch(/\w{3}/);
    }
  });
});

async function card(c: TestConversation): Promise<string> {
  return (await c.shown()).currentDetails;
}

/** The time that a text names, in seconds. */
function timeIn(text = ''): number {
  return toSecond(Date.parse(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)/.exec(text)?.[0] ?? ''));
}

const toSecond = (ms: number) => Math.floor(ms / 1000);
