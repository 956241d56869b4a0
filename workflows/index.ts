export { code_rollout } from './code-rollout';
export { conversation } from './conversation';
export { settings_rollout } from './settings-rollout';
export { webhook_delivery } from './webhook-delivery';
