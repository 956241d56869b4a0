import { signal } from '@preact/signals';

/** The server's time, in milliseconds, once a second while somebody looks. Deadlines are the server's. */
export const now = signal(Date.now());

let ahead = 0;

export const serverNow = () => Date.now() + ahead;

/** `Date` of an answer is cut to seconds: a difference that small says nothing. */
export function heard(date: string | null, asked: number): void {
  if (date === null) return;
  const difference = Date.parse(date) + 500 - (asked + Date.now()) / 2;
  if (Math.abs(difference - ahead) > 2_000) ahead = difference;
}

setInterval(() => {
  if (!document.hidden) now.value = serverNow();
}, 1_000);

const UNITS: [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The greatest unit, and the next where it matters: `2 h 5 min`, `56 min`. */
export function duration(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const first = UNITS.findIndex(([, size]) => left >= size);
  if (first === -1) return '0 s';
  const isPlenty = left >= 10 * (UNITS[first]?.[1] ?? 1);
  return UNITS.slice(first, isPlenty ? first + 1 : first + 2)
    .map(([name, size]) => {
      const n = Math.floor(left / size);
      left -= n * size;
      return n > 0 ? `${n} ${name}` : '';
    })
    .filter(Boolean)
    .join(' ');
}

/** `4:05`, `1:04:05`: for what is about to happen. From a day on, as {@link duration}. */
export function countdown(ms: number): string {
  if (ms >= 86_400_000) return duration(ms);
  const s = Math.max(0, Math.ceil(ms / 1_000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3_600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const FULL = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });

export const moment = (at: string) => FULL.format(Date.parse(at));
export const timeOfDay = (at: string) => TIME.format(Date.parse(at));
export const hourOf = (at: string) => HOUR.format(Date.parse(at));
export const day = (at: string) => DAY.format(Date.parse(at));
