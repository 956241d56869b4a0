/** What a command prints: for people, or with `--json` for programs. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Conversation } from '../clients/typescript/src/index';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Io {
  out: (line: string) => void;
  err: (line: string) => void;
  env: NodeJS.ProcessEnv;
  colors: boolean;
  /** where progress is shown; absent: nobody watches */
  terminal?: NodeJS.WriteStream;
  /** ends what goes on by itself */
  signal: AbortSignal;
}

const PLAIN = { chars: Object.fromEntries(['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((at) => [at, ''])) }; // prettier-ignore

export class Output {
  readonly colors: Colors;

  constructor(
    private readonly io: Io,
    readonly isJson: boolean,
  ) {
    this.colors = pc.createColors(io.colors && !isJson);
  }

  /** The one result of a command. @param shown how people are told */
  result(value: unknown, shown: () => string | string[]): void {
    if (this.isJson) this.io.out(JSON.stringify(value));
    else for (const line of [shown()].flat()) this.io.out(line);
  }

  /** Rows under a head, or what to say where there are none. */
  table(head: string[], rows: (string | number | null)[][], none: string): string {
    if (rows.length === 0) return none;
    const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 1 };
    const table = new Table({ ...PLAIN, head: head.map((name) => this.colors.dim(name)), style });
    table.options.chars.middle = ' ';
    table.push(...rows.map((row) => row.map((cell) => cell ?? '–')));
    return trimmed(table.toString());
  }

  /** Names and values below each other. */
  facts(facts: [string, string | number | null | undefined][]): string[] {
    const width = Math.max(...facts.map(([name]) => name.length));
    return facts
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => `${this.colors.dim(name.padEnd(width))}  ${value}`);
  }

  status({ status }: Pick<Conversation, 'status'>): string {
    const { colors } = this;
    const paint = {
      not_contacted: colors.dim,
      new: colors.yellow,
      in_progress: colors.green,
      in_flow: colors.magenta,
      resolved: colors.blue,
      closed: colors.dim,
    }[status];
    return paint(status);
  }
}

const trimmed = (text: string) => text.replace(/ +$/gm, '');

export function assigneeOf({ assignee }: Pick<Conversation, 'assignee'>, nobody = '–'): string {
  const { agent, team } = assignee;
  return [agent, team && `(${team})`].filter(Boolean).join(' ') || nobody;
}

/** How long ago or from now: `3 min ago`, `in 2 h`. */
export function when(time: string | null, now = Date.now()): string {
  if (time === null) return '–';
  const seconds = Math.round((Date.parse(time) - now) / 1000);
  const [size, unit] = ([[86_400, 'days'], [3_600, 'h'], [60, 'min']] as const).find(([s]) => Math.abs(seconds) >= s) ?? [1, 's']; // prettier-ignore
  const count = Math.round(Math.abs(seconds) / size);
  const length = `${count} ${unit === 'days' && count === 1 ? 'day' : unit}`;
  return seconds < 0 ? `${length} ago` : seconds === 0 ? 'now' : `in ${length}`;
}
