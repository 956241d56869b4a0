/** The command line of `npm run replay`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OperatorError, reason } from '../../src/runtime/operator-error';

export interface Options {
  file: string;
  /** recorded seconds in one of the replay's */
  speed: number;
  conversations: number;
  url: string;
  /** undefined: from the environment or the data folder */
  key: string | undefined;
  /** requests under way at a time */
  concurrency: number;
  seed: string;
}

export const USAGE = `npm run replay -- [file.ndjson[.gz]] [options]

  --speed N           recorded seconds in one of the replay's (default 1000); silences are skipped
  --conversations M   only the first M of the file (default: all)
  --url URL           where the service is (default http://127.0.0.1:3000)
  --key KEY           its API key (default: API_KEY, else the one kept in DATA_DIR)
  --concurrency C     requests under way at a time (default 16)
  --seed S            decides who answers the survey (default 1)`;

const SHIPPED = path.join(__dirname, '..', 'data', 'support-chats.ndjson.gz');

/** @throws OperatorError that names what is wrong */
export function readOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help) return 'help';
  if (positionals.length > 1)
    throw new OperatorError(`one file at a time, please, not ${positionals.length}`);
  return {
    file: positionals[0] ?? SHIPPED,
    speed: positive('speed', values.speed, 1000),
    conversations: whole('conversations', values.conversations, Infinity),
    url: address(values.url),
    key: values.key,
    concurrency: whole('concurrency', values.concurrency, 16),
    seed: values.seed ?? '1',
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { speed: text, conversations: text, url: text, key: text, concurrency: text, seed: text };
  try {
    return parseArgs({ args, allowPositionals: true, options: { ...options, help: { type: 'boolean' } } });
  } catch (error) {
    throw new OperatorError(`${reason(error)}\n\n${USAGE}`);
  }
}

function positive(name: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!(value > 0) || (given !== undefined && !Number.isFinite(value)))
    throw new OperatorError(`--${name} must be a number above 0, not ${given}`);
  return value;
}

function whole(name: string, given: string | undefined, otherwise: number): number {
  const value = positive(name, given, otherwise);
  if (given !== undefined && !Number.isInteger(value))
    throw new OperatorError(`--${name} must be a whole number, not ${given}`);
  return value;
}

/** Without a slash at its end. */
export function address(given = 'http://127.0.0.1:3000'): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new OperatorError(`--url must look like http://127.0.0.1:3000, not ${given}`);
  return given.replace(/\/+$/, '');
}
