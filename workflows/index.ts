export { code_rollout } from './code_rollout';
export { conversation } from './conversation';
export { settings_rollout } from './settings_rollout';
export { webhook_delivery } from './webhook_delivery';
