import { mayAct } from '../model/account.ts';
import { isActingOnAll, ticked } from '../model/bulk.ts';
import { SORTS, toQuery, type Filters, type Sort } from '../model/filters.ts';
import { go, NO_FILTERS, route } from '../model/route.ts';
import { STATUS, STATUSES, WAITING_ON } from '../model/words.ts';
import { Choice } from '../parts/choice.tsx';
import { SavedViews } from './saved-views.tsx';

const SORTED: Record<Sort, string> = {
  '-last_activity_at': 'Last activity',
  waiting_since: 'Waiting longest',
  window_closes_at: 'Window closes first',
};

const change = (part: Partial<Filters>) => go({ filters: { ...route.value.filters, ...part } }, 'replace');

/** What the list shows. All of it is in the address. */
export function FilterBar() {
  const { filters, sort } = route.value;
  const isFiltered = Object.keys(toQuery(filters)).length > 0;
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Sort"
        value={sort}
        options={SORTS.map((one) => [one, SORTED[one]])}
        take={(value) => go({ sort: value }, 'replace')}
      />
      <Choice
        label="Status"
        value={filters.status?.join(',') ?? ''}
        options={[
          ['', 'All'],
          ['new,in_progress', 'New, in progress'],
          ...STATUSES.map((one): [string, string] => [one, STATUS[one]]),
        ]}
        take={(value) =>
          change({ status: value === '' ? undefined : STATUSES.filter((s) => value.split(',').includes(s)) })
        }
      />
      <Choice
        label="Waits for"
        value={filters.waiting_on ?? ''}
        options={[['', 'Anybody'], ...Object.entries(WAITING_ON)]}
        take={(value) => change({ waiting_on: (value || undefined) as Filters['waiting_on'] })}
      />
      <Flag label="Unread" name="unread" yes="Unread" no="Read" />
      <Flag label="Snoozed" name="snoozed" yes="Snoozed" no="Not snoozed" />
      <Choice
        label="Window"
        value={filters.window ?? ''}
        options={[
          ['', 'Either'],
          ['open', 'Open'],
          ['closed', 'Closed'],
        ]}
        take={(value) => change({ window: value || undefined })}
      />
      <Choice
        label="Archived"
        value={filters.archived}
        options={[
          ['false', 'Hidden'],
          ['any', 'Shown too'],
          ['true', 'Only'],
        ]}
        take={(value) => change({ archived: value })}
      />
      <Name label="Agent" name="agent" hint="name, or none" />
      <Name label="Team" name="team" />
      <Name label="Tag" name="tag" />
      <SavedViews />
      {mayAct.value && (
        <button type="button" class="plain" onClick={() => (isActingOnAll.value = true)}>
          {ticked.value.size > 0 ? `Act on ${ticked.value.size} selected` : 'Act on all'}
        </button>
      )}
      {isFiltered && (
        <button type="button" class="plain" onClick={() => go({ filters: NO_FILTERS })}>
          Clear filters
        </button>
      )}
    </form>
  );
}

function Flag({
  label,
  name,
  yes,
  no,
}: {
  label: string;
  name: 'unread' | 'snoozed';
  yes: string;
  no: string;
}) {
  const value = route.value.filters[name];
  return (
    <Choice
      label={label}
      value={value === undefined ? '' : String(value)}
      options={[
        ['', 'Either'],
        ['true', yes],
        ['false', no],
      ]}
      take={(given) => change({ [name]: given === '' ? undefined : given === 'true' })}
    />
  );
}

function Name({ label, name, hint }: { label: string; name: 'agent' | 'team' | 'tag'; hint?: string }) {
  return (
    <label>
      <span>{label}</span>
      <input
        value={route.value.filters[name] ?? ''}
        placeholder={hint ?? 'any'}
        size={9}
        maxLength={128}
        onChange={(event) => change({ [name]: event.currentTarget.value.trim() || undefined })}
      />
    </label>
  );
}
