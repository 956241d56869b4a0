import path from 'node:path';
import { readIfThere } from '../../src/embedded/private-file';
import { OperatorError } from '../../src/runtime/operator-error';

/**
 * The API key: as given, from `API_KEY`, or the one that `npm start` keeps in its data folder.
 * @throws OperatorError when there is none
 */
export function apiKey(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const file = path.resolve(env.DATA_DIR || '.data', 'api-key');
  const key = given ?? (env.API_KEY || readIfThere(file)?.trim());
  if (key) return key;
  throw new OperatorError(
    `No API key: give --key or API_KEY, or set DATA_DIR to the folder of a running npm start (no ${file})`,
  );
}
