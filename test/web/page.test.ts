import path from 'node:path';
import type { Browser } from 'playwright-core';
import { Deciding } from '../http/support/deciding';
import { eventually } from '../workflows/support/eventually';
import { barriersOf, launch, Tab, withBrowser } from './support/browser';
import { fill } from './support/chats';

withBrowser('the page', () => {
  let deciding: Deciding;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    [deciding, browser] = await Promise.all([Deciding.start(), launch()]);
    await fill(deciding, 'support', 40);
  });
  afterAll(async () => {
    await browser?.close();
    await deciding?.stop();
  });
  afterEach(async () => {
    await tab.close();
    expect(tab.complaints).toEqual([]);
  });

  const open = async (query: Record<string, string> = {}, key = deciding.api.key) => {
    tab = await (await Tab.open(browser, deciding.api.url)).signedIn(key, { inbox: 'support', ...query });
    return tab.page;
  };
  const countsOf = async (query = '') =>
    (await deciding.api.get(`/v1/inboxes/support/counts${query}`)).body as unknown as {
      total: number;
      status: Record<string, number>;
    };

  it('asks for a key, says when it is wrong, and keeps the right one for the tab alone', async () => {
    const page = await open({}, 'cs_wrong');
    await page.getByRole('alert').filter({ hasText: 'unknown' }).waitFor();
    await page.getByLabel('API key').fill(deciding.api.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.card').first().waitFor();
    expect(
      await page.evaluate('[sessionStorage.length, document.cookie, JSON.stringify(localStorage)]'),
    ).toEqual([1, '', '{"colours":"system"}']);
    await page.reload();
    await page.locator('.card').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('shows a column for each status, with the service’s counts', async () => {
    const page = await open();
    const { status } = await countsOf();
    for (const [name, label] of [
      ['new', 'New'],
      ['in_progress', 'In progress'],
      ['in_flow', 'In a flow'],
      ['resolved', 'Resolved'],
      ['closed', 'Closed'],
      ['not_contacted', 'Not contacted'],
    ] as const) {
      const column = page.getByRole('region', { name: label, exact: true });
      await column.locator('.count', { hasText: String(status[name]) }).waitFor();
      expect(status[name]).toBeGreaterThan(0);
      await column.locator('.card').first().waitFor();
    }
  });

  it('shows a change without being asked', async () => {
    const page = await open();
    const column = page.getByRole('region', { name: 'Resolved', exact: true });
    await column.locator('.card').first().waitFor();
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    const card = (status: string) =>
      page
        .getByRole('region', { name: status, exact: true })
        .locator('.card')
        .filter({ has: page.getByRole('link', { name: c.id, exact: true }) });
    await card('New').waitFor();
    await c.decide({ id: 'r', type: 'agent_reply', agent: 'ana' });
    await card('In progress').filter({ hasText: 'ana' }).waitFor();
    expect(await card('New').count()).toBe(0);
  });

  it('keeps filters and sort in its address', async () => {
    const page = await open();
    await page.getByLabel('Waits for').selectOption('agent');
    await page.getByLabel('Sort').selectOption('waiting_since');
    await page.getByRole('link', { name: 'List' }).click();
    await page.getByRole('cell').first().waitFor();
    expect(new URL(page.url()).searchParams.toString()).toBe(
      'view=list&inbox=support&waiting_on=agent&sort=waiting_since',
    );
    const { body } = await deciding.api.get(
      '/v1/inboxes/support/conversations?waiting_on=agent&sort=waiting_since',
    );
    const shown = () => page.locator('[role=rowgroup] .id').allTextContents();
    const ids = body.items.map((c) => c.conversation);
    await eventually('the same order', async () => {
      const found = await shown();
      return found.length > 5 && found.every((id, i) => id === ids[i]);
    });
    await page.reload();
    await page.getByRole('cell').first().waitFor();
    expect((await shown()).slice(0, 5)).toEqual(ids.slice(0, 5));
  });

  it('saves what is shown under a name, and a link shows it to somebody else under the same', async () => {
    let page = await open();
    await page.getByLabel('Waits for').selectOption('agent');
    await page.getByLabel('Sort').selectOption('waiting_since');
    await page.getByRole('button', { name: 'Save view' }).click();
    await page.getByLabel('Name of the view').fill('Who waits');
    await page.keyboard.press('Enter');
    const link = page.url();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Waits for').selectOption('bot');
    await page.getByLabel('Saved view').selectOption('Who waits');
    expect(page.url()).toBe(link);
    expect(await page.getByLabel('Waits for').inputValue()).toBe('agent');
    expect(await barriersOf(page)).toEqual([]);
    await tab.close();
    page = await open(Object.fromEntries(new URL(link).searchParams)); // another browser
    await page.getByRole('option', { name: 'Who waits (from a link)' }).waitFor({ state: 'attached' });
    expect(await page.getByLabel('Sort').inputValue()).toBe('waiting_since');
    await page.getByRole('button', { name: 'Keep view' }).click();
    await page.getByRole('button', { name: 'Forget view' }).click();
    await page.getByRole('button', { name: 'Save view' }).waitFor();
    expect(await page.evaluate('localStorage.getItem("views")')).toBeNull();
  });

  it('says what to do where nothing fits', async () => {
    const page = await open({ tag: 'nobody-has-this' });
    await page.getByRole('button', { name: 'Show all, archived ones too' }).click();
    await page.locator('.card').first().waitFor();
  });

  it('loads an endless list as it is scrolled, and holds only what is in sight', async () => {
    const conversations = Array.from({ length: 230 }, (_, i) => `c_known_${i}`);
    await deciding.api.inbox({}, 'long');
    await deciding.api.post('/v1/inboxes/long/contacts', { conversations });
    const page = await open({ inbox: 'long', view: 'list' });
    const seen = new Set<string>();
    await page.getByRole('cell').first().waitFor();
    await eventually('all were seen', async () => {
      const ids = await page.locator('[role=rowgroup] .id').allTextContents();
      expect(ids.length).toBeLessThan(60);
      for (const id of ids) seen.add(id);
      await page.evaluate('document.querySelector("[role=rowgroup]").scrollBy(0, 500)');
      return seen.size === conversations.length;
    });
  });

  it('tells why a broadcast was blocked, and what happens next', async () => {
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    await c.decide({ id: 'r', type: 'agent_reply', agent: 'ana' });
    await c.decide({ id: 'b', type: 'flow_start', flow: 'sale', execution: 'e1', source: 'broadcast' });
    const page = await open();
    await page.getByLabel('Open a conversation by its id').fill(c.id);
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: `Conversation ${c.id}` });
    const refused = panel.getByRole('listitem').filter({ hasText: 'refused' });
    await refused
      .filter({ hasText: 'Broadcast “sale” was refused' })
      .filter({ hasText: 'because somebody is working on the conversation conversation_open' })
      .waitFor();
    await panel.getByText('it is closed, unless something more is said').waitFor();
    await panel.getByText('New → In progress').waitFor();
    expect(await panel.locator('.bar.in_progress').count()).toBe(1);
  });

  it('acts by buttons, keys and commands, and shows how it is done by hand', async () => {
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    const page = await open({ conversation: c.id });
    const actions = page.getByRole('group', { name: 'Actions' });
    await actions.getByRole('button', { name: 'Assign' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Agent (empty: nobody)').fill('bo');
    await form.getByLabel('In whose name').fill('ana');
    await form.getByText('The same by hand').click();
    const shown = await form.locator('pre').allTextContents();
    expect(shown[0]).toContain(
      `/v1/inboxes/support/conversations/${c.id}/events' -d '{"id":"a-new-id","type":"assign"`,
    );
    expect(shown[1]).toContain(
      `--workflow-id 'conversation/${deciding.api.account}/support/${c.id}' --name assign`,
    );
    expect(await barriersOf(page)).toEqual([]);
    await form.getByRole('button', { name: 'Assign' }).click();
    const panel = page.getByRole('complementary');
    await panel.getByText('ana assigned it to bo, no team').waitFor();
    await form.waitFor({ state: 'detached' });
    await page.keyboard.press('e');
    await form.getByRole('button', { name: 'Close' }).waitFor();
    await page.keyboard.press('Enter');
    await panel.getByText('ana closed it').waitFor();
    await c.decide({ id: 'x', type: 'archive' });
    await page.getByRole('button', { name: /^Commands/ }).click();
    await page.getByRole('combobox', { name: 'What shall be done' }).fill('block');
    expect(await barriersOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Block the contact' }).click();
    await panel.getByText('ana blocked the contact').waitFor();
    const { body } = await deciding.api.get(c.path);
    expect(body).toMatchObject({ assignee: { agent: 'bo' }, close: { agent: 'ana' }, blocked: true });
  });

  it('only shows, to a key that may only read', async () => {
    const page = await open({ conversation: 'c_flow_1' }, await deciding.api.addKey(['conversations:read']));
    await page.getByText('This key may look, not act').waitFor();
    expect(await page.getByRole('group', { name: 'Actions' }).count()).toBe(0);
  });

  it('says that a conversation is unknown', async () => {
    const page = await open({ conversation: 'c_nobody' });
    await page.getByRole('alert').filter({ hasText: 'There is no conversation c_nobody' }).waitFor();
  });

  it('marks that it is cut off, and catches up', async () => {
    const page = await open();
    const status = page.getByRole('status');
    await status.filter({ hasText: 'live' }).waitFor();
    await page.context().setOffline(true);
    await status.filter({ hasText: 'cut off' }).waitFor();
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    await page.context().setOffline(false);
    await page.getByRole('link', { name: c.id, exact: true }).waitFor();
    await status.filter({ hasText: 'live' }).waitFor();
  });

  it('asks for nothing while nobody looks, and says that it is paused', async () => {
    const page = await open();
    const status = page.getByRole('status');
    await status.filter({ hasText: 'live' }).waitFor();
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await hide(true);
    await status.filter({ hasText: 'paused' }).waitFor();
    const asked: string[] = [];
    await page.waitForTimeout(500);
    page.on('request', (request) => asked.push(request.url()));
    await page.waitForTimeout(6_000);
    expect(asked).toEqual([]);
    await hide(false);
    await status.filter({ hasText: 'live' }).waitFor();
  });

  it.each(['light', 'dark'] as const)(
    'has no barriers: board, list and conversation, %s',
    async (colorScheme) => {
      const page = await open({ conversation: 'c_flow_1' });
      await page.emulateMedia({ colorScheme });
      await page.getByRole('heading', { name: 'What happened' }).waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'List' }).click();
      await page.getByRole('cell').first().waitFor();
      expect(await barriersOf(page)).toEqual([]);
    },
  );

  it('fits a phone', async () => {
    const page = await open();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('.card').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.locator('.card .id').first().click();
    const panel = page.getByRole('complementary');
    expect(await panel.boundingBox()).toMatchObject({ x: 0, width: 390 });
    await page.getByRole('button', { name: 'Close the conversation’s panel' }).click();
    await panel.waitFor({ state: 'detached' });
  });

  /** For the README: RECORD_PICTURES=1. */
  (process.env.RECORD_PICTURES ? it : it.skip)('has its pictures taken', async () => {
    const picture = (name: string) =>
      tab.page.screenshot({ path: path.join(__dirname, '..', '..', 'docs', 'pictures', `${name}.png`) });
    let page = await open({ sort: 'waiting_since' });
    await page.setViewportSize({ width: 1280, height: 640 });
    await page.locator('.card').first().waitFor();
    await page.waitForTimeout(1_000);
    await picture('page-board');
    const c = deciding.conversation();
    await c.decide({ id: 'm1', type: 'message' });
    await c.decide({ id: 'f1', type: 'flow_start', flow: 'welcome', execution: 'e1', source: 'inbound' });
    await page.waitForTimeout(2_000);
    await c.decide({
      id: 'f2',
      type: 'flow_end',
      execution: 'e1',
      assign: { team: 'care' },
      tags: ['delivery'],
    });
    await page.waitForTimeout(3_000);
    await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
    await c.decide({
      id: 'b1',
      type: 'flow_start',
      flow: 'spring sale',
      execution: 'e2',
      source: 'broadcast',
    });
    await page.waitForTimeout(2_000);
    await c.decide({ id: 'x1', type: 'close', agent: 'ana', reason: 'sent again' });
    await tab.close();
    page = await open({ view: 'list', sort: 'waiting_since', conversation: c.id });
    await page.setViewportSize({ width: 1280, height: 640 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByText('sent again').first().waitFor();
    await page.waitForTimeout(1_000);
    await picture('page-conversation');
  });
});
