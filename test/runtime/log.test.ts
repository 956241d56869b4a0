import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import path from 'node:path';

const FULL = '/dev/full';

/** Writing to it fails as on a full disk. */
(existsSync(FULL) ? it : it.skip)('a log that cannot be written ends nothing', async () => {
  const script = `
    for (let n = 0; n < 50; n++) logger.info('x'.repeat(100_000));
    setTimeout(() => (logger.info('more'), process.stderr.write('it goes on')), 100);`;
  const { said, code } = await logging(script, openSync(FULL, 'w'));
  expect({ said, code }).toEqual({ said: 'it goes on', code: 0 });
});

it('a field that may hold a secret is not written, nor the connection that a driver attaches to its error', async () => {
  const script = `
    const error = Object.assign(new Error('refused'), { client: { password: 'hunter2' } });
    const headers = { authorization: 'Bearer hunter2' };
    logger.info({ password: 'hunter2', apiKey: 'hunter2', databaseUrl: 'hunter2', headers, req: { headers } });
    logger.error({ err: error }, 'failed');`;
  const { written } = await logging(script, 'pipe');
  expect(written).toContain('[secret]');
  expect(written).toContain('refused');
  expect(written).not.toContain('hunter2');
});

/** Runs a script with a `logger` in a process of its own. */
async function logging(script: string, stdout: number | 'pipe') {
  const logger = `const logger = require('./src/runtime/log').createLogger('info', false);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', logger + script], {
    cwd: path.join(__dirname, '..', '..'),
    stdio: ['ignore', stdout, 'pipe'],
    timeout: 20_000,
  });
  let [written, said] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { written, said, code };
}
