export { conversation } from './conversation';
export { settings_rollout } from './settings_rollout';
