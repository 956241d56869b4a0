export { bulk } from './bulk';
export { code_rollout } from './code-rollout';
export { conversation } from './conversation';
export { erasure } from './erasure';
export { settings_rollout } from './settings-rollout';
export { webhook_delivery } from './webhook-delivery';
