import type { paths } from '../../../clients/typescript/src/index.ts';
import { may, session } from '../model/account.ts';
import { moment } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { client } from '../model/session.ts';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';
import { said } from './schema.ts';

type Page = paths['/v1/audit']['get']['responses'][200]['content']['application/json'];
type Entry = Page['items'][number];

const EVERY_MS = 60_000;
const SHOWN = 20;
/** The trail is of the whole account: so many of its entries are looked through. */
const LOOKED_THROUGH = 2_000;

/** Who changed what, from the audit trail. */
export function History({ inbox, version }: { inbox: string; version: number }) {
  if (session.value === null) return null;
  if (!may('keys:write'))
    return (
      <Section title="Who changed what">
        <p class="quiet">
          This key may not see it: the audit needs the scope <code>keys:write</code>.
        </p>
      </Section>
    );
  return <Entries inbox={inbox} version={version} />;
}

function Entries({ inbox, version }: { inbox: string; version: number }) {
  const { value, error, refresh } = useReading(`${inbox} ${version}`, EVERY_MS, async (signal) => {
    const found: Entry[] = [];
    let looked = 0;
    for await (const entry of client.value.items('/v1/audit', { params: {}, signal })) {
      if (entry.object === inbox && entry.action.startsWith('inbox.')) found.push(entry);
      if (found.length === SHOWN || ++looked === LOOKED_THROUGH) break;
    }
    return found;
  });
  return (
    <Section title="Who changed what">
      {error && <Trouble error={error} retry={refresh} />}
      {value?.length === 0 && <p class="quiet">Nothing is known of its changes.</p>}
      <ol class="history">
        {value?.map((entry) => (
          <li key={`${entry.at} ${entry.action}`}>
            <span class="quiet">{moment(entry.at)}</span>{' '}
            <b>{entry.key_name ?? (entry.key_id === null ? 'the service itself' : `key ${entry.key_id}`)}</b>{' '}
            {entry.action === 'inbox.created' ? 'made the inbox' : 'changed it'}
            <ul>
              {differences(entry).map(([name, from, to]) => (
                <li key={name}>
                  <code>{name}</code>: {said(from)} → <b>{said(to)}</b>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </Section>
  );
}

type Difference = [name: string, from: unknown, to: unknown];

/** Of each setting that differs, what it was and what it became. */
function differences({ changes }: Entry): Difference[] {
  const settings = changes.settings;
  if (!settings || !('from' in settings)) return [];
  return below('', settings.from, settings.to);
}

function below(prefix: string, from: unknown, to: unknown): Difference[] {
  if (!isObject(from) || !isObject(to)) return [[prefix, from, to]];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((name) =>
    below(prefix === '' ? name : `${prefix}.${name}`, from[name], to[name]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
