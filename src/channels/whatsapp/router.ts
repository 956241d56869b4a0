import type { IRouter, Request } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { SecretsKeyMissingError } from '../../db/secret-box';
import { findReceivingChannel, type ReceivingChannel } from '../../db/whatsapp-channels';
import { readBody } from '../../http/core/body';
import { isSame } from '../../http/core/constant-time';
import { refuseOthers } from '../../http/core/operation';
import { parse, queryOf } from '../../http/core/parsing';
import {
  InvalidRequestError,
  NotConfiguredError,
  NotFoundError,
  SignatureWrongError,
  TokenWrongError,
} from '../../http/core/problems';
import { requestId } from '../../http/core/request-id';
import { countLeft } from '../../metrics/whatsapp';
import { Intake, type IntakeDeps } from './intake';
import { isSigned } from './signature';

const PATH = '/v1/channels/whatsapp/:channel';
const CHANNEL = /^wac_[0-9a-f]{24}$/;
const SIGNATURE = 'X-Hub-Signature-256';
/** As much as Meta sends at once. */
const LIMIT_BYTES = 3_000_000;

const handshake = z.object({
  'hub.mode': z.literal('subscribe'),
  'hub.verify_token': z.string(),
  'hub.challenge': z.string().regex(/^[\w.-]{1,200}$/),
});

export interface WhatsAppDeps extends IntakeDeps {
  logger: Logger;
}

/** Where Meta sends what happens on the numbers of inboxes. It has no key: its requests are signed. */
export function serveWhatsApp(router: IRouter, deps: WhatsAppDeps): void {
  const intake = new Intake(deps);
  router.get(PATH, async (request, response) => {
    const channel = await channelOf(request, deps);
    const asked = parse(handshake, queryOf(request));
    if (!isSame(asked['hub.verify_token'], channel.verify_token))
      throw new TokenWrongError('hub.verify_token');
    response.type('text/plain').send(asked['hub.challenge']);
  });
  router.post(PATH, async (request, response) => {
    const channel = await channelOf(request, deps);
    // the signature is of the bytes as they came
    const body = await readBody(request, LIMIT_BYTES, false);
    if (!isSigned(body, request.get(SIGNATURE), channel.app_secret)) throw new SignatureWrongError(SIGNATURE);
    const left = await intake.take(channel, jsonOf(body), Date.now());
    for (const [kind, count] of Object.entries(left)) countLeft(kind, count);
    if (Object.keys(left).length > 0)
      deps.logger.debug({ request: requestId(response), left }, 'parts of a webhook that are no events');
    response.status(200).end();
  });
  refuseOthers(router, PATH, ['GET', 'POST']);
}

async function channelOf(request: Request, { database, secrets }: WhatsAppDeps): Promise<ReceivingChannel> {
  const { channel } = request.params as { channel: string };
  const found = CHANNEL.test(channel)
    ? await findReceivingChannel(database, secrets, channel).catch(notConfigured)
    : null;
  if (!found) throw new NotFoundError('There is no such channel');
  return found;
}

function notConfigured(error: unknown): never {
  throw error instanceof SecretsKeyMissingError ? new NotConfiguredError(error.message) : error;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new InvalidRequestError([{ path: '', message: 'the body is not valid JSON' }]);
  }
}
