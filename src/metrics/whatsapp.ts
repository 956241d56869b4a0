/** Parts of WhatsApp's webhooks that are no events. */
import { Counter } from 'prom-client';
import { registry } from './registry';

const left = new Counter({
  name: 'conversations_whatsapp_left_total',
  help: "Parts of WhatsApp's webhooks that became no event, by what they were.",
  labelNames: ['kind'] as const,
  registers: [registry],
});

/** Meta may invent kinds; a label holds only names that are known here. */
const KINDS = new Set([
  ...['reaction removed', 'edit', 'revoke', 'system', 'unsupported', 'request_welcome', 'unknown', 'group'],
  ...['user_id_update', 'preference', 'another number', 'foreign object', 'error'],
  ...['status sent', 'status delivered', 'status read', 'status failed', 'status played', 'status deleted'],
]);

export function countLeft(kind: string, count: number): void {
  left.inc({ kind: KINDS.has(kind) ? kind : 'other' }, count);
}
