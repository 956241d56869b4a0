import { createLogger } from '../../src/runtime/log';
import { StopOrder } from '../../src/runtime/stop-order';

describe('stopping', () => {
  const logger = createLogger('silent');
  let stopped: string[];
  const part = (name: string) => () => void stopped.push(name);

  beforeEach(() => {
    stopped = [];
  });

  it('goes from the last started to the first, once', async () => {
    const order = new StopOrder(logger);
    for (const name of ['servers', 'pool', 'worker']) order.add(name, part(name));
    await Promise.all([order.stopAll(), order.stopAll()]);
    await order.stopAll();
    expect(stopped).toEqual(['worker', 'pool', 'servers']);
  });

  it('goes on past a part that fails', async () => {
    const order = new StopOrder(logger);
    order.add('servers', part('servers'));
    order.add('worker', () => Promise.reject(new Error('no')));
    await order.stopAll();
    expect(stopped).toEqual(['servers']);
  });

  it('goes on past a part that hangs', async () => {
    const order = new StopOrder(logger);
    order.add('servers', part('servers'));
    order.add('API', () => new Promise(() => {}));
    await order.stopAll();
    expect(stopped).toEqual(['servers']);
  }, 20_000);

  it('ends a start that is still under way, with the part that came too late', async () => {
    const order = new StopOrder(logger);
    await order.stopAll();
    expect(() => order.add('late', part('late'))).toThrow('stopped while starting');
    await order.stopAll();
    expect(stopped).toEqual(['late']);
  });
});
