import { audit } from '../harness/audit';
import { post, type Sent } from '../harness/load';
import { broken, type Row } from '../harness/row';
import { runsOf } from '../harness/workflows';

const AT_ONCE = 50;

/** Fifty messages at the same time to a new conversation. */
export const firstMessages: Row = {
  n: 5,
  promise: 'first messages do not race (50 at once)',
  async run({ world, short, inbox }) {
    const rounds = short ? 2 : 10;
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings = await world.inbox(inbox);
    const sent: Sent[] = [];
    let workflows = 0;
    for (let round = 0; round < rounds; round += 1) {
      const conversation = `first${round}`;
      const posts = Array.from({ length: AT_ONCE }, (_, n) => {
        const event = { id: `${conversation}.${n}`, type: 'message' };
        return post(world.client(), inbox, { conversation, event, sender: `s${n}` });
      });
      sent.push(...(await Promise.all(posts)));
      workflows += (await runsOf(world, inbox, conversation)).length;
    }
    const found = await audit(world, { inbox, settings, sent, withinMs: 20_000 });
    const { rows } = await world.pool.query<{ rows: number; applied: number }>(
      `SELECT count(*)::int AS rows, sum(version)::int AS applied FROM conversations WHERE inbox = $1`,
      [inbox],
    );
    return {
      audit: found,
      failed: broken({
        'all are accepted': sent.every((s) => s.accepted),
        'one workflow each': workflows === rounds,
        'one row each': rows[0]?.rows === rounds,
        'all applied': rows[0]?.applied === rounds * AT_ONCE,
      }),
      figures: { conversations: rounds, workflows, rows: rows[0]?.rows ?? 0, applied: rows[0]?.applied ?? 0 },
    };
  },
};
