import { destination, pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { errorCode } from './operator-error';

export type { Logger } from 'pino';

/** Names under which a secret may travel. A second net: nothing logs these on purpose. */
const secrets = [
  'authorization',
  'headers.authorization',
  'req.headers.authorization',
  'password',
  'apiKey',
  'databaseUrl',
  'bootstrapApiKey',
];

/**
 * The process's logger, on standard output: one JSON object a line, or readable lines where a person watches.
 * It writes synchronously, so that the last lines before an exit are not lost.
 * @param level a pino level, or `silent`
 */
export function createLogger(level: string, tty = process.stdout.isTTY): Logger {
  const options = {
    level,
    redact: { paths: secrets, censor: '[secret]' },
    serializers: { err: errorOf },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    base: null,
  };
  if (!tty) return pino(options, standardOutput());
  return pino(
    options,
    pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', sync: true }),
  );
}

const mostKeptBytes = 1_000_000;

/** Where a line cannot be written (the disk is full, nobody reads the pipe), the log has a gap; the service goes on. */
function standardOutput() {
  const output = destination({ dest: process.stdout.fd, sync: true, maxLength: mostKeptBytes });
  output.on('error', () => {});
  return output;
}

/** Of an error only what tells what went wrong: drivers hang their whole connection on theirs, keys included. */
function errorOf(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    code: errorCode(error),
    stack,
    cause: cause === undefined ? undefined : errorOf(cause),
  };
}
