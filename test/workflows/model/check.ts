import assert from 'node:assert/strict';
import type { ConversationRecord } from '../../../src/domain/record';
import { failuresIn } from '../support/history';
import { eventually } from '../support/eventually';
import type { Actor } from './actor';
import { aftermath, fold, type Folded } from './oracle';

/**
 * @throws AssertionError when timeline, row, outbox, episodes, surveys, queries or rest differ from the
 * oracle's
 */
export async function check(played: Actor): Promise<Folded> {
  if (played.problem) throw played.problem;
  const { conversation: c } = played;
  const timeline = await c.timeline();
  const folded = fold(played, timeline);
  const expected = aftermath(folded, c.key);
  assert.deepEqual(await c.row(), expected.row, 'the row');
  const outbox = await c.rows<{ id: string; xid: string; created_at: string }>('outbox', 'id');
  assert.deepEqual(
    outbox.map(({ id: _id, xid: _xid, created_at: _at, ...row }) => row),
    expected.outbox,
    'the outbox',
  );
  assert.deepEqual(await c.rows('episodes', 'episode'), expected.episodes, 'the episodes');
  const surveys = await c.rows<{ survey: string }>('surveys', 'survey');
  assert.deepEqual(byName(surveys), byName(expected.surveys), 'the surveys');
  if (timeline.length > 0) {
    const changes = timeline.reduce<Partial<ConversationRecord>>((all, e) => ({ ...all, ...e.changes }), {});
    assert.deepEqual(changes, expected.record, 'the changes, folded');
    assert.deepEqual(await c.record(), expected.record, 'what the workflow answers');
  }
  for (const { event, verdict, reason } of played.repeated)
    assert.equal(`${verdict} ${reason}`, 'ignored duplicate', `the answer about ${event}, once more`);
  if (played.story.scenes.some((scene) => scene.does !== 'settings'))
    await checkWorkflow(played, expected.isAtRest);
  return folded;
}

async function checkWorkflow({ conversation: c, sent, story }: Actor, isAtRest: boolean): Promise<void> {
  if (sent.length === 0 && !story.scenes.some((scene) => scene.does === 'poison')) return;
  await eventually(isAtRest ? 'it rests' : 'it runs', async () => (await c.isRunning()) === !isAtRest, 3000);
  assert.deepEqual(failuresIn(await c.history()), [], 'no task fails');
}

function byName<T extends { survey: string }>(surveys: T[]): T[] {
  return [...surveys].sort((a, b) => a.survey.localeCompare(b.survey));
}
