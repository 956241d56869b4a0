import { settingsSchema } from '../../src/domain/settings';
import { eventually } from '../workflows/support/eventually';
import { suitsEverybody, withPage } from './support/page';

withPage('the views of who sets the service up', (given) => {
  const { open } = given;

  describe('Webhooks', () => {
    it('says how an endpoint is added, where there is none', async () => {
      const page = await open({ view: 'webhooks' });
      await page.getByRole('heading', { name: 'No endpoint is told what is decided' }).waitFor();
      await page.getByText('/v1/webhooks').waitFor();
      await suitsEverybody(page);
    });

    it('says which scope is missing', async () => {
      const page = await open({ view: 'webhooks' }, await given.world.api.addKey(['conversations:read']));
      await page.getByRole('heading', { name: 'This key may not see webhooks' }).waitFor();
      await page.getByText('webhooks:write').waitFor();
    });

    it('sends a test, and shows each attempt with its answer and how long it took', async () => {
      const receiver = await given.world.receiver();
      await given.world.hook(receiver);
      const page = await open({ view: 'webhooks' });
      await page.getByRole('button', { name: receiver.url }).click();
      await page.getByRole('button', { name: 'Send a test' }).click();
      await page.getByRole('status').filter({ hasText: 'A test was sent' }).waitFor();
      const row = page.getByRole('row', { name: /webhook\.test/ });
      await row.getByText('Delivered').waitFor();
      await row
        .getByText(/204 in \d+ ms/)
        .first()
        .waitFor();
      expect(receiver.received).toHaveLength(1);
      await suitsEverybody(page);
    });

    it('shows why a delivery was given up, and delivers it again', async () => {
      const { world } = given;
      const receiver = await world.receiver();
      receiver.answers(500, {}, 'out of order');
      const { webhook, path } = await world.hook(receiver);
      const c = world.deciding.conversation();
      await c.decide({ id: 'm', type: 'message' });
      await eventually('it was tried', () => Promise.resolve(receiver.received.length > 0));
      await eventually('the attempt is written', async () => {
        const { body } = await world.api.get(`${path}/deliveries`);
        return (body.items[0]?.attempts as unknown[]).length > 0;
      });
      // as after three days
      await world.api.pool.query(
        `UPDATE deliveries SET state = 'parked', ended_at = now(), due_at = 'infinity' WHERE webhook = $1`,
        [webhook],
      );
      receiver.answers(204);
      const page = await open({ view: 'webhooks' });
      await page.getByRole('button', { name: receiver.url }).click();
      await page.getByLabel('Deliveries').first().selectOption('parked');
      const row = page.getByRole('row', { name: new RegExp(c.id) });
      await row.getByText(/Given up: 500 in \d+ ms/).click();
      await row.getByText('out of order').waitFor();
      await suitsEverybody(page);
      await row.getByRole('button', { name: 'Deliver again' }).click();
      await page.getByRole('status').filter({ hasText: '1 will be delivered again' }).waitFor();
      await page.getByLabel('Deliveries').first().selectOption('delivered');
      await page
        .getByRole('row', { name: new RegExp(c.id) })
        .getByText('Delivered')
        .waitFor();
    });

    it('delivers a range again', async () => {
      const { world } = given;
      const receiver = await world.receiver();
      const { path } = await world.hook(receiver);
      const c = world.deciding.conversation();
      await c.decide({ id: 'm', type: 'message' });
      await eventually('it was told', async () => {
        const { body } = await world.api.get(`${path}/deliveries?state=delivered`);
        return body.items.length === 1;
      });
      const page = await open({ view: 'webhooks' });
      await page.getByRole('button', { name: receiver.url }).click();
      await page.getByText('Deliver a range again').click();
      await page.getByLabel('Decided from').fill('2026-01-01T00:00');
      await page.getByLabel('until').fill('2100-01-01T00:00');
      await page.getByLabel('Which').selectOption('delivered');
      await page.getByRole('button', { name: 'Deliver again', exact: true }).first().click();
      await page.getByRole('status').filter({ hasText: '1 will be delivered again' }).waitFor();
      await eventually('it was told again', () => Promise.resolve(receiver.of(c.id).length === 2));
    });

    it('pauses an endpoint, and has it told again', async () => {
      const receiver = await given.world.receiver();
      const { path } = await given.world.hook(receiver);
      const page = await open({ view: 'webhooks' });
      await page.getByRole('button', { name: receiver.url }).click();
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('button', { name: 'Tell it again' }).waitFor();
      expect((await given.world.api.get(path)).body.state).toBe('paused');
      await page.getByRole('button', { name: 'Tell it again' }).click();
      await page.getByRole('button', { name: 'Pause' }).waitFor();
      expect((await given.world.api.get(path)).body.state).toBe('active');
    });
  });

  describe('Settings', () => {
    const settingsOf = async (inbox: string) =>
      (await given.world.api.get(`/v1/inboxes/${inbox}`)).body.settings as Record<string, unknown>;

    it('shows every setting of the service’s own description, explained', async () => {
      const page = await open({ view: 'settings' });
      await page.getByLabel('Ask for a rating').waitFor();
      const { text } = await given.world.api.get('/openapi.json');
      const { components } = JSON.parse(text) as {
        components: { schemas: { Settings: { properties: Record<string, { properties?: object }> } } };
      };
      const names = Object.entries(components.schemas.Settings.properties).flatMap(
        ([name, { properties }]) =>
          properties ? Object.keys(properties).map((part) => `${name}.${part}`) : [name],
      );
      expect(await page.locator('.setting code').allTextContents()).toEqual(names);
      for (const about of await page.locator('.setting p').allTextContents())
        expect(about).toMatch(/^[A-Z].{20,}\. [a-z_.]+$/);
      await suitsEverybody(page);
    });

    it('says what would change, saves it, and shows the rollout and who changed what', async () => {
      const inbox = await given.world.api.inbox({ auto_close: { after_seconds: 7_200 } });
      const page = await open({ view: 'settings', inbox });
      await page.getByLabel('Ask for a rating').check();
      await page.getByLabel('Close by itself after', { exact: true }).fill('3');
      await page.getByLabel('Customer window: off').check();
      await page.getByLabel('No survey with these tags').fill('spam, test');
      await page.getByLabel('When work goes on').selectOption('clear');
      const changes = page.getByRole('region', { name: 'What would change' });
      await changes.getByText('Close by itself after: 2 hours → 3 hours').waitFor();
      await changes.getByText('Customer window: 1 day → off').waitFor();
      await suitsEverybody(page);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved as version 2.').waitFor();
      expect(await settingsOf(inbox)).toMatchObject({
        csat: { enabled: true, skip_tags: ['spam', 'test'], timeout_seconds: 86_400 },
        auto_close: { after_seconds: 10_800 },
        ...{ customer_window_seconds: null, assignee_on_resume: 'clear' },
      });
      const history = page.getByRole('region', { name: 'Who changed what' });
      const entry = history.getByRole('listitem').filter({ hasText: 'test changed it' }).first();
      await entry.getByText('auto_close.after_seconds: 7200 → 10800').waitFor();
      await entry.getByText('csat.enabled: no → yes').waitFor();
      await page.getByText('Version 2 holds in every conversation.').waitFor();
    });

    it('shows how many conversations remain while a rollout runs, until none does', async () => {
      const { deciding, api } = given.world;
      const inbox = await api.inbox();
      const made = [deciding.conversation(inbox), deciding.conversation(inbox), deciding.conversation(inbox)];
      for (const c of made) {
        await c.decide({ id: 'm', type: 'message' });
        await c.decide({ id: 'x', type: 'close', agent: 'ana' });
      }
      // saved, and Temporal could not be told yet
      await api.pool.query(
        `UPDATE inboxes SET settings = $3, settings_version = 2 WHERE account = $1 AND inbox = $2`,
        [api.account, inbox, settingsSchema.parse({ auto_archive: { after_seconds: 7_200 } })],
      );
      const page = await open({ view: 'settings', inbox });
      const rollout = page.getByRole('status').filter({ hasText: 'Version 2 holds for every new decision' });
      await rollout.getByText('3 idle conversations have a timer to move.').waitFor();
      await suitsEverybody(page);
      await made[0]?.decide({ id: 't', type: 'tag_add', tags: ['paid'] });
      await rollout.getByText('2 idle conversations have a timer to move.').waitFor();
      await api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: {} });
      await page.getByText('Version 2 holds in every conversation.').waitFor();
    });

    it('tells before saving how many conversations change, which and when, and what would have been', async () => {
      const { deciding, api } = given.world;
      const inbox = await api.inbox();
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        const c = deciding.conversation(inbox);
        await c.decide({ id: 'm', type: 'message' });
        await c.decide({ id: 'x', type: 'close', agent: 'ana' });
        ids.push(c.id);
      }
      const page = await open({ view: 'settings', inbox });
      await page.getByLabel('Archive after: off').uncheck();
      const changes = page.getByRole('region', { name: 'What would change' });
      await changes.getByText('3 of 3 conversations change').waitFor();
      await changes.getByText('Archive a timer begins: 3').waitFor();
      const rows = changes.getByRole('region', { name: 'Some of the conversations' }).getByRole('rowheader');
      expect((await rows.allTextContents()).sort()).toEqual(ids.sort());
      await page.getByLabel('Archive after', { exact: true }).fill('0');
      await changes.getByText('in 3 the timer acts at once').waitFor();
      await changes.getByRole('button', { name: 'What would the last 28 days have been?' }).click();
      await changes.getByText('3 of 3 conversations would have gone otherwise').waitFor();
      await changes.getByRole('row', { name: /^Archived by the service 0 3/ }).waitFor();
      await suitsEverybody(page);
    });

    it('keeps nobody’s change from being overwritten unseen', async () => {
      const inbox = await given.world.api.inbox();
      const page = await open({ view: 'settings', inbox });
      await page.getByLabel('Ask for a rating').check();
      await given.world.api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { assign_on_reply: false } });
      await page.getByRole('button', { name: 'Save' }).click();
      const told = page.getByRole('alert').filter({ hasText: 'Somebody else has changed' });
      await told.waitFor();
      expect(await settingsOf(inbox)).toMatchObject({ csat: { enabled: false } });
      await told.getByRole('button').click();
      expect(await page.getByLabel('Assign to who replies').isChecked()).toBe(false);
    });

    it('says what is wrong with a value, where the service refuses it', async () => {
      const inbox = await given.world.api.inbox();
      const page = await open({ view: 'settings', inbox });
      await page.getByLabel('No survey with these tags').fill('x'.repeat(65));
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('alert').filter({ hasText: 'skip_tags' }).waitFor();
    });

    it('only shows, to a key that may only read', async () => {
      const page = await open({ view: 'settings' }, await given.world.api.addKey(['conversations:read']));
      await page.getByText('it lacks inboxes:write').waitFor();
      await page.getByText('the audit needs the scope keys:write').waitFor();
      expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    });
  });
});
