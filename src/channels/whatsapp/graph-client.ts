import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { checkLiteral, guardedLookup, type PrivateAddresses } from '../../webhooks/addresses';
import { partOf, partsOf, textOf } from './json';

/** What came of a message. */
export type Answered =
  | { is: 'sent'; status: number; message_id: string }
  | { is: 'refused'; status: number; code: number; retry_after: string | undefined }
  /** WhatsApp never got it */
  | { is: 'unreached'; error: string }
  /** WhatsApp may have got it */
  | { is: 'unknown'; status: number | null; error: string };

export interface GraphNumber {
  graph_url: string;
  graph_version: string;
  phone_number_id: string;
  access_token: string;
}

const LIMIT_MS = 15_000;
const MOST_BYTES = 65_536;

/**
 * Sends messages by the Graph API. Each over a connection of its own: on one that was kept nobody could say whether a message
 * arrived before it broke.
 */
export class GraphClient {
  private readonly lookup;

  constructor(private readonly allowed: PrivateAddresses) {
    this.lookup = guardedLookup(allowed);
  }

  /** Never rejects. */
  async send(number: GraphNumber, message: object, signal: AbortSignal): Promise<Answered> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    let handedOver = false;
    try {
      const url = new URL(
        `${number.graph_url.replace(/\/+$/, '')}/${number.graph_version}/${number.phone_number_id}/messages`,
      );
      checkLiteral(url, this.allowed);
      const response = await this.post(url, number.access_token, message, limit, () => (handedOver = true));
      return meant(response.statusCode ?? 0, await jsonOf(response), response.headers['retry-after']);
    } catch (error) {
      const words = explained(error);
      return handedOver ? { is: 'unknown', status: null, error: words } : { is: 'unreached', error: words };
    }
  }

  private post(
    url: URL,
    token: string,
    message: object,
    signal: AbortSignal,
    connected: () => void,
  ): Promise<IncomingMessage> {
    const body = JSON.stringify(message);
    const tls = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (tls ? httpsRequest : httpRequest)(url, {
        ...{ method: 'POST', agent: false, lookup: this.lookup, signal },
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      });
      request.on('response', resolve).on('error', reject);
      // The body is written only once there is a connection, so that what failed before it was certainly not sent.
      request.once('socket', (socket) =>
        socket.once(tls ? 'secureConnect' : 'connect', () => {
          connected();
          request.end(body);
        }),
      );
    });
  }
}

function meant(status: number, body: unknown, retry_after: string | undefined): Answered {
  const code = partOf(partOf(body).error).code;
  if (typeof code === 'number') return { is: 'refused', status, code, retry_after };
  const message_id = textOf(partsOf(partOf(body).messages)[0]?.id);
  if (status >= 200 && status < 300 && message_id !== null) return { is: 'sent', status, message_id };
  if (status >= 400 && status < 500) return { is: 'refused', status, code: status, retry_after };
  return { is: 'unknown', status, error: `an answer that is not WhatsApp's` };
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) break;
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return null;
  }
}

/** Names of errors alone: their messages may hold parts of the request. */
function explained(error: unknown): string {
  const { code, name, message, errors } = partOf(error);
  if (Array.isArray(errors) && errors.length > 0) return explained(errors[0]);
  if (name === 'TimeoutError') return `no answer within ${LIMIT_MS / 1_000} s`;
  if (name === 'AddressRefusedError') return textOf(message) ?? 'the address is refused';
  return textOf(code) ?? textOf(name) ?? 'an unknown error';
}
