import { createHmac } from 'node:crypto';
import type { Answered, TestApi } from '../../../http/support/api';
import { PHONE_NUMBER_ID } from '../payloads';

export const SECRETS = { verify_token: 'verify-me', app_secret: 'app-secret-1', access_token: 'token-1' };
const SURVEY = { text: 'How was our help?', button: 'Rate us' };

export const settings = (changes: object = {}) => ({
  phone_number_id: PHONE_NUMBER_ID,
  ...SECRETS,
  survey: SURVEY,
  ...changes,
});

export function signatureOf(body: string, secret = SECRETS.app_secret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Meta, as a channel knows it. */
export class Meta {
  constructor(
    private readonly api: TestApi,
    readonly path: string,
  ) {}

  /** Connects an inbox. */
  static async connected(api: TestApi, inbox: string, changes: object = {}): Promise<Meta> {
    const { status, body, text } = await api.put(`/v1/inboxes/${inbox}/whatsapp`, settings(changes));
    if (status > 201) throw new Error(text);
    return new Meta(api, String(body.webhook_path));
  }

  /** @param payload a string is sent as it is */
  sends(
    payload: unknown,
    { secret, signature }: { secret?: string; signature?: string | null } = {},
  ): Promise<Answered> {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const signed = signature === undefined ? signatureOf(body, secret) : signature;
    const headers: Record<string, string> = signed === null ? {} : { 'X-Hub-Signature-256': signed };
    return this.api.ask('POST', this.path, { key: null, headers, body });
  }
}
