import { readFileSync } from 'node:fs';
import { Past } from '../http/support/past';
import { suitsEverybody, withPage } from './support/page';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

withPage('the view Reports', (given) => {
  const { open } = given;
  let inbox: string;

  beforeAll(async () => {
    const { api } = given.world;
    inbox = await api.inbox({ csat: { enabled: true } });
    const past = new Past(api.pool, api.account, Date.now() - 5 * DAY);
    const settings = { csat: { enabled: true } };
    await past.lived(
      inbox,
      [[0, 'message'], [2 * HOUR, 'agent_reply', { agent: 'ana' }], [5 * HOUR, 'close', { agent: 'ana' }], [6 * HOUR, 'csat_answer', { score: 4 }]], // prettier-ignore
      settings,
    );
    await past.lived(inbox, [[DAY, 'message']], settings);
  });

  it('shows how long it took, what each figure means, and what is still open beside it', async () => {
    const page = await open({ view: 'reports', inbox });
    const times = page.getByRole('region', { name: 'How long it took' });
    const row = times.getByRole('row', { name: /^First reply/ });
    await row.waitFor();
    expect((await row.getByRole('cell').allTextContents()).slice(0, 4)).toEqual(['1', '2 h', '2 h', '2 h']);
    await row.getByText('From when a person first owed the answer').waitFor();
    const open_age = times.getByRole('row', { name: /^Open age/ });
    expect((await open_age.getByRole('cell').allTextContents())[0]).toBe('1');
    await page.getByText('Of those that were delivered, from 0 to 1').waitFor();
    await suitsEverybody(page);
  });

  it('has groups, and says who is meant and which date decides', async () => {
    const page = await open({ view: 'reports', inbox });
    await page.getByLabel('Groups').selectOption('agent');
    await page.getByLabel('Episodes that were').selectOption('closed');
    const rows = page.getByRole('region', { name: 'By agent: rows' });
    const cells = rows.getByRole('row', { name: /^ana/ }).getByRole('cell');
    await cells.first().waitFor();
    expect(await cells.allTextContents()).toEqual(['1', '2 h', '2 h', '5 h', '–', '0', '0', '4.0 of 5']);
    await page.getByLabel('Groups').selectOption('day');
    await page.getByRole('region', { name: 'Episodes by day' }).waitFor();
    await suitsEverybody(page);
  });

  it('gives the same as a table', async () => {
    const page = await open({ view: 'reports', inbox });
    await page.getByLabel('Groups').selectOption('agent');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'As CSV' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${inbox}-by-agent.csv`);
    const text = readFileSync((await download.path()) ?? '', 'utf8');
    expect(text).toMatch(/^group,episodes\.n,/);
    expect(text).toMatch(/^ana,/m);
  });

  it('says that a period is upside down, or that nothing is in it', async () => {
    const page = await open({ view: 'reports', inbox });
    await page.getByLabel('to the end of').fill('2020-01-01');
    await page.getByRole('alert').filter({ hasText: 'The period ends before it begins.' }).waitFor();
    await page.getByLabel('From').fill('2020-01-01');
    await page.getByText('No episode of this time.').waitFor();
  });
});
