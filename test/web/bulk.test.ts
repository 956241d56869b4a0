import type { Browser } from 'playwright-core';
import { Deciding } from '../http/support/deciding';
import { eventually } from '../workflows/support/eventually';
import { barriersOf, launch, Tab, withBrowser } from './support/browser';

withBrowser('an action for all that match', () => {
  let deciding: Deciding;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    [deciding, browser] = await Promise.all([Deciding.start(), launch()]);
    await deciding.api.post('/v1/inboxes/support/contacts', { conversations: ['c_9'] });
    const event = { id: 'm', type: 'message' };
    await deciding.take('support', ['c_1', 'c_2', 'c_3'].map((conversation) => ({ conversation, event }))); // prettier-ignore
    await eventually('they are there', async () => (await statuses()).new === 3);
  });
  afterAll(async () => {
    await browser?.close();
    await deciding?.stop();
  });
  afterEach(async () => {
    await tab.close();
    expect(tab.complaints).toEqual([]);
  });

  const statuses = async () =>
    (await deciding.api.get('/v1/inboxes/support/counts')).body.status as Record<string, number>;
  const open = async (key = deciding.api.key) => {
    tab = await (await Tab.open(browser, deciding.api.url)).signedIn(key, { inbox: 'support', view: 'list' });
    return tab.page;
  };

  it('is counted before, tells who was refused and why, and is tried again for those', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Act on all' }).click();
    const dialog = page.getByRole('dialog', { name: 'Act on all that match' });
    await dialog.getByText('4 conversations match').waitFor();
    await dialog.getByLabel('In whose name').fill('ana');
    expect(await barriersOf(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Close: 4' }).click();
    await dialog.getByText('3 applied, 0 changed nothing, 1 refused').waitFor({ timeout: 20_000 });
    await dialog.getByRole('list', { name: 'Refused' }).getByText('c_9').waitFor();
    expect(await statuses()).toMatchObject({ closed: 3, not_contacted: 1 });
    await dialog.getByRole('button', { name: 'Try the refused again' }).click();
    await dialog.getByText('0 applied, 0 changed nothing, 1 refused').waitFor({ timeout: 20_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('is for the selected ones alone, where some are selected', async () => {
    const page = await open();
    await page.getByLabel('Select c_2').check();
    await page.getByLabel('Select c_3').check();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Act on 2 selected' }).click();
    const dialog = page.getByRole('dialog', { name: 'Act on all that match' });
    await dialog.getByLabel('Action').selectOption('Block the contact');
    await dialog.getByRole('button', { name: 'Block the contact: 2' }).click();
    await dialog.getByText('2 applied, 0 changed nothing, 0 refused').waitFor({ timeout: 20_000 });
    expect((await deciding.api.get('/v1/inboxes/support/counts?blocked=true')).body.total).toBe(2);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Act on all' }).waitFor();
  });

  it('is not offered to a key that may only read', async () => {
    const page = await open(await deciding.api.addKey(['conversations:read']));
    await page.getByText('c_9').waitFor();
    expect(await page.getByRole('button', { name: 'Act on all' }).count()).toBe(0);
  });
});
