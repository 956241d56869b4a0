// The operations page: what the API says, asked for again every two seconds while the page is looked at.
const EVERY_MS = 2000;
const LAST = 25;
const at = (id) => document.getElementById(id);
let key = sessionStorage.getItem('key') ?? '';

async function ask(path) {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${key}` } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? body.title);
  return body;
}

function cells(row, values, kind = 'td') {
  row.replaceChildren(
    ...values.map((value) => {
      const cell = document.createElement(kind);
      cell.textContent = String(value);
      return cell;
    }),
  );
  return row;
}

const time = (moment) => (moment ? new Date(moment).toLocaleString() : '–');

async function showReadiness() {
  const parts = await fetch('/readyz').then((answer) => answer.json());
  for (const [part, state] of Object.entries(parts)) {
    at(part).textContent = state;
    at(part).className = state === 'ok' ? 'ok' : 'away';
  }
}

async function showInboxes() {
  const { items } = await ask('/v1/inboxes?limit=200');
  const known = [...at('inbox').options].map((o) => o.value);
  for (const { inbox } of items) if (!known.includes(inbox)) at('inbox').add(new Option(inbox));
  at('shown').hidden = items.length === 0;
  at('error').textContent = items.length === 0 ? 'This account has no inbox yet' : '';
}

async function showInbox(inbox) {
  const path = `/v1/inboxes/${encodeURIComponent(inbox)}`;
  const [{ status, ...others }, { items }] = await Promise.all([
    ask(`${path}/counts`),
    ask(`${path}/conversations?archived=any&limit=${LAST}`),
  ]);
  const counts = { ...status, ...others };
  cells(at('names'), Object.keys(counts), 'th');
  cells(at('counts'), Object.values(counts));
  at('conversations').replaceChildren(...items.map(row));
}

function row(c) {
  const marks = [c.status, c.unread && 'unread', c.archived && 'archived', c.snoozed_until && 'snoozed'];
  return cells(document.createElement('tr'), [
    c.conversation,
    marks.filter(Boolean).join(' · '),
    [c.assignee.agent, c.assignee.team].filter(Boolean).join(', ') || '–',
    time(c.waiting_since),
    c.next ? `${c.next.timer} ${time(c.next.due_at)}` : '–',
    time(c.last_activity_at),
  ]);
}

async function show() {
  if (document.hidden) return;
  try {
    await showReadiness();
    if (key === '') return;
    await showInboxes();
    if (at('inbox').value) await showInbox(at('inbox').value);
  } catch (error) {
    at('error').textContent = error.message;
  }
}

at('open').addEventListener('submit', (event) => {
  event.preventDefault();
  key = at('key').value.trim();
  sessionStorage.setItem('key', key);
  at('inbox').replaceChildren();
  void show();
});
at('inbox').addEventListener('change', () => void show());
at('key').value = key;
void show();
setInterval(() => void show(), EVERY_MS);
