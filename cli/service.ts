/** Where the service is, and with which key: as typed, from the environment, or as `npm start` keeps it in its data folder. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from './exit';

export interface Given {
  url?: string;
  key?: string;
}

export interface Found {
  url: string;
  key: string;
  /** in words, for `doctor` */
  urlFrom: string;
  keyFrom: string;
}

const USUAL_URL = 'http://127.0.0.1:3000';

/** @throws UsageError where there is no key, or the URL is none */
export function serviceOf(given: Given, env: NodeJS.ProcessEnv): Found {
  const folder = path.resolve(env.DATA_DIR || '.data');
  const [url, urlFrom] = firstOf(
    [given.url, '--url'],
    [env.API_URL, 'API_URL'],
    [kept(folder, 'api-url'), path.join(folder, 'api-url')],
    [USUAL_URL, 'nothing else is said'],
  );
  const [key, keyFrom] = firstOf(
    [given.key, '--key'],
    [env.API_KEY, 'API_KEY'],
    [kept(folder, 'api-key'), path.join(folder, 'api-key')],
  );
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`${url} (${urlFrom}) is no http or https URL`);
  if (key === '')
    throw new UsageError(
      `No API key: give --key or API_KEY, or set DATA_DIR to the folder of a running npm start (no ${folder}/api-key)`,
    );
  return { url, key, urlFrom, keyFrom };
}

function firstOf(...choices: [string | undefined, string][]): [string, string] {
  const [value = '', from = ''] = choices.find(([value]) => value) ?? [];
  return [value, from];
}

function kept(folder: string, file: string): string | undefined {
  try {
    return readFileSync(path.join(folder, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}
