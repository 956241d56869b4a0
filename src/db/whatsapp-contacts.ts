import type { AccountDatabase } from './database';

/** How a contact is reached. */
export interface SealedAddress {
  conversation: string;
  /** encrypted */
  address: string;
  /** by which it is seen that the address has not changed */
  tag: string;
}

/** The tags of the addresses that are kept, by conversation. */
export async function addressTags(
  db: AccountDatabase,
  inbox: string,
  conversations: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.query<{ conversation: string; address_tag: string }>({
    name: 'address_tags',
    text: `SELECT conversation, address_tag FROM whatsapp_contacts
           WHERE account = $1 AND inbox = $2 AND conversation = ANY ($3)`,
    values: [db.account, inbox, conversations],
  });
  return new Map(rows.map((row) => [row.conversation, row.address_tag]));
}

/** Always in the same order, so that two writers of the same contacts never wait for each other. */
export async function keepAddresses(
  db: AccountDatabase,
  inbox: string,
  addresses: readonly SealedAddress[],
): Promise<void> {
  await db.query({
    text: `INSERT INTO whatsapp_contacts (account, inbox, conversation, address, address_tag)
           SELECT $1, $2, conversation, address, tag
           FROM json_to_recordset($3) AS a(conversation text, address text, tag text) ORDER BY conversation
           ON CONFLICT (account, inbox, conversation)
           DO UPDATE SET address = excluded.address, address_tag = excluded.address_tag`,
    values: [db.account, inbox, JSON.stringify(addresses)],
  });
}

/** To what an address belongs, so that it can be read there alone. */
export const addressOf = (account: string, inbox: string, conversation: string) =>
  `address/${account}/${inbox}/${conversation}`;
