import { destination, pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { errorCode } from './operator-error';

export type { Logger } from 'pino';

/** Names of fields that may hold a secret. This is a second safeguard: no code logs these on purpose. */
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
 * The process's logger, on standard output: one JSON object a line, or readable lines on a terminal. It
 * writes synchronously, so that the last lines before an exit are not lost.
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
    hooks: { streamWrite: withoutConversations },
  };
  if (!tty) return pino(options, standardOutput());
  return pino(
    options,
    pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', sync: true }),
  );
}

/** Workflow ids, as they stand in what Temporal's SDK logs and in its errors, name an inbox and a conversation. */
function withoutConversations(line: string): string {
  return line.replace(/\bconversation\/[\w.:-]+\/[\w.:-]+\/[\w.:-]+/g, 'conversation/…');
}

const mostKeptBytes = 1_000_000;

/**
 * If a line cannot be written (the disk is full, the pipe is closed), the log has a gap and the service goes
 * on.
 */
function standardOutput() {
  const output = destination({ dest: process.stdout.fd, sync: true, maxLength: mostKeptBytes });
  output.on('error', () => {});
  return output;
}

/**
 * Only the fields of an error that tell what went wrong. Drivers attach their whole connection to their
 * errors, with keys.
 */
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
