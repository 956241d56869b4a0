import { endRun } from './end-of-run';

export default endRun;
