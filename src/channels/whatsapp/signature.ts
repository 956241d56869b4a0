import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether Meta signed these bytes. @param header `sha256=` and hex */
export function isSigned(body: Buffer, header: string | undefined, appSecret: string): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '') ?? [];
  if (hex === undefined) return false;
  return timingSafeEqual(createHmac('sha256', appSecret).update(body).digest(), Buffer.from(hex, 'hex'));
}
