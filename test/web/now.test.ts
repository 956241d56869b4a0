import { Past } from '../http/support/past';
import { fill } from './support/chats';
import { picture, suitsEverybody, withPage } from './support/page';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A Monday two to three weeks ago, at 9:00 in UTC: 14:45 in Kathmandu. */
function aMonday(): number {
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const days = ((new Date(midnight).getUTCDay() + 6) % 7) + 14;
  return midnight - days * DAY + 9 * HOUR;
}

withPage('the view Now', (given) => {
  beforeAll(() => fill(given.world.deciding, 'support', 30));

  const { open } = given;
  const total = async (query: string) => {
    const { body } = await given.world.api.get(`/v1/inboxes/support/counts?${query}`);
    return (body as unknown as { total: number }).total;
  };

  it('counts who waits, who is unattended and who is nobody’s, as the list does', async () => {
    const page = await open({ view: 'now' });
    const expected: [name: string, query: string][] = [
      ['Waiting', 'waiting_on=agent'],
      ['Unattended', 'waiting_on=agent&status=new'],
      ['Unassigned', 'status=new,in_progress&agent=none'],
      ['Unread', 'unread=true'],
    ];
    for (const [name, query] of expected) {
      const n = await total(query);
      expect(n).toBeGreaterThan(0);
      const tile = page.getByRole('region', { name, exact: true });
      await tile.locator('.number', { hasText: new RegExp(`^${n}$`) }).waitFor();
    }
    await page.getByRole('region', { name: 'Unattended' }).getByRole('link').click();
    await page.getByRole('cell').first().waitFor();
    expect(new URL(page.url()).searchParams.get('status')).toBe('new');
    expect(new URL(page.url()).searchParams.get('waiting_on')).toBe('agent');
  });

  it('shows who waits longest, and opens them', async () => {
    const { body } = await given.world.api.get(
      '/v1/inboxes/support/conversations?waiting_on=agent&sort=waiting_since',
    );
    const page = await open({ view: 'now' });
    const rows = page.getByRole('region', { name: 'Those who wait longest' }).getByRole('rowheader');
    await rows.first().waitFor();
    const ids = body.items.map((c) => String(c.conversation)).slice(0, 10);
    expect(await rows.allTextContents()).toEqual(ids);
    await rows.first().getByRole('link').click();
    await page.getByRole('complementary', { name: `Conversation ${ids[0]}` }).waitFor();
    await suitsEverybody(page);
  });

  it('shows when customers came and when work ended, by the hours of this browser', async () => {
    const { api } = given.world;
    const inbox = await api.inbox();
    const past = new Past(api.pool, api.account, aMonday());
    for (let i = 0; i < 3; i++)
      await past.lived(inbox, [[0, 'message'], [DAY + i, 'close', { agent: 'ana' }]]); // prettier-ignore
    await past.lived(inbox, [[3 * DAY + HOUR, 'message']]);
    const page = await open({ view: 'now', inbox });
    const cell = (of: string, day: string, hour: number) =>
      page
        .getByRole('region', { name: `${of} by hour of the week` })
        .getByRole('row', { name: new RegExp(`^${day}`) })
        .getByRole('cell')
        .nth(hour);
    await page.getByText('4; most of them, 3, on Mon from 14:00').waitFor();
    expect(await cell('Arrivals', 'Mon', 14).textContent()).toBe('3');
    expect(await cell('Arrivals', 'Thu', 15).textContent()).toBe('1');
    expect(await cell('Closes', 'Tue', 14).textContent()).toBe('3');
    expect(await cell('Closes', 'Mon', 14).textContent()).toBe('0');
    await suitsEverybody(page);
    await page.getByLabel('The last').selectOption('1');
    await page.getByText('Arrivals: none in this time').waitFor();
  });

  it('has a row for each agent: what is in hand, and what was done today', async () => {
    const { deciding, api } = given.world;
    const inbox = await api.inbox();
    const [first, second] = [deciding.conversation(inbox), deciding.conversation(inbox)];
    for (const c of [first, second]) {
      await c.decide({ id: 'm', type: 'message' });
      await c.decide({ id: 'r', type: 'agent_reply', agent: 'ana' });
    }
    await first.decide({ id: 'm2', type: 'message' });
    await second.decide({ id: 'x', type: 'close', agent: 'ana' });
    const page = await open({ view: 'now', inbox });
    const row = page.getByRole('region', { name: 'Agents’ rows' }).getByRole('row', { name: /^ana/ });
    await row.waitFor();
    const cells = await row.getByRole('cell').allTextContents();
    expect(cells.map((text) => text.replace(/^\d+ s /, '… '))).toEqual([
      ...['1', '1', '… (median of 2)', '–', '1', '–'],
    ]);
  });

  it('says what to do where nothing has happened yet', async () => {
    const page = await open({ view: 'now', inbox: await given.world.api.inbox() });
    await page.getByText('Nobody waits: every customer has been answered.').waitFor();
    await page.getByText('No agent has a conversation.').waitFor();
    await page.getByText('Arrivals: none in this time. Choose a longer one.').waitFor();
    await suitsEverybody(page);
  });

  /** For docs/page.md: RECORD_PICTURES=1. */
  (process.env.RECORD_PICTURES ? it : it.skip)('has its picture taken', async () => {
    const { api } = given.world;
    await fill(given.world.deciding, 'busy', 30);
    const past = new Past(api.pool, api.account, aMonday() - 7 * DAY);
    for (let i = 0; i < 400; i++) {
      const day = Math.floor((i * 7) ** 1.3) % 20;
      const at = day * DAY + (((i * 37) % 540) - 60) * MINUTE;
      if (day % 7 < 5 || i % 4 === 0)
        await past.lived('busy', [[at, 'message'], [at + 2 * HOUR, 'close', { agent: 'ana' }]]); // prettier-ignore
    }
    const page = await open({ view: 'now', inbox: 'busy' });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page
      .getByText(/most of them/)
      .first()
      .waitFor();
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: picture('page-now') });
  });

  it('says that it cannot be read, and reads it when somebody asks again', async () => {
    const page = await open({ view: 'now' });
    const hours = page.getByRole('region', { name: 'Hours of the week', exact: true });
    await hours
      .getByText(/most of them/)
      .first()
      .waitFor();
    await page.route('**/v1/inboxes/support/reports*', (route) => route.abort());
    await hours.getByLabel('The last').selectOption('12');
    await hours.getByRole('alert').waitFor();
    await page.unroute('**/v1/inboxes/support/reports*');
    await hours.getByRole('button', { name: 'Try again' }).click();
    await hours
      .getByText(/most of them/)
      .first()
      .waitFor();
  });
});
