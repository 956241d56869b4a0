/** The rules by which WhatsApp takes or refuses a message, as far as the stand-in knows them. */

export interface Message {
  messaging_product?: string;
  to?: string;
  recipient?: string;
  type?: string;
  biz_opaque_callback_data?: string;
  interactive?: List;
  template?: { name?: string; language?: { code?: string } };
}

export interface List {
  type?: string;
  body?: { text?: string };
  action?: { button?: string; sections?: { title?: string; rows?: { id?: string; title?: string }[] }[] };
}

/** What the number has sent and got so far. Times are epoch milliseconds. */
export interface Past {
  /** when the customer last wrote; absent: never */
  wrote_at?: number;
  /** when messages were sent to this customer */
  to_customer: number[];
  /** when messages were sent at all */
  sent: number[];
  templates: { name: string; language: string }[];
}

const DAY_MS = 24 * 3_600_000;
/** To one customer: one message in six seconds; a burst of so many is lent. */
const PAIR = { burst: 45, ms: 6_000 };
const PER_SECOND = 80;

/** @returns the code with which the message is refused; null: it is taken */
export function refusalOf(message: Message, past: Past, now: number): number | null {
  if (message.messaging_product !== 'whatsapp' || !(message.to ?? message.recipient)) return 100;
  if (past.sent.filter((at) => now - at < 1_000).length >= PER_SECOND) return 130429;
  const lately = past.to_customer.filter((at) => now - at < PAIR.ms * PAIR.burst);
  if (lately.length >= PAIR.burst) return 131056;
  if (message.type === 'template') return templateRefusal(message, past);
  if (message.type !== 'interactive' || !isList(message.interactive)) return 131009;
  const open = past.wrote_at !== undefined && now - past.wrote_at < DAY_MS;
  return open ? null : 131047;
}

function templateRefusal({ template }: Message, { templates }: Past): number | null {
  const known = templates.some((t) => t.name === template?.name && t.language === template.language?.code);
  return known ? null : 132001;
}

const within = (text: string | undefined, most: number) =>
  text !== undefined && text.length > 0 && [...text].length <= most;

function isList(list: List | undefined): boolean {
  const sections = list?.action?.sections ?? [];
  const rows = sections.flatMap((section) => section.rows ?? []);
  return (
    list?.type === 'list' &&
    within(list.body?.text, 1_024) &&
    within(list.action?.button, 20) &&
    (sections.length === 1 || sections.every((section) => within(section.title, 24))) &&
    rows.length > 0 &&
    rows.length <= 10 &&
    new Set(rows.map((row) => row.id)).size === rows.length &&
    rows.every((row) => within(row.id, 200) && within(row.title, 24))
  );
}

const HTTP: Record<number, number> = { 1: 500, 2: 503, 190: 401, 131000: 500, 131016: 500, 130429: 429 };

/** An error as the Graph API writes it. */
export function errorAnswer(code: number): { status: number; body: object } {
  const error = { message: `(#${code}) refused`, type: 'OAuthException', code, fbtrace_id: 'stand-in' };
  return { status: HTTP[code] ?? 400, body: { error } };
}
