/** Names that the bare loops and their worker share. */
export const COUNTING_QUEUE = 'bench-counting';
export const COUNTING_WORKFLOW = 'counting';
export const WAITING_WORKFLOW = 'waiting';
