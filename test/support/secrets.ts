import { SecretBox } from '../../src/db/secret-box';

/** What the tests' APIs encrypt and their workers decrypt with. */
export const testSecrets = new SecretBox([Buffer.alloc(32, 7)]);
