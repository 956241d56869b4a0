import { useState } from 'preact/hooks';
import type { Webhook } from '../../../clients/typescript/src/index.ts';
import { may, session } from '../model/account.ts';
import { moment } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { client, said } from '../model/session.ts';
import { Copy } from '../parts/copy.tsx';
import { Empty, Lacks, Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';
import { Deliveries } from './deliveries.tsx';
import { Redeliver } from './redeliver.tsx';
import { again, type Which } from './redelivery.ts';

const EVERY_MS = 15_000;

/** Who is told what is decided, and what came of it. */
export function Webhooks() {
  if (session.value === null) return <p class="loading">Loading …</p>;
  if (!may('webhooks:write')) return <Lacks scope="webhooks:write" what="webhooks" />;
  return <Endpoints />;
}

function Endpoints() {
  const [chosen, choose] = useState<string | null>(null);
  const { value, error, refresh } = useReading('webhooks', EVERY_MS, async (signal) => {
    const found: Webhook[] = [];
    for await (const webhook of client.value.items('/v1/webhooks', { params: {}, signal }))
      found.push(webhook);
    return found;
  });
  const shown = value?.find(({ webhook }) => webhook === chosen) ?? value?.[0];
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Webhooks">
      {error && <Trouble error={error} retry={refresh} />}
      {!value && !error && <p class="loading">Loading …</p>}
      {value?.length === 0 && <NoEndpoint />}
      {value && value.length > 0 && (
        <Section title="Endpoints">
          <ul class="endpoints">
            {value.map((webhook) => (
              <li key={webhook.webhook}>
                <button aria-pressed={webhook === shown} onClick={() => choose(webhook.webhook)}>
                  <b>{webhook.url}</b>
                  <span class={webhook.state === 'active' ? 'chip' : 'chip warn'}>{webhook.state}</span>
                </button>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {shown && <Endpoint key={shown.webhook} webhook={shown} changed={refresh} />}
    </div>
  );
}

function NoEndpoint() {
  const line = [
    `curl -X POST -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json'`,
    `'${location.origin}/v1/webhooks' -d '{"url":"https://hooks.example.com/in"}'`,
  ].join(' ');
  return (
    <Empty title="No endpoint is told what is decided">
      <p>Add one; it is told of what is decided from then on, and its secret is shown once.</p>
      <Copy label="HTTP" text={line} />
    </Empty>
  );
}

function Endpoint({ webhook, changed }: { webhook: Webhook; changed: () => void }) {
  const [outcome, setOutcome] = useState('');
  const [sent, setSent] = useState(0);
  const path = { webhook: webhook.webhook };
  /** Says what came of it; what the endpoint is told is read again. */
  const doing = async (work: () => Promise<string>) => {
    setOutcome('');
    setOutcome(await work().catch(said));
    setSent((n) => n + 1);
    changed();
  };
  const test = () =>
    doing(async () => {
      const { delivery } = await client.value.POST('/v1/webhooks/{webhook}/test', { params: { path } });
      return `A test was sent as ${delivery}.`;
    });
  const turn = (state: Webhook['state']) =>
    doing(async () => {
      await client.value.PATCH('/v1/webhooks/{webhook}', { params: { path }, body: { state } });
      return state === 'paused' ? 'Paused: it is told later what is decided meanwhile.' : 'It is told again.';
    });
  const redeliver = (body: Which) =>
    doing(async () => {
      const n = await again(webhook.webhook, body);
      return n === 0
        ? 'None to deliver again: those that wait are delivered anyway.'
        : `${n} will be delivered again.`;
    });
  return (
    <Section title={webhook.url}>
      <dl class="facts">
        <div>
          <dt>Told of</dt>
          <dd>{webhook.types?.join(', ') ?? 'everything'}</dd>
        </div>
        <div>
          <dt>In</dt>
          <dd>{webhook.inboxes?.join(', ') ?? 'every inbox'}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{moment(webhook.created_at)}</dd>
        </div>
      </dl>
      <div class="actions" role="group" aria-label="What to do with the endpoint">
        <button class="small" onClick={() => void test()}>
          Send a test
        </button>
        {webhook.state === 'active' ? (
          <button class="small" onClick={() => void turn('paused')}>
            Pause
          </button>
        ) : (
          <button class="small" onClick={() => void turn('active')}>
            Tell it again
          </button>
        )}
      </div>
      <p role="status">{outcome}</p>
      <Redeliver redeliver={redeliver} />
      <Deliveries webhook={webhook.webhook} sent={sent} redeliver={redeliver} />
    </Section>
  );
}
