/** `npm run codec`: decrypts payloads for Temporal's UI and CLI, for those who have its token. */
import { createCodecApp } from './http/codec';
import { readCodecConfig } from './runtime/config';
import { listen } from './runtime/http-server';
import { runRoot } from './runtime/process';
import { EncryptionCodec } from './temporal/payload-codec';

const DRAIN_MS = 2_000;

void runRoot(readCodecConfig, async ({ payloadKeys, token, origin, ...at }, { logger, stopOrder }) => {
  const codec = new EncryptionCodec(payloadKeys);
  const variables = { host: 'CODEC_HOST', port: 'CODEC_PORT' };
  const server = await listen(createCodecApp({ codec, token, origin, logger }), { ...at, variables });
  stopOrder.add('codec server', () => server.drain(DRAIN_MS));
  logger.info({ url: server.url }, 'The codec server listens');
});
