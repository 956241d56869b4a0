import { picture, suitsEverybody, TIME_ZONE, withPage } from './support/page';

const HOUR_MS = 3_600_000;

withPage('the views of who runs the service', (given) => {
  const { open } = given;
  const due = (inbox: string, timer: string, at: number, n = 1, name = timer) =>
    given.world.api.pool.query(
      `INSERT INTO conversations (account, inbox, conversation, status, next)
       SELECT $1, $2, $3 || '_' || i, 'in_progress', $4 FROM generate_series(1, $5) AS i`,
      [given.world.api.account, inbox, name, { timer, due_at: new Date(at).toISOString() }, n],
    );
  const works = (told: { dropped?: number } = {}) =>
    given.world.api.pool.query(
      `INSERT INTO workers (worker, heard_at, oldest_unwritten_ms, timer_lag_ms, dropped)
       VALUES ('w', now() + interval '1 hour', 0, 100, $1)
       ON CONFLICT (worker) DO UPDATE SET dropped = excluded.dropped`,
      [told.dropped ?? 0],
    );

  afterEach(() => given.world.api.pool.query('DELETE FROM conversations'));

  describe('Timers', () => {
    it('shows ten thousand closes of tonight today, and when', async () => {
      const inbox = await given.world.api.inbox();
      const at = Date.now() + 9 * HOUR_MS;
      await due(inbox, 'auto_close', at, 10_000);
      await due(inbox, 'snooze', Date.now() + HOUR_MS / 2);
      const page = await open({ view: 'timers', inbox });
      const each = 30 * 60_000;
      const hour = new Intl.DateTimeFormat('en-GB', {
        ...{ timeZone: TIME_ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
      }).format(at - (at % each));
      await page.getByText(`Most at once: 10,000 from ${hour} to`).waitFor();
      await page.getByText('10,000 Auto-close', { exact: false }).first().waitFor();
      const next = page.getByRole('region', { name: 'Next hour' });
      await next.locator('.number', { hasText: /^1$/ }).waitFor();
      await page.getByText('As a table').click();
      await page.getByRole('row', { name: `${hour} 10,000` }).waitFor();
      await suitsEverybody(page);
    });

    /** For docs/page.md: RECORD_PICTURES=1. */
    (process.env.RECORD_PICTURES ? it : it.skip)('has its picture taken', async () => {
      const inbox = await given.world.api.inbox();
      for (let i = 1; i < 48; i++) {
        const timer = i % 3 === 0 ? 'auto_archive' : 'snooze';
        await due(inbox, timer, Date.now() + (i * HOUR_MS) / 2, ((i * 37) % 400) + 1, `t${i}`);
      }
      await due(inbox, 'auto_close', Date.now() + 10.4 * HOUR_MS, 10_000);
      const page = await open({ view: 'timers', inbox });
      await page.setViewportSize({ width: 1280, height: 640 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.getByText(/Most at once/).waitFor();
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: picture('page-timers') });
    });

    it('shows which are overdue and how late the latest is, and opens them', async () => {
      const inbox = await given.world.api.inbox();
      await due(inbox, 'csat_timeout', Date.now() - 2 * HOUR_MS);
      const page = await open({ view: 'timers', inbox });
      await page.getByRole('region', { name: 'Lag' }).locator('.number', { hasText: '2 h' }).waitFor();
      const row = page
        .getByRole('region', { name: 'Overdue timers' })
        .getByRole('row', { name: 'csat_timeout_1' });
      await row.filter({ hasText: 'Survey ends' }).filter({ hasText: '2 h' }).waitFor();
      await suitsEverybody(page);
      await row.getByRole('link').click();
      await page.getByRole('complementary', { name: 'Conversation csat_timeout_1' }).waitFor();
    });

    it('says where timers are switched on, where none is due', async () => {
      const page = await open({ view: 'timers', inbox: await given.world.api.inbox() });
      await page.getByText('are switched on in Settings').waitFor();
    });
  });

  describe('Health', () => {
    it('says that all is well', async () => {
      await works();
      const page = await open({ view: 'health' });
      await page.getByRole('heading', { name: 'All is well' }).waitFor();
      for (const part of ['Temporal', 'Workers', 'PostgreSQL', 'Tasks that wait', 'Outbox'])
        await page.getByRole('heading', { name: part }).first().waitFor();
      await suitsEverybody(page);
    });

    it('says what is wrong and what helps, with the way there', async () => {
      await works({ dropped: 3 });
      await due('support', 'auto_close', Date.now() - HOUR_MS);
      const page = await open({ view: 'health' });
      await page.getByRole('heading', { name: '2 of 10 parts need somebody' }).waitFor();
      const part = (name: string) => page.getByRole('listitem').filter({ hasText: name });
      await part('Dropped signals').getByText('3 signals dropped').waitFor();
      const timers = part('Timers').filter({ hasText: 'What helps:' });
      await timers.getByText('npm run reconcile -- --dry-run').waitFor();
      await suitsEverybody(page);
      await timers.getByRole('link', { name: 'See the timers' }).click();
      await page.getByRole('region', { name: 'Overdue timers' }).getByText('auto_close_1').waitFor();
    });

    it('says that it cannot be read, and keeps what it knew', async () => {
      await works();
      const page = await open({ view: 'health' });
      await page.getByRole('heading', { name: 'PostgreSQL' }).waitFor();
      await page.context().setOffline(true);
      await page.getByRole('alert').first().waitFor();
      expect(await page.getByRole('heading', { name: 'PostgreSQL' }).count()).toBe(1);
    });
  });
});
