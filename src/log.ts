import { pino, stdSerializers, type Logger } from 'pino';
import pretty from 'pino-pretty';

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
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    base: null,
  };
  if (!tty) return pino(options);
  return pino(
    options,
    pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', sync: true }),
  );
}
