export { counting } from './counting';
export { waiting } from './waiting';
