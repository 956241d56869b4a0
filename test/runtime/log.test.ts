import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import path from 'node:path';

const FULL = '/dev/full';

/** Writing to it fails as on a full disk. */
(existsSync(FULL) ? it : it.skip)('a log that cannot be written ends nothing', async () => {
  const script = `
    const { createLogger } = require('./src/runtime/log');
    const logger = createLogger('info', false);
    for (let n = 0; n < 50; n++) logger.info('x'.repeat(100_000));
    setTimeout(() => (logger.info('more'), process.stderr.write('it goes on')), 100);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    cwd: path.join(__dirname, '..', '..'),
    stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
    timeout: 20_000,
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ said, code }).toEqual({ said: 'it goes on', code: 0 });
});
